//! A checker that never failed proves nothing: each bug that is put in must be found, and called by its name.
//!
//! Numbers are rows of the list of known failures.
#![allow(clippy::panic, reason = "tests")]

use std::rc::Rc;

use barrow_sim::{KeyRing, Options, Sabotage, run};

/// Runs seeds until one finds the bug, and compares what it says.
fn found(bug: Sabotage, says: &[&str]) {
    let ring = Rc::new(KeyRing::default());
    for seed in 1..=80 {
        if let Err(failure) = run(&Options { sabotage: Some(bug), ..Options::new(seed) }, &ring) {
            assert!(says.iter().any(|part| failure.what.contains(part)), "{bug:?} was found as something else: {failure}");
            assert!(!failure.events.is_empty());
            return;
        }
    }
    panic!("{bug:?} was never found");
}

const LOST: [&str; 5] =
    ["on no tablet any more", "never reached the server", "are not acknowledged", "not among its sales", "nothing explains it"];

macro_rules! finds {
    ($($name:ident: $bug:ident, $says:expr;)*) => {
        $(#[test] fn $name() { found(Sabotage::$bug, &$says); })*

        #[test]
        fn every_bug_has_its_test() {
            assert_eq!([$(Sabotage::$bug),*], Sabotage::ALL);
        }
    };
}

finds! {
    an_acknowledged_entry_that_is_not_stored: ServerDropsAcknowledged, LOST;
    row_03_and_04_a_record_that_counts_twice: ServerCountsTwice, ["counted twice"];
    row_06_and_36_a_fork_where_the_later_wins: ServerOverwritesForks, LOST;
    an_anomaly_without_an_alert: ServerRaisesNoAlerts, ["raised no alert"];
    row_13_a_bad_record_that_blocks_the_rest: ServerBlocksOnBadRecord, ["are not acknowledged"];
    a_total_that_is_a_cent_off: ServerMiscounts, ["the server counts"];
    an_entry_that_was_changed: ServerAltersEntries, ["the audit finds altered"];
    row_37_a_restore_that_nobody_is_told_of: ServerForgetsItsEpoch, LOST;
    rows_11_15_and_16_any_200_clears_the_outbox: TillTrustsPlain200, LOST;
    an_acknowledgement_that_somebody_else_signed: TillTrustsAnySignature, LOST;
    an_old_acknowledgement_that_is_played_again: TillTakesStaleAcks, ["un-acknowledged"];
    what_is_in_no_backup_and_is_purged: TillPurgesBeforeSafe, LOST;
    rows_01_and_02_paid_before_it_is_on_both_disks: TillShowsPaidTooSoon, ["shown as paid before both disks"];
    rows_17_and_21_a_till_that_stops_trying: TillGivesUp, ["not settled"];
    row_20_a_till_that_hammers_the_server: TillNeverPauses, ["hammers"];
    row_26_a_black_box_that_is_not_read: TillIgnoresBlackBox, ["on no tablet any more", "never reached the server", "nothing explains it", "lost its own entry"];
    a_recovery_that_cannot_reckon_with_what_it_found: BlackBoxWithoutRows, ["running turnover", "Z report", "sold twice", "nothing explains it", "reckons a turnover"];
    a_rotation_that_forgets_where_the_journal_ends: BlackBoxWithoutBase, ["lost its own entry", "nothing explains it"];
    row_36_a_copy_that_takes_itself_for_the_till: TillIgnoresForks, LOST;
}
