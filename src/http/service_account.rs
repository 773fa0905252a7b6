//! Service-account keys of Google: an assertion signed with the key is given for a token (RFC 7523, JWT bearer grant).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use super::{Request, Response};

/// The grant that an assertion is given for.
const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
/// Seconds an assertion is good for.
const LIFE: i64 = 3_600;
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// A key as `gcloud iam service-accounts keys create` writes it.
pub struct ServiceAccountKey {
    client_email: String,
    key_id: Option<String>,
    pair: RsaKeyPair,
    /// Where tokens are given.
    pub token_uri: String,
}

impl ServiceAccountKey {
    /// Reads a key file's text.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence; never a part of the key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        let part = |key: &str| document.get(key).and_then(Value::as_str).map(str::to_owned);
        if let Some(kind) = part("type").filter(|kind| kind != "service_account") {
            return Err(format!("its 'type' is '{kind}', not 'service_account'"));
        }
        let needed = |key: &str| part(key).ok_or_else(|| format!("it has no '{key}'"));
        let pem = needed("private_key")?;
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
        let der = STANDARD.decode(body).map_err(|_| "its 'private_key' is no PEM".to_owned())?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|error| format!("its 'private_key' is no RSA key: {error}"))?;
        Ok(Self {
            client_email: needed("client_email")?,
            key_id: part("private_key_id"),
            pair,
            token_uri: part("token_uri").unwrap_or_else(|| TOKEN_URI.to_owned()),
        })
    }

    /// The request for a token with these rights (scopes separated by spaces); `now` in seconds since 1970.
    ///
    /// # Errors
    /// Why nothing can be signed.
    pub fn token_request(&self, scope: &str, now: i64) -> Result<Request, String> {
        let mut header = json!({"alg": "RS256", "typ": "JWT"});
        if let Some(id) = &self.key_id {
            header["kid"] = id.as_str().into();
        }
        let claims = json!({
            "iss": self.client_email, "scope": scope, "aud": self.token_uri, "iat": now, "exp": now + LIFE,
        });
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| "the key cannot sign".to_owned())?;
        let assertion = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        let mut request = Request::new("POST", &self.token_uri);
        request.headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        request.body = Some(format!("grant_type={GRANT}&assertion={assertion}").into_bytes());
        Ok(request)
    }
}

/// The token in an answer to such a request.
///
/// # Errors
/// Why it holds none: what the server says.
pub fn token_of(response: &Response) -> Result<String, String> {
    let document: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let part = |key: &str| document.get(key).and_then(Value::as_str);
    match (response.status, part("access_token")) {
        (200, Some(token)) => Ok(token.to_owned()),
        (status, _) => {
            let why = part("error_description").or(part("error")).unwrap_or(response.reason);
            Err(format!("the request for a token was answered with {status} {why}").trim_end().to_owned())
        }
    }
}

/// Whose key it is; nothing of the key.
impl fmt::Debug for ServiceAccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccountKey").field("client_email", &self.client_email).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_said_without_showing_it() {
        for (text, expected) in [
            ("x", "it is no JSON"),
            ("{}", "it has no 'private_key'"),
            (r#"{"type": "authorized_user"}"#, "its 'type' is 'authorized_user'"),
            (r#"{"private_key": "s3cret!"}"#, "is no PEM"),
            (r#"{"private_key": "c2VjcmV0"}"#, "is no RSA key"),
        ] {
            let said = ServiceAccountKey::parse(text).unwrap_err();
            assert!(said.contains(expected) && !said.contains("s3cret"), "{said}");
        }
    }

    #[test]
    fn tokens_are_taken_from_answers() {
        let answer =
            |status, body: &str| Response { status, reason: "Bad Request", body: body.into(), ..Response::default() };
        assert_eq!(token_of(&answer(200, r#"{"access_token": "t"}"#)).unwrap(), "t");
        let refused = token_of(&answer(400, r#"{"error": "invalid_grant", "error_description": "Invalid JWT"}"#));
        assert_eq!(refused.unwrap_err(), "the request for a token was answered with 400 Invalid JWT");
        assert!(token_of(&answer(502, "<html>")).unwrap_err().ends_with("502 Bad Request"));
    }
}
