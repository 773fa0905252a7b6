//! What a deployment sends: manifests in order, their artifacts bound, versions chosen, annotated and labelled.

use std::collections::HashMap;

use serde_json::Value;
use ulid::Ulid;

use super::Kubernetes;
use super::annotations::{self, Deploy, Strategy};
use super::bind;
use super::kind::{self, ObjectKind, described, full_name};
use super::resource::Resource;
use super::{error, order, redact, selector, traffic, version};
use crate::model::{Artifact, Moniker};
use crate::providers::{Error, ManifestDeploy, ManifestRef, PreparedManifest};

const OPERATION: &str = "deploy";

/// What preparing has read and made so far.
struct Preparation<'a> {
    deploy: &'a ManifestDeploy,
    manifests: Vec<Value>,
    candidates: Vec<Artifact>,
    /// Versions there are, by resource path.
    versions: HashMap<String, Vec<Value>>,
    prepared: Vec<PreparedManifest>,
}

/// A kind that a definition among the manifests brings.
struct Defined {
    group: String,
    kind: String,
    plural: String,
    namespaced: bool,
}

impl Kubernetes {
    pub(super) async fn prepare_all(&self, deploy: &ManifestDeploy) -> Result<Vec<PreparedManifest>, Error> {
        let selected: Vec<Value> =
            deploy.manifests.iter().filter(|manifest| self.is_selected(deploy, manifest)).cloned().collect();
        let defined = definitions(&selected);
        let mut placed = Vec::with_capacity(selected.len());
        for manifest in selected {
            placed.push(self.placed(manifest, deploy, &defined).await?);
        }
        let order_of = |manifest: &Value| ObjectKind::of(manifest).and_then(|kind| order::priority(&kind));
        let mut ordered = Vec::with_capacity(placed.len());
        for (manifest, resource, warnings) in placed {
            ordered.push((order_of(&manifest).map_err(error::of_manifest(OPERATION))?, manifest, resource, warnings));
        }
        ordered.sort_by_key(|(priority, ..)| *priority);
        let mut preparation = Preparation {
            deploy,
            manifests: ordered.iter().map(|(_, manifest, ..)| manifest.clone()).collect(),
            candidates: bind::candidates(&deploy.required, &deploy.optional),
            versions: HashMap::new(),
            prepared: Vec::new(),
        };
        for (position, (priority, manifest, resource, warnings)) in ordered.into_iter().enumerate() {
            let mut prepared = self.prepare_one(&mut preparation, position, manifest, &resource).await?;
            prepared.priority = priority;
            prepared.warnings = warnings;
            preparation.prepared.push(prepared);
        }
        if deploy.bind {
            let bound: Vec<Artifact> = preparation.prepared.iter().flat_map(|it| it.bound.clone()).collect();
            bind::check_required(&deploy.required, &bound)
                .map_err(|unbound| error::invalid(OPERATION, unbound.to_string()))?;
        }
        Ok(preparation.prepared)
    }

    /// The manifest in its namespace, and what serves it.
    async fn placed(
        &self,
        mut manifest: Value,
        deploy: &ManifestDeploy,
        defined: &[Defined],
    ) -> Result<(Value, Resource, Vec<String>), Error> {
        let what = full_name(&manifest).map_err(error::of_manifest(OPERATION))?;
        let text = |key: &str| manifest[key].as_str().unwrap_or_default().to_owned();
        let (api_version, kind_name) = (text("apiVersion"), text("kind"));
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let brought = defined.iter().find(|it| it.group == group && it.kind == kind_name);
        let resource = match self.cluster.resource(&what, &api_version, &kind_name).await {
            Ok(resource) => resource,
            Err(error) => {
                let brought = brought.ok_or(error)?;
                Resource {
                    api_version,
                    kind: kind_name,
                    plural: brought.plural.clone(),
                    namespaced: brought.namespaced,
                }
            }
        };
        let mut warnings = Vec::new();
        let namespace = match (&deploy.namespace, kind::namespace(&manifest)) {
            (_, given) if !resource.namespaced => {
                if !given.is_empty() {
                    warnings.push(format!("{what} lives in no namespace; its namespace '{given}' is left out"));
                }
                String::new()
            }
            (Some(namespace), _) => namespace.clone(),
            (None, "") => self.cluster.namespace().await?.to_owned(),
            (None, given) => given.to_owned(),
        };
        let Some(metadata) = manifest.get_mut("metadata").and_then(Value::as_object_mut) else {
            return Err(error::invalid(OPERATION, format!("the manifest {} has no 'metadata'", described(&manifest))));
        };
        metadata.shift_remove("namespace");
        if !namespace.is_empty() {
            metadata.insert("namespace".into(), namespace.clone().into());
        }
        self.cluster.account.check(OPERATION, &resource.spinnaker_kind(), &namespace)?;
        Ok((manifest, resource, warnings))
    }

