//! A balancer's targets: who gets the next connection, who is healthy, who is on the way out.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::select;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::cluster::{CheckKind, HealthCheck};
use super::health;
use super::table::{TableTarget, TargetStatus};
use super::upstream::IdleConnections;
use crate::model::HealthState;

/// How often a target that is not up is looked at, when its check's interval is longer: starts are to be seen soon.
const EAGER_INTERVAL: Duration = Duration::from_millis(50);

/// A target from the moment it gets traffic until its last connection after it left has ended.
pub(super) struct Target {
    table: TableTarget,
    weight: AtomicU32,
    /// Smooth weighted round robin: what it is owed.
    score: AtomicI64,
    up: AtomicBool,
    health: Mutex<(HealthState, Option<String>)>,
    connections: AtomicU64,
    recheck: Notify,
    /// Out of traffic.
    pub(super) left: CancellationToken,
    /// Kept open between requests.
    pub(super) idle: IdleConnections,
}

/// Counts a connection of a target as long as it lives.
pub(super) struct Counted(pub(super) Arc<Target>);

impl Counted {
    pub(super) fn new(target: &Arc<Target>) -> Self {
        target.connections.fetch_add(1, Relaxed);
        Self(Arc::clone(target))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Relaxed);
    }
}

impl Target {
    fn new(table: TableTarget) -> Self {
        // Without a check it counts as up until a connection fails.
        let unchecked = table.health_check.kind == CheckKind::None;
        Self {
            weight: AtomicU32::new(table.weight),
            score: AtomicI64::new(0),
            up: AtomicBool::new(unchecked),
            health: Mutex::new((if unchecked { HealthState::Up } else { HealthState::Starting }, None)),
            connections: AtomicU64::new(0),
            recheck: Notify::new(),
            left: CancellationToken::new(),
            idle: IdleConnections::default(),
            table,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.table.port
    }

    pub(super) fn id(&self) -> &str {
        &self.table.id
    }

    /// A connection to it failed: it gets no more until a check succeeds.
    pub(super) fn failed(&self, reason: String) {
        self.set_health(HealthState::Down, Some(reason));
        self.recheck.notify_one();
    }

    fn set_health(&self, state: HealthState, reason: Option<String>) {
        self.up.store(state == HealthState::Up, Relaxed);
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = (state, reason);
    }

    fn health(&self) -> (HealthState, Option<String>) {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Checks it again and again until it leaves.
    async fn watch(self: Arc<Self>) {
        let check = effective_check(&self.table.health_check);
        let (mut successes, mut failures) = (0, 0);
        let mut was_up = self.up.load(Relaxed);
        if was_up {
            self.recheck.notified().await;
        }
        loop {
            let result = health::probe(&check, self.table.port).await;
            let up = self.up.load(Relaxed);
            match result {
                Ok(()) => {
                    (successes, failures) = (successes + 1, 0);
                    if !up && successes >= check.healthy_threshold {
                        self.set_health(HealthState::Up, None);
                        was_up = true;
                    }
                }
                Err(reason) => {
                    (successes, failures) = (0, failures + 1);
                    if !up || failures >= check.unhealthy_threshold {
                        self.set_health(if was_up { HealthState::Down } else { HealthState::Starting }, Some(reason));
                    }
                }
            }
            let up = self.up.load(Relaxed);
            if up && self.table.health_check.kind == CheckKind::None {
                self.recheck.notified().await;
                continue;
            }
            let pause = if up { check.interval } else { check.interval.min(EAGER_INTERVAL) };
            // Woken early when a connection fails.
            let _ = timeout(pause, self.recheck.notified()).await;
        }
    }

    /// Ends its time in traffic; its open connections go on.
    fn leave(&self) {
        self.left.cancel();
        self.idle.clear();
    }

    /// Whether this object can stand for a line of a new table.
    fn serves(&self, line: &TableTarget) -> bool {
        let own = &self.table;
        line.in_traffic && own.port == line.port && own.health_check == line.health_check
    }
}

/// A target without a check of its own is asked by a connection once it has failed.
fn effective_check(check: &HealthCheck) -> HealthCheck {
    let kind = if check.kind == CheckKind::None { CheckKind::Tcp } else { check.kind };
    HealthCheck { kind, ..check.clone() }
}

/// All targets of a balancer.
#[derive(Default)]
pub(super) struct Targets {
    active: Vec<Arc<Target>>,
    leaving: Vec<Arc<Target>>,
    /// Of the table, but not in traffic.
    resting: Vec<String>,
    tasks: JoinSet<()>,
}

impl Targets {
    /// Follows a new table: who stays keeps health and connections, who is new is checked at once, who is gone drains.
    pub(super) fn apply(&mut self, lines: &[TableTarget]) {
        let mut before = std::mem::take(&mut self.active);
        for line in lines.iter().filter(|line| line.in_traffic) {
            match before.iter().position(|target| target.id() == line.id && target.serves(line)) {
                Some(index) => {
                    let target = before.swap_remove(index);
                    target.weight.store(line.weight, Relaxed);
                    self.active.push(target);
                }
                None => {
                    let target = Arc::new(Target::new(line.clone()));
                    let watched = Arc::clone(&target);
                    self.tasks.spawn(async move {
                        let left = watched.left.clone();
                        select! { () = left.cancelled() => {}, () = watched.watch() => {} }
                    });
                    self.active.push(target);
                }
            }
        }
        for target in before {
            target.leave();
            self.leaving.push(target);
        }
        self.leaving.retain(|target| target.connections.load(Relaxed) > 0);
        self.resting = lines.iter().filter(|line| !line.in_traffic).map(|line| line.id.clone()).collect();
        while self.tasks.try_join_next().is_some() {}
    }

    /// The target of the next connection: smooth weighted round robin over those that are up and were not tried yet.
    pub(super) fn pick(&self, tried: &[Arc<Target>]) -> Option<Arc<Target>> {
        let mut total = 0;
        let mut best: Option<&Arc<Target>> = None;
        for target in &self.active {
            let weight = i64::from(target.weight.load(Relaxed));
            let is_tried = tried.iter().any(|other| Arc::ptr_eq(other, target));
            if weight == 0 || is_tried || !target.up.load(Relaxed) {
                continue;
            }
            total += weight;
            let score = target.score.fetch_add(weight, Relaxed) + weight;
            if best.is_none_or(|best| score > best.score.load(Relaxed)) {
                best = Some(target);
            }
        }
        best.inspect(|target| {
            target.score.fetch_sub(total, Relaxed);
        })
        .map(Arc::clone)
    }

    /// Whether some target was not checked once yet.
    pub(super) fn is_unchecked(&self) -> bool {
        self.active.iter().any(|target| target.health() == (HealthState::Starting, None))
    }

    /// How every target is, those on the way out included.
    pub(super) fn status(&self) -> Vec<TargetStatus> {
        let leaving = |id: &str| -> u64 {
            self.leaving.iter().filter(|target| target.id() == id).map(|target| target.connections.load(Relaxed)).sum()
        };
        let active = self.active.iter().map(|target| {
            let (state, reason) = target.health();
            let connections = target.connections.load(Relaxed) + leaving(target.id());
            TargetStatus { id: target.id().to_owned(), state, connections, reason }
        });
        let mut gone: Vec<&str> = self.resting.iter().map(String::as_str).collect();
        gone.extend(self.leaving.iter().map(|target| target.id()));
        gone.sort_unstable();
        gone.dedup();
        gone.retain(|id| !self.active.iter().any(|target| target.id() == *id));
        let resting = gone.into_iter().map(|id| {
            let connections = leaving(id);
            let state = if connections > 0 { HealthState::Draining } else { HealthState::OutOfService };
            TargetStatus { id: id.to_owned(), state, connections, reason: None }
        });
        active.chain(resting).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::local::cluster::Cluster;

    fn line(id: &str, weight: u32, in_traffic: bool) -> TableTarget {
        let cluster = Cluster::parse(json!({"command": "x"}).as_object().unwrap()).unwrap();
        TableTarget {
            id: id.into(),
            server_group: "app-v000".into(),
            port: 1,
            weight,
            in_traffic,
            health_check: cluster.health_check,
        }
    }

    #[tokio::test]
    async fn turns_follow_weights_without_bursts() {
        let mut targets = Targets::default();
        targets.apply(&[line("a", 3, true), line("b", 1, true), line("c", 0, true)]);
        let turns: String = (0..8).map(|_| targets.pick(&[]).unwrap().id().to_owned()).collect();
        assert_eq!(turns, "aabaaaba");
    }

    #[tokio::test]
    async fn a_target_out_of_traffic_drains_and_then_rests() {
        let mut targets = Targets::default();
        targets.apply(&[line("a", 1, true)]);
        let counted = Counted::new(&targets.pick(&[]).unwrap());
        targets.apply(&[line("a", 1, false)]);
        assert!(targets.pick(&[]).is_none());
        assert!(counted.0.left.is_cancelled());
        assert_eq!((targets.status()[0].state, targets.status()[0].connections), (HealthState::Draining, 1));
        drop(counted);
        assert_eq!((targets.status()[0].state, targets.status()[0].connections), (HealthState::OutOfService, 0));
    }

    #[tokio::test]
    async fn a_failed_target_gets_no_more() {
        let mut targets = Targets::default();
        targets.apply(&[line("a", 1, true)]);
        targets.pick(&[]).unwrap().failed("connection refused".into());
        assert!(targets.pick(&[]).is_none());
        assert_eq!(targets.status()[0].state, HealthState::Down);
    }
}
