//! `gennaker history list`: executions, newest first.

use std::collections::HashMap;
use std::time::Duration;

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::GlobalOptions;
use crate::cli::exit_code::Exit;
use crate::cli::find::{self, drivers};
use crate::cli::out;
use crate::cli::project::Project;
use crate::history::{Holder, Summary, Wanted};
use crate::model::{Millis, Status, human_duration};
use crate::report::{Role, Table, moment, role_of};

/// List executions, newest first
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker history list --pipeline 'Deploy hello' --limit 5
  gennaker history list --application shop --status terminal --since 2d
  gennaker history list --output json | jq -r '.[].id'")]
pub struct ListArgs {
    /// Only of this pipeline: its name or id
    #[arg(long, short, value_name = "PIPELINE")]
    pipeline: Option<String>,
    /// Only with this status, such as running, succeeded, terminal; may be given several times
    #[arg(long, short, value_parser = status)]
    status: Vec<Status>,
    /// At most so many
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    /// Only those recorded within this time, such as 90m, 2d
    #[arg(long, value_name = "TIME", value_parser = find::duration)]
    since: Option<Duration>,
}

fn status(text: &str) -> Result<Status, String> {
    let all =
        "not_started, running, paused, suspended, succeeded, failed_continue, terminal, canceled, stopped, skipped";
    text.replace('-', "_").parse().map_err(|()| format!("a status is one of {all}"))
}

impl ListArgs {
    fn wanted(self, application: &Option<String>, now: Millis) -> Wanted {
        Wanted {
            application: application.clone(),
            pipeline: self.pipeline,
            statuses: self.status,
            since: self.since.map(|since| now - find::millis(since)),
            after: None,
            limit: Some(self.limit),
        }
    }
}

pub async fn run(args: ListArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let history = project.open_history()?;
    let now = find::now();
    let wanted = history.list(&args.wanted(&global.application, now)).await?;
    let drivers = drivers(&*history).await?;
    if global.is_json() {
        let documents = wanted.iter().map(|execution| document(execution, drivers.get(&execution.id)));
        out::json(&documents.collect::<Vec<Value>>());
        return Ok(Exit::Succeeded);
    }
    if wanted.is_empty() {
        eprintln!("no such execution is recorded in {}", history.location());
        return Ok(Exit::Succeeded);
    }
    out::lines(table(&wanted, &drivers, global, now));
    Ok(Exit::Succeeded)
}

fn document(execution: &Summary, driver: Option<&Holder>) -> Value {
    json!({
        "id": execution.id,
        "application": execution.application,
        "name": execution.name,
        "pipelineConfigId": execution.pipeline_config_id,
        "status": execution.status,
        "buildTime": execution.build_time,
        "startTime": execution.start_time,
        "endTime": execution.end_time,
        "user": execution.user,
        "trigger": execution.trigger,
        "driver": driver.map(|holder| &holder.process),
    })
}

fn table(
    executions: &[Summary],
    drivers: &HashMap<String, Holder>,
    global: &GlobalOptions,
    now: Millis,
) -> Vec<String> {
    let zone = TimeZone::system();
    let mut table =
        Table::new(global.style(), &["EXECUTION", "APPLICATION", "PIPELINE", "STATUS", "BEGAN", "TOOK", "BY"]);
    for execution in executions {
        let Summary { id, application, name, status, user, build_time, start_time, end_time, .. } = execution;
        let is_left = !status.is_complete() && !drivers.contains_key(id);
        let words = if is_left { format!("{status}, no process") } else { status.to_string() };
        let took = start_time.map(|start| {
            let end = end_time.unwrap_or(now);
            human_duration(Duration::from_millis(u64::try_from(end - start).unwrap_or(0)))
        });
        table.painted_row(&[
            (Role::Plain, id),
            (Role::Plain, application),
            (Role::Strong, name),
            (role_of(*status), &words),
            (Role::Plain, &moment(start_time.unwrap_or(*build_time), &zone)),
            (Role::Plain, &took.unwrap_or_default()),
            (Role::Plain, user),
        ]);
    }
    table.lines()
}
