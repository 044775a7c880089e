//! The virtual clock, and what happens next.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    rc::Rc,
};

use barrow_core::ids::{Epoch, TillId};

use crate::{
    Broken, KeyRing, Sabotage,
    dice::Dice,
    must,
    network::{HttpAnswer, Request},
    oracle::Oracle,
    server::Server,
    tablet::Tablet,
};

/// What a run is made of. The same options give the same run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source of all chance.
    pub seed: u64,
    /// How many tills there are at first.
    pub tills: usize,
    /// How many things people do before the network heals.
    pub steps: u32,
    /// A bug to put in.
    pub sabotage: Option<Sabotage>,
    /// Print each event as it happens.
    pub verbose: bool,
}

impl Options {
    /// Three tills and 140 steps.
    pub fn new(seed: u64) -> Options {
        Options { seed, tills: 3, steps: 140, sabotage: None, verbose: false }
    }
}

/// What a good run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Entries that the server holds in the end.
    pub entries: u64,
    /// Sales that were shown as paid.
    pub paid: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// Virtual time, milliseconds.
    pub virtual_ms: u64,
    /// The faults that were thrown in, by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// A hash over all events: two runs with the same trace were the same run.
    pub trace: u64,
}

/// A run in which a rule was broken.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Run this seed again with the same options.
    pub seed: u64,
    /// The rule, in one sentence.
    pub what: String,
    /// The last events before it.
    pub events: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.what)?;
        writeln!(f, "last events:")?;
        self.events.iter().try_for_each(|event| writeln!(f, "  {event}"))
    }
}

/// Runs one seed to its end.
///
/// # Errors
/// [`Failure`] at the first rule that does not hold.
pub fn run(options: &Options, ring: &Rc<KeyRing>) -> Result<Tally, Failure> {
    let mut world = World::new(options.clone(), Rc::clone(ring));
    world.live().map_err(|broken| Failure { seed: options.seed, what: broken.0, events: world.log.iter().cloned().collect() })?;
    Ok(Tally {
        entries: world.server.db.journals.values().map(|journal| journal.entries.len() as u64).sum(),
        paid: world.oracle.written.iter().filter(|entry| entry.paid).count() as u64,
        requests: world.requests,
        virtual_ms: world.now,
        faults: world.oracle.faults,
        trace: world.trace,
    })
}

/// Everything there is.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) ring: Rc<KeyRing>,
    pub(crate) dice: Dice,
    /// Milliseconds since the run began.
    pub(crate) now: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    order: u64,
    pub(crate) tablets: Vec<Tablet>,
    pub(crate) server: Server,
    pub(crate) oracle: Oracle,
    /// From when on nothing goes wrong any more.
    pub(crate) healed_at: Option<u64>,
    pub(crate) server_down_until: u64,
    /// Of the newest request that the server has seen of an epoch: its order of sending.
    pub(crate) seen: BTreeMap<(TillId, Epoch), u64>,
    pub(crate) enrolments: usize,
    pub(crate) requests: u64,
    steps_left: u32,
    log: VecDeque<String>,
    trace: u64,
}

/// What can happen. `start` tells one opening of a page from the next.
pub(crate) enum Happening {
    Act(usize),
    Sync { tablet: usize, start: u64, turn: u64 },
    Arrive(Request),
    Answer { tablet: usize, start: u64, request: u64, answer: HttpAnswer },
    TimedOut { tablet: usize, start: u64, request: u64 },
    Mishap,
    BackUp,
}

/// The run begins in January 2027.
const EPOCH_MS: i64 = 1_800_000_000_000;
const LOG_LINES: usize = 60;
/// In this virtual time every outbox has to be empty after the network healed: many times the longest pause that a till makes
/// or the simulated network asks for (two minutes).
const SETTLE_MS: u64 = 40 * 60_000;

impl World {
    pub(crate) fn new(options: Options, ring: Rc<KeyRing>) -> World {
        World {
            dice: Dice::new(options.seed),
            now: 0,
            queue: BTreeMap::new(),
            order: 0,
            tablets: (1..=options.tills as u64).map(|n| Tablet::new(TillId(n))).collect(),
            server: Server::new(Rc::clone(&ring), options.sabotage),
            oracle: Oracle::default(),
            healed_at: None,
            server_down_until: 0,
            seen: BTreeMap::new(),
            enrolments: 0,
            requests: 0,
            steps_left: options.steps,
            log: VecDeque::new(),
            trace: 0xcbf2_9ce4_8422_2325,
            options,
            ring,
        }
    }

