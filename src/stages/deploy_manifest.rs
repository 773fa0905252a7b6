//! Deploys manifests to a cluster of objects, and waits until they are stable.
//!
//! The manifests are written in the stage (`manifests`, a list) or come from an artifact (`source: artifact`). They are
//! sent in the order their kinds need, as `kubectl apply` sends them; annotations `strategy.spinnaker.io/recreate`,
//! `replace` and `server-side-apply` ask for another way.
//!
//! Config maps, secrets, pods and replicaSets are deployed as versions (`settings-v003`); a version that holds the same
//! already is used again, and workloads of the same stage are bound to it. Images are bound to artifacts of their name;
//! `requiredArtifactIds` must find their place.
//!
//! `trafficManagement` puts workloads behind services; with the strategy `redblack` old versions of a replicaSet lose
//! their traffic once the new one is stable, with `highlander` they are deleted as well.
//!
//! With `route` the stage shifts traffic by weight once the new version is stable: to `route.to`, in `steps`, before old
//! versions leave; `gennaker docs stage shiftTraffic` says how. When the stage fails, traffic is given back as it was.
//! Without `route.to`, versions need no Services of their own: from the Service that selects all of them, one is made for
//! each version (`shop-v003`), named in the plan, and gone with its version.
//!
//! A rollout that cannot succeed ends the stage with what hinders it: at its own deadline, or when an image cannot be
//! pulled, a container crashes, a quota is used up or no node has room for longer than the account's `rolloutTolerance`.
//!
//! Values of secrets are never recorded: take them from an artifact, or write `{fromEnv: NAME}` or `{fromFile: path}` in
//! their `stringData`.
//!
//! ```yaml
//! - name: Deploy the shop
//!   type: deployManifest
//!   account: prod
//!   manifests:
//!     - apiVersion: v1
//!       kind: ConfigMap
//!       metadata: {name: settings, namespace: shop}
//!       data: {greeting: hello}
//!     - apiVersion: apps/v1
//!       kind: Deployment
//!       metadata: {name: frontend, namespace: shop}
//!       spec:
//!         replicas: 2
//!         selector: {matchLabels: {app: frontend}}
//!         template:
//!           metadata: {labels: {app: frontend}}
//!           spec:
//!             containers:
//!               - name: frontend
//!                 image: example/frontend:1.0
//!                 envFrom: [{configMapRef: {name: settings}}]
//! ```

use async_trait::async_trait;
use serde_json::{Value, json};

use super::manifest::{self, Objects};
use super::moved_traffic::traffic_moved;
use super::tasks::{
    BindProducedArtifacts, CLEAN_UP_MANIFEST_VERSIONS, ChooseManifestVersions, DEPLOY_MANIFEST_TASK,
    MAKE_VERSION_SERVICE, ManifestStrategy, ManifestTraffic, READ_TRAFFIC, RESOLVE_MANIFEST_SOURCE,
    TELL_VERSIONS_APART, WaitForManifestStable, bound_ahead, manifest_description,
};
use super::traffic_route::{self, BEFORE, Before, Shift, VERSION_SERVICES};
use super::{Need, Services, Stage, Task, cluster, manifest_source, needs, reading};
use crate::engine::ports::{Call, NewStage, Plan, TaskResult, in_sequence};
use crate::model::{Failure, Field, Map, Shape, Unit, optional};
use crate::providers::{FoundManifest, ManifestChange, ManifestQuery, PreparedManifest};

/// The `deployManifest` stage.
pub(super) struct DeployManifest;

const TRAFFIC_OPTIONS: &[Field] = &[
    optional("enableTraffic", Shape::Boolean, "whether traffic reaches the new version at once; false"),
    traffic_route::ROUTE_OF_DEPLOY,
    optional("services", Shape::List(&Shape::Text), "services that send it traffic, as in `service hello`"),
    traffic_route::STEPS,
    optional(
        "strategy",
        Shape::OneOf(&["bluegreen", "highlander", "none", "redblack"]),
        "what becomes of old versions of a replicaSet; none",
    ),
    traffic_route::WAIT,
];

