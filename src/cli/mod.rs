//! The commands. One file per verb: its arguments, whose doc comments are the help, and its run book.

mod artifact;
mod artifact_args;
mod cancel;
mod config;
mod docs;
mod documents;
mod error;
mod eval;
mod exit_code;
mod find;
mod generate;
mod graph;
mod history;
mod host;
mod import;
mod init;
mod judge;
mod judgments;
mod lock;
mod out;
mod pause;
mod pipeline_args;
mod plan;
mod project;
mod requests;
#[cfg(feature = "local")]
mod respond;
mod restart;
mod resume;
mod run;
mod signals;
mod skip;
mod template;
mod templates;
mod ui;
mod validate;
mod wiring;
mod world;

use std::ffi::OsString;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use self::exit_code::Exit;
use self::world::{account, clusters, firewall, image, instance, load_balancer, server_group};
use crate::report::{self, Screen, Style, Wanted};

/// Options that every command takes.
#[derive(Args, Clone, Debug)]
pub struct GlobalOptions {
    /// Where executions are recorded: a folder (default `.gennaker` in the project's root)
    #[arg(long, global = true, value_name = "PLACE", help_heading = "Global options")]
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
    /// Application of pipelines that name none
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub application: Option<String>,
    /// Time zone of execution windows (IANA name)
    #[arg(long, global = true, value_name = "ZONE", help_heading = "Global options")]
    pub time_zone: Option<String>,
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
        report::choose(Wanted { json: self.is_json(), quiet: self.quiet, colors: use_colors(self.color) })
    }

    /// Whether the result is for a program.
    fn is_json(&self) -> bool {
        self.output == OutputForm::Json
    }

    /// How results for people are written to standard output.
    fn style(&self) -> Style {
        Style { colors: colors_on(self.color, &stdout()) }
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
    /// Findings for code scanning (SARIF 2.1.0), of 'validate' only
    Sarif,
    /// Documents as YAML, of 'template' only
    Yaml,
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
    Account(account::AccountArgs),
    Artifact(artifact::ArtifactCommandArgs),
    Cancel(cancel::CancelArgs),
    Clusters(clusters::ClustersArgs),
    Completions(generate::CompletionsArgs),
    Config(config::ConfigArgs),
    Docs(docs::DocsArgs),
    Eval(eval::EvalArgs),
    Explain(docs::ExplainArgs),
    Firewall(firewall::FirewallArgs),
    Graph(graph::GraphArgs),
    History(history::HistoryArgs),
    Image(image::ImageArgs),
    Import(import::ImportArgs),
    Init(init::InitArgs),
    Instance(instance::InstanceArgs),
    Judge(judge::JudgeArgs),
    LoadBalancer(load_balancer::LoadBalancerArgs),
    Lock(lock::LockArgs),
    Man(generate::ManArgs),
    Pause(pause::PauseArgs),
    Plan(plan::PlanArgs),
    #[cfg(feature = "local")]
    Respond(respond::RespondArgs),
    Restart(restart::RestartArgs),
    Resume(resume::ResumeArgs),
    Run(run::RunArgs),
    /// Print the JSON Schema of pipeline documents, for editors
    Schema,
    ServerGroup(server_group::ServerGroupArgs),
    Skip(skip::SkipArgs),
    Template(template::TemplateArgs),
    Unpause(pause::UnpauseArgs),
    Validate(validate::ValidateArgs),
}

/// Answers `--version` alone without building the tree of commands, which takes longer than everything else about it.
#[must_use]
pub fn version_command(arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let mut given = arguments.skip(1);
    let only = given.next().filter(|_| given.next().is_none())?;
    (only == "--version" || only == "-V").then(|| {
        // A reader that has gone away wants nothing more.
        let _ = writeln!(stdout(), "gennaker {}", env!("CARGO_PKG_VERSION"));
        ExitCode::SUCCESS
    })
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
    let colors = use_colors(cli.global.color);
    let result = runtime.block_on(dispatch(cli));
    match result {
        Ok(exit) => exit.into(),
        Err(error) => error::print(&error, colors).into(),
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<Exit> {
    signals::report_file_size_limit();
    let global = cli.global;
    if let Some(directory) = &global.directory {
        std::env::set_current_dir(directory).with_context(|| format!("entering {}", directory.display()))?;
    }
    let fits = match global.output {
        OutputForm::Sarif => matches!(cli.command, Command::Validate(_)),
        OutputForm::Yaml => matches!(cli.command, Command::Template(_)),
        OutputForm::Text | OutputForm::Json => true,
    };
    if !fits {
        return Err(error::Told::usage("this command prints text or JSON only: write -o text or -o json").into());
    }
    match cli.command {
        Command::Account(args) => account::run(args, &global).await,
        Command::Artifact(args) => artifact::run(&args, &global).await,
        Command::Cancel(args) => cancel::run(args, &global).await,
        Command::Clusters(args) => clusters::run(args, &global).await,
        Command::Completions(args) => generate::completions(&args, Cli::command()),
        Command::Config(args) => config::run(&args, &global),
        Command::Docs(args) => docs::docs(&args, &global),
        Command::Eval(args) => eval::run(&args, &global).await,
        Command::Explain(args) => docs::explain_code(&args),
        Command::Firewall(args) => firewall::run(args, &global).await,
        Command::Graph(args) => graph::run(&args, &global).await,
        Command::History(args) => history::run(args, &global).await,
        Command::Image(args) => image::run(args, &global).await,
        Command::Import(args) => import::run(&args, &global),
        Command::Init(args) => init::run(&args, &global).await,
        Command::Instance(args) => instance::run(args, &global).await,
        Command::Judge(args) => judge::run(args, &global).await,
        Command::LoadBalancer(args) => load_balancer::run(args, &global).await,
        Command::Lock(args) => lock::run(args, &global).await,
        Command::Man(args) => generate::man(&args, Cli::command()),
        Command::Pause(args) => pause::pause(args, &global).await,
        Command::Plan(args) => plan::run(&args, &global).await,
        #[cfg(feature = "local")]
        Command::Respond(args) => respond::run(&args).await,
        Command::Restart(args) => restart::run(args, &global).await,
        Command::Resume(args) => resume::run(args, &global).await,
        Command::Run(args) => run::run(&args, &global).await,
        Command::Schema => generate::schema(&global),
        Command::ServerGroup(args) => server_group::run(args, &global).await,
        Command::Skip(args) => skip::run(args, &global).await,
        Command::Template(args) => template::run(&args, &global),
        Command::Unpause(args) => pause::unpause(args, &global).await,
        Command::Validate(args) => validate::run(&args, &global),
    }
}

/// Whether standard error gets colours.
fn use_colors(choice: ColorChoice) -> bool {
    colors_on(choice, &stderr())
}

/// Whether a stream gets colours (https://no-color.org and https://bixense.com/clicolors).
fn colors_on(choice: ColorChoice, stream: &impl IsTerminal) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb") => false,
        ColorChoice::Auto => set("CLICOLOR_FORCE") || set("FORCE_COLOR") || stream.is_terminal(),
    }
}
