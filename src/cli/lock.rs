//! `gennaker lock`: who holds what, and a way out when a holder is gone for good.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::error::Told;
use super::exit_code::Exit;
use super::find::driver_words;
use super::project::Project;
use super::{GlobalOptions, out, ui};
use crate::diagnostic::nearest;
use crate::history::{History, Holder, Lease};
use crate::report::{Role, Table};

/// Look at locks, or break one
///
/// Locks run out by themselves: at once when their process died on this machine, and otherwise when it has not renewed
/// them for a while. Breaking one is for a holder that lives but must not go on; it stops before its next change.
#[derive(Args, Debug)]
pub struct LockArgs {
    #[command(subcommand)]
    command: LockCommand,
}

#[derive(Subcommand, Debug)]
enum LockCommand {
    /// Take a lock away from its holder
    #[command(after_help = "Example:\n  gennaker lock break cluster/local/local/hello --yes")]
    Break(BreakArgs),
    /// List locks with their holders
    #[command(visible_alias = "ls", after_help = "Example:\n  gennaker lock list")]
    List,
    /// Show one lock
    #[command(after_help = "Example:\n  gennaker lock show cluster/local/local/hello")]
    Show(OneArgs),
}

#[derive(Args, Debug)]
struct OneArgs {
    /// What it locks, as 'gennaker lock list' shows it
    scope: String,
}

#[derive(Args, Debug)]
struct BreakArgs {
    /// What it locks, as 'gennaker lock list' shows it
    scope: String,
    /// Answer the question with yes
    #[arg(long, short)]
    yes: bool,
}

pub async fn run(args: LockArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let history = project.open_history()?;
    match args.command {
        LockCommand::List => {
            let all = history.leases().list().await?;
            if global.is_json() {
                out::json(&all.iter().map(document).collect::<Vec<Value>>());
            } else if all.is_empty() {
                eprintln!("nothing is locked");
            } else {
                out::lines(table(&all, global));
            }
        }
        LockCommand::Show(OneArgs { scope }) => {
            let found = find(&*history, &scope).await?;
            if global.is_json() {
                out::json(&document(&found));
            } else {
                out::lines(table(&[found], global));
            }
        }
        LockCommand::Break(BreakArgs { scope, yes }) => {
            let (lease, holder) = find(&*history, &scope).await?;
            if !yes {
                ui::confirm(&format!("take {scope} away from {}?", words(&holder)), "--yes", global)?;
            }
            history.leases().release(&lease).await?;
            if global.is_json() {
                out::json(&json!({"broken": document(&(lease, holder))}));
            } else {
                eprintln!("took {scope} away from {}; it stops before its next change", words(&holder));
                eprintln!("to go on with what it drove: gennaker resume {}", holder.owner);
            }
        }
    }
    Ok(Exit::Succeeded)
}

async fn find(history: &dyn History, scope: &str) -> anyhow::Result<(Lease, Holder)> {
    let all = history.leases().list().await?;
    let scopes: Vec<String> = all.iter().map(|(lease, _)| lease.scope.clone()).collect();
    all.into_iter().find(|(lease, _)| lease.scope == scope).ok_or_else(|| {
        let told = Told::usage(format!("'{scope}' is not locked"));
        match nearest(scope, scopes.iter().map(String::as_str)) {
            Some(meant) => told.hint(format!("did you mean {meant}?")),
            None => told.hint("to see what is: gennaker lock list"),
        }
        .into()
    })
}

fn words(holder: &Holder) -> String {
    format!("execution {} ({})", holder.owner, driver_words(holder))
}

fn document((lease, holder): &(Lease, Holder)) -> Value {
    json!({
        "scope": lease.scope,
        "epoch": lease.epoch,
        "holder": holder,
        "dead": holder.process.is_certainly_dead(),
    })
}

fn table(locks: &[(Lease, Holder)], global: &GlobalOptions) -> Vec<String> {
    let mut table = Table::new(global.style(), &["LOCK", "EXECUTION", "PROCESS", "PURPOSE"]);
    for (lease, holder) in locks {
        let is_dead = holder.process.is_certainly_dead();
        let gone = if is_dead { ", gone" } else { "" };
        let page = holder.ci_url.as_deref().map(|page| format!(", {page}")).unwrap_or_default();
        let process = format!("{} on {}{gone}{page}", holder.process.pid, holder.process.host);
        table.painted_row(&[
            (Role::Strong, &lease.scope),
            (Role::Plain, &holder.owner),
            (if is_dead { Role::Dim } else { Role::Plain }, &process),
            (Role::Plain, &holder.purpose),
        ]);
    }
    table.lines()
}
