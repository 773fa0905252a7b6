//! The hidden subcommands by which this binary becomes an instance, a balancer, or a service to try things with.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::balancer::{BALANCER_COMMAND, run_balancer};
use super::launch::{INSTANCE_COMMAND, launch_instance};
use super::respond::{RespondOptions, respond};

/// Hidden subcommand for tests: `respond` with its options as JSON.
const RESPOND_COMMAND: &str = "__respond";

/// Runs a hidden subcommand and returns how it ended; `None` when the arguments (the program's name first) ask for
/// none. Call it first in `main`: it costs nothing then, and starts of instances are quick.
#[must_use]
pub fn hidden_command(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    let command = arguments.next()?;
    let command = command.to_str().filter(|command| command.starts_with("__"))?;
    let operand = |argument: Option<OsString>| argument.ok_or_else(|| format!("{command} needs an operand"));
    let result = match command {
        INSTANCE_COMMAND => operand(arguments.next()).and_then(|folder| launch_instance(Path::new(&folder))),
        BALANCER_COMMAND => operand(arguments.next()).and_then(|folder| {
            let replace = arguments.next().is_some_and(|flag| flag == "--replace");
            balancer(&PathBuf::from(folder), replace)
        }),
        RESPOND_COMMAND => operand(arguments.next()).and_then(|options| {
            let options: RespondOptions =
                serde_json::from_slice(options.as_encoded_bytes()).map_err(|cause| cause.to_string())?;
            block_on(respond(options))
        }),
        _ => return None,
    };
    Some(match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("gennaker: {message}");
            ExitCode::FAILURE
        }
    })
}

fn balancer(folder: &Path, replace: bool) -> Result<(), String> {
    // Only a process that leads a group already may be refused, and it is its own master then.
    let _ = rustix::process::setsid();
    block_on(run_balancer(folder, replace, |answer| {
        // A tool that is gone needs no answer.
        let mut out = std::io::stdout();
        let _ = writeln!(out, "{answer}").and_then(|()| out.flush());
    }))
}

/// One thread is enough, and small.
fn block_on(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|cause| format!("cannot start: {cause}"))?.block_on(work)
}
