//! The program `barrow-acquirer`. Everything is in the library; `barrow-acquirer --help` says what there is.

use std::process::ExitCode;

fn main() -> ExitCode {
    barrow_acquirer::cli::run()
}
