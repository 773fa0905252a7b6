//! The objects a manifest stage works on: named, found in their cluster, or selected by labels (contract 3.6).

use super::manifest::{Objects, selectors};
use super::{cloud, manifest, reading};
use crate::engine::ports::Call;
use crate::model::{Failure, Field, Map, Shape, joined, optional};
use crate::providers::{FoundManifest, ManifestQuery, ManifestRef};

pub(crate) const CRITERIA: &[&str] = &["largest", "newest", "oldest", "second_newest", "smallest"];
const MODES: &[&str] = &["dynamic", "label", "static"];

pub(crate) const APP: Field = optional("app", Shape::Text, "application of the cluster; this pipeline's when left out");
pub(crate) const CLUSTER: Field =
    optional("cluster", Shape::Text, "with mode dynamic: cluster, as in `replicaSet hello`");
pub(crate) const CRITERIA_FIELD: Field =
    optional("criteria", Shape::OneOf(CRITERIA), "with mode dynamic: which object of the cluster");
pub(crate) const KIND: Field = optional("kind", Shape::Text, "with mode dynamic: kind of the object");
pub(crate) const KINDS: Field = optional("kinds", Shape::List(&Shape::Text), "with mode label: kinds of the objects");
pub(crate) const LOCATION: Field = optional("location", Shape::Text, "namespace; the account's default when left out");
pub(crate) const MANIFEST_NAME: Field =
    optional("manifestName", Shape::Text, "with mode static: the object, as in `deployment hello`");
pub(crate) const MODE: Field = optional(
    "mode",
    Shape::OneOf(MODES),
    "how the object is found; dynamic with criteria, label with kinds and no manifestName, else static",
);

/// What names the object a stage works on.
pub(crate) const TARGET: [Field; 12] = [
    manifest::ACCOUNT,
    APP,
    manifest::CLOUD_PROVIDER,
    CLUSTER,
    manifest::CREDENTIALS,
    CRITERIA_FIELD,
    manifest::EXPECTED_ARTIFACTS,
    KIND,
    LOCATION,
    MANIFEST_NAME,
    MODE,
    manifest::MONIKER,
];

const LOAD_BALANCERS: Field = optional(
    "loadBalancers",
    Shape::List(&Shape::Text),
    "services, as in `service hello`; those of the object's annotation when left out",
);

/// The same, of an object that is put into traffic or taken out of it.
pub(crate) const IN_TRAFFIC: [Field; 13] = joined([LOAD_BALANCERS], TARGET);

/// Context key of the object that was found: a stage that runs again finds it again.
pub(crate) const RESOLVED: &str = "resolvedManifestName";

/// How the objects are found. Where the document does not say so, what it names does.
fn mode(context: &Map) -> String {
    let has = |key: &str| reading::filled(context, key).is_some();
    match reading::filled(context, "mode") {
        Some(mode) => mode.to_ascii_lowercase(),
        None if has("criteria") => "dynamic".to_owned(),
        None if !has("manifestName") && !cloud::texts(context, "kinds").is_empty() => "label".to_owned(),
        None => "static".to_owned(),
    }
}

/// Whether the object is to be found when the stage runs.
pub(crate) fn is_dynamic(context: &Map) -> bool {
    mode(context) == "dynamic"
}

/// The namespace a context names.
pub(crate) async fn location(objects: &Objects, context: &Map) -> Result<String, Failure> {
    match ["location", "namespace"].into_iter().find_map(|key| reading::filled(context, key)) {
        Some(location) => Ok(location),
        None => Ok(objects.manifests().default_namespace().await?),
    }
}

/// The objects a stage works on, as the world is now.
pub(crate) async fn resolve(call: &Call<'_>, objects: &Objects) -> Result<Vec<ManifestRef>, Failure> {
    let context = call.context;
    let location = location(objects, context).await?;
    match mode(context).as_str() {
        "label" => labelled(objects, context, &location).await,
        "dynamic" if !context.contains_key(RESOLVED) => Ok(vec![found(call, objects, &location).await?]),
        "dynamic" | "static" => {
            let name = reading::filled(context, RESOLVED).or_else(|| reading::filled(context, "manifestName"));
            let name = name.ok_or_else(|| {
                Failure::user("the stage names no object")
                    .detail("add manifestName: <kind> <name>, as in 'deployment hello'")
            })?;
            Ok(vec![objects.manifests().named(&name, &location).await?])
        }
        other => Err(Failure::user(format!("'mode' is '{other}'")).detail(format!("use one of {}", MODES.join(", ")))),
    }
}

