//! Waits for objects by watching them: a change is seen when it happens. Where watching is not allowed, by looking again.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::ready;
use futures_util::stream::{SelectAll, Stream, StreamExt, once};
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::Kubernetes;
use super::client::Change;
use super::find::complete;
use super::kind;
use super::resource::Resource;
use super::status::{self, Status};
use crate::providers::{Error, ErrorKind, ManifestRef, Settling, Stability, Tell};

/// Time between two looks where nothing can be watched.
const POLL: Duration = Duration::from_secs(1);
/// Time between two looks at pods of what does not come along.
const LOOK_INSIDE: Duration = Duration::from_secs(2);

type Changes = Pin<Box<dyn Stream<Item = (usize, Result<Change, Error>)> + Send>>;

/// Objects of one kind and namespace that are waited for.
struct Group {
    resource: Resource,
    namespace: String,
    names: Vec<String>,
    /// As they were last seen.
    objects: BTreeMap<String, Value>,
    /// The moment they were seen.
    since: String,
}

impl Group {
    fn query(&self) -> Vec<(&'static str, String)> {
        match self.names.as_slice() {
            [one] => vec![("fieldSelector", format!("metadata.name={one}"))],
            _ => Vec::new(),
        }
    }

    fn what(&self) -> String {
        format!("{} in {}", self.resource.plural, self.namespace)
    }

    /// Takes a change over; whether it concerns what is waited for.
    fn take(&mut self, change: Change) -> bool {
        let (mut object, is_there) = match change {
            Change::Is(object) => (object, true),
            Change::Gone(object) => (object, false),
            Change::Later | Change::Expired => return false,
        };
        let name = kind::name(&object).unwrap_or_default().to_owned();
        if !self.names.contains(&name) {
            return false;
        }
        if is_there {
            complete(&mut object, &self.resource);
            self.objects.insert(name, object);
        } else {
            self.objects.remove(&name);
        }
        true
    }
}

/// What a wait brought.
enum News {
    /// Something changed.
    Changed,
    /// Nothing, for a while.
    Quiet,
    /// The watches ended: list again.
    Stale,
}

/// Objects that are waited for, as they are: read once, then followed by watches.
struct Observed<'a> {
    kubernetes: &'a Kubernetes,
    groups: Vec<Group>,
    changes: Option<SelectAll<Changes>>,
    /// When they were last read.
    read: Instant,
    until: Instant,
}

impl<'a> Observed<'a> {
    async fn begin(kubernetes: &'a Kubernetes, targets: &[ManifestRef], until: Instant) -> Result<Self, Error> {
        let groups = kubernetes.groups_of(targets).await?;
        let mut observed = Self { kubernetes, groups, changes: None, read: Instant::now(), until };
        observed.look().await?;
        Ok(observed)
    }

    fn object(&self, target: &ManifestRef) -> Option<&Value> {
        object_of(&self.groups, target)
    }

    async fn look(&mut self) -> Result<(), Error> {
        self.changes = None;
        self.read = Instant::now();
        for group in &mut self.groups {
            self.kubernetes.look(group).await?;
        }
        Ok(())
    }

    /// Waits for the next change, at most until then; where nothing can be watched, looks again after a while.
    async fn next(&mut self, until: Instant) -> Result<(), Error> {
        if self.changes.is_none() {
            self.changes = self.kubernetes.watches(&self.groups, self.until).await?;
        }
        let Some(open) = self.changes.as_mut() else {
            sleep_until((Instant::now() + POLL).min(self.until)).await;
            return self.look().await;
        };
        match next(open, &mut self.groups, until).await? {
            News::Changed | News::Quiet => Ok(()),
            News::Stale => {
                // Whatever ends watches at once must not make us ask without pause.
                sleep_until((self.read + POLL).min(until)).await;
                self.look().await
            }
        }
    }
}

