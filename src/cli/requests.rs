//! Leaves requests for the process that drives an execution, and waits until it took them.

use std::time::Duration;

use serde_json::json;

use super::GlobalOptions;
use super::find::{self, Found, driver_words};
use super::out;
use crate::history::{History, Request};

/// How long a living process is given to take a request; it looks once or ten times a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The driving process recorded it.
    Yes,
    /// A process drives the execution but has not answered: it may be frozen, or on a machine we cannot see.
    NotYet,
    /// No process drives the execution: it is taken when somebody resumes it.
    NoProcess,
    /// The execution ended before anybody took it.
    TooLate,
}

/// Leaves a request and waits for the driving process, if there is one, to take it.
pub async fn submit(history: &dyn History, found: &Found, request: &Request) -> anyhow::Result<Taken> {
    history.submit(&found.id, request).await?;
    if found.driver.is_none() {
        return Ok(Taken::NoProcess);
    }
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while tokio::time::Instant::now() < deadline {
        let open = history.requests(&found.id).await?;
        let Some((id, _)) = open.iter().find(|(_, waiting)| waiting == request) else { return Ok(Taken::Yes) };
        let now = find::execution(history, Some(&found.id)).await?;
        if now.execution().status.is_complete() {
            // Left where it is, it would hit a later restart.
            history.request_done(&found.id, id).await?;
            return Ok(Taken::TooLate);
        }
        if now.driver.is_none() {
            return Ok(Taken::NoProcess);
        }
        tokio::time::sleep(history.look_interval() / 2).await;
    }
    Ok(Taken::NotYet)
}

/// Removes requests that nobody took while an execution ran: they do not concern its next life.
pub async fn forget(history: &dyn History, id: &str) -> anyhow::Result<()> {
    for (request, _) in history.requests(id).await? {
        history.request_done(id, &request).await?;
    }
    Ok(())
}

/// Says what became of a request: `done` is what happened, `wanted` what was asked for.
pub fn tell(found: &Found, taken: Taken, done: &str, wanted: &str, global: &GlobalOptions) {
    let id = &found.id;
    if global.is_json() {
        let driver = found.driver.as_ref().map(|holder| &holder.process);
        out::json(&json!({"execution": id, "request": wanted, "taken": taken == Taken::Yes, "driver": driver}));
        return;
    }
    match (taken, &found.driver) {
        (Taken::Yes, _) => eprintln!("{done}"),
        (Taken::TooLate, _) => eprintln!("{wanted}: too late, execution {id} has ended"),
        (Taken::NotYet, Some(driver)) => {
            eprintln!("{wanted}: asked for, but {} has not answered yet", driver_words(driver));
            eprintln!("it will when it can; to see whether it did: gennaker history show {id}");
        }
        _ => {
            eprintln!("{wanted}: noted; no process drives execution {id}");
            eprintln!("to go on: gennaker resume {id}");
        }
    }
}
