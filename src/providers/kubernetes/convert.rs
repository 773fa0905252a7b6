//! Values of objects in the words of the model.

use serde_json::Value;

use crate::model::Millis;

/// Epoch milliseconds of an RFC 3339 time; 0 when there is none.
pub(super) fn moment(value: &Value) -> Millis {
    let parsed = value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    parsed.map_or(0, jiff::Timestamp::as_millisecond)
}
