//! `embedded/base64`: the reference is the content.

use async_trait::async_trait;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::web::Web;
use super::{Account, Fetch};
use crate::model::{Artifact, Failure};

/// Java's decoder takes text with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) struct Embedded;

#[async_trait]
impl Fetch for Embedded {
    fn kinds(&self) -> &'static [&'static str] {
        &["embedded/base64", "remote/base64"]
    }

    async fn fetch(&self, artifact: &Artifact, _account: &Account, _web: &Web) -> Result<Vec<u8>, Failure> {
        // Content may be empty: then the reference is.
        let text = artifact.reference.as_deref().unwrap_or_default().trim();
        BASE64.decode(text).map_err(|error| Failure::user(format!("its reference is no base64: {error}")))
    }
}
