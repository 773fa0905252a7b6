//! Names: of a cluster's next server group (contract 5.1), and of stages that other stages make.

use super::cloud::Cloud;
use crate::model::{Failure, Moniker, build_server_group_name, next_sequence};
use crate::providers::ServerGroupQuery;

/// What a stage of this type does, for people, and to what: `Disable Cluster hello-prod`.
pub(crate) fn title(kind: &str, subject: &str) -> String {
    let mut words = String::with_capacity(kind.len() + subject.len() + 4);
    for (at, letter) in kind.char_indices() {
        match (at, letter) {
            (0, first) => words.extend(first.to_uppercase()),
            (_, capital) if capital.is_ascii_uppercase() => words.extend([' ', capital]),
            (_, other) => words.push(other),
        }
    }
    if !subject.is_empty() {
        words.push(' ');
        words.push_str(subject);
    }
    words
}

/// The next free name of a cluster in a location, with its moniker; `taken` names are passed over.
pub(crate) async fn next_name(
    cloud: &Cloud,
    moniker: &Moniker,
    location: &str,
    taken: &[String],
) -> Result<(String, Moniker), Failure> {
    let cluster = moniker.cluster.clone().unwrap_or_default();
    let query = ServerGroupQuery {
        application: moniker.app.clone(),
        cluster: Some(cluster.clone()),
        location: Some(location.to_owned()),
    };
    let groups = cloud.server_groups()?.list(&query).await?;
    let mut sequences: Vec<(Option<u32>, i64)> = groups
        .iter()
        .map(|group| {
            let sequence = group.moniker.sequence.or_else(|| crate::model::parse_name(&group.name).sequence);
            (sequence, group.created_time)
        })
        .collect();
    sequences.extend(taken.iter().map(|name| (crate::model::parse_name(name).sequence, i64::MAX)));
    let sequence = next_sequence(&cluster, &sequences).map_err(|error| {
        Failure::user(error.to_string()).detail("destroy old server groups of the cluster, then deploy again")
    })?;
    let named = Moniker { sequence: Some(sequence), ..moniker.clone() };
    Ok((build_server_group_name(&cluster, sequence), named))
}