    async fn prepare_one(
        &self,
        preparation: &mut Preparation<'_>,
        position: usize,
        mut manifest: Value,
        resource: &Resource,
    ) -> Result<PreparedManifest, Error> {
        let deploy = preparation.deploy;
        let account = self.cluster.account.name.as_str();
        let wrong = error::of_manifest(OPERATION);
        let namespace = kind::namespace(&manifest).to_owned();
        let before = full_name(&manifest).map_err(&wrong)?;
        redact::check_values(&manifest).map_err(|wrong| error::invalid(OPERATION, format!("{before}: {wrong}")))?;
        let key = format!("{namespace}/{before}");
        let bound = match deploy.bind {
            true => bind::bind(&mut manifest, &preparation.candidates, &self.cluster.account.binding()),
            false => Vec::new(),
        };
        let generated = kind::generate_name(&manifest).map(str::to_owned);
        let key = if generated.is_some() { format!("{key}#{position}") } else { key };
        let chosen = deploy.chosen.get(&key).cloned();
        let strategy = Strategy::of(&manifest);
        refuse_replace_with_selectors(deploy, strategy, &before)?;
        let mut choice = None;
        let mut number = None;
        let mut reused = false;
        if let Some(start) = generated {
            let made = chosen.unwrap_or_else(|| format!("{start}{}", suffix()));
            set_name(&mut manifest, &made);
            choice = Some(made);
        } else if version::is_versioned(&manifest, deploy.versioned).map_err(&wrong)? {
            let live = self.versions_of(preparation, resource, &namespace).await?;
            let prior = version::prior_versions(&manifest, live).map_err(&wrong)?;
            let version = match chosen.as_deref().and_then(|chosen| chosen.strip_prefix('v')?.parse().ok()) {
                Some(number) => {
                    version::Version { number, reused: prior.iter().any(|it| version::number_of(it) == Some(number)) }
                }
                None => free(version::choose(&manifest, &prior), deploy.taken.get(&key)),
            };
            number = Some(version.number);
            reused = version.reused;
            choice = Some(version::version_text(version.number));
        }
        let artifact = version::artifact(&manifest, account, number).map_err(&wrong)?;
        bind::add_created(&mut preparation.candidates, artifact.clone());
        let moniker = Moniker {
            app: application(deploy),
            cluster: deploy.moniker.cluster.clone().or_else(|| Some(before.clone())),
            sequence: number,
            ..deploy.moniker.clone()
        };
        annotations::annotate_moniker(&mut manifest, &moniker);
        annotations::annotate_artifact(&mut manifest, &artifact);
        if strategy.use_source_capacity {
            self.keep_capacity(preparation, resource, &mut manifest).await?;
        }
        self.route(preparation, &mut manifest).await?;
        self.label(deploy, &mut manifest, &moniker);
        if number.is_some() {
            set_name(&mut manifest, artifact.reference.as_deref().unwrap_or_default());
        }
        Ok(PreparedManifest {
            target: ManifestRef {
                kind: resource.spinnaker_kind().to_string(),
                name: kind::name(&manifest).unwrap_or_default().to_owned(),
                namespace,
            },
            key,
            manifest,
            version: number.map(version::version_text),
            choice,
            reused,
            priority: 0,
            artifact,
            bound,
            verb: verb(strategy.deploy),
            replaces: None,
            warnings: Vec::new(),
        })
    }

