//! The settings as `gennaker config show --origin` lists them.

use serde_json::{Value, json};

use super::Settings;
use super::origin::Origin;
use super::secret::redact;

/// One setting in effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its name: `history`, `accounts.production`, …
    pub key: String,
    /// Its value, secrets left out.
    pub value: Value,
    /// Where it comes from: `flag --history`, `environment GENNAKER_HISTORY`, `gennaker.yaml:3`, `built in`.
    pub origin: String,
}

impl Settings {
    /// Every setting in effect, sorted by name.
    #[must_use]
    pub fn show(&self) -> Vec<Shown> {
        let mut shown = Vec::new();
        let mut put = |key: &str, value: Value, origin: &Origin| {
            shown.push(Shown { key: key.to_owned(), value: redact("", &value), origin: origin.to_string() });
        };
        put("application", self.application.value.clone().into(), &self.application.origin);
        put("color", self.color.value.clone().into(), &self.color.origin);
        let history = match self.history_options.is_empty() {
            true => self.history.value.clone().into(),
            false => {
                let mut options = self.history_options.clone();
                options.insert("url".to_owned(), self.history.value.clone().into());
                Value::Object(options)
            }
        };
        put("history", history, &self.history.origin);
        put("roles", json!(self.roles.value), &self.roles.origin);
        put("spelEvaluator", self.spel_evaluator.value.clone().into(), &self.spel_evaluator.origin);
        put("timeZone", self.time_zone.value.clone().into(), &self.time_zone.origin);
        put("trafficGuards", self.traffic_guards.value.clone().into(), &self.traffic_guards.origin);
        let rules = &self.url_policy.value;
        let rules = json!({"allow": rules.allow, "deny": rules.deny, "allowPrivate": rules.allow_private});
        put("urlPolicy", rules, &self.url_policy.origin);
        put("user", self.user.value.clone().into(), &self.user.origin);
        for (name, account) in &self.accounts {
            let mut value = json!({"provider": account.provider});
            let map = value.as_object_mut().expect("an object was just made");
            map.extend(account.settings.clone());
            if !account.permissions.is_empty() {
                map.insert("permissions".into(), json!(account.permissions));
            }
            put(&format!("accounts.{name}"), value, &account.origin);
        }
        for (prefix, entries) in
            [("artifacts", &self.artifacts), ("defaults", &self.defaults), ("services", &self.services)]
        {
            for (name, entry) in entries {
                put(&format!("{prefix}.{name}"), Value::Object(entry.value.clone()), &entry.origin);
            }
        }
        shown.sort_by(|a, b| a.key.cmp(&b.key));
        shown
    }
}
