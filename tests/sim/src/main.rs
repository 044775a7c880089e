//! `barrow-sim`: runs the fleet simulator.

use std::{
    process::ExitCode,
    rc::Rc,
    time::{Duration, Instant},
};

use barrow_sim::{KeyRing, Options, Sabotage, run};

/// `NAMES` stands for the bugs that can be put in.
const HELP: &str = "\
barrow-sim: runs a fleet of tills and a server on virtual disks, clocks and networks, and checks that no sale is lost.

  --seed N          run one seed, and print what happened in it
  --seeds A..B      run the seeds A up to, but not including, B
  --for-seconds S   run seeds from --from on for S seconds
  --from N          the first seed of --for-seconds (default 1)
  --tills K         tills in the shop (default 3)
  --steps S         things that people do before everything heals (default 140)
  --sabotage NAME   put a bug in, to see that it is found: one of
NAMES
  --verbose         print every event
";

/// What is to be run.
enum Which {
    Seeds(std::ops::Range<u64>),
    For(Duration, u64),
}

fn main() -> ExitCode {
    match parse(std::env::args().skip(1)) {
        Ok(Some((which, options))) => simulate(&which, &options),
        Ok(None) => {
            print!("{}", help());
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("{sentence}\n\n{}", help());
            ExitCode::from(2)
        }
    }
}

fn simulate(which: &Which, options: &Options) -> ExitCode {
    let begun = Instant::now();
    let ring = Rc::new(KeyRing::default());
    let (seeds, until) = match which {
        Which::Seeds(seeds) => (seeds.clone(), None),
        Which::For(time, from) => (*from..u64::MAX, Some(*time)),
    };
    let alone = seeds.end - seeds.start == 1;
    let (mut passed, mut failed, mut paid, mut requests) = (0u64, 0u64, 0u64, 0u64);
    for seed in seeds {
        if until.is_some_and(|time| begun.elapsed() >= time) {
            break;
        }
        match run(&Options { seed, ..options.clone() }, &ring) {
            Ok(tally) => {
                passed += 1;
                paid += tally.paid;
                requests += tally.requests;
                if alone {
                    println!("{tally:#?}");
                }
            }
            Err(failure) => {
                failed += 1;
                eprintln!("{failure}");
                let bug = options.sabotage.map(|bug| format!(" --sabotage {bug:?}")).unwrap_or_default();
                eprintln!(
                    "replay: cargo run -p barrow-sim -- --seed {seed} --tills {} --steps {}{bug} --verbose\n",
                    options.tills, options.steps
                );
            }
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{paid} paid sales, {requests} requests, {:.1} seeds/s", (passed + failed) as f64 / seconds);
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<(Which, Options)>, String> {
    let mut options = Options::new(1);
    let (mut seeds, mut time, mut from) = (1..2, None, 1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--seed" => {
                let seed: u64 = number(&value()?)?;
                seeds = seed..seed.checked_add(1).ok_or("that seed is too large")?;
            }
            "--seeds" => {
                let range = value()?;
                let (low, high) = range.split_once("..").ok_or("--seeds needs A..B")?;
                seeds = number(low)?..number(high)?;
                if seeds.is_empty() {
                    return Err("--seeds needs A..B with A below B".into());
                }
            }
            "--for-seconds" => time = Some(Duration::from_secs(number(&value()?)?)),
            "--from" => from = number(&value()?)?,
            "--tills" => options.tills = number(&value()?)?,
            "--steps" => options.steps = number(&value()?)?,
            "--sabotage" => {
                let name = value()?;
                let found = Sabotage::ALL.into_iter().find(|bug| format!("{bug:?}") == name);
                options.sabotage = Some(found.ok_or(format!("{name} is not a bug that can be put in"))?);
            }
            "--verbose" => options.verbose = true,
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("{other} is not known here")),
        }
    }
    if options.tills == 0 {
        return Err("there must be at least one till".into());
    }
    Ok(Some((time.map_or(Which::Seeds(seeds), |time| Which::For(time, from)), options)))
}

fn help() -> String {
    let names: Vec<String> = Sabotage::ALL.iter().map(|bug| format!("                      {bug:?}")).collect();
    HELP.replace("NAMES", &names.join("\n"))
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text} is not a number that fits here"))
}
