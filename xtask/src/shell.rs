//! Running commands from the project's root.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Why a step failed, for the person at the terminal.
#[derive(Debug)]
pub struct Failure(pub String);

impl From<std::io::Error> for Failure {
    fn from(e: std::io::Error) -> Self {
        Failure(e.to_string())
    }
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A command at `dir` (below the root) with what it is called with.
pub fn command(dir: &str, line: &[&str]) -> Command {
    let (program, args) = line.split_first().unwrap_or((&"true", &[]));
    let mut command = Command::new(program);
    command.args(args).current_dir(root().join(dir)).env("CARGO_TERM_PROGRESS_WHEN", "never");
    command
}

/// Runs a command, showing what it prints.
pub fn run(dir: &str, line: &[&str]) -> Result<(), Failure> {
    let status = command(dir, line).stdin(Stdio::null()).status().map_err(|e| Failure(format!("{}: {e}", line[0])))?;
    if status.success() { Ok(()) } else { Err(Failure(format!("`{}` failed ({status})", line.join(" ")))) }
}

/// Runs a command and gives its standard output.
pub fn output(dir: &str, line: &[&str]) -> Result<Vec<u8>, Failure> {
    let out = command(dir, line).stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if out.status.success() { Ok(out.stdout) } else { Err(Failure(format!("`{}` failed", line.join(" ")))) }
}

/// Runs a command, showing what it prints and handing each line of standard output to `each`. True if it succeeded.
pub fn watch(mut command: Command, mut each: impl FnMut(&str)) -> Result<bool, Failure> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            println!("{line}");
            each(&line);
        }
    }
    Ok(child.wait()?.success())
}
