//! `gennaker history show`: one execution, as it stands or as it came about.

use clap::Args;
use jiff::tz::TimeZone;

use crate::cli::GlobalOptions;
use crate::cli::exit_code::Exit;
use crate::cli::find::{self, driver_words};
use crate::cli::out;
use crate::cli::project::Project;
use crate::engine::State;
use crate::engine::ports::Observe;
use crate::history::{self, History};
use crate::report::{Line, Picture, event_line};

/// Show an execution: its stages, why it failed, what it changed
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker history show                      the newest execution
  gennaker history show 01K7 --events        how it came about, line by line
  gennaker history show 01K7 -o json | jq '.stages[] | {name, status}'")]
pub struct ShowArgs {
    /// Its id or the first letters of it; the newest when absent
    execution: Option<String>,
    /// Every recorded event in order, instead of the state they led to
    #[arg(long)]
    events: bool,
}

pub async fn run(args: ShowArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    let history = project.open_history()?;
    let found = find::execution(&*history, args.execution.as_deref()).await?;
    if args.events {
        replay(&*history, &found.id, global).await?;
    } else if global.is_json() {
        out::json(found.execution());
    } else {
        let driver = found.driver.as_ref().map(driver_words);
        let picture = Picture {
            execution: found.execution(),
            mutations: found.state.mutations(),
            driver: driver.as_deref(),
            now: find::now(),
            zone: TimeZone::system(),
            style: global.style(),
        };
        out::lines(picture.lines());
    }
    Ok(Exit::Succeeded)
}

/// Plays the records through the report that would have shown them.
async fn replay(history: &dyn History, id: &str, global: &GlobalOptions) -> anyhow::Result<()> {
    let recorded = history.read(id).await?;
    if global.is_json() {
        for record in &recorded.records {
            out::json_line(&event_line(id, record));
        }
        return Ok(());
    }
    let line = Line::replay(global.style());
    let mut state = State::default();
    for record in &recorded.records {
        state.apply(record).map_err(|illegal| history::Error::corrupt_execution(id, &illegal))?;
        line.recorded(state.execution(), record);
    }
    Ok(())
}
