//! The loop that drives one execution.
//!
//! It owns the state; calls of stage code run beside it and own nothing. Each turn: decide everything that can be
//! decided, make it durable, begin what touches the world, and wait for one thing to happen. Resuming is entering the
//! same loop with events on disk: there is no recovery path.

mod calls;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::admission::{Admission, admit, is_limited};
use super::clock::Clock;
use super::job::{Message, Work};
use super::lease::LeaseKeeper;
use super::ports::{Awaits, Observe, Stages};
use super::state::State;
use super::step::{Step, execution_end, step};
use crate::history::{Error, ErrorKind, Event, History, Journal, Record, Request, Runner};
use crate::model::{Failure, Millis, Status, human_duration};

/// How long calls may go on after they were asked to stop.
const STOP_GRACE: Duration = Duration::from_secs(30);
/// Clocks of machines differ by this much without anybody's fault.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);
/// Pending records are written out at this number even when nothing else asks for it.
const MOST_PENDING: usize = 4096;

/// What the world outside tells the loop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Signal {
    /// Nothing.
    #[default]
    None,
    /// Cancel the execution, by this user.
    Cancel(String),
    /// Leave it as it stands; somebody will resume it.
    Leave,
}

/// How a drive ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The execution did.
    Completed(Status),
    /// It waits for a person, and nobody is here: resumable.
    Suspended,
    /// We were told to leave: resumable.
    Left,
    /// It would have had to wait for another execution, and was not to: recorded, not begun.
    Refused(String),
}

/// What an execution is driven with.
#[derive(Clone)]
pub struct Engine {
    /// Where it is recorded.
    pub history: Arc<dyn History>,
    /// The stage types.
    pub stages: Arc<dyn Stages>,
    /// Who is shown what happens.
    pub observer: Arc<dyn Observe>,
    /// The outside.
    pub signals: watch::Receiver<Signal>,
    /// Who we are.
    pub runner: Runner,
    /// End with [`Ended::Suspended`] when only a person's word is missing.
    pub suspend_on_judgment: bool,
    /// Wait for the turn in the pipeline's queue; otherwise end with [`Ended::Refused`].
    pub wait_in_queue: bool,
}

impl Engine {
    /// Drives an execution that is recorded, from wherever it stands, to its end. The keeper holds its lease.
    pub async fn drive(&self, id: &str, keeper: &LeaseKeeper) -> Result<Ended, Error> {
        let (recorded, journal) = self.history.open(id, keeper.epoch()).await?;
        let state = State::replay(&recorded.records).map_err(|illegal| Error::corrupt_execution(id, &illegal))?;
        if recorded.records.iter().any(|record| matches!(record.event, Event::Unknown)) {
            let text = format!("execution {id} was driven by a newer gennaker; resume it with that one");
            return Err(Error::new(ErrorKind::NewerVersion, text));
        }
        let (sender, messages) = mpsc::unbounded_channel();
        let mut drive = Drive {
            engine: self.clone(),
            keeper,
            clock: Clock::starting(state.last_at()),
            state,
            journal,
            pending: 0,
            sender,
            messages,
            jobs: JoinSet::new(),
            in_flight: HashMap::new(),
            to_launch: Vec::new(),
            due: HashMap::new(),
            timers: BinaryHeap::new(),
            awaiting: HashMap::new(),
            outdated: HashSet::new(),
            output: HashMap::new(),
        };
        let result = drive.run().await;
        drive.flush_output().await;
        result
    }
}

pub(super) struct Drive<'k> {
    pub(super) engine: Engine,
    keeper: &'k LeaseKeeper,
    pub(super) clock: Clock,
    pub(super) state: State,
    journal: Box<dyn Journal>,
    pending: usize,
    sender: mpsc::UnboundedSender<Message>,
    messages: mpsc::UnboundedReceiver<Message>,
    jobs: JoinSet<()>,
    /// Stages with a call under way, and what tells it to stop.
    in_flight: HashMap<String, CancellationToken>,
    /// Calls that wait for the journal.
    to_launch: Vec<(String, Work)>,
    /// When a stage's task is to be looked at again.
    pub(super) due: HashMap<String, Millis>,
    pub(super) timers: BinaryHeap<Reverse<(Millis, String)>>,
    /// What running tasks wait for that we cannot bring about.
    pub(super) awaiting: HashMap<String, Awaits>,
    /// Stages that were patched while a look at them was under way: what it found is out of date.
    pub(super) outdated: HashSet<String>,
    /// Lines stages wrote, on their way to the log.
    output: HashMap<String, Vec<String>>,
}

