//! `gennaker completions`, `man` and `schema`: files derived from the tables of this program.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;

use super::GlobalOptions;
use super::exit_code::Exit;
use super::project::Project;
use crate::pipeline::json_schema;

/// Print the completions of a shell
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker completions bash > /usr/share/bash-completion/completions/gennaker
  gennaker completions zsh  > \"${fpath[1]}/_gennaker\"
  gennaker completions fish > ~/.config/fish/completions/gennaker.fish")]
pub struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

/// Print the manual, or write a page per command into a folder
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gennaker man | man -l -
  gennaker man --folder /usr/local/share/man/man1")]
pub struct ManArgs {
    /// Write gennaker.1, gennaker-run.1, … here
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Prints completions.
pub fn completions(args: &CompletionsArgs, mut command: Command) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, "gennaker", &mut text);
    std::io::stdout().lock().write_all(&text)?;
    Ok(Exit::Succeeded)
}

/// Prints or writes man pages.
pub fn man(args: &ManArgs, command: Command) -> anyhow::Result<Exit> {
    let Some(folder) = &args.folder else {
        let mut text = Vec::new();
        clap_mangen::Man::new(command).render(&mut text)?;
        std::io::stdout().lock().write_all(&text)?;
        return Ok(Exit::Succeeded);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    clap_mangen::generate_to(command, folder).with_context(|| format!("writing to {}", folder.display()))?;
    Ok(Exit::Succeeded)
}

/// Prints the JSON Schema of pipeline documents, with the stage types that the project configures.
pub fn schema(global: &GlobalOptions) -> anyhow::Result<Exit> {
    let project = Project::find(global)?;
    println!("{}", serde_json::to_string_pretty(&json_schema(&project.types))?);
    Ok(Exit::Succeeded)
}