const TRAFFIC: &[Field] = &[
    optional("enabled", Shape::Boolean, "whether this stage manages traffic; false"),
    optional("options", Shape::Object(TRAFFIC_OPTIONS), "how"),
];

const FIELDS: &[Field] = &[
    manifest::ACCOUNT,
    optional("allowNothingSelected", Shape::Boolean, "whether labelSelectors may select nothing; false"),
    manifest::CLOUD_PROVIDER,
    manifest::CREDENTIALS,
    optional("enableArtifactBinding", Shape::Boolean, "whether artifacts take the place of what names them; true"),
    manifest::EXPECTED_ARTIFACTS,
    optional("includeEvents", Shape::Boolean, "puts the events about what was deployed into the context; false"),
    manifest::LABEL_SELECTORS,
    manifest::MANIFEST,
    manifest::MANIFEST_ARTIFACT,
    manifest::MANIFEST_ARTIFACT_ACCOUNT,
    manifest::MANIFEST_ARTIFACT_ID,
    manifest::MANIFESTS,
    manifest::MONIKER,
    optional("namespaceOverride", Shape::Text, "namespace of all manifests, in place of their own"),
    optional("noOutput", Shape::Boolean, "puts out nothing of what was deployed; false"),
    optional("relationships", Shape::Map, "kept for documents that have it: Deck once wrote it; not used"),
    manifest::REQUIRED_ARTIFACT_IDS,
    manifest::REQUIRED_ARTIFACTS,
    manifest::SKIP_EVALUATION,
    optional("skipSpecTemplateLabels", Shape::Boolean, "leaves the labels of pod templates alone; false"),
    manifest::SOURCE,
    optional("stableManifestTimeoutMinutes", Shape::Duration(Unit::Minutes), "how long it may take to be stable; 30"),
    optional(
        "trafficManagement",
        Shape::Object(TRAFFIC),
        "which services send traffic, and what becomes of old versions",
    ),
    optional("versioned", Shape::Boolean, "whether all are deployed as versions; as their kinds need when left out"),
];

