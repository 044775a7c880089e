//! A handful of seeds that must pass, and that a seed is one run. Many more run by `barrow-sim --for-seconds`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{collections::BTreeMap, rc::Rc};

use barrow_sim::{KeyRing, Options, run};

#[test]
fn no_sale_is_lost_or_doubled() {
    let ring = Rc::new(KeyRing::default());
    let (mut paid, mut faults) = (0, BTreeMap::<&str, u64>::new());
    for seed in 1..=16 {
        let tally = run(&Options::new(seed), &ring).unwrap_or_else(|failure| panic!("{failure}"));
        paid += tally.paid;
        for (fault, times) in tally.faults {
            *faults.entry(fault).or_default() += times;
        }
    }
    assert!(paid > 300, "too little happened: {paid} paid sales");
    for fault in
        ["answer lost", "doubled", "delayed", "cut", "crash in a commit", "IndexedDB wiped", "server restored", "bad record"]
    {
        assert!(faults.contains_key(fault), "{fault} never happened in {faults:?}");
    }
}

#[test]
fn one_seed_is_one_run() {
    let ring = Rc::new(KeyRing::default());
    let first = run(&Options::new(7), &ring).unwrap();
    assert_eq!(run(&Options::new(7), &Rc::new(KeyRing::default())).unwrap(), first);
    assert_ne!(run(&Options::new(8), &ring).unwrap().trace, first.trace);
}

#[test]
fn one_till_alone_and_a_market_of_eight() {
    let ring = Rc::new(KeyRing::default());
    for (tills, steps) in [(1, 60), (8, 160)] {
        let options = Options { tills, steps, ..Options::new(3) };
        run(&options, &ring).unwrap_or_else(|failure| panic!("{failure}"));
    }
}