    /// Objects that may be versions of a manifest of this resource, read once.
    async fn versions_of<'p>(
        &self,
        preparation: &'p mut Preparation<'_>,
        resource: &Resource,
        namespace: &str,
    ) -> Result<&'p [Value], Error> {
        let path = resource.collection(namespace);
        if !preparation.versions.contains_key(&path) {
            let live = self.list_metadata(resource, namespace).await?;
            preparation.versions.insert(path.clone(), live);
        }
        Ok(&preparation.versions[&path])
    }

    /// Takes over the number of replicas there are (`strategy.spinnaker.io/use-source-capacity`).
    async fn keep_capacity(
        &self,
        preparation: &mut Preparation<'_>,
        resource: &Resource,
        manifest: &mut Value,
    ) -> Result<(), Error> {
        let wrong = error::of_manifest(OPERATION);
        let kind = ObjectKind::of(manifest).map_err(&wrong)?;
        if !kind.known().is_some_and(|known| known.scalable) {
            return Ok(());
        }
        let namespace = kind::namespace(manifest).to_owned();
        let name = kind::name(manifest).unwrap_or_default().to_owned();
        let name = if version::is_versioned(manifest, preparation.deploy.versioned).map_err(&wrong)? {
            let live = self.versions_of(preparation, resource, &namespace).await?;
            let prior = version::prior_versions(manifest, live).map_err(&wrong)?;
            let newest = prior.iter().max_by_key(|object| version::number_of(object));
            match newest.and_then(|object| kind::name(object)) {
                Some(newest) => newest.to_owned(),
                None => return Ok(()),
            }
        } else {
            name
        };
        let source = self.cluster.get(&format!("{kind} {name}"), &resource.path(&namespace, &name)).await?;
        if let Some(replicas) =
            source.as_ref().and_then(|source| source.pointer("/spec/replicas")).filter(|it| it.is_i64())
        {
            manifest["spec"]["replicas"] = replicas.clone();
        }
        Ok(())
    }

    /// Writes the labels of the account's deployments.
    fn label(&self, deploy: &ManifestDeploy, manifest: &mut Value, moniker: &Moniker) {
        if let Some(labels) = self.cluster.account.labels(deploy.skip_spec_template_labels) {
            annotations::apply_labels(manifest, moniker, &labels);
        }
    }

    /// Whether the selectors select a manifest, by the labels it will have.
    fn is_selected(&self, deploy: &ManifestDeploy, manifest: &Value) -> bool {
        if deploy.selectors.is_empty() {
            return true;
        }
        let mut labelled = manifest.clone();
        let moniker = Moniker { app: application(deploy), ..Moniker::default() };
        self.label(deploy, &mut labelled, &moniker);
        selector::selects(&deploy.selectors, &labelled)
    }

    /// Names the services that send traffic to a workload, and puts it behind them.
    async fn route(&self, preparation: &Preparation<'_>, manifest: &mut Value) -> Result<(), Error> {
        let kind = ObjectKind::of(manifest).map_err(error::of_manifest(OPERATION))?;
        if !kind.known().is_some_and(|known| known.receives_traffic) {
            return Ok(());
        }
        annotations::set_load_balancers(manifest, &preparation.deploy.services)
            .map_err(|conflict| error::invalid(OPERATION, conflict.to_string()))?;
        if !preparation.deploy.enable_traffic {
            return Ok(());
        }
        let namespace = kind::namespace(manifest).to_owned();
        for service in annotations::load_balancers(manifest) {
            let beside = preparation.manifests.iter().find(|other| {
                kind::namespace(other) == namespace
                    && full_name(other).is_ok_and(|name| name.eq_ignore_ascii_case(&service))
            });
            let object = match beside {
                Some(object) => object.clone(),
                None => {
                    let target = self.reference(&service, &namespace).await?;
                    match self.live(&target).await? {
                        Some(object) => object,
                        None if preparation.deploy.planned => continue,
                        None => return Err(error::not_found("find the service", &target.to_string())),
                    }
                }
            };
            traffic::attach_template(manifest, &object, &service)?;
        }
        Ok(())
    }
}

fn application(deploy: &ManifestDeploy) -> Option<String> {
    Some(deploy.application.clone()).filter(|app| !app.is_empty())
}

fn verb(deploy: Deploy) -> &'static str {
    match deploy {
        Deploy::Apply => "apply",
        Deploy::Recreate => "recreate",
        Deploy::Replace => "replace",
        Deploy::ServerSideApply { force: false } => "apply server-side",
        Deploy::ServerSideApply { force: true } => "apply server-side, taking fields of others",
    }
}

/// The version, or the next one that is nobody else's.
fn free(mut version: version::Version, taken: Option<&Vec<String>>) -> version::Version {
    let is_taken = |number: u32| taken.is_some_and(|taken| taken.contains(&version::version_text(number)));
    while is_taken(version.number) {
        version = version::Version { number: version.number + 1, reused: false };
    }
    version
}

fn refuse_replace_with_selectors(deploy: &ManifestDeploy, strategy: Strategy, what: &str) -> Result<(), Error> {
    if strategy.deploy == Deploy::Replace && !deploy.selectors.is_empty() {
        return Err(error::invalid(
            OPERATION,
            format!(
                "{what} is to be replaced, which label selectors do not allow: remove 'labelSelectors' or the annotation"
            ),
        ));
    }
    Ok(())
}

/// Five letters and digits, as the API server appends to a `generateName`.
fn suffix() -> String {
    let id = Ulid::generate().to_string().to_lowercase();
    id[id.len() - 5..].to_owned()
}

fn set_name(manifest: &mut Value, name: &str) {
    if let Some(metadata) = manifest.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("generateName");
        metadata.insert("name".into(), name.into());
    }
}

fn definitions(manifests: &[Value]) -> Vec<Defined> {
    let is_definition =
        |manifest: &&Value| ObjectKind::of(manifest).is_ok_and(|kind| kind.is("customResourceDefinition"));
    let text =
        |manifest: &Value, path: &str| manifest.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let read = |manifest: &Value| Defined {
        group: text(manifest, "/spec/group"),
        kind: text(manifest, "/spec/names/kind"),
        plural: text(manifest, "/spec/names/plural"),
        namespaced: text(manifest, "/spec/scope") != "Cluster",
    };
    manifests.iter().filter(is_definition).map(read).collect()
}
