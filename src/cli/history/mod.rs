//! `gennaker history`: what was recorded, for people, for programs, and out of the way.

mod copy;
mod export;
mod list;
mod logs;
mod prune;
mod show;

use clap::{Args, Subcommand};

use super::GlobalOptions;
use super::exit_code::Exit;

/// Show recorded executions
#[derive(Args, Debug)]
pub struct HistoryArgs {
    #[command(subcommand)]
    command: HistoryCommand,
}

#[derive(Subcommand, Debug)]
enum HistoryCommand {
    Copy(copy::CopyArgs),
    Export(export::ExportArgs),
    List(list::ListArgs),
    Logs(logs::LogsArgs),
    Prune(prune::PruneArgs),
    Show(show::ShowArgs),
}

pub async fn run(args: HistoryArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    match args.command {
        HistoryCommand::Copy(args) => copy::run(args, global).await,
        HistoryCommand::Export(args) => export::run(args, global).await,
        HistoryCommand::List(args) => list::run(args, global).await,
        HistoryCommand::Logs(args) => logs::run(args, global).await,
        HistoryCommand::Prune(args) => prune::run(args, global).await,
        HistoryCommand::Show(args) => show::run(args, global).await,
    }
}