impl Drive<'_> {
    async fn run(&mut self) -> Result<Ended, Error> {
        if self.state.execution().status.is_complete() {
            return Ok(Ended::Completed(self.state.execution().status));
        }
        let runner = Runner { epoch: self.keeper.epoch(), ..self.engine.runner.clone() };
        self.record(Event::RunnerAttached { runner })?;
        self.sync().await?;
        let ahead = self.clock.ahead();
        if ahead >= CLOCK_TOLERANCE {
            let ahead = human_duration(ahead);
            let text = format!("this machine's clock is {ahead} behind the last record; time goes on from there");
            self.engine.observer.waiting(self.state.execution(), &text);
        }
        if self.state.execution().status == Status::NotStarted
            && let Some(ended) = self.wait_for_turn().await?
        {
            return Ok(ended);
        }
        let mut signals = self.engine.signals.clone();
        let mut requests = tokio::time::interval(self.engine.history.look_interval());
        requests.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.settle().await?;
            self.sync().await?;
            self.launch();
            if let Some(ended) = self.end().await? {
                return Ok(ended);
            }
            let next = self.timers.peek().map(|Reverse((moment, _))| self.clock.until(*moment));
            tokio::select! {
                Some(message) = self.messages.recv() => {
                    self.handle(message).await?;
                    // Whatever else has happened meanwhile shares the next write.
                    while let Ok(message) = self.messages.try_recv() {
                        self.handle(message).await?;
                    }
                }
                () = tokio::time::sleep(next.unwrap_or(Duration::MAX)), if next.is_some() => self.fire_timers(),
                _ = requests.tick() => {
                    self.keeper.check()?;
                    self.take_requests().await?;
                    self.flush_output().await;
                }
                Ok(()) = signals.changed() => {
                    let signal = signals.borrow_and_update().clone();
                    if let Some(ended) = self.obey(signal).await? {
                        return Ok(ended);
                    }
                }
            }
        }
    }

    /// Waits until the pipeline's limits let the execution begin, then records that it did.
    async fn wait_for_turn(&mut self) -> Result<Option<Ended>, Error> {
        let scope = format!("admission/{}", self.state.execution().pipeline_config_id);
        let mut told = String::new();
        let mut waits_since = None;
        loop {
            self.keeper.check()?;
            self.take_requests().await?;
            let execution = Arc::clone(self.state.execution());
            // One that is run again has begun in time.
            let expiry = execution.start_time_expiry.filter(|_| execution.start_time.is_none());
            if expiry.is_some_and(|expiry| expiry < self.clock.now()) {
                let reason = "Could not begin execution before start time expiry".to_owned();
                self.record(Event::ExecutionCancelRequested { by: "spinnaker".into(), reason })?;
            }
            if self.state.is_cancel_requested() {
                return self.complete(Status::Canceled).await.map(Some);
            }
            if !is_limited(&execution) {
                self.record(Event::ExecutionStarted)?;
                return Ok(None);
            }
            let Some(turn) = self.keeper.try_hold(&scope).await? else {
                tokio::time::sleep(self.engine.history.look_interval()).await;
                continue;
            };
            let admission = admit(&*self.engine.history, &execution, waits_since).await;
            if matches!(admission, Ok(Admission::Start)) {
                self.record(Event::ExecutionStarted)?;
                self.sync().await?;
            }
            self.keeper.give_back(&turn).await?;
            match admission? {
                Admission::Start => return Ok(None),
                Admission::GiveWay(reason) => {
                    self.record(Event::ExecutionCancelRequested { by: "spinnaker".into(), reason })?;
                }
                Admission::Wait(reason) if !self.engine.wait_in_queue => {
                    let reason = format!("told not to wait, it would be {reason}");
                    self.record(Event::ExecutionCancelRequested { by: "gennaker".into(), reason: reason.clone() })?;
                    self.complete(Status::Canceled).await?;
                    return Ok(Some(Ended::Refused(reason)));
                }
                Admission::Wait(reason) => {
                    waits_since.get_or_insert(self.clock.now());
                    if reason != told {
                        self.engine.observer.waiting(self.state.execution(), &reason);
                        told = reason;
                    }
                    let mut signals = self.engine.signals.clone();
                    tokio::select! {
                        () = tokio::time::sleep(self.engine.history.look_interval()) => {}
                        Ok(()) = signals.changed() => {}
                    }
                    let signal = self.engine.signals.borrow().clone();
                    if let Some(ended) = self.obey(signal).await? {
                        return Ok(Some(ended));
                    }
                }
            }
        }
    }

    /// Decides everything that can be decided without waiting.
    async fn settle(&mut self) -> Result<(), Error> {
        while let Some(at) = self.state.take_attention() {
            if self.pending >= MOST_PENDING {
                self.sync().await?;
            }
            let id = &self.state.stage(at).id;
            let busy = self.in_flight.contains_key(id) || self.to_launch.iter().any(|(waiting, _)| waiting == id);
            match step(&self.state, at) {
                Step::Record(event) if !busy => self.record(*event)?,
                Step::Plan if !busy => self.plan(at, Work::Plan)?,
                Step::PlanMore(phase) if !busy => self.plan(at, Work::PlanMore(phase))?,
                Step::Run(task) if !busy => self.look(at, task)?,
                Step::Cancel if !busy => {
                    self.due.remove(&self.state.stage(at).id);
                    let id = self.state.stage(at).id.clone();
                    self.to_launch.push((id, Work::Cancel));
                }
                Step::Cancel => {
                    if let Some(stop) = self.in_flight.get(&self.state.stage(at).id) {
                        stop.cancel();
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Plans a stage: in place if it needs no waiting, else beside the loop. Planning only reads, so that it needs no
    /// durable record before it.
    fn plan(&mut self, at: usize, work: Work) -> Result<(), Error> {
        let stage = self.state.stage(at);
        let expired = stage.start_time_expiry.is_some_and(|expiry| expiry < self.clock.now());
        if work == Work::Plan && expired {
            let reason = "its start time has expired".to_owned();
            return self.record(Event::StageSkipped { stage: stage.id.clone(), reason });
        }
        self.begin(at, work)
    }

    /// Looks at a task: at once, or when its time comes.
    fn look(&mut self, at: usize, task: usize) -> Result<(), Error> {
        let id = self.state.stage(at).id.clone();
        if self.state.execution().status == Status::Paused {
            return Ok(());
        }
        if self.due.get(&id).is_some_and(|due| *due > self.clock.now()) {
            return Ok(());
        }
        self.due.remove(&id);
        if self.policy(at, task).pure {
            self.begin(at, Work::Run(task))
        } else {
            self.to_launch.push((id, Work::Run(task)));
            Ok(())
        }
    }

    async fn handle(&mut self, message: Message) -> Result<(), Error> {
        match message {
            Message::Mutation { stage, task, mutation, answer } => {
                let target = mutation.target.clone();
                let mut recorded = match self.record(Event::MutationRecorded { stage, task, mutation }) {
                    Ok(()) => self.sync().await,
                    Err(error) => Err(error),
                };
                if recorded.is_ok() {
                    recorded = self.keeper.ensure(&target).await;
                }
                let reply = recorded.as_ref().copied().map_err(|error| Failure::new(error.to_string()));
                let _ = answer.send(reply);
                recorded
            }
            Message::Progress { stage, text } => {
                if let Some(at) = self.state.position(&stage) {
                    self.engine.observer.progress(self.state.execution(), self.state.stage(at), &text);
                }
                Ok(())
            }
            Message::Output { stage, line } => {
                if let Some(at) = self.state.position(&stage) {
                    self.engine.observer.output(self.state.execution(), self.state.stage(at), &line);
                }
                self.output.entry(stage).or_default().push(line);
                Ok(())
            }
            Message::Done { stage, outcome } => {
                self.in_flight.remove(&stage);
                if let Some(at) = self.state.position(&stage) {
                    self.state.attend(at);
                }
                self.finish_call(&stage, outcome)
            }
        }
    }

    fn fire_timers(&mut self) {
        let now = self.clock.now();
        while let Some(Reverse((moment, _))) = self.timers.peek() {
            if *moment > now {
                break;
            }
            if let Some(Reverse((_, id))) = self.timers.pop()
                && let Some(at) = self.state.position(&id)
            {
                self.state.attend(at);
            }
        }
    }

    /// Takes what other processes asked for.
    async fn take_requests(&mut self) -> Result<(), Error> {
        let id = self.state.execution().id.clone();
        for (request_id, request) in self.engine.history.requests(&id).await? {
            let event = match request {
                Request::Cancel { by, reason } if !self.state.is_cancel_requested() => {
                    Some(Event::ExecutionCancelRequested { by, reason })
                }
                Request::Pause { by } if self.state.execution().status == Status::Running => {
                    Some(Event::ExecutionPaused { by })
                }
                Request::Unpause { by } if self.state.execution().status == Status::Paused => {
                    Some(Event::ExecutionUnpaused { by })
                }
                Request::Patch { stage, by, patch } => {
                    let running = |at: &usize| self.state.stage(*at).status == Status::Running;
                    let found = self.state.position(&stage).filter(running);
                    self.due.remove(&stage);
                    if self.in_flight.contains_key(&stage) {
                        self.outdated.insert(stage.clone());
                    }
                    found.map(|_| Event::StagePatched { stage, by, patch })
                }
                // Asked for twice, or too late: there is nothing left to do about it.
                _ => None,
            };
            if let Some(event) = event {
                self.record(event)?;
                self.sync().await?;
            }
            self.engine.history.request_done(&id, &request_id).await?;
        }
        Ok(())
    }

    async fn obey(&mut self, signal: Signal) -> Result<Option<Ended>, Error> {
        match signal {
            Signal::None => Ok(None),
            Signal::Cancel(by) => {
                if !self.state.is_cancel_requested() {
                    let reason = "interrupted at the terminal".to_owned();
                    self.record(Event::ExecutionCancelRequested { by, reason })?;
                }
                Ok(None)
            }
            Signal::Leave => {
                self.stop_jobs().await;
                self.leave("told to leave").await?;
                Ok(Some(Ended::Left))
            }
        }
    }

    /// Lets calls under way come to their end, within limits; what they recorded is kept.
    async fn stop_jobs(&mut self) {
        for stop in self.in_flight.values() {
            stop.cancel();
        }
        let deadline = tokio::time::Instant::now() + STOP_GRACE;
        while !self.in_flight.is_empty() {
            match tokio::time::timeout_at(deadline, self.messages.recv()).await {
                Ok(Some(message)) => {
                    if self.handle(message).await.is_err() {
                        break;
                    }
                }
                _ => break,
            }
        }
        self.jobs.abort_all();
    }

    async fn leave(&mut self, reason: &str) -> Result<(), Error> {
        self.record(Event::RunnerDetached { reason: reason.to_owned() })?;
        self.sync().await
    }

    /// Whether the drive is over.
    async fn end(&mut self) -> Result<Option<Ended>, Error> {
        let busy = !self.in_flight.is_empty() || !self.to_launch.is_empty();
        if let Some(status) = execution_end(&self.state, busy) {
            return self.complete(status).await.map(Some);
        }
        let only_judgments = !busy
            && !self.due.is_empty()
            && self.state.execution().status == Status::Running
            && self.due.keys().all(|stage| self.awaiting.get(stage) == Some(&Awaits::Judgment));
        if self.engine.suspend_on_judgment && only_judgments {
            self.take_requests().await?;
            if self.due.keys().all(|stage| self.awaiting.contains_key(stage)) && !self.due.is_empty() {
                self.leave("waiting for a judgment").await?;
                return Ok(Some(Ended::Suspended));
            }
        }
        Ok(None)
    }

    async fn complete(&mut self, status: Status) -> Result<Ended, Error> {
        self.flush_output().await;
        self.record(Event::ExecutionCompleted { status })?;
        self.sync().await?;
        let id = self.state.execution().id.clone();
        self.engine.history.set_active(&id, false).await?;
        // What came too late must not hit a later restart.
        for (request, _) in self.engine.history.requests(&id).await? {
            self.engine.history.request_done(&id, &request).await?;
        }
        Ok(Ended::Completed(status))
    }

    /// Appends, applies, observes. Durable with the next `sync`.
    pub(super) fn record(&mut self, event: Event) -> Result<(), Error> {
        let record = Record { seq: self.state.seq() + 1, at: self.clock.now().max(self.state.last_at()), event };
        self.state.apply(&record).map_err(|illegal| {
            Error::new(ErrorKind::Corrupt, format!("gennaker itself failed: {illegal}; please report it"))
        })?;
        self.journal.append(&record);
        self.pending += 1;
        self.engine.observer.recorded(self.state.execution(), &record);
        Ok(())
    }

    async fn sync(&mut self) -> Result<(), Error> {
        self.pending = 0;
        self.journal.sync().await
    }

    /// Writes stages' output to the log; a log that cannot be written stops nothing.
    async fn flush_output(&mut self) {
        let id = self.state.execution().id.clone();
        for (stage, lines) in std::mem::take(&mut self.output) {
            if let Err(error) = self.engine.history.append_log(&id, &stage, &lines).await
                && let Some(at) = self.state.position(&stage)
            {
                self.engine.observer.progress(self.state.execution(), self.state.stage(at), &error.to_string());
            }
        }
    }
}
