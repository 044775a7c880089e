//! The program `barrow-server`. Everything is in the library; `barrow-server --help` says what there is.

use std::process::ExitCode;

fn main() -> ExitCode {
    barrow_server::cli::run()
}