#[async_trait]
impl Stage for DeployManifest {
    fn kind(&self) -> &'static str {
        "deployManifest"
    }

    fn source(&self) -> &'static str {
        include_str!("deploy_manifest.rs")
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn tasks(&self) -> &'static [&'static dyn Task] {
        &[
            &RESOLVE_MANIFEST_SOURCE,
            &READ_TRAFFIC,
            &ChooseManifestVersions,
            &TELL_VERSIONS_APART,
            &DEPLOY_MANIFEST_TASK,
            &MAKE_VERSION_SERVICE,
            &WaitForManifestStable,
            &CLEAN_UP_MANIFEST_VERSIONS,
            &BindProducedArtifacts,
        ]
    }

    fn leaves_unevaluated(&self) -> &'static [&'static str] {
        &["manifest", "manifests"]
    }

    fn forget_on_restart(&self) -> &'static [&'static str] {
        &[
            "manifestVersions",
            "takenManifestVersions",
            "recreatedManifests",
            "replacedManifests",
            "manifestsHinderedSince",
            "failedManifests",
            "messages",
            "warnings",
            BEFORE,
            VERSION_SERVICES,
        ]
    }

    async fn plan(&self, call: &Call<'_>, _services: &Services) -> Result<Plan, Failure> {
        let shift = shift(call.context)?;
        let (shifts, derives) = (shift.is_some(), shift.is_some_and(|shift| shift.derives));
        let wanted = |task: &&&dyn Task| match task.name() {
            name if name == READ_TRAFFIC.name => shifts && !derives,
            name if name == TELL_VERSIONS_APART.name || name == MAKE_VERSION_SERVICE.name => derives,
            _ => true,
        };
        Ok(Plan::of_tasks(self.tasks().iter().filter(wanted).map(|task| task.name())))
    }

    async fn after(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        let strategy = ManifestTraffic::of(call.context)?.strategy;
        let shift = shift(call.context)?;
        if strategy == ManifestStrategy::None && shift.is_none() {
            return Ok(Vec::new());
        }
        let objects = Objects::of(call.context, services)?;
        let mut stages = match (&shift, Before::recorded(call.context)) {
            (Some(shift), Some(before)) => shift.stages(&objects, &before),
            _ => Vec::new(),
        };
        if strategy == ManifestStrategy::None {
            return Ok(stages);
        }
        for deployed in reading::list(call.context, "outputs.manifests") {
            if deployed.get("kind").and_then(Value::as_str) == Some("ReplicaSet") {
                let old = old_versions(&objects, deployed).await?;
                stages.extend(old.iter().map(|old| first_step(call, &objects, strategy, old)));
                if strategy == ManifestStrategy::Highlander {
                    stages.extend(old.iter().map(|old| child(call, &objects, "deleteManifest", "Delete", old)));
                }
            }
        }
        Ok(in_sequence(stages))
    }

    async fn on_failure(&self, call: &Call<'_>, services: &Services) -> Result<Vec<NewStage>, Failure> {
        match shift(call.context)? {
            Some(shift) if !traffic_route::old_versions_leave(call) => {
                shift.restoring(call, &Objects::of(call.context, services)?).await
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn needs(&self, call: &Call<'_>, services: &Services) -> Result<Vec<Need>, Failure> {
        let mut found = needs::of_deploy(call, services).await?;
        let strategy = ManifestTraffic::of(call.context)?.strategy;
        if strategy != ManifestStrategy::None {
            found.extend(needs::of_old_versions(&found));
        }
        if let Some(shift) = shift(call.context)? {
            found.extend(needs::of_shift(call, services, &shift).await?);
        }
        Ok(found)
    }

    async fn preview(&self, call: &Call<'_>, services: &Services) -> Result<Vec<String>, Failure> {
        let objects = Objects::of(call.context, services)?;
        let mut lines = Vec::new();
        let prepared = prepared_ahead(call, services, &objects).await?;
        let mut changed = Vec::new();
        for prepared in prepared {
            lines.extend(prepared.warnings.iter().map(|warning| format!("note: {warning}")));
            let change = objects.manifests().diff(&prepared).await?;
            let told = change.warnings.iter().map(|line| format!("warning: {}: {line}", prepared.target));
            let told: Vec<String> = told.collect();
            let own = previewed(&prepared, change);
            let is_new = !own.is_empty() && !prepared.reused;
            lines.extend(own.into_iter().chain(told));
            changed.push((prepared, is_new));
        }
        lines.extend(traffic_moved(call, services, &objects, &changed).await?);
        Ok(lines)
    }

    async fn foretell(&self, call: &Call<'_>, services: &Services) -> Result<TaskResult, Failure> {
        let objects = Objects::of(call.context, services)?;
        let prepared = prepared_ahead(call, services, &objects).await?;
        let created: Vec<_> = prepared.iter().map(|it| it.artifact.clone()).collect();
        let targets: Vec<_> = prepared.iter().map(|it| it.target.clone()).collect();
        let (created, names) = (manifest::values(&created), manifest::names_by_namespace(&targets));
        let told = TaskResult::succeeded()
            .with_context("outputs.manifestNamesByNamespace", names)
            .with_context("artifacts", created.clone());
        let told = if reading::flag(call.context, "noOutput") { told } else { told.with_output("artifacts", created) };
        bound_ahead(call, told)
    }
}

/// What would be sent, for a plan.
async fn prepared_ahead(
    call: &Call<'_>,
    services: &Services,
    objects: &Objects,
) -> Result<Vec<PreparedManifest>, Failure> {
    let source = manifest_source::read(call, services, objects).await?;
    let mut context = call.context.clone();
    context.insert("requiredArtifacts".into(), manifest::values(&manifest_source::required(call)?));
    let visible = crate::artifacts::visible(call.execution, call.stage, call.context)?;
    context.insert("optionalArtifacts".into(), manifest::values(&visible));
    let planned = Call { context: &context, ..*call };
    let mut deploy = manifest_description(&planned, source.manifests)?;
    deploy.planned = true;
    Ok(objects.manifests().prepare(&deploy).await?)
}

/// How traffic is shifted by weight, where it is.
pub(super) fn shift(context: &Map) -> Result<Option<Shift>, Failure> {
    let Some(shift) = Shift::of_deploy(context)? else { return Ok(None) };
    let strategy = ManifestTraffic::of(context)?.strategy;
    if shift.last() < 100 && strategy != ManifestStrategy::None {
        return Err(Failure::user(format!(
            "the last of 'steps' is {}, but the strategy takes old versions out while they still get traffic",
            shift.last()
        ))
        .detail("end the steps with 100, or use the strategy none"));
    }
    Ok(Some(shift))
}

/// What sending a manifest would change.
fn previewed(prepared: &PreparedManifest, change: ManifestChange) -> Vec<String> {
    let target = &prepared.target;
    match (change.created, change.lines.is_empty(), prepared.reused) {
        (true, ..) => vec![format!("create {target}")],
        (false, true, true) => vec![format!("use {target} again, the version that holds the same")],
        // A plan lists what changes.
        (false, true, false) => Vec::new(),
        (false, false, _) => std::iter::once(format!("{} {target}", prepared.verb))
            .chain(change.lines.into_iter().map(|line| format!("  {line}")))
            .collect(),
    }
}

/// Other replicaSets of a deployed one's cluster, oldest first.
pub(super) async fn old_versions(objects: &Objects, deployed: &Value) -> Result<Vec<FoundManifest>, Failure> {
    let text = |path: &str| deployed.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let annotation = |key: &str| text(&format!("/metadata/annotations/moniker.spinnaker.io~1{key}"));
    let Some(cluster) = annotation("cluster") else { return Ok(Vec::new()) };
    let query = ManifestQuery {
        kind: "replicaSet".into(),
        namespace: text("/metadata/namespace").unwrap_or_default(),
        application: annotation("application"),
        cluster: Some(cluster),
        ..ManifestQuery::default()
    };
    let own = text("/metadata/name").unwrap_or_default();
    let mut found = objects.manifests().find(&query).await?;
    found.retain(|it| it.target.name != own);
    found.sort_by_key(|it| (it.created, it.target.name.clone()));
    Ok(found)
}

/// An old version loses its traffic; one that never came up and has none is deleted at once.
fn first_step(call: &Call<'_>, objects: &Objects, strategy: ManifestStrategy, old: &FoundManifest) -> NewStage {
    match strategy == ManifestStrategy::RedBlack && is_stillborn(objects, old) {
        true => child(call, objects, "deleteManifest", "Delete", old),
        false => child(call, objects, "disableManifest", "Disable", old),
    }
}

/// Whether an old version never came up.
pub(super) fn is_stillborn(objects: &Objects, old: &FoundManifest) -> bool {
    let status = objects.manifests().status_of(&old.manifest);
    let is = |state: &str| status.pointer(&format!("/{state}/state")) == Some(&Value::Bool(true));
    let count = |path: &str| old.manifest.pointer(path).and_then(Value::as_i64).unwrap_or(0);
    let serves = count("/status/readyReplicas") > 0 && count("/status/availableReplicas") > 0;
    !is("stable") && !is("failed") && !serves
}

fn child(call: &Call<'_>, objects: &Objects, kind: &str, verb: &str, old: &FoundManifest) -> NewStage {
    let name = old.target.full_name();
    let context: Map = cluster::object(json!({
        "account": objects.cloud.account,
        "app": manifest::application(call),
        "cloudProvider": "kubernetes",
        "manifestName": name,
        "location": old.target.namespace,
    }));
    NewStage::new(kind, format!("{verb} {name}"), context)
}
