//! The `gennaker` command.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if let Some(code) = gennaker::stages::script_supervisor::hidden_command(&arguments) {
        return code;
    }
    ExitCode::SUCCESS
}
