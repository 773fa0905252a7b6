//! The commands. One file per verb: its arguments, whose doc comments are the help, and its run book.

mod error;
mod exit_code;
mod host;
mod project;
mod resume;
mod run;
mod signals;
mod wiring;

use std::io::{IsTerminal, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand, ValueEnum};

use self::exit_code::Exit;
use crate::report::{self, Screen, Style, Wanted};

/// Options that every command takes.
#[derive(Args, Clone, Debug)]
pub struct GlobalOptions {
    /// Where executions are recorded: a folder (default `.gennaker` in the project's root)
    #[arg(long, global = true, env = "GENNAKER_HISTORY", value_name = "PLACE", help_heading = "Global options")]
    pub history: Option<PathBuf>,
    /// Form of the result on standard output
    #[arg(long, short = 'o', global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub output: OutputForm,
    /// When to use colours
    #[arg(long, global = true, env = "GENNAKER_COLOR", value_enum, default_value_t, help_heading = "Global options")]
    pub color: ColorChoice,
    /// Never ask: a missing answer is an error, a judgment suspends the run
    #[arg(long, global = true, env = "GENNAKER_NO_INPUT", help_heading = "Global options")]
    pub no_input: bool,
    /// Say less
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub quiet: bool,
    /// Work as if called in this folder
    #[arg(long, short = 'C', global = true, value_name = "FOLDER", help_heading = "Global options")]
    pub directory: Option<PathBuf>,
}

impl GlobalOptions {
    /// The report of an execution that this process drives.
    fn report(&self) -> Arc<dyn Screen> {
        report::choose(Wanted { json: self.is_json(), quiet: self.quiet, colors: use_colors(self.color, &stderr()) })
    }

    /// Whether the result is for a program.
    fn is_json(&self) -> bool {
        self.output == OutputForm::Json
    }

    /// How results for people are written to standard output.
    fn style(&self) -> Style {
        Style { colors: use_colors(self.color, &stdout()) }
    }
}

/// The form of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputForm {
    /// For people
    #[default]
    Text,
    /// For programs: one document, or one event per line while something runs
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On terminals that want them
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Deployment pipelines from one binary: Spinnaker's work without Spinnaker's servers.
#[derive(Parser, Debug)]
#[command(name = "gennaker", version, max_term_width = 100, disable_help_subcommand = false)]
struct Cli {
    #[command(flatten)]
    global: GlobalOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Resume(resume::ResumeArgs),
    Run(run::RunArgs),
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return error::print(&anyhow::Error::new(error).context("starting"), false).into(),
    };
    let colors = use_colors(cli.global.color, &stderr());
    let result = runtime.block_on(dispatch(cli));
    match result {
        Ok(exit) => exit.into(),
        Err(error) => error::print(&error, colors).into(),
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<Exit> {
    let global = cli.global;
    match cli.command {
        Command::Resume(args) => resume::run(args, &global).await,
        Command::Run(args) => run::run(args, &global).await,
    }
}

/// Whether a stream gets colours (https://no-color.org and https://bixense.com/clicolors).
fn use_colors(choice: ColorChoice, stream: &impl IsTerminal) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb") => false,
        ColorChoice::Auto => set("CLICOLOR_FORCE") || set("FORCE_COLOR") || stream.is_terminal(),
    }
}
