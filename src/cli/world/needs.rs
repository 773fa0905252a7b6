//! What a pipeline needs its accounts to be allowed, and what of it they may not do.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::cli::exit_code::Exit;
use crate::cli::host::Host;
use crate::cli::pipeline_args::PipelineArgs;
use crate::cli::plan::ReadOnly;
use crate::cli::project::Project;
use crate::cli::{GlobalOptions, out, wiring};
use crate::engine::ports::Call;
use crate::engine::{new_execution, previewed_context};
use crate::model::Failure;
use crate::providers::AccountDeed;
use crate::report::{Role, Table};
use crate::stages::{Need, Services, stage};

/// What was found of a pipeline.
struct Found {
    /// By account: what it needs, and the stages that need it.
    needs: BTreeMap<String, BTreeMap<AccountDeed, Vec<String>>>,
    /// Stages whose needs cannot be told, and why.
    untold: Vec<(String, Failure)>,
}

/// Asks every account of a pipeline, or this one, whether it may do what the stages need.
pub(super) async fn check(
    project: Project,
    pipeline: PipelineArgs,
    account: Option<&str>,
    global: &GlobalOptions,
) -> anyhow::Result<Exit> {
    let project = Arc::new(project);
    let prepared = pipeline.prepare(&project, global)?;
    let host = Host::new(Arc::clone(&project), project.open_history()?);
    let name = prepared.pipeline.name.clone();
    let execution = new_execution(&prepared.pipeline, prepared.new)?;
    let services = wiring::services(&project, &host)?;
    let mut found = found(&execution, &services).await;
    if let Some(account) = account {
        found.needs.retain(|name, _| name == account);
    }
    let mut lacking: Vec<(String, AccountDeed)> = Vec::new();
    let mut exit = Exit::Succeeded;
    for (account, needs) in &found.needs {
        let deeds: Vec<AccountDeed> = needs.keys().cloned().collect();
        match lacking_of(&services, account, &deeds).await {
            Ok(lacks) => lacking.extend(lacks.into_iter().map(|deed| (account.clone(), deed))),
            Err(failure) => {
                exit = Exit::Internal;
                found.untold.push((format!("account {account}"), failure));
            }
        }
    }
    if !lacking.is_empty() {
        exit = Exit::Permission;
    }
    if global.is_json() {
        out::json(&document(&name, &found, &lacking));
    } else {
        say((&name, account), &found, &lacking, global);
    }
    Ok(exit)
}

async fn found(execution: &crate::model::Execution, services: &Services) -> Found {
    let mut found = Found { needs: BTreeMap::new(), untold: Vec::new() };
    let stop = CancellationToken::new();
    for record in &execution.stages {
        let now = execution.build_time;
        let (context, skipped) = previewed_context(execution, record, &*services.expressions, now);
        if skipped.is_some() {
            continue;
        }
        let call =
            Call { execution, stage: record, context: &context, now, started: now, stop: &stop, recorder: &ReadOnly };
        let kind = stage(&record.kind).expect("validation has refused unknown types");
        match kind.needs(&call, services).await {
            Ok(needs) => {
                for Need { account, deed } in needs {
                    let stages = found.needs.entry(account).or_default().entry(deed).or_default();
                    if !stages.contains(&record.name) {
                        stages.push(record.name.clone());
                    }
                }
            }
            Err(failure) => found.untold.push((record.name.clone(), failure)),
        }
    }
    found
}

async fn lacking_of(services: &Services, account: &str, deeds: &[AccountDeed]) -> Result<Vec<AccountDeed>, Failure> {
    let provider = services.accounts.open(account)?;
    match provider.checks() {
        Some(checks) => Ok(checks.lacking(deeds).await?),
        None => Ok(Vec::new()),
    }
}

/// What is lacking, a line for each kind in a place: account, place, kind, verbs, stages.
fn rows(found: &Found, lacking: &[(String, AccountDeed)]) -> Vec<[String; 5]> {
    let mut rows: Vec<[String; 5]> = Vec::new();
    for (account, deed) in lacking {
        let stages = found.needs.get(account).and_then(|needs| needs.get(deed)).cloned().unwrap_or_default();
        let head = [account, &deed.place, &deed.kind];
        match rows.last_mut().filter(|row| [&row[0], &row[1], &row[2]] == head) {
            Some(row) => {
                row[3] = format!("{}, {}", row[3], deed.verb);
                for stage in stages {
                    if !row[4].split(", ").any(|it| it == stage) {
                        row[4] = format!("{}, {stage}", row[4]);
                    }
                }
            }
            None => {
                let [account, place, kind] = head.map(Clone::clone);
                rows.push([account, place, kind, deed.verb.clone(), stages.join(", ")]);
            }
        }
    }
    rows
}

fn say(
    (pipeline, account): (&str, Option<&str>),
    found: &Found,
    lacking: &[(String, AccountDeed)],
    global: &GlobalOptions,
) {
    let style = global.style();
    let rows = rows(found, lacking);
    if !rows.is_empty() {
        let mut table = Table::new(style, &["ACCOUNT", "NAMESPACE", "KIND", "MAY NOT", "NEEDED BY"]);
        for row in &rows {
            let [account, place, kind, verbs, stages] = row;
            let place = if place.is_empty() { "-" } else { place };
            table.row(&[account.as_str(), place, kind, verbs, stages]);
        }
        out::lines(table.lines());
    }
    for (account, needs) in &found.needs {
        let missing = lacking.iter().filter(|(of, _)| of == account).count();
        let head = match missing {
            0 => style.paint(Role::Ok, &format!("✓ {account}")),
            _ => style.paint(Role::Fail, &format!("✗ {account}")),
        };
        let may = needs.len() - missing;
        out::lines([format!("{head} may do {may} of the {} things '{pipeline}' needs", needs.len())]);
    }
    if found.needs.is_empty() && found.untold.is_empty() {
        let of = account.map(|account| format!(" of account '{account}'")).unwrap_or_default();
        out::lines([format!("'{pipeline}' needs nothing{of} that can be asked for")]);
    }
    for (what, failure) in &found.untold {
        eprintln!("{what}: cannot tell: {failure}");
        failure.details.iter().for_each(|line| eprintln!("    {line}"));
    }
}

fn document(pipeline: &str, found: &Found, lacking: &[(String, AccountDeed)]) -> Value {
    let account = |(name, needs): (&String, &BTreeMap<AccountDeed, Vec<String>>)| {
        let deed = |deed: &AccountDeed, stages: &Vec<String>| {
            let may = !lacking.iter().any(|(of, lacks)| of == name && lacks == deed);
            json!({"namespace": deed.place, "kind": deed.kind, "verb": deed.verb, "stages": stages, "allowed": may})
        };
        let needs: Vec<Value> = needs.iter().map(|(it, stages)| deed(it, stages)).collect();
        let ok = !lacking.iter().any(|(of, _)| of == name);
        json!({"name": name, "ok": ok, "needs": needs})
    };
    let untold = |(what, failure): &(String, Failure)| json!({"stage": what, "failure": failure});
    json!({
        "version": 1,
        "pipeline": pipeline,
        "accounts": found.needs.iter().map(account).collect::<Vec<_>>(),
        "untold": found.untold.iter().map(untold).collect::<Vec<_>>(),
    })
}
