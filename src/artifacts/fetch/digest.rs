//! SHA-256 as the places of artifacts write it.

use ring::digest::{SHA256, digest};

use crate::model::Failure;

/// The digest in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Holds content to the digest somebody promised: `sha256:…` or its hexadecimal part. Other algorithms pass.
pub(super) fn check(bytes: &[u8], promised: &str) -> Result<(), Failure> {
    let wanted = match promised.split_once(':') {
        Some(("sha256", wanted)) => wanted,
        Some(_) => return Ok(()),
        None => promised,
    };
    let found = sha256(bytes);
    if found.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(Failure::new(format!("its content has digest sha256:{found}, but sha256:{wanted} was promised"))
        .detail("somebody or something changed it on the way"))
}
