//! Runs every suite, and sums what passed, failed and was skipped. A suite that ends badly without a count counts as one
//! failure, so that nothing fails silently.

use std::{process::Command, time::Instant};

use crate::{
    build::{self, Effort},
    layers,
    shell::{Failure, command, root, run, watch},
};

#[derive(Clone, Copy, Default)]
struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
}

struct Suite {
    name: &'static str,
    what: What,
}

enum What {
    /// A command in a folder whose output carries its counts.
    Counted(&'static str, &'static [&'static str]),
    /// A step that passes or fails as a whole.
    Step(fn() -> Result<(), Failure>),
}

use What::{Counted, Step};

/// What runs natively; the web crates have their suites in real browsers.
const RUST: &[&str] = &[
    "cargo",
    "test",
    "--workspace",
    "--all-features",
    "--no-fail-fast",
    "--exclude=barrow-app",
    "--exclude=barrow-service-worker",
];

const SUITES: &[Suite] = &[
    Suite { name: "format", what: Step(|| run(".", &["cargo", "fmt", "--all", "--check"])) },
    Suite { name: "layers", what: Step(|| layers::check().map(|n| println!("{n} crates keep to the table of layers"))) },
    Suite { name: "rust", what: Counted(".", RUST) },
    Suite { name: "clippy", what: Step(clippy) },
    Suite { name: "pages", what: Step(|| build::pages(Effort::Release)) },
    Suite {
        name: "wasm-chrome",
        what: Counted("browser", &["wasm-pack", "test", "--headless", "--chrome", ".", "--test", "web"]),
    },
    Suite {
        name: "wasm-firefox",
        what: Counted("browser", &["wasm-pack", "test", "--headless", "--firefox", ".", "--test", "web"]),
    },
    Suite {
        name: "simulator",
        what: Counted(".", &["cargo", "run", "--quiet", "--package", "barrow-sim", "--", "--for-seconds", "60"]),
    },
    Suite { name: "fuzz", what: Counted("tests/fuzz", &["cargo", "run", "--quiet", "--", "--each-seconds", "60"]) },
    Suite { name: "e2e-tools", what: Step(node_modules) },
    Suite { name: "e2e", what: Counted("tests", &["node", "run.mjs", "e2e"]) },
    Suite { name: "fault", what: Counted("tests", &["node", "run.mjs", "fault"]) },
];

/// Runs all suites, or those named.
pub fn test(only: &[&str]) -> Result<(), Failure> {
    let chosen: Vec<&Suite> = SUITES.iter().filter(|suite| only.is_empty() || only.contains(&suite.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        return Err(Failure(format!("no such suite; there are: {}", names.join(" "))));
    }
    let mut total = Count::default();
    let mut lines = Vec::new();
    for suite in chosen {
        println!("\n===== {} =====", suite.name);
        let start = Instant::now();
        let count = suite.run();
        lines.push(format!(
            "{:<14} {:>6} passed {:>4} failed {:>4} skipped {:>5} s",
            suite.name,
            count.passed,
            count.failed,
            count.skipped,
            start.elapsed().as_secs()
        ));
        total.passed += count.passed;
        total.failed += count.failed;
        total.skipped += count.skipped;
    }
    println!("\n{}", lines.join("\n"));
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    if total.failed == 0 { Ok(()) } else { Err(Failure("make test: something failed, see above".into())) }
}

/// Format, clippy on native and wasm, layers.
pub fn lint() -> Result<(), Failure> {
    run(".", &["cargo", "fmt", "--all", "--check"])?;
    clippy()?;
    layers::check().map(|checked| println!("{checked} crates keep to the table of layers"))
}

/// Measures; prints; asserts nothing.
pub fn bench() -> Result<(), Failure> {
    build::bench_modules()?;
    node_modules()?;
    run(".", &["node", "bench/run.mjs"])
}

/// Kills the browser `KILLS` times.
pub fn soak() -> Result<(), Failure> {
    node_modules()?;
    run("tests", &["node", "run.mjs", "fault"])
}

fn clippy() -> Result<(), Failure> {
    let deny = ["--", "-D", "warnings"];
    let native = [
        "cargo",
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--exclude=barrow-app",
        "--exclude=barrow-service-worker",
    ];
    run(".", &[&native[..], &deny].concat())?;
    let mut web = vec!["cargo", "clippy", "--quiet", "--target", "wasm32-unknown-unknown"];
    for package in [
        "barrow-browser",
        "barrow-decoder",
        "barrow-indexer",
        "barrow-app",
        "barrow-office",
        "barrow-service-worker",
        "barrow-bench",
    ] {
        web.extend(["--package", package]);
    }
    run(".", &[&web[..], &deny].concat())
}

fn node_modules() -> Result<(), Failure> {
    let written = |path: &str| std::fs::metadata(root().join(path)).and_then(|file| file.modified()).ok();
    // What npm notes at its end is older than a list that has since changed.
    if written("tests/node_modules/.package-lock.json") > written("tests/package-lock.json") {
        return Ok(());
    }
    run("tests", &["npm", "ci", "--no-audit", "--no-fund"])
}

impl Suite {
    fn run(&self) -> Count {
        match &self.what {
            Step(step) => match step() {
                Ok(()) => Count { passed: 1, ..Count::default() },
                Err(Failure(why)) => {
                    eprintln!("{}: {why}", self.name);
                    Count { failed: 1, ..Count::default() }
                }
            },
            Counted(dir, line) => counted(self.name, command(dir, line)),
        }
    }
}

fn counted(name: &str, mut command: Command) -> Count {
    if command.get_program() == "wasm-pack" {
        // wasm-pack would download a driver that it is not told of; told of both, it takes the one that was not asked for.
        let chrome = command.get_args().any(|arg| arg == "--chrome");
        let (variable, driver) = if chrome { ("CHROMEDRIVER", "chromedriver") } else { ("GECKODRIVER", "geckodriver") };
        command.env(variable, which(driver)).env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    }
    let mut count = Count::default();
    let ended = watch(command, |line| count.add(line));
    let fine = ended.unwrap_or_else(|Failure(why)| {
        eprintln!("{name}: {why}");
        false
    });
    if (!fine && count.failed == 0) || (fine && count.passed == 0) {
        eprintln!("{name}: ended without a full count");
        count.failed += 1;
    }
    count
}

fn which(program: &str) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.exists())
        .map_or_else(|| program.to_owned(), |file| file.to_string_lossy().into_owned())
}

impl Count {
    /// Adds the closing line of a runner: cargo's and wasm-pack's `test result:`, TAP's `# pass N`, or `N passed, N failed`.
    fn add(&mut self, line: &str) {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result: ") {
            for part in rest.split([';', '.']) {
                let mut words = part.split_whitespace();
                if let (Some(Ok(n)), Some(word)) = (words.next().map(str::parse::<u64>), words.next()) {
                    self.add_word(n, word);
                }
            }
        } else if let Some(rest) = line.strip_prefix("# ") {
            if let Some((word, n)) = rest.split_once(' ')
                && let Ok(n) = n.parse()
            {
                self.add_word(n, word);
            }
        } else if line.contains(" passed, ") && line.ends_with(" failed") {
            for part in line.split(", ") {
                if let Some((n, word)) = part.split_once(' ')
                    && let Ok(n) = n.parse()
                {
                    self.add_word(n, word);
                }
            }
        }
    }

    fn add_word(&mut self, n: u64, word: &str) {
        match word {
            "passed" | "pass" => self.passed += n,
            "failed" | "fail" | "cancelled" => self.failed += n,
            "ignored" | "skipped" | "todo" => self.skipped += n,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runners_closing_line_is_counted() {
        let cases = [
            ("test result: ok. 12 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.1s", (12, 1, 2)),
            ("# pass 7", (7, 0, 0)),
            ("# fail 2", (0, 2, 0)),
            ("# cancelled 1", (0, 1, 0)),
            ("# skipped 3", (0, 0, 3)),
            ("100 passed, 0 failed", (100, 0, 0)),
            ("# tests 9", (0, 0, 0)),
            ("nothing passed, all failed", (0, 0, 0)),
        ];
        for (line, want) in cases {
            let mut count = Count::default();
            count.add(line);
            assert_eq!((count.passed, count.failed, count.skipped), want, "{line}");
        }
    }
}
