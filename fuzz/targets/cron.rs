//! Cron expressions: read, and asked for their next time.
#![no_main]

use gennaker::model::{Cron, resolve_hash_tokens};
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = resolve_hash_tokens(text, text);
    match Cron::parse(text) {
        Ok(cron) => {
            let zone = TimeZone::get("America/Los_Angeles").expect("the zone exists");
            for instant in [0, 1_762_000_000_000, 1_772_900_000_000] {
                assert!(cron.next_after(instant, &zone).is_none_or(|next| next > instant));
            }
        }
        Err(error) => assert!(text.get(error.span).is_some()),
    }
});
