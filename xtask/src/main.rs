//! What `make` calls: builds, checks and runs the suites. `xtask/setup.sh` has installed the tools before.

mod build;
mod catalogues;
mod layers;
mod shell;
mod suites;

use std::process::ExitCode;

use shell::Failure;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        // `--fast` skips what only a download's size cares for: brotli.
        ["build"] => build::everything(build::Effort::Release),
        ["build", "--pages"] => build::pages(build::Effort::Release),
        ["build", "--fast"] => build::everything(build::Effort::Fast),
        ["build", "--pages", "--fast"] => build::pages(build::Effort::Fast),
        ["bench-modules"] => build::bench_modules(),
        ["layers"] => layers::check().map(|checked| println!("{checked} crates keep to the table of layers")),
        ["catalogues"] => catalogues::check().map(|texts| println!("{texts} texts are in every language")),
        ["catalogues", "missing", code] => catalogues::missing(code).map(|keys| println!("{keys}")),
        ["lint"] => suites::lint(),
        ["test", only @ ..] => suites::test(only),
        ["bench"] => suites::bench(),
        ["soak"] => suites::soak(),
        _ => Err(Failure(
            "usage: xtask build [--pages] [--fast] | bench-modules | layers | catalogues [missing CODE] | lint | test [SUITE…] | bench | soak".into(),
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(why)) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
