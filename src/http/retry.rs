//! Sends a request again while that is harmless and may help. Stages that are polled do not use it: their next look is
//! the retry.

use std::time::Duration;

use jiff::Timestamp;

use super::{Client, Error, ErrorKind, Request, Response, UrlPolicy, full_jitter, retry_after};

/// How often and how long to try.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Tries in all, the first included.
    pub tries: u32,
    /// Ceiling of the first wait; it doubles with each try.
    pub base: Duration,
    /// Ceiling of every wait, also of those the server asks for.
    pub most: Duration,
    /// Whether sending it twice does no harm though its method does not say so.
    pub idempotent: bool,
}

impl Default for Retry {
    fn default() -> Self {
        Self { tries: 5, base: Duration::from_millis(200), most: Duration::from_secs(20), idempotent: false }
    }
}

/// Sends until there is an answer worth giving back: anything but 429, 502, 503, 504 and failures to connect; a request
/// that may have arrived is repeated only when that is harmless.
pub async fn send_with_retries(
    client: &Client,
    request: &Request,
    policy: &UrlPolicy,
    retry: Retry,
) -> Result<Response, Error> {
    let mut attempt = 0;
    loop {
        let result = client.send(request.clone(), policy).await;
        attempt += 1;
        if attempt >= retry.tries || !worth_another(&result, request.is_safe() || retry.idempotent) {
            return result;
        }
        let asked = result.ok().and_then(|response| retry_after(&response, Timestamp::now().as_millisecond()));
        let wait =
            asked.map_or_else(|| full_jitter(retry.base, retry.most, attempt - 1), |asked| asked.min(retry.most));
        tokio::time::sleep(wait).await;
    }
}

fn worth_another(result: &Result<Response, Error>, harmless: bool) -> bool {
    match result {
        // Too many requests and unavailable: the server did nothing with it.
        Ok(response) => matches!(response.status, 429 | 503) || (harmless && matches!(response.status, 502 | 504)),
        Err(error) => match error.kind {
            ErrorKind::NameResolution | ErrorKind::Connect => true,
            ErrorKind::Timeout | ErrorKind::Other => harmless,
            ErrorKind::Invalid | ErrorKind::Forbidden | ErrorKind::TooLarge => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_or_unreceived_requests_are_repeated() {
        let status = |status| Ok(Response { status, ..Response::default() });
        let error = |kind| Err(Error { kind, message: String::new() });
        for (result, safe, other) in [
            (status(200), false, false),
            (status(404), false, false),
            (status(429), true, true),
            (status(503), true, true),
            (status(504), true, false),
            (error(ErrorKind::Connect), true, true),
            (error(ErrorKind::Timeout), true, false),
            (error(ErrorKind::Forbidden), false, false),
        ] {
            assert_eq!((worth_another(&result, true), worth_another(&result, false)), (safe, other), "{result:?}");
        }
    }

    #[tokio::test]
    async fn gives_up_after_the_last_try() {
        let retry = Retry { tries: 3, base: Duration::from_millis(1), ..Retry::default() };
        // Port 1 refuses; nothing listens there.
        let request = Request::new("GET", "http://127.0.0.1:1/");
        let error = send_with_retries(&Client::new(), &request, &UrlPolicy::default(), retry).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Connect);
    }
}
