//! The `gennaker` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    gennaker::cli::main()
}
