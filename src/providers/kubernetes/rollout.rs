//! Sizes and rollouts of workloads: scaled, restarted, paused, gone back from; and deletions.

use http::Method;
use serde_json::{Value, json};

use super::client::{Ask, JSON};
use super::kind::ObjectKind;
use super::trouble::{REVISION, owned_by, uid};
use super::{Kubernetes, annotations, diff, error, selector, traffic};
use crate::providers::{
    DeleteOptions, Error, ErrorKind, ManifestChange, ManifestPatch, ManifestRef, Propagation, Rollback,
};

impl Kubernetes {
    pub(super) async fn change(
        &self,
        operation: &'static str,
        target: &ManifestRef,
        patch: &ManifestPatch,
    ) -> Result<Value, Error> {
        self.change_or_ask(operation, target, patch, false).await
    }

    /// What a patch would change, asked of the server without changing anything.
    pub(super) async fn preview_patch(
        &self,
        target: &ManifestRef,
        patch: &ManifestPatch,
    ) -> Result<ManifestChange, Error> {
        let live = self.existing("patch", target).await?;
        let after = self.change_or_ask("patch", target, patch, true).await?;
        Ok(ManifestChange { lines: diff::lines(&live, &after), ..ManifestChange::default() })
    }

    /// Patches an object, or asks what it would be then (`dry`).
    async fn change_or_ask(
        &self,
        operation: &'static str,
        target: &ManifestRef,
        patch: &ManifestPatch,
        dry: bool,
    ) -> Result<Value, Error> {
        let (media_type, body) = match patch {
            ManifestPatch::Strategic(body) => ("application/strategic-merge-patch+json", body),
            ManifestPatch::Merge(body) => ("application/merge-patch+json", body),
            ManifestPatch::Json(body) => (traffic::JSON_PATCH, body),
        };
        let what = target.to_string();
        let path = self.path_of(target).await?;
        let mut query = vec![("fieldManager", "kubectl-patch".to_owned())];
        if dry {
            query.push(("dryRun", "All".into()));
        }
        let sent = Some((media_type, body.clone()));
        let ask = Ask { method: Method::PATCH, query: &query, body: sent, ..Ask::get(operation, &what, &path) };
        self.cluster.ask(ask).await.map_err(|mut error| {
            // Of operations that do not apply the server says no more than that they do not.
            let secret = ObjectKind::parse(&target.kind).is("secret");
            if let (ManifestPatch::Json(operations), ErrorKind::Invalid, false) = (patch, error.kind, secret) {
                let of_user = |it: &&Value| it["op"] != "test" || it["path"] != "/metadata/resourceVersion";
                let shown: Vec<&Value> = operations.as_array().into_iter().flatten().filter(of_user).collect();
                error.details.push(format!("its patch: {}", shortened(&json!(shown).to_string())));
            }
            error
        })
    }

