//! Signs requests (AWS Signature Version 4) with `aws-sigv4`, which the chain of credentials brings along anyway.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;

use super::{Error, ErrorKind};
use crate::http::Request;

/// For whom and when a request is signed.
pub(super) struct Signature<'a> {
    pub(super) credentials: &'a Credentials,
    pub(super) region: &'a str,
    /// The service's name in signatures.
    pub(super) service: &'a str,
    pub(super) time: SystemTime,
}

/// Adds the headers that sign the request.
pub(super) fn add(request: &mut Request, signature: &Signature<'_>) -> Result<(), Error> {
    let wrong = |what: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Invalid, format!("{} {} cannot be signed: {what}", request.method, request.url))
    };
    let mut settings = SigningSettings::default();
    if signature.service == "s3" {
        // S3 takes paths as they are sent, and wants the body's digest in a header.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = signature.credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(signature.region)
        .name(signature.service)
        .time(signature.time)
        .settings(settings)
        .build()
        .map_err(|error| wrong(&error))?
        .into();
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let body = SignableBody::Bytes(request.body.as_deref().unwrap_or_default());
    let signable = SignableRequest::new(&request.method, &request.url, headers, body).map_err(|error| wrong(&error))?;
    let (instructions, _) = sign(signable, &parameters).map_err(|error| wrong(&error))?.into_parts();
    let signed: Vec<_> = instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    request.headers.extend(signed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_get_of_awss_own_example_is_signed_as_aws_signs_it() {
        // "GET bucket lifecycle" of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
        let credentials =
            Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None, None, "example");
        let mut request = Request::new("GET", "https://examplebucket.s3.amazonaws.com/?lifecycle");
        // 20130524T000000Z
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600);
        let signature = Signature { credentials: &credentials, region: "us-east-1", service: "s3", time };
        add(&mut request, &signature).unwrap();
        let (_, authorization) =
            request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).unwrap();
        let wanted = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543";
        assert!(authorization.ends_with(wanted), "{authorization}");
    }
}