impl Kubernetes {
    /// Waits until all are stable, one is hindered or failed, or the time is over.
    pub(super) async fn settled(
        &self,
        targets: &[ManifestRef],
        limit: Duration,
        tell: Tell<'_>,
    ) -> Result<Vec<Settling>, Error> {
        let until = Instant::now() + limit;
        let mut observed = Observed::begin(self, targets, until).await?;
        let mut inside = Instant::now() + LOOK_INSIDE;
        let mut last = Vec::new();
        loop {
            let now = Instant::now();
            let look_inside = now >= inside || now >= until;
            let mut seen = self.assess(&observed.groups, targets, look_inside).await;
            if !look_inside {
                keep_reasons(&mut seen, &last);
            }
            if look_inside {
                inside = Instant::now() + LOOK_INSIDE;
            }
            let ended = |it: &Settling| !matches!(it.stability, Stability::Waiting(_) | Stability::Paused);
            let failed = |it: &Settling| matches!(it.stability, Stability::Failed(_) | Stability::Hindered(_));
            if seen.iter().all(ended) || seen.iter().any(failed) || Instant::now() >= until {
                return Ok(seen);
            }
            let told: Vec<Stability> = seen.iter().map(|it| it.stability.clone()).collect();
            // Whoever shows it may have left it out the first time, so soon after something else.
            if told != last || look_inside {
                tell(&seen);
                last = told;
            }
            observed.next(until.min(inside)).await?;
        }
    }

    /// Waits until they are gone or the time is over; gives those that are left.
    pub(super) async fn gone(&self, targets: &[ManifestRef], limit: Duration) -> Result<Vec<ManifestRef>, Error> {
        let until = Instant::now() + limit;
        let mut observed = Observed::begin(self, targets, until).await?;
        loop {
            let left = targets.iter().filter(|target| observed.object(target).is_some());
            let left: Vec<ManifestRef> = left.cloned().collect();
            if left.is_empty() || Instant::now() >= until {
                return Ok(left);
            }
            observed.next(until).await?;
        }
    }

    /// The object, or what it is after at most this long when it changes: for things waited for by their own rule.
    pub(super) async fn until(
        &self,
        target: &ManifestRef,
        limit: Duration,
        enough: impl Fn(&Value) -> bool + Send,
    ) -> Result<Option<Value>, Error> {
        let until = Instant::now() + limit;
        let mut observed = Observed::begin(self, std::slice::from_ref(target), until).await?;
        loop {
            let object = observed.object(target);
            if Instant::now() >= until || object.is_none_or(&enough) {
                return Ok(object.cloned());
            }
            observed.next(until).await?;
        }
    }

    async fn groups_of(&self, targets: &[ManifestRef]) -> Result<Vec<Group>, Error> {
        let mut groups: Vec<Group> = Vec::new();
        for target in targets {
            let resource = self.cluster.resource_for(target).await?;
            let known = groups.iter_mut().find(|it| it.resource == resource && it.namespace == target.namespace);
            if let Some(group) = known {
                group.names.push(target.name.clone());
                continue;
            }
            groups.push(Group {
                resource,
                namespace: target.namespace.clone(),
                names: vec![target.name.clone()],
                objects: BTreeMap::new(),
                since: String::new(),
            });
        }
        Ok(groups)
    }

