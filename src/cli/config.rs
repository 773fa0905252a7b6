//! `gennaker config`: the settings in effect and where they come from.

use clap::{Args, Subcommand};
use serde_json::{Map, json};

use super::exit_code::Exit;
use super::project::Project;
use super::{GlobalOptions, OutputForm};

/// Show the settings in effect
#[derive(Args, Debug)]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Subcommand, Debug)]
enum ConfigCommand {
    /// Print every setting; secrets are never shown
    #[command(after_help = "Examples:
  gennaker config show --origin")]
    Show {
        /// Tell where each value comes from: a flag, the environment, a line of a file
        #[arg(long)]
        origin: bool,
    },
    /// Print a commented gennaker.yaml with every setting there is
    Example,
}

/// Runs the command.
pub fn run(args: &ConfigArgs, global: &GlobalOptions) -> anyhow::Result<Exit> {
    let ConfigCommand::Show { origin } = &args.command else {
        print!("{}", crate::config::EXAMPLE);
        return Ok(Exit::Succeeded);
    };
    let project = Project::find(global)?;
    let shown = project.settings.show();
    if global.output == OutputForm::Json {
        let entry = |setting: &crate::config::Shown| match origin {
            true => json!({"value": setting.value, "origin": setting.origin}),
            false => setting.value.clone(),
        };
        let all: Map<_, _> = shown.iter().map(|setting| (setting.key.clone(), entry(setting))).collect();
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(Exit::Succeeded);
    }
    let width = shown.iter().map(|setting| setting.key.len()).max().unwrap_or(0);
    for setting in &shown {
        let value = setting.value.as_str().map_or_else(|| setting.value.to_string(), str::to_owned);
        match origin {
            true => println!("{:width$}  {value}  ({})", setting.key, setting.origin),
            false => println!("{:width$}  {value}", setting.key),
        }
    }
    Ok(Exit::Succeeded)
}
