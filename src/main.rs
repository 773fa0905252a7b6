//! gennaker: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = gennaker::cli::version_command(std::env::args_os()) {
        return code;
    }
    #[cfg(feature = "local")]
    if let Some(code) = gennaker::providers::local::hidden_command(std::env::args_os()) {
        return code;
    }
    if let Some(code) = gennaker::stages::script_supervisor::hidden_command(std::env::args_os()) {
        return code;
    }
    gennaker::cli::main()
}
