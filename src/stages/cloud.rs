//! The account a stage acts through, and the places in it: read from the stage's context as Spinnaker reads them.

use std::sync::Arc;

use serde_json::Value;

use super::forecast::Foreseen;
use super::{Services, reading};
use crate::engine::ports::TaskResult;
use crate::model::{Failure, Map, ServerGroupRef};
use crate::providers::{Error, Firewalls, Images, InstanceUpkeep, Instances, LoadBalancers, Provider, ServerGroups};

/// An open account and its name.
#[derive(Clone)]
pub(crate) struct Cloud {
    /// Name of the account.
    pub(crate) account: String,
    /// Name of its provider.
    pub(crate) provider_name: String,
    /// The account itself.
    pub(crate) provider: Arc<dyn Provider>,
    /// The same as a plan foresees it.
    foreseen: Option<Foreseen>,
}

impl Cloud {
    /// The account a context names; the project's only one, or the provider's only one, when it names none.
    pub(crate) fn of(context: &Map, services: &Services) -> Result<Self, Failure> {
        let provider = ["cloudProvider", "provider"].into_iter().find_map(|key| reading::filled(context, key));
        let account = match account(context) {
            Some(account) => account,
            None => only_account(services, provider.as_deref())?,
        };
        let opened = services.accounts.open(&account)?;
        if let Some(wanted) = provider.filter(|wanted| wanted != opened.name()) {
            return Err(Failure::user(format!(
                "account '{account}' belongs to provider '{}', but the stage says cloudProvider '{wanted}'",
                opened.name()
            )));
        }
        let foreseen = services.accounts.forecast().map(|forecast| Foreseen {
            account: account.clone(),
            provider: Arc::clone(&opened),
            forecast: Arc::clone(forecast),
        });
        Ok(Self { account, provider_name: opened.name().to_owned(), provider: opened, foreseen })
    }

    /// Its server groups.
    pub(crate) fn server_groups(&self) -> Result<&dyn ServerGroups, Failure> {
        let now = self.provider.server_groups().ok_or_else(|| self.lacks("server groups"))?;
        Ok(self.foreseen.as_ref().map_or(now, |foreseen| foreseen))
    }

    /// Its load balancers.
    pub(crate) fn load_balancers(&self) -> Result<&dyn LoadBalancers, Failure> {
        let now = self.provider.load_balancers().ok_or_else(|| self.lacks("load balancers"))?;
        Ok(self.foreseen.as_ref().map_or(now, |foreseen| foreseen))
    }

    /// Its firewalls.
    pub(crate) fn firewalls(&self) -> Result<&dyn Firewalls, Failure> {
        self.provider.firewalls().ok_or_else(|| self.lacks("firewalls"))
    }

    /// Its images.
    pub(crate) fn images(&self) -> Result<&dyn Images, Failure> {
        self.provider.images().ok_or_else(|| self.lacks("images"))
    }

    /// Its single instances.
    pub(crate) fn instances(&self) -> Result<&dyn Instances, Failure> {
        self.provider.instances().ok_or_else(|| self.lacks("single instances"))
    }

    /// Changes of its single instances.
    pub(crate) fn instance_upkeep(&self) -> Result<&dyn InstanceUpkeep, Failure> {
        self.provider.instance_upkeep().ok_or_else(|| self.lacks("changes of single instances"))
    }

    /// The failure of a noun the provider lacks.
    pub(crate) fn lacks(&self, noun: &'static str) -> Failure {
        Error::unsupported(self.provider.name(), noun).into()
    }

    /// A server group of this account.
    pub(crate) fn reference(&self, location: &str, name: &str) -> ServerGroupRef {
        ServerGroupRef { account: self.account.clone(), location: location.to_owned(), name: name.to_owned() }
    }

    /// Look again at the provider's pace.
    pub(crate) fn look_again(&self) -> TaskResult {
        TaskResult::running().retry_in(self.provider.poll_interval())
    }

    /// Where a stage that targets one server group looks: `region`, then `regions`, `namespace`, `namespaces`, `zone`,
    /// `zones`.
    pub(crate) fn target_locations(&self, context: &Map) -> Vec<String> {
        self.first_of(context, &["region", "regions", "namespace", "namespaces", "zone", "zones"])
    }

    /// Where a cluster-wide stage looks: plural keys first.
    pub(crate) fn cluster_locations(&self, context: &Map) -> Vec<String> {
        self.first_of(context, &["namespaces", "regions", "zones", "namespace", "region", "zone"])
    }

    /// Where a cluster is deployed to: `namespace`, `region`, else the first key of `availabilityZones`.
    pub(crate) fn deploy_location(&self, context: &Map) -> Result<String, Failure> {
        let zones = reading::object(context, "availabilityZones").and_then(|zones| zones.keys().next().cloned());
        ["namespace", "region"]
            .into_iter()
            .find_map(|key| reading::filled(context, key))
            .or(zones)
            .or_else(|| self.provider.default_locations().into_iter().next())
            .ok_or_else(|| Failure::user("the cluster names no 'region'").detail("add region: <name> to the cluster"))
    }

    fn first_of(&self, context: &Map, keys: &[&str]) -> Vec<String> {
        let named = keys.iter().map(|key| texts(context, key)).find(|values| !values.is_empty());
        named.unwrap_or_else(|| self.provider.default_locations())
    }
}

/// The account a context names.
pub(crate) fn account(context: &Map) -> Option<String> {
    ["account.name", "account", "credentials"].into_iter().find_map(|key| reading::filled(context, key))
}

/// Deploy data may say the account twice, but not differently.
pub(crate) fn check_account(context: &Map) -> Result<(), Failure> {
    match (reading::filled(context, "account"), reading::filled(context, "credentials")) {
        (Some(account), Some(credentials)) if account != credentials => Err(Failure::user(format!(
            "the cluster names two accounts: account '{account}' and credentials '{credentials}'"
        ))
        .detail("leave one of them out")),
        _ => Ok(()),
    }
}

/// The text items under this key, blank ones left out.
pub(crate) fn texts(context: &Map, key: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|n| n.to_string()));
    reading::list(context, key).iter().filter_map(text).filter(|text| !text.trim().is_empty()).collect()
}

fn only_account(services: &Services, provider: Option<&str>) -> Result<String, Failure> {
    let known: Vec<_> = services.accounts.names().collect();
    let fitting: Vec<_> = known
        .iter()
        .filter(|(_, kind)| provider.is_none_or(|provider| provider == *kind))
        .map(|(name, _)| *name)
        .collect();
    match (fitting.as_slice(), provider) {
        ([only], _) => Ok((*only).to_owned()),
        ([], Some(provider)) => {
            Err(Failure::user(format!("no account of this project belongs to provider '{provider}'"))
                .detail("add one to gennaker.yaml under 'accounts:'"))
        }
        ([], None) => Err(Failure::user("the stage names no account, and the project has none")
            .detail("add one to gennaker.yaml under 'accounts:'")),
        (several, provider) => {
            let field = if provider == Some("kubernetes") { "account" } else { "credentials" };
            Err(Failure::user("the stage names no account, and the project has several")
                .detail(format!("add {field}: one of {}", several.join(", "))))
        }
    }
}
