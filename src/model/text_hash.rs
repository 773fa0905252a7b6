//! Java's hash of a text, which Spinnaker's answers depend on in places.

/// `String.hashCode`.
#[must_use]
pub fn text_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}
