//! What stages need an account to be allowed, found before they run: for `gennaker account check --pipeline`.

use super::manifest::Objects;
use super::tasks::manifest_description;
use super::traffic_route::Shift;
use super::{Services, cloud, manifest_source, manifest_target, reading};
use crate::engine::ports::Call;
use crate::model::{Failure, Map};
use crate::providers::AccountDeed;

/// Something an account is to be allowed for a stage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Name of the account.
    pub account: String,
    /// What it is to be allowed.
    pub deed: AccountDeed,
}

/// Needs of one account in one place.
struct Needs {
    account: String,
    place: String,
    found: Vec<Need>,
}

impl Needs {
    fn new(objects: &Objects, place: &str) -> Self {
        Self { account: objects.cloud.account.clone(), place: place.to_owned(), found: Vec::new() }
    }

    /// These verbs on a kind.
    fn add(&mut self, kind: &str, verbs: &[&str]) {
        for verb in verbs {
            let deed = AccountDeed {
                place: self.place.clone(),
                kind: kind.to_owned(),
                verb: (*verb).to_owned(),
                ..AccountDeed::default()
            };
            self.found.push(Need { account: self.account.clone(), deed });
        }
    }
}

/// Kinds of the objects a stage works on.
fn kinds(context: &Map) -> Vec<String> {
    let first_word = |key: &str| {
        let name = reading::filled(context, key)?;
        name.split_once(' ').map(|(kind, _)| kind.to_owned())
    };
    let listed = cloud::texts(context, "kinds");
    let one =
        || first_word("manifestName").or_else(|| reading::filled(context, "kind")).or_else(|| first_word("cluster"));
    if listed.is_empty() { one().into_iter().collect() } else { listed }
}

/// What a stage needs that does these things to the objects it works on, and others to kinds beside or below
/// them: `pod`, `/scale`.
pub(crate) async fn of_target(
    call: &Call<'_>,
    services: &Services,
    verbs: &[&str],
    others: &[(&str, &[&str])],
) -> Result<Vec<Need>, Failure> {
    let objects = Objects::of(call.context, services)?;
    let mut needs = Needs::new(&objects, &manifest_target::location(&objects, call.context).await?);
    let finds = cloud::texts(call.context, "kinds").len() + usize::from(manifest_target::is_dynamic(call.context)) > 0;
    for kind in kinds(call.context) {
        needs.add(&kind, verbs);
        if finds {
            needs.add(&kind, &["list"]);
        }
        for (other, verbs) in others {
            // `/scale` is below the object, anything else beside it.
            let other = if other.starts_with('/') { format!("{kind}{other}") } else { (*other).to_owned() };
            needs.add(&other, verbs);
        }
    }
    Ok(needs.found)
}

/// What a deployment needs.
pub(crate) async fn of_deploy(call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
    let objects = Objects::of(call.context, services)?;
    let source = manifest_source::read(call, services, &objects).await?;
    let deploy = manifest_description(call, source.manifests)?;
    let deeds = objects.manifests().deeds(&deploy).await?;
    let account = &objects.cloud.account;
    Ok(deeds.into_iter().map(|deed| Need { account: account.clone(), deed }).collect())
}

/// What a deployment needs to run a job and to follow it.
pub(crate) async fn of_job(call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
    let mut found = of_deploy(call, services).await?;
    let places: Vec<(String, String)> =
        found.iter().map(|need| (need.account.clone(), need.deed.place.clone())).collect();
    for (account, place) in places {
        let mut needs = Needs { account, place, found: Vec::new() };
        // One that has ended makes room; one that is canceled is deleted.
        needs.add("job", &["delete"]);
        needs.add("pod/log", &["get"]);
        found.extend(needs.found);
    }
    Ok(found)
}

/// What taking old versions of replicaSets out of traffic needs, in the places of a deployment.
pub(crate) fn of_old_versions(deployed: &[Need]) -> Vec<Need> {
    let mut found = Vec::new();
    for set in deployed.iter().filter(|need| need.deed.kind == "replicaSet") {
        let mut needs = Needs { account: set.account.clone(), place: set.deed.place.clone(), found: Vec::new() };
        // Those that never came up are deleted, whatever the strategy.
        needs.add("replicaSet", &["list", "patch", "delete"]);
        needs.add("pod", &["list", "patch"]);
        found.extend(needs.found);
    }
    found
}

/// What shifting traffic by weight needs.
pub(crate) async fn of_shift(call: &Call<'_>, services: &Services, shift: &Shift) -> Result<Vec<Need>, Failure> {
    let objects = Objects::of(call.context, services)?;
    let namespace = match shift.route.namespace.as_str() {
        "" => objects.manifests().default_namespace().await?,
        named => named.to_owned(),
    };
    let mut needs = Needs::new(&objects, &namespace);
    needs.add(objects.routes()?.kind_of(&shift.route)?, &["get", "patch"]);
    if shift.route.kind.eq_ignore_ascii_case("Ingress") {
        needs.add("ingress", &["create"]);
    }
    needs.add("service", if shift.derives { &["get", "create"] } else { &["get"] });
    Ok(needs.found)
}
