//! The `H` token: a second, minute or hour that is drawn once for each trigger, so that they do not all fire at `0 0`.

use super::CronError;
use crate::model::text_hash;

/// The field and the largest value it takes.
const HASHED: [i32; 3] = [59, 59, 23];

/// Puts a number drawn from the trigger's id for every `H` of the seconds, minutes and hours. A text without one is
/// given back as it is.
///
/// Fields are what stands between single spaces, as in Spinnaker: after a double space they are counted differently.
///
/// # Errors
/// When there are fewer than six fields.
pub fn resolve_hash_tokens(text: &str, trigger_id: &str) -> Result<String, CronError> {
    let mut fields: Vec<String> = text.trim_matches(|c| c <= ' ').split(' ').map(str::to_owned).collect();
    if fields.len() < 6 {
        return Err(CronError::too_short(text, fields.len()));
    }
    if !fields[..3].iter().any(|field| field.contains('H')) {
        return Ok(text.to_owned());
    }
    let hash = text_hash(trigger_id);
    for (field, largest) in fields.iter_mut().zip(HASHED) {
        *field = field.replace('H', &(hash % (largest + 1)).abs().to_string());
    }
    // A seventh field is the year only when nothing follows it.
    fields.truncate(if fields.len() == 7 { 7 } else { 6 });
    Ok(fields.join(" "))
}