    pub(crate) fn live(&mut self) -> Result<(), Broken> {
        for tablet in 0..self.tablets.len() {
            let at = self.dice.below(5_000);
            self.later(at, Happening::Act(tablet));
        }
        self.later(20_000, Happening::Mishap);
        self.later(60_000, Happening::BackUp);
        while self.steps_left > 0 {
            self.next()?;
        }
        self.heal();
        self.settle()?;
        // Every till that is in use sells once more: nothing that happened may have stopped one for good.
        for tablet in 0..self.tablets.len() {
            self.sell_once(tablet)?;
        }
        self.settle()?;
        self.check_end()
    }

    /// Queues something `in_ms` from now.
    pub(crate) fn later(&mut self, in_ms: u64, what: Happening) {
        self.order += 1;
        self.queue.insert((self.now + in_ms, self.order), what);
    }

    pub(crate) fn fair(&self) -> bool {
        self.healed_at.is_some()
    }

    /// The server's clock, milliseconds since 1970.
    pub(crate) fn true_ms(&self) -> i64 {
        EPOCH_MS + self.now as i64
    }

    /// A tablet's clock, milliseconds since 1970.
    pub(crate) fn clock_ms(&self, tablet: usize) -> i64 {
        self.true_ms() + self.tablets[tablet].clock_offset_ms
    }

    /// Writes an event down.
    pub(crate) fn note(&mut self, event: fmt::Arguments<'_>) {
        let line = format!("{:>9.3} {event}", self.now as f64 / 1000.0);
        for byte in line.bytes() {
            self.trace = (self.trace ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
        if self.options.verbose {
            println!("{line}");
        }
        if self.log.len() == LOG_LINES {
            self.log.pop_front();
        }
        self.log.push_back(line);
    }

    fn next(&mut self) -> Result<(), Broken> {
        let Some(((at, _), what)) = self.queue.pop_first() else {
            return Err(Broken("nothing is left to happen".into()));
        };
        self.now = at;
        match what {
            Happening::Act(tablet) => {
                if !self.fair() {
                    self.steps_left = self.steps_left.saturating_sub(1);
                    self.act(tablet)?;
                    let pause = self.dice.between(500, 30_000);
                    self.later(pause, Happening::Act(tablet));
                }
            }
            Happening::Sync { tablet, start, turn } => return self.sync(tablet, start, turn),
            Happening::Arrive(request) => self.arrive(request)?,
            Happening::Answer { tablet, start, request, answer } => self.answered(tablet, start, request, Some(answer))?,
            Happening::TimedOut { tablet, start, request } => self.answered(tablet, start, request, None)?,
            Happening::Mishap => {
                if !self.fair() {
                    self.mishap()?;
                    let pause = self.dice.between(5_000, 60_000);
                    self.later(pause, Happening::Mishap);
                }
            }
            Happening::BackUp => {
                self.back_up();
                let pause = self.dice.between(60_000, 400_000);
                self.later(pause, Happening::BackUp);
            }
        }
        self.check_step()
    }

    fn back_up(&mut self) {
        self.server.back_up();
        self.mark_settled();
        self.note(format_args!("server: backup"));
    }

    /// Notes which entries the server's newest backup holds.
    pub(crate) fn mark_settled(&mut self) {
        if let Some(backup) = self.server.backups.last() {
            for entry in &mut self.oracle.written {
                entry.settled = backup.hashes.contains(&entry.hash);
            }
        }
    }

    fn heal(&mut self) {
        self.note(format_args!("everything heals"));
        self.healed_at = Some(self.now);
        self.server_down_until = 0;
        self.server.revoked.clear();
        for tablet in &mut self.tablets {
            tablet.heal();
        }
    }

    /// Lets time pass until every entry of every tablet is acknowledged by the server as it is now.
    fn settle(&mut self) -> Result<(), Broken> {
        let (since, deadline) = (self.now, self.now + SETTLE_MS);
        loop {
            for tablet in 0..self.tablets.len() {
                self.care(tablet)?;
            }
            let restless = (0..self.tablets.len()).find_map(|tablet| self.restless(tablet, since).map(|why| (tablet, why)));
            let Some((tablet, why)) = restless else { return Ok(()) };
            must(self.now < deadline, || {
                format!("tablet {tablet} is not settled {SETTLE_MS} ms after the network healed: {why}")
            })?;
            self.next()?;
        }
    }
}
