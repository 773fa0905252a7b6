//! Accounts: which provider, with which settings, and who may use them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::origin::Origin;
use super::settings::Reader;
use crate::diagnostic::{Diagnostic, Place};
use crate::model::Map;

/// The authorizations of Spinnaker's permissions.
const AUTHORIZATIONS: &[&str] = &["CREATE", "EXECUTE", "READ", "WRITE"];

/// An account: what stages name as `account` or `credentials`.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Provider: `local`, `kubernetes`, …
    pub provider: String,
    /// The provider's settings as written; [`resolve_secrets`](super::resolve_secrets) brings in secrets.
    pub settings: Map,
    /// Roles by authorization (`READ`, `WRITE`, `EXECUTE`); empty means everyone may do everything.
    pub permissions: BTreeMap<String, Vec<String>>,
    /// Where it is configured.
    pub origin: Origin,
}

impl Account {
    /// The account for this machine that is there without being configured.
    pub(super) fn implicit_local() -> Self {
        Self {
            name: "local".to_owned(),
            provider: "local".to_owned(),
            settings: Map::new(),
            permissions: BTreeMap::new(),
            origin: Origin::BuiltIn,
        }
    }

    /// Reads one; `None` when it has no provider.
    pub(super) fn read(name: &str, value: &Value, place: &Place, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Object(map) = value else {
            reader.wrong(place.clone(), &format!("account '{name}'"), "an object with a 'provider'", value);
            return None;
        };
        let provider = match map.get("provider") {
            Some(Value::String(provider)) if !provider.is_empty() => provider.clone(),
            Some(other) if !other.is_null() => {
                reader.wrong(place.key("provider"), "'provider'", "the name of a provider", other);
                return None;
            }
            _ => {
                let finding = Diagnostic::error("GNK0083", format!("account '{name}' has no provider"))
                    .label("'provider' is missing")
                    .help("write 'provider: local', 'provider: kubernetes' or another one");
                reader.find(finding, place.clone());
                return None;
            }
        };
        let mut settings = map.clone();
        settings.retain(|key, _| key != "provider" && key != "permissions");
        let permissions = read_permissions(map.get("permissions"), &place.key("permissions"), reader);
        let origin = Origin::File(std::sync::Arc::clone(&reader.file.source), place.clone().on_key());
        Some(Self { name: name.to_owned(), provider, settings, permissions, origin })
    }
}

fn read_permissions(value: Option<&Value>, place: &Place, reader: &mut Reader<'_>) -> BTreeMap<String, Vec<String>> {
    let map = match value {
        None | Some(Value::Null) => return BTreeMap::new(),
        Some(Value::Object(map)) => map,
        Some(other) => {
            reader.wrong(place.clone(), "'permissions'", "an object of lists of roles", other);
            return BTreeMap::new();
        }
    };
    let mut permissions = BTreeMap::new();
    for (key, roles) in map {
        let authorization = key.to_ascii_uppercase();
        if !AUTHORIZATIONS.contains(&authorization.as_str()) {
            reader.unknown(key, AUTHORIZATIONS, "permissions have", place);
            continue;
        }
        permissions.insert(authorization, reader.texts(roles, &place.key(key), key));
    }
    permissions
}
