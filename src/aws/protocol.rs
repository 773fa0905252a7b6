//! The two protocols whose operations all look alike: Query (forms in, XML out) and JSON.

use serde_json::Value;

use super::{Call, Connection, Element, Error, ErrorKind, Service, percent_encode};

impl Connection {
    /// An operation of a service that takes forms and answers XML; parameters as the API writes them:
    /// `("Names.member.1", "shop")`, for EC2 `("InstanceId.1", "i-1")`. Gives back the answer's root element.
    pub async fn query<K: AsRef<str>, V: AsRef<str>>(
        &self,
        service: &Service,
        operation: &str,
        parameters: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Element, Error> {
        let mut call = Call::new(service, operation, "POST", "/");
        let mut form = format!("Action={operation}&Version={}", service.version);
        for (key, value) in parameters {
            call.note_resource(key.as_ref(), value.as_ref());
            form.push('&');
            form.push_str(&percent_encode(key.as_ref(), false));
            form.push('=');
            form.push_str(&percent_encode(value.as_ref(), false));
        }
        call.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned()));
        call.body = form.into_bytes();
        let answer = self.send(&call).await?;
        Element::read(&answer.text()).ok_or_else(|| unreadable(&call, "XML"))
    }

    /// An operation of a service that takes and gives JSON.
    pub async fn json(&self, service: &Service, operation: &str, body: &Value) -> Result<Value, Error> {
        let call = Call::new(service, operation, "POST", "/")
            .with_header("content-type", format!("application/x-amz-json-{}", service.json))
            .with_header("x-amz-target", format!("{}.{operation}", service.target));
        let call = Call { body: body.to_string().into_bytes(), ..call };
        let answer = self.send(&call).await?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body).map_err(|_| unreadable(&call, "JSON"))
    }
}

fn unreadable(call: &Call<'_>, what: &str) -> Error {
    let text = format!("{} was answered with something that is no {what}: is the endpoint one of AWS?", call.shown());
    Error::new(ErrorKind::Invalid, text)
}
