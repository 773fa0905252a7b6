//! Our HTTP client under AWS's SDK: what the chain of credentials asks of STS, SSO and the machine's own metadata goes
//! the same way as everything else, and no second TLS library is linked.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use crate::http::{Client, ErrorKind, Request};

/// For how long an answer is waited for when the SDK does not say.
const TIMEOUT: Duration = Duration::from_secs(20);

static CLIENT: Client = Client::new();

/// The client, as the SDK's configurations take it.
#[must_use]
pub fn http_client() -> impl HttpClient + 'static {
    OurClient
}

#[derive(Debug)]
struct OurClient;

impl HttpClient for OurClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let times = [settings.connect_timeout(), settings.read_timeout()];
        let timeout = times.into_iter().flatten().sum::<Duration>();
        SharedHttpConnector::new(Connector { timeout: if timeout.is_zero() { TIMEOUT } else { timeout } })
    }
}

#[derive(Debug)]
struct Connector {
    timeout: Duration,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let timeout = self.timeout;
        HttpConnectorFuture::new(async move {
            let mut ours = Request::new(request.method(), request.uri());
            ours.headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            ours.timeout = timeout;
            let body = request.body().bytes();
            let body = body.ok_or_else(|| ConnectorError::user("a body that is not in memory".into()))?;
            ours.body = (!body.is_empty()).then(|| body.to_vec());
            let answer = CLIENT.send_once_only(&ours).await.map_err(|error| match error.kind {
                ErrorKind::Timeout => ConnectorError::timeout(error.into()),
                ErrorKind::Invalid | ErrorKind::Forbidden => ConnectorError::user(error.into()),
                _ => ConnectorError::io(error.into()),
            })?;
            let status = StatusCode::try_from(answer.status).map_err(|error| ConnectorError::io(error.into()))?;
            let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
            for (name, value) in answer.headers {
                // A header that is none of HTTP's matters to nobody.
                let _ = response.headers_mut().try_append(name, value);
            }
            Ok(response)
        })
    }
}
