//! Why a workload is not there yet: its pods, their containers, events, last log lines.

use serde_json::Value;

use super::annotations::annotation;
use super::client::Ask;
use super::kind::{self, ObjectKind};
use super::{Kubernetes, selector};
use crate::providers::Error;

/// Waiting reasons of containers that seldom heal by themselves.
const SERIOUS: &[&str] = &[
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
];
/// Those that never do: the manifest itself is wrong.
const HOPELESS: &[&str] = &["InvalidImageName"];
/// Pods explained one by one.
const MOST_PODS: usize = 3;
/// Lines of a crashed container's log.
const LOG_LINES: usize = 10;

/// What hinders a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Whether it seldom heals.
    pub(super) serious: bool,
    /// Whether it never does.
    pub(super) hopeless: bool,
    /// A line each.
    pub(super) lines: Vec<String>,
}

impl Trouble {
    fn add(&mut self, serious: bool, line: impl Into<String>) {
        self.serious |= serious;
        self.lines.push(line.into());
    }
}

impl Kubernetes {
    /// The pods that belong to a workload; of a deployment, those of its newest rollout.
    pub(super) async fn pods_of(&self, workload: &Value) -> Result<Vec<Value>, Error> {
        let namespace = kind::namespace(workload);
        let labels = selector::of_spec(&workload["spec"]["selector"]);
        if labels.is_empty()
            || workload["spec"]["selector"]["matchLabels"].is_null()
                && workload["spec"]["selector"]["matchExpressions"].is_null()
        {
            return Ok(Vec::new());
        }
        let query = [("labelSelector", labels)];
        let pods = self.cluster.resource_of(&ObjectKind::parse("pod")).await?;
        let mut found = self.list_all(&pods, namespace, &query).await?.items;
        let kind = ObjectKind::of(workload).ok();
        let is = |name: &str| kind.as_ref().is_some_and(|kind| kind.is(name));
        let owner = if is("deployment") {
            let sets = self.cluster.resource_of(&ObjectKind::parse("replicaSet")).await?;
            let sets = self.list_all(&sets, namespace, &query).await?.items;
            let revision = annotation(workload, REVISION);
            let newest = sets.iter().find(|set| owned_by(set, uid(workload)) && annotation(set, REVISION) == revision);
            match newest {
                Some(set) => uid(set).to_owned(),
                None => return Ok(Vec::new()),
            }
        } else {
            uid(workload).to_owned()
        };
        found.retain(|pod| owned_by(pod, &owner));
        let update = workload.pointer("/status/updateRevision").and_then(Value::as_str);
        if let Some(update) = update.filter(|_| is("statefulSet")) {
            found.retain(|pod| super::annotations::label(pod, "controller-revision-hash") == Some(update));
        }
        Ok(found)
    }

    /// What hinders a workload now.
    pub(super) async fn trouble_of(&self, workload: &Value) -> Result<Trouble, Error> {
        let mut trouble = Trouble::default();
        of_conditions(workload, &mut trouble);
        let is_pod = ObjectKind::of(workload).is_ok_and(|kind| kind.is("pod"));
        let pods = if is_pod { vec![workload.clone()] } else { self.pods_of(workload).await? };
        let mut explained = 0;
        let mut more = 0;
        for pod in pods.iter().filter(|pod| !is_ready(pod)) {
            if explained == MOST_PODS {
                more += 1;
                continue;
            }
            explained += 1;
            let mut own = of_pod(pod);
            self.add_last_words(pod, &mut own).await;
            trouble.serious |= own.serious;
            trouble.hopeless |= own.hopeless;
            trouble.lines.append(&mut own.lines);
        }
        if more > 0 {
            trouble.lines.push(format!("and {more} more pods that are not ready"));
        }
        if trouble.lines.is_empty()
            && !is_pod
            && let Some(event) = self.last_warning(workload).await
        {
            // Pods that were made since say that it has healed.
            let since = pods.iter().map(|pod| text(pod, "/metadata/creationTimestamp")).max().unwrap_or_default();
            if moment(&event).as_str() > since {
                let line = words(&event);
                let serious = line.starts_with("FailedCreate") || line.contains("exceeded quota");
                trouble.add(serious, line);
            }
        }
        Ok(trouble)
    }

