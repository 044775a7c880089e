//! `barrow-fuzz --for-seconds N [TARGET…]`: runs every fuzz target, or those named, for about N seconds in all.
//! `barrow-fuzz --each-seconds N [TARGET…]`: for about N seconds each, as many at a time as there are cores, each in a process of its own.
//!
//! Each target first gets every file of `corpus/<target>/` as it is, then changed ones: bytes set, flipped, cut off, put in and
//! doubled, which is what bolero's engine generates and, if something breaks, shrinks. What breaks is printed with the seed that
//! repeats it; its bytes belong in the corpus.

mod targets;

use std::{
    cell::Cell,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::{Command, ExitCode},
    sync::Mutex,
    thread,
    time::Duration,
};

use targets::{TARGETS, Target};

/// One change: what, where, with which byte.
type Edit = (u8, u16, u8);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut seconds, mut each, mut names) = (60, false, Vec::new());
    while let Some(argument) = arguments.next() {
        if argument == "--for-seconds" || argument == "--each-seconds" {
            let Some(number) = arguments.next().and_then(|number| number.parse().ok()) else { return usage() };
            seconds = number;
            each = argument == "--each-seconds";
        } else {
            names.push(argument);
        }
    }
    let chosen: Vec<&Target> =
        TARGETS.iter().filter(|target| names.is_empty() || names.iter().any(|name| name == target.name)).collect();
    let Some(time) = u32::try_from(chosen.len()).ok().and_then(|count| Duration::from_secs(seconds).checked_div(count)) else {
        return usage();
    };
    let failed = if each { in_processes(&chosen, seconds) } else { here(&chosen, time) };
    println!("{} passed, {failed} failed", chosen.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs them one after the other; gives how many failed.
fn here(chosen: &[&Target], time: Duration) -> usize {
    let mut failed = 0;
    for target in chosen {
        match fuzz(target, time) {
            Ok(inputs) => println!("{}: {inputs} inputs", target.name),
            Err(why) => {
                failed += 1;
                println!("{}: {why}", target.name);
            }
        }
    }
    failed
}

/// Runs each in a process of its own, one on each core; gives how many failed.
fn in_processes(chosen: &[&Target], seconds: u64) -> usize {
    let waiting = Mutex::new(chosen.iter());
    let failed = Mutex::new(0);
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
    let work = || {
        while let Some(target) = next() {
            let seconds = seconds.to_string();
            let ended = std::env::current_exe()
                .and_then(|program| Command::new(program).args(["--for-seconds", &seconds, target.name]).output());
            let (fine, said) = match ended {
                Ok(output) => (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()),
                Err(why) => (false, why.to_string()),
            };
            let about: Vec<&str> = said.lines().filter(|line| !line.contains(" passed, ")).collect();
            println!("{}", about.join("\n"));
            if !fine && let Ok(mut failed) = failed.lock() {
                *failed += 1;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    failed.into_inner().unwrap_or(chosen.len())
}

fn usage() -> ExitCode {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    eprintln!("usage: barrow-fuzz [--for-seconds N] [TARGET…]; there are: {}", names.join(" "));
    ExitCode::FAILURE
}

/// How many inputs were tried, or what was found.
fn fuzz(target: &Target, time: Duration) -> Result<u64, String> {
    let corpus = corpus(target.name).map_err(|error| format!("its corpus cannot be read: {error}"))?;
    let inputs = Cell::new(0);
    let broke = |_| "something does not hold, see above".to_owned();
    let run = AssertUnwindSafe(|| {
        // Without anything that is accepted, the changes would all fail at the first check.
        let accepted = corpus.iter().filter(|bytes| (target.run)(bytes)).count();
        inputs.set(corpus.len() as u64);
        assert!(accepted > 0, "nothing in the corpus is accepted");
        generate(time, &corpus, &|bytes| {
            inputs.set(inputs.get() + 1);
            (target.run)(bytes);
        });
    });
    catch_unwind(run).map_err(broke)?;
    Ok(inputs.get())
}

fn generate(time: Duration, corpus: &[Vec<u8>], run: &dyn Fn(&[u8])) {
    // The engine wants closures that a panic cannot leave half done; what is captured here is only read and counted.
    let run = AssertUnwindSafe(run);
    bolero::check!().with_type::<(u8, Vec<Edit>)>().with_test_time(time).for_each(|(seed, edits)| {
        let run = &run;
        run(&changed(corpus, *seed, edits));
    });
}

/// One file of the corpus with some changes.
fn changed(corpus: &[Vec<u8>], seed: u8, edits: &[Edit]) -> Vec<u8> {
    let mut bytes = corpus.get(usize::from(seed) % corpus.len()).cloned().unwrap_or_default();
    for (what, at, with) in edits.iter().take(8) {
        let at = usize::from(*at) % (bytes.len() + 1);
        match (what % 8, bytes.get_mut(at)) {
            (0 | 1, Some(byte)) => *byte = *with,
            (2 | 3, Some(byte)) => *byte ^= 1 << (with % 8),
            (4, _) => bytes.truncate(at),
            (5, _) => bytes.insert(at, *with),
            (6, Some(_)) => drop(bytes.remove(at)),
            (7, _) => bytes.extend_from_within(at..),
            _ => bytes.push(*with),
        }
        // Twice what any parser takes is enough.
        bytes.truncate(32 * 1024);
    }
    bytes
}

fn corpus(name: &str) -> io::Result<Vec<Vec<u8>>> {
    let mut paths: Vec<_> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    paths.into_iter().map(std::fs::read).collect()
}
