//! Signs a GET request for S3 (AWS Signature Version 4).

use ring::hmac::{HMAC_SHA256, Key, sign};

use super::digest::{hex, sha256};

/// Credentials of AWS.
#[derive(Clone, Default)]
pub(super) struct Credentials {
    pub(super) key_id: String,
    pub(super) secret: String,
    pub(super) session_token: Option<String>,
}

/// A GET request to be.
pub(super) struct Unsigned<'a> {
    pub(super) host: &'a str,
    /// Path, percent-encoded.
    pub(super) path: &'a str,
    /// Query, percent-encoded and sorted.
    pub(super) query: &'a str,
    pub(super) region: &'a str,
    /// `20130524T000000Z`
    pub(super) time: &'a str,
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// The headers that sign it.
pub(super) fn signed_headers(request: &Unsigned<'_>, credentials: &Credentials) -> Vec<(String, String)> {
    let empty = sha256(b"");
    let mut headers = vec![
        ("host".to_owned(), request.host.to_owned()),
        ("x-amz-content-sha256".to_owned(), empty.clone()),
        ("x-amz-date".to_owned(), request.time.to_owned()),
    ];
    if let Some(token) = &credentials.session_token {
        headers.push(("x-amz-security-token".to_owned(), token.clone()));
    }
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let listed: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!("GET\n{}\n{}\n{listed}\n{names}\n{empty}", request.path, request.query);
    let day = request.time.split('T').next().unwrap_or_default();
    let scope = format!("{day}/{}/s3/aws4_request", request.region);
    let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", request.time, sha256(canonical.as_bytes()));
    let key = hmac(format!("AWS4{}", credentials.secret).as_bytes(), day);
    let key = [request.region, "s3", "aws4_request"].iter().fold(key, |key, part| hmac(&key, part));
    let signature = hex(&hmac(&key, &text));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        credentials.key_id
    );
    headers.retain(|(name, _)| name != "host");
    headers.push(("authorization".to_owned(), authorization));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_get_of_awss_own_example_is_signed_as_aws_signs_it() {
        // "GET bucket lifecycle" of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
        let request = Unsigned {
            host: "examplebucket.s3.amazonaws.com",
            path: "/",
            query: "lifecycle=",
            region: "us-east-1",
            time: "20130524T000000Z",
        };
        let credentials = Credentials {
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        };
        let headers = signed_headers(&request, &credentials);
        let (_, authorization) = headers.last().unwrap();
        assert!(
            authorization.ends_with("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            "{authorization}"
        );
    }
}