    /// Adds what a pod says itself: the last line of a container that crashed, else the newest warning about it.
    async fn add_last_words(&self, pod: &Value, trouble: &mut Trouble) {
        if let Some((container, previous)) = crashed_container(pod) {
            let written = self.tail(pod, &container, previous, 1).await;
            let about = trouble.lines.iter_mut().find(|line| line.contains(&format!(": container {container}")));
            if let (Some(written), Some(line)) = (written.first(), about) {
                line.push_str(&format!("; it wrote: {written}"));
            }
            return;
        }
        if trouble.serious {
            return;
        }
        let Some(event) = self.last_warning(pod).await else { return };
        match trouble.lines.last_mut() {
            Some(line) => line.push_str(&format!("; {}", words(&event))),
            None => trouble.add(false, format!("pod {}: {}", kind::name(pod).unwrap_or_default(), words(&event))),
        }
    }

    /// The last lines that a container wrote, this time or before.
    async fn tail(&self, pod: &Value, container: &str, previous: bool, lines: usize) -> Vec<String> {
        let name = kind::name(pod).unwrap_or_default();
        let query =
            [("container", container.to_owned()), ("tailLines", lines.to_string()), ("previous", previous.to_string())];
        let path = format!("/api/v1/namespaces/{}/pods/{name}/log", kind::namespace(pod));
        let ask = Ask { query: &query, accept: "*/*", ..Ask::get("read", "the log of a container", &path) };
        let text = self.cluster.ask_text(&ask).await.unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The same with the last lines of crashed containers: for a failure.
    pub(super) async fn full_trouble_of(&self, workload: &Value) -> Vec<String> {
        let Ok(mut trouble) = self.trouble_of(workload).await else { return Vec::new() };
        let is_pod = ObjectKind::of(workload).is_ok_and(|kind| kind.is("pod"));
        let pods = if is_pod { vec![workload.clone()] } else { self.pods_of(workload).await.unwrap_or_default() };
        let crashed = pods.iter().find_map(|pod| Some((pod, crashed_container(pod)?)));
        if let Some((pod, (container, previous))) = crashed {
            let written = self.tail(pod, &container, previous, LOG_LINES).await;
            if !written.is_empty() {
                let name = kind::name(pod).unwrap_or_default();
                trouble.lines.push(format!("last lines of container {container} of pod {name}:"));
                trouble.lines.extend(written.iter().map(|line| format!("  {line}")));
            }
        }
        trouble.lines
    }

    /// The newest warning about an object; `None` also when events cannot be read.
    async fn last_warning(&self, object: &Value) -> Option<Value> {
        self.events_of(object).await.ok()?.into_iter().rfind(|event| event["type"] == "Warning")
    }

    /// Events about an object, oldest first.
    pub(super) async fn events_of(&self, object: &Value) -> Result<Vec<Value>, Error> {
        let query = [("fieldSelector", format!("involvedObject.uid={}", uid(object)))];
        // Events of what lives in no namespace are kept in the default one.
        let namespace = Some(kind::namespace(object)).filter(|namespace| !namespace.is_empty()).unwrap_or("default");
        let path = format!("/api/v1/namespaces/{namespace}/events");
        let mut events = self.cluster.list::<Value>("events", &path, &query).await?.items;
        events.sort_by_key(moment);
        Ok(events)
    }
}

fn moment(event: &Value) -> String {
    let at = |key: &str| event[key].as_str().map(str::to_owned);
    at("lastTimestamp").or_else(|| at("eventTime")).unwrap_or_default()
}

fn words(event: &Value) -> String {
    format!("{}: {}", text(event, "/reason"), text(event, "/message"))
}

/// Annotation that numbers the rollouts of a deployment.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";

pub(super) fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn owned_by(object: &Value, uid: &str) -> bool {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    owners.into_iter().flatten().any(|owner| owner["uid"] == uid)
}

fn conditions(object: &Value) -> impl Iterator<Item = &Value> {
    object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn is_ready(pod: &Value) -> bool {
    conditions(pod).any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
        || text(pod, "/status/phase") == "Succeeded"
}

fn of_conditions(workload: &Value, trouble: &mut Trouble) {
    for condition in conditions(workload) {
        if condition["type"] == "ReplicaFailure" && condition["status"] == "True" {
            trouble.add(true, format!("pods cannot be made: {}", text(condition, "/message")));
        }
    }
}

/// What hinders a pod.
pub(super) fn of_pod(pod: &Value) -> Trouble {
    let mut trouble = Trouble::default();
    let name = kind::name(pod).unwrap_or_default();
    if text(pod, "/status/phase") == "Failed" && !text(pod, "/status/reason").is_empty() {
        let (reason, message) = (text(pod, "/status/reason"), text(pod, "/status/message"));
        trouble.add(false, format!("pod {name} failed: {reason}: {message}"));
    }
    for condition in conditions(pod) {
        if condition["type"] == "PodScheduled" && condition["status"] == "False" {
            trouble.add(true, format!("pod {name} is not scheduled: {}", text(condition, "/message")));
        }
    }
    for status in container_statuses(pod) {
        let container = text(status, "/name");
        let state = &status["state"];
        let last = &status["lastState"]["terminated"];
        if let Some(reason) = state.pointer("/waiting/reason").and_then(Value::as_str) {
            let serious = SERIOUS.contains(&reason);
            let message = text(state, "/waiting/message");
            let mut line = format!("pod {name}: container {container}: {reason}");
            if !message.is_empty() {
                line.push_str(&format!(": {message}"));
            }
            if !last.is_null() {
                line.push_str(&format!(" (it ended with {})", ending(last)));
            }
            trouble.add(serious, line);
            trouble.hopeless |= HOPELESS.contains(&reason);
        } else if !state["terminated"].is_null() && text(pod, "/status/phase") != "Succeeded" {
            let ended = &state["terminated"];
            if ended["exitCode"] != 0 {
                trouble.add(false, format!("pod {name}: container {container} ended with {}", ending(ended)));
            }
        } else if status["ready"] == false && !state["running"].is_null() {
            let restarts = status["restartCount"].as_i64().unwrap_or(0);
            let again = if restarts > 0 { format!(", restarted {restarts} times") } else { String::new() };
            trouble.add(false, format!("pod {name}: container {container} runs but is not ready{again}"));
        }
    }
    trouble
}

fn container_statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["/status/initContainerStatuses", "/status/containerStatuses"];
    lists.into_iter().filter_map(|path| pod.pointer(path)?.as_array()).flatten()
}

/// `exit code 1 (Error)`.
fn ending(terminated: &Value) -> String {
    let code = terminated["exitCode"].as_i64().unwrap_or(0);
    match terminated["reason"].as_str() {
        Some(reason) => format!("exit code {code} ({reason})"),
        None => format!("exit code {code}"),
    }
}

/// A container that ended badly, and whether it is its previous run that did.
fn crashed_container(pod: &Value) -> Option<(String, bool)> {
    container_statuses(pod).find_map(|status| {
        let name = text(status, "/name").to_owned();
        let bad = |terminated: &Value| terminated["exitCode"].as_i64().is_some_and(|code| code != 0);
        if bad(&status["state"]["terminated"]) {
            Some((name, false))
        } else if bad(&status["lastState"]["terminated"]) {
            Some((name, status["state"]["running"].is_object()))
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pods_say_why_they_are_not_ready() {
        let pod = |status: Value| json!({"kind": "Pod", "metadata": {"name": "p"}, "status": status});
        let waiting = |reason: &str| {
            of_pod(&pod(
                json!({"containerStatuses": [{"name": "c", "state": {"waiting": {"reason": reason, "message": "m"}}}]}),
            ))
        };
        assert_eq!(
            waiting("ImagePullBackOff"),
            Trouble { serious: true, hopeless: false, lines: vec!["pod p: container c: ImagePullBackOff: m".into()] }
        );
        assert!(waiting("InvalidImageName").hopeless);
        assert!(!waiting("ContainerCreating").serious);
        let crash = of_pod(&pod(json!({"containerStatuses": [{"name": "c",
            "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"exitCode": 3, "reason": "Error"}}}]})));
        assert_eq!(crash.lines, ["pod p: container c: CrashLoopBackOff (it ended with exit code 3 (Error))"]);
        let unscheduled =
            of_pod(&pod(json!({"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes"}]})));
        assert!(unscheduled.serious && unscheduled.lines[0].contains("0/1 nodes"));
        let unready = of_pod(&pod(
            json!({"containerStatuses": [{"name": "c", "ready": false, "restartCount": 2, "state": {"running": {}}}]}),
        ));
        assert_eq!(unready.lines, ["pod p: container c runs but is not ready, restarted 2 times"]);
    }
}
