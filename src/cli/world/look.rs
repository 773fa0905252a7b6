//! Reads the world through the project's accounts.

use std::sync::Arc;
use std::time::Duration;

use crate::cli::error::Told;
use crate::cli::project::Project;
use crate::diagnostic::{nearest, one_of};
use crate::model::{Failure, HealthState, Millis, ServerGroup, human_duration};
use crate::providers::{Error, ErrorKind, Provider, ServerGroupQuery};
use crate::report::{Role, quoted};
use crate::stages::Accounts;

/// The accounts a command looks at.
pub struct World {
    accounts: Accounts,
    names: Vec<String>,
}

impl World {
    /// All accounts of the project, or this one.
    pub fn open(project: &Project, account: Option<&str>) -> anyhow::Result<Self> {
        let accounts = project.accounts()?;
        let known: Vec<String> = accounts.names().map(|(name, _)| name.to_owned()).collect();
        let names = match account {
            None => known,
            Some(wanted) if known.iter().any(|name| name == wanted) => vec![wanted.to_owned()],
            Some(wanted) => {
                let told = Told::usage(format!("there is no account '{wanted}'"));
                let known = known.iter().map(String::as_str);
                return Err(match nearest(wanted, known.clone()) {
                    Some(meant) => told.hint(format!("did you mean {}?", quoted(meant))),
                    None => told.hint(format!("the accounts of this project: {}", one_of(known))),
                }
                .into());
            }
        };
        Ok(Self { accounts, names })
    }

    /// The accounts, opened.
    pub fn providers(&self) -> anyhow::Result<Vec<(&str, Arc<dyn Provider>)>> {
        let mut open = Vec::new();
        for name in &self.names {
            open.push((name.as_str(), self.accounts.open(name)?));
        }
        Ok(open)
    }

    /// Server groups of all accounts that have them: by account, cluster and location, newest first.
    pub async fn server_groups(&self, query: &ServerGroupQuery) -> anyhow::Result<Vec<ServerGroup>> {
        let mut found = Vec::new();
        for (name, provider) in self.providers()? {
            if let Some(server_groups) = provider.server_groups() {
                match server_groups.list(query).await {
                    Ok(groups) => found.extend(groups),
                    // One account that may not look hides nothing of the others.
                    Err(error) if error.kind == ErrorKind::Permission && self.names.len() > 1 => {
                        eprintln!("warning: {}", told(error, name));
                    }
                    Err(error) => return Err(told(error, name).into()),
                }
            } else if self.names.len() == 1 {
                return Err(told(Error::unsupported(provider.name(), "server groups"), name).into());
            }
        }
        found.sort_by(|a, b| {
            (&a.account, &a.moniker.cluster, &a.region, b.created_time, &b.name).cmp(&(
                &b.account,
                &b.moniker.cluster,
                &b.region,
                a.created_time,
                &a.name,
            ))
        });
        Ok(found)
    }

    /// The one server group of this name.
    pub async fn server_group(&self, name: &str, region: Option<&str>) -> anyhow::Result<ServerGroup> {
        let query = ServerGroupQuery { location: region.map(str::to_owned), ..ServerGroupQuery::default() };
        let all = self.server_groups(&query).await?;
        let mut found: Vec<&ServerGroup> = all.iter().filter(|group| group.name == name).collect();
        match found.len() {
            1 => Ok(found.remove(0).clone()),
            0 => {
                let told = Told::usage(format!("there is no server group '{name}'"));
                Err(match nearest(name, all.iter().map(|group| group.name.as_str())) {
                    Some(meant) => told.hint(format!("did you mean {meant}?")),
                    None => told.hint("to see what there is: gennaker clusters"),
                }
                .into())
            }
            _ => {
                let mut told = Told::usage(format!("there are several server groups '{name}'"));
                for group in found {
                    told = told.hint(format!("--account {} --region {}", group.account, group.region));
                }
                Err(told.into())
            }
        }
    }
}

/// A provider's error with the account it came from.
pub fn told(error: Error, account: &str) -> Failure {
    let mut failure = Failure::from(error);
    failure.message = format!("account '{account}': {}", failure.message);
    failure
}

/// How long ago something was.
pub fn age(since: Millis, now: Millis) -> String {
    match u64::try_from((now - since) / 1000).unwrap_or(0) {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds => human_duration(Duration::from_secs(seconds)),
    }
}

/// The role of a health.
pub fn role_of(health: HealthState) -> Role {
    match health {
        HealthState::Up | HealthState::Succeeded => Role::Ok,
        HealthState::Down | HealthState::Failed => Role::Fail,
        HealthState::Starting | HealthState::Draining => Role::Wait,
        HealthState::Unknown | HealthState::OutOfService => Role::Dim,
    }
}

/// A health in words, as Spinnaker spells them.
pub fn health_words(health: HealthState) -> String {
    format!("{health:?}")
}