    /// Deletes an object; one that is not there is deleted.
    pub(super) async fn remove(&self, target: &ManifestRef, options: DeleteOptions) -> Result<(), Error> {
        let what = target.to_string();
        let path = self.path_of(target).await?;
        let mut body = json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": match options.propagation {
                Propagation::Background => "Background",
                Propagation::Foreground => "Foreground",
                Propagation::Orphan => "Orphan",
            },
        });
        if let Some(seconds) = options.grace_period {
            body["gracePeriodSeconds"] = seconds.into();
        }
        let ask = Ask { method: Method::DELETE, body: Some((JSON, body)), ..Ask::get("delete", &what, &path) };
        match self.cluster.ask(ask).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            other => other.map(drop),
        }
    }

    pub(super) async fn resize_to(&self, target: &ManifestRef, replicas: u32) -> Result<(), Error> {
        let what = target.to_string();
        let path = format!("{}/scale", self.path_of(target).await?);
        let body = Some(("application/merge-patch+json", json!({"spec": {"replicas": replicas}})));
        let ask = Ask { method: Method::PATCH, body, ..Ask::get("scale", &what, &path) };
        match self.cluster.ask(ask).await {
            // Kinds without the subresource have the number in their spec, or none at all.
            Err(error) if error.kind == ErrorKind::NotFound => {
                let object = self.existing("scale", target).await?;
                if object.pointer("/spec/replicas").is_none() {
                    return Err(error::invalid("scale", format!("{target} has no number of replicas to set")));
                }
                let patch = ManifestPatch::Merge(json!({"spec": {"replicas": replicas}}));
                self.change("scale", target, &patch).await.map(drop)
            }
            other => other.map(drop),
        }
    }

    /// The patch that gives a workload the pod template of an earlier rollout, and that rollout's revision.
    pub(super) async fn template_of(&self, target: &ManifestRef, to: Rollback) -> Result<(ManifestPatch, u64), Error> {
        const OPERATION: &str = "undo rollout";
        let workload = self.existing(OPERATION, target).await?;
        let kind = ObjectKind::parse(&target.kind);
        let mut revisions = if kind.is("deployment") {
            self.revisions_of_deployment(&workload, target).await?
        } else if kind.is("daemonSet") || kind.is("statefulSet") {
            self.controller_revisions(&workload, target).await?
        } else {
            return Err(error::invalid(
                OPERATION,
                format!("{target} keeps no revisions; deployments, daemonSets and statefulSets do"),
            ));
        };
        revisions.sort_by_key(|(revision, _)| std::cmp::Reverse(*revision));
        let known: Vec<String> = revisions.iter().map(|(revision, _)| revision.to_string()).collect();
        let found = match to {
            Rollback::To(wanted) => revisions.into_iter().find(|(revision, _)| *revision == wanted),
            Rollback::Back(steps) => usize::try_from(steps).ok().and_then(|steps| revisions.into_iter().nth(steps)),
        };
        let (revision, patch) = found.ok_or_else(|| {
            let wish = match to {
                Rollback::To(wanted) => format!("has no revision {wanted}"),
                Rollback::Back(steps) => format!("has no revision {steps} before its newest"),
            };
            error::invalid(OPERATION, format!("{target} {wish}"))
                .with_details(vec![format!("it has {}", known.join(", "))])
        })?;
        Ok((patch, revision))
    }

    async fn revisions_of_deployment(
        &self,
        workload: &Value,
        target: &ManifestRef,
    ) -> Result<Vec<(u64, ManifestPatch)>, Error> {
        let sets = self.cluster.resource_of(&ObjectKind::parse("replicaSet")).await?;
        let query = [("labelSelector", selector::of_spec(&workload["spec"]["selector"]))];
        let sets = self.list_all(&sets, &target.namespace, &query).await?.items;
        let read = |set: &Value| {
            let revision = annotations::annotation(set, REVISION)?.parse().ok()?;
            let mut template = set.pointer("/spec/template")?.clone();
            if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
                labels.shift_remove("pod-template-hash");
            }
            // The whole template takes the place of the present one, as kubectl does it.
            let replace = json!([{"op": "replace", "path": "/spec/template", "value": template}]);
            Some((revision, ManifestPatch::Json(replace)))
        };
        Ok(sets.iter().filter(|set| owned_by(set, uid(workload))).filter_map(read).collect())
    }

    async fn controller_revisions(
        &self,
        workload: &Value,
        target: &ManifestRef,
    ) -> Result<Vec<(u64, ManifestPatch)>, Error> {
        let resource = self.cluster.resource("revisions", "apps/v1", "ControllerRevision").await?;
        let query = [("labelSelector", selector::of_spec(&workload["spec"]["selector"]))];
        let revisions = self.list_all(&resource, &target.namespace, &query).await?.items;
        let read = |it: &Value| Some((it["revision"].as_u64()?, ManifestPatch::Strategic(it.get("data")?.clone())));
        Ok(revisions.iter().filter(|it| owned_by(it, uid(workload))).filter_map(read).collect())
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 400 {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(400).collect::<String>())
    }
}

/// The patch that restarts the pods of a workload one after the other.
pub(super) fn restart(target: &ManifestRef, at: &str) -> Result<ManifestPatch, Error> {
    let kind = ObjectKind::parse(&target.kind);
    if !["deployment", "daemonSet", "statefulSet"].iter().any(|name| kind.is(name)) {
        return Err(error::invalid("restart", format!("{target} has no rollout to restart")));
    }
    let annotations = json!({"kubectl.kubernetes.io/restartedAt": at});
    Ok(ManifestPatch::Strategic(json!({"spec": {"template": {"metadata": {"annotations": annotations}}}})))
}

/// The patch that pauses or resumes a rollout; `None` when it is so already.
pub(super) fn pause(target: &ManifestRef, object: &Value, paused: bool) -> Result<Option<ManifestPatch>, Error> {
    if !ObjectKind::parse(&target.kind).is("deployment") {
        return Err(error::invalid(
            "pause rollout",
            format!("{target} has no rollout that can be paused; deployments have"),
        ));
    }
    let now = object.pointer("/spec/paused").and_then(Value::as_bool).unwrap_or(false);
    Ok((now != paused).then(|| ManifestPatch::Merge(json!({"spec": {"paused": paused}}))))
}