    /// Reads a group as it is now.
    async fn look(&self, group: &mut Group) -> Result<(), Error> {
        match self.list_all(&group.resource, &group.namespace, &group.query()).await {
            Ok(listed) => {
                let named = listed.items.into_iter().map(|it| (kind::name(&it).unwrap_or_default().to_owned(), it));
                group.objects = named.filter(|(name, _)| group.names.contains(name)).collect();
                group.since = listed.resource_version;
                Ok(())
            }
            // Who may not list may still read each.
            Err(error) if error.kind == ErrorKind::Permission => {
                group.objects.clear();
                for name in &group.names {
                    let path = group.resource.path(&group.namespace, name);
                    if let Some(object) = self.cluster.get(name, &path).await? {
                        group.objects.insert(name.clone(), object);
                    }
                }
                group.since.clear();
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Watches of all groups; `None` where one cannot be watched.
    async fn watches(&self, groups: &[Group], until: Instant) -> Result<Option<SelectAll<Changes>>, Error> {
        let mut all = SelectAll::new();
        let limit = until.saturating_duration_since(Instant::now()) + Duration::from_secs(1);
        for (at, group) in groups.iter().enumerate() {
            if group.since.is_empty() {
                return Ok(None);
            }
            let path = group.resource.collection(&group.namespace);
            match self.cluster.watch(&group.what(), &path, &group.query(), &group.since, limit).await {
                Ok(stream) => {
                    // Its end must not go unnoticed while the others go on.
                    let whole = stream.chain(once(ready(Ok(Change::Expired))));
                    let numbered: Changes = Box::pin(whole.map(move |change| (at, change)));
                    all.push(numbered);
                }
                Err(error) if matches!(error.kind, ErrorKind::Permission | ErrorKind::Invalid) || error.retryable => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Some(all))
    }

    async fn assess(&self, groups: &[Group], targets: &[ManifestRef], look_inside: bool) -> Vec<Settling> {
        let mut seen = Vec::with_capacity(targets.len());
        for target in targets {
            let stability = match object_of(groups, target) {
                None => Stability::Failed(vec![format!("{target} is gone")]),
                Some(object) => self.stability_of(object, look_inside).await,
            };
            seen.push(Settling { target: target.clone(), stability });
        }
        seen
    }

    async fn stability_of(&self, object: &Value, look_inside: bool) -> Stability {
        match Status::of(object).stability() {
            status::Stability::Stable => Stability::Stable,
            status::Stability::Paused(_) => Stability::Paused,
            status::Stability::Failed(message) => {
                let mut lines = vec![message];
                lines.extend(self.full_trouble_of(object).await);
                Stability::Failed(lines)
            }
            // What it wrote and how it ended is all there will ever be.
            status::Stability::Waiting(message) if object.pointer("/status/phase").is_some_and(|it| it == "Failed") => {
                Stability::Failed(std::iter::once(message).chain(self.full_trouble_of(object).await).collect())
            }
            status::Stability::Waiting(message) => {
                let message = with_counts(object, message);
                if !look_inside {
                    return Stability::Waiting(message);
                }
                match self.trouble_of(object).await {
                    Ok(trouble) if trouble.hopeless => {
                        Stability::Failed(std::iter::once(message).chain(trouble.lines).collect())
                    }
                    Ok(trouble) if trouble.serious => {
                        Stability::Hindered(std::iter::once(message).chain(trouble.lines).collect())
                    }
                    Ok(trouble) => {
                        let first = trouble.lines.first().map(|line| format!("; {line}")).unwrap_or_default();
                        Stability::Waiting(format!("{message}{first}"))
                    }
                    // Who may not look inside still sees the workload.
                    Err(_) => Stability::Waiting(message),
                }
            }
        }
    }
}

/// What was found inside of objects that wait for the same still: between two looks nothing else is known of them.
fn keep_reasons(seen: &mut [Settling], before: &[Stability]) {
    for (it, before) in seen.iter_mut().zip(before) {
        if let (Stability::Waiting(now), Stability::Waiting(before)) = (&mut it.stability, before)
            && before.starts_with(now.as_str())
        {
            now.clone_from(before);
        }
    }
}

fn object_of<'a>(groups: &'a [Group], target: &ManifestRef) -> Option<&'a Value> {
    let group = groups
        .iter()
        .find(|it| it.resource.spinnaker_kind().to_string() == target.kind && it.namespace == target.namespace)?;
    group.objects.get(&target.name)
}

/// `Waiting for all replicas to be updated (1 updated, 2 ready of 3)`.
fn with_counts(object: &Value, message: String) -> String {
    let number = |path: &str| object.pointer(path).and_then(Value::as_i64);
    let Some(wished) = number("/spec/replicas").or_else(|| number("/status/desiredNumberScheduled")) else {
        return message;
    };
    let ready = number("/status/readyReplicas").or_else(|| number("/status/numberReady")).unwrap_or(0);
    let updated = number("/status/updatedReplicas").or_else(|| number("/status/updatedNumberScheduled"));
    let updated = updated.map_or(String::new(), |updated| format!("{updated} updated, "));
    format!("{message} ({updated}{ready} ready of {wished})")
}

/// The next thing that happens: a change of what is waited for, or nothing until then.
async fn next(open: &mut SelectAll<Changes>, groups: &mut [Group], until: Instant) -> Result<News, Error> {
    loop {
        let event = tokio::select! {
            event = open.next() => event,
            () = sleep_until(until) => return Ok(News::Quiet),
        };
        match event {
            None | Some((_, Ok(Change::Expired))) => return Ok(News::Stale),
            // A watch that breaks is begun again.
            Some((_, Err(error))) if error.retryable => return Ok(News::Stale),
            Some((_, Err(error))) => return Err(error),
            Some((at, Ok(change))) => {
                if groups[at].take(change) {
                    return Ok(News::Changed);
                }
            }
        }
    }
}