async fn labelled(objects: &Objects, context: &Map, location: &str) -> Result<Vec<ManifestRef>, Failure> {
    let kinds = cloud::texts(context, "kinds");
    let selectors = selectors(context);
    if kinds.is_empty() || selectors.is_empty() {
        return Err(Failure::user("the stage selects by labels, but names no 'kinds' or no 'labelSelectors'"));
    }
    let mut targets = Vec::new();
    for kind in kinds {
        let query = ManifestQuery {
            kind,
            namespace: location.to_owned(),
            selectors: selectors.clone(),
            ..ManifestQuery::default()
        };
        targets.extend(objects.manifests().find(&query).await?.into_iter().map(|found| found.target));
    }
    Ok(targets)
}

/// The object of the cluster that the criteria choose.
async fn found(call: &Call<'_>, objects: &Objects, location: &str) -> Result<ManifestRef, Failure> {
    let context = call.context;
    let needed = |key: &str| {
        reading::filled(context, key)
            .ok_or_else(|| Failure::user(format!("the stage finds its object in a cluster, but names no '{key}'")))
    };
    let cluster = needed("cluster")?;
    // `replicaSet hello` says the kind as well.
    let kind = reading::filled(context, "kind")
        .or_else(|| cluster.split_once(' ').map(|(kind, _)| kind.to_owned()))
        .map_or_else(|| needed("kind"), Ok)?;
    let criteria = needed("criteria")?.to_ascii_lowercase();
    let query = ManifestQuery {
        kind,
        namespace: location.to_owned(),
        application: Some(manifest::application(call)),
        cluster: Some(cluster.clone()),
        ..ManifestQuery::default()
    };
    let candidates = objects.manifests().find(&query).await?;
    let count = candidates.len();
    pick(candidates, &criteria)?.ok_or_else(|| {
        let criteria = criteria.replace('_', " ");
        Failure::new(format!("cluster '{cluster}' in {location} has no {criteria} object"))
            .detail(format!("it has {count} objects"))
    })
}

fn pick(mut candidates: Vec<FoundManifest>, criteria: &str) -> Result<Option<ManifestRef>, Failure> {
    candidates.sort_by_key(|it| (it.created, it.target.name.clone()));
    let newest_first = |candidates: Vec<FoundManifest>, place: usize| candidates.into_iter().rev().nth(place);
    let found = match criteria {
        "oldest" => candidates.into_iter().next(),
        "newest" => newest_first(candidates, 0),
        "second_newest" => newest_first(candidates, 1),
        "largest" => candidates.into_iter().max_by_key(|it| it.replicas),
        "smallest" => candidates.into_iter().min_by_key(|it| it.replicas),
        _ => {
            return Err(Failure::user(format!("'criteria' is '{criteria}'"))
                .detail(format!("use one of {}", CRITERIA.join(", "))));
        }
    };
    Ok(found.map(|it| it.target))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_a_stage_names_says_how_its_objects_are_found() {
        use serde_json::json;
        let of = |context: Value| mode(&crate::stages::testing::object(context));
        assert_eq!(of(json!({"kinds": ["deployment"], "labelSelectors": {}})), "label");
        assert_eq!(of(json!({"kinds": ["deployment"], "manifestName": "deployment a"})), "static");
        assert_eq!(of(json!({"criteria": "newest", "cluster": "replicaSet a", "manifestName": "x"})), "dynamic");
        assert_eq!(of(json!({"mode": "Static", "criteria": "newest", "manifestName": "deployment a"})), "static");
        assert_eq!(of(json!({})), "static");
    }

    #[test]
    fn criteria_choose_by_age_and_size() {
        let candidate = |name: &str, created, replicas| FoundManifest {
            target: ManifestRef { name: name.into(), ..ManifestRef::default() },
            created,
            replicas,
            manifest: Value::Null,
        };
        let all = || vec![candidate("b", 2, 5), candidate("a", 1, 1), candidate("c", 3, 3)];
        for (criteria, name) in
            [("oldest", "a"), ("newest", "c"), ("second_newest", "b"), ("largest", "b"), ("smallest", "a")]
        {
            assert_eq!(pick(all(), criteria).unwrap().unwrap().name, name, "{criteria}");
        }
        assert!(pick(Vec::new(), "newest").unwrap().is_none());
        assert!(pick(all(), "median").is_err());
    }
}
