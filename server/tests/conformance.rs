//! What tills and the office may rely on, on SQLite and on PostgreSQL alike. Rows are those of failures.md.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

#[path = "conformance/cards.rs"]
mod cards;
#[path = "conformance/customers.rs"]
mod customers;
#[path = "conformance/gifts.rs"]
mod gifts;
#[path = "conformance/mails.rs"]
mod mails;
#[path = "conformance/office.rs"]
mod office;
#[path = "conformance/pictures.rs"]
mod pictures;
#[path = "conformance/receipts.rs"]
mod receipts;
#[path = "conformance/refunds.rs"]
mod refunds;
#[path = "conformance/stock.rs"]
mod stock;

use std::{panic, sync::Arc, thread};

use barrow_core::{
    bytes::{Blob, Hash},
    config::TillState,
    ids::{Epoch, Seq, StaffId, TillId},
    journal::{Body, Draft},
    money::Minor,
    sale::Totals,
    wire::{BODY_BYTES_MAX, Batch, Record},
};
use barrow_sealing::{
    cbor,
    cose::{Domain, SigningKey},
    outbox::Suite,
};
use cards::*;
use customers::*;
use gifts::*;
use mails::*;
use office::*;
use pictures::*;
use receipts::*;
use refunds::*;
use stock::*;
use support::{
    Answer, Backend, Place, Server, agent,
    postgres::Cluster,
    till::{AskPin, Till, as_other_till, enrol_with, post, random, sale},
    write,
};

macro_rules! conformance {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name(&super::Backend::Sqlite);
            })*
        }

        const CASES: &[(&str, fn(&Backend))] = &[$((stringify!($name), $name)),*];
    };
}

conformance!(
    enrolment_gives_a_root_and_a_configuration,
    enrolment_code_wrong_used_and_asked_again,
    enrolment_tries_are_limited,
    enrolment_key_must_be_a_key,
    first_pin_gives_the_same_journal_key_to_everybody,
    first_pin_codes_are_bound_and_used_once,
    row_3_4_a_sale_that_is_sent_twice_is_there_once,
    row_6_36_a_fork_is_quarantined_and_nothing_is_lost,
    row_8_9_a_sale_for_a_closed_shift_is_taken_as_late,
    row_11_a_batch_that_was_cut_off_goes_on_where_it_stopped,
    row_13_bad_records_at_the_head_hold_nothing_up,
    row_14_a_body_that_is_too_large_is_answered_413,
    row_36_a_restored_tablet_is_noticed,
    row_38_a_clock_ten_years_off_is_taken_and_told,
    a_gap_is_named_and_filled_late,
    garbage_is_refused_and_changes_nothing,
    requests_must_be_signed_by_the_till_itself,
    an_old_protocol_version_is_taken,
    row_5_7_the_same_batch_on_six_connections_is_there_once,
    records_sealed_by_x_wing_are_opened,
    many_tills_at_once,
    a_revoked_till_delivers_and_sells_no_more,
    an_old_epochs_black_box_is_handed_in,
    pictures_reach_the_tills_and_go,
    a_fenced_tablet_is_marked_as_clone,
    wrong_totals_are_reckoned_again,
    configuration_has_versions_that_only_go_up,
    kill_minus_9_after_the_acknowledgement_loses_nothing,
    a_restart_keeps_codes_keys_and_sessions,
    the_office_sees_what_was_sold,
    the_office_is_closed_to_strangers,
    rules_reach_the_tills,
    the_counter_is_changed_a_part_at_a_time,
    rules_that_cannot_be_are_refused,
    people_come_and_go,
    the_last_manager_stays,
    codes_from_the_office_are_bound_to_a_till,
    only_the_offices_own_page_writes,
    the_audit_trail_is_filtered_and_paged,
    the_audit_trail_is_exported,
    the_offices_own_changes_are_in_the_trail,
    a_voided_sale_is_voided_once,
    a_void_may_come_before_its_sale,
    two_peoples_sales_carry_their_names,
    discounts_are_reckoned_again,
    refunds_are_listed_and_sums_are_net_of_them,
    the_same_goods_come_back_once_across_tills,
    a_card_gets_back_what_it_paid,
    every_till_learns_the_keys_of_the_others,
    a_receipt_speaks_for_a_sale_that_has_not_arrived,
    what_no_till_has_signed_is_flagged,
    a_card_that_was_given_back_elsewhere_is_not_asked_for,
    a_logo_reaches_the_tills_and_goes_again,
    a_receipts_link_opens_once_the_sale_has_arrived,
    a_receipts_page_and_letter_show_what_the_paper_shows,
    an_exchange_is_a_refund_and_a_sale_that_belong_together,
    stock_of_all_tills_is_added_up_whatever_comes_when,
    a_void_that_comes_before_its_sale_moves_as_much,
    a_till_is_told_levels_with_what_of_its_own_is_in_them,
    a_count_loses_no_sale_of_another_till,
    the_office_receives_and_corrects,
    customers_of_several_tills_are_one_person,
    nothing_is_left_of_a_customer_who_was_erased,
    two_customers_are_made_one_by_hand,
    what_does_not_fit_its_digest_is_no_customers_data,
    a_gift_cards_balance_is_the_sum_of_all_tills_entries,
    a_void_moves_a_card_once_also_before_its_sale,
    what_is_overdrawn_unknown_or_blocked_is_told,
    gifts_and_tips_are_no_turnover,
    a_receipt_goes_out_once_and_the_address_is_forgotten,
    what_a_mail_server_refuses_is_told_and_can_be_tried_again,
    an_address_that_is_not_the_entrys_is_not_used,
    open_and_closed_shifts_are_shown,
    row_41_a_payment_is_asked_for_once_and_told_until_the_till_has_it,
    row_41_an_answer_that_was_lost_charges_nobody_twice,
    row_41_a_processor_that_is_away_and_a_restart_lose_and_double_nothing,
    row_41_several_servers_ask_once,
    what_is_no_answer_is_asked_again,
    a_void_before_it_was_asked_for_cancels_the_payment,
    a_void_afterwards_takes_the_payment_back,
    a_void_while_nobody_knows_takes_the_payment_back,
    a_payment_that_is_not_the_sales_is_held,
    a_sale_in_quarantine_is_not_charged,
    a_decline_is_told_and_answered,
    what_the_processor_refuses_is_held,
    the_processors_keys_and_hot_list_reach_the_tills,
    a_wrong_reader_is_told,
    a_days_terminal_payments_are_held_against_the_terminals_own_total,
    card_rules_and_pinned_readers_reach_the_tills,
    the_office_finds_card_payments,
    what_is_answered_is_what_is_described,
    pages_and_headers,
);

/// The same on PostgreSQL, one database a case.
#[test]
fn on_postgresql() {
    let Some(mut cluster) = Cluster::start() else {
        eprintln!("skipped: PostgreSQL is not installed here");
        return;
    };
    let failed: Vec<&str> = CASES
        .iter()
        .filter(|(name, case)| {
            let backend = Backend::Postgres { url: cluster.database() };
            eprintln!("postgresql: {name}");
            panic::catch_unwind(|| case(&backend)).is_err()
        })
        .map(|(name, _)| *name)
        .collect();
    assert!(failed.is_empty(), "on PostgreSQL: {failed:?}");
}

fn enrolled(backend: &Backend) -> (Server, Till) {
    let server = Server::start(backend);
    let till = Till::enrol(&server, &server.codes().enrol);
    (server, till)
}

fn enrolment_gives_a_root_and_a_configuration(backend: &Backend) {
    let server = Server::start(backend);
    assert_eq!(server.office().get("tills")[0]["state"], "waiting");
    let typed = format!(" {} ", server.codes().enrol.to_lowercase().replace('-', ""));
    let till = Till::enrol(&server, &typed);
    assert_eq!((till.record.till, till.record.epoch), (TillId(1), Epoch(1)));
    assert_eq!(till.record.seal_keys.iter().map(|key| (key.suite, key.key.0.len())).collect::<Vec<_>>(), [(1, 32), (2, 1216)]);
    let config = &till.config;
    assert!(config.products.len() >= 200 && config.categories.len() >= 8);
    assert_eq!(config.staff.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Cashier", "Supervisor", "Manager"]);
    assert_eq!((config.taxes.len(), config.state), (2, TillState::Active));
    let tills = server.office().get("tills");
    assert_eq!((tills[0]["state"].as_str(), tills[0]["epoch"].as_u64()), (Some("active"), Some(1)));
}

fn enrolment_code_wrong_used_and_asked_again(backend: &Backend) {
    let server = Server::start(backend);
    let (key, other) = (SigningKey::generate(&mut random), SigningKey::generate(&mut random));
    for wrong in ["", "AAAA-AAAA", "no code at all", &"A".repeat(1000)] {
        enrol_with(&server, wrong, &key).is_problem(403, "/problems/enrol-code-wrong");
    }
    let code = server.codes().enrol;
    let first = enrol_with(&server, &code, &key);
    assert_eq!(first.status, 200);
    // The answer was lost: the same tablet asks again, and is the same till in the same life.
    let again = enrol_with(&server, &code, &key);
    let (first, again) = (Till::from_reply(&server, key.clone(), &first.body), Till::from_reply(&server, key, &again.body));
    assert_eq!(first.record, again.record);
    assert_eq!(first.head, again.head);
    enrol_with(&server, &code, &other).is_problem(409, "/problems/enrol-code-used");
}

fn enrolment_tries_are_limited(backend: &Backend) {
    let server = Server::start(backend);
    let key = SigningKey::generate(&mut random);
    for _ in 0..10 {
        enrol_with(&server, "AAAA-AAAA", &key).is_problem(403, "/problems/enrol-code-wrong");
    }
    let answer = enrol_with(&server, &server.codes().enrol, &key);
    answer.is_problem(429, "/problems/too-many-tries");
    assert!((1..=61).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
}

fn enrolment_key_must_be_a_key(backend: &Backend) {
    let server = Server::start(backend);
    let code = server.codes().enrol;
    for bytes in [vec![], vec![4; 65], vec![0; 65], vec![4; 64]] {
        let ask = barrow_core::wire::EnrolRequest { v: 1, code: code.clone(), till_key: Blob(bytes) };
        post(&server, "/v1/enrol", &cbor::to_vec(&ask).unwrap()).is_problem(400, "/problems/malformed");
    }
    Till::enrol(&server, &code);
}

fn first_pin_gives_the_same_journal_key_to_everybody(backend: &Backend) {
    let (server, till) = enrolled(backend);
    let codes = server.codes().staff;
    let cashier = AskPin::new(1, &codes[0].1);
    let manager = AskPin::new(3, &codes[2].1.to_lowercase());
    let first = till.first_pin(&cashier);
    assert_eq!(till.journal_key(&cashier, &first), cashier.key, "the first proposal is kept");
    assert_eq!(till.journal_key(&manager, &till.first_pin(&manager)), cashier.key, "and everybody gets it");
    // The answer was lost: the same question again.
    assert_eq!(till.journal_key(&cashier, &till.first_pin(&cashier)), cashier.key);
    // Another question with the same code is somebody else.
    till.first_pin(&AskPin::new(1, &codes[0].1)).is_problem(409, "/problems/first-pin-code-used");
    // A new life has a key of its own.
    let next = server.place.codes(&["--till", "1"]);
    let new = Till::enrol(&server, &next.enrol);
    let supervisor = AskPin::new(2, &next.staff[1].1);
    assert_eq!(new.journal_key(&supervisor, &new.first_pin(&supervisor)), supervisor.key);
    till.first_pin(&AskPin::new(2, &next.staff[1].1)).is_problem(403, "/problems/till-fenced");
}

fn first_pin_codes_are_bound_and_used_once(backend: &Backend) {
    let (server, till) = enrolled(backend);
    let codes = server.codes().staff;
    let other = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    // Another person's code, a code for another till, an enrolment code, nonsense.
    till.first_pin(&AskPin::new(2, &codes[0].1)).is_problem(403, "/problems/first-pin-code-wrong");
    other.first_pin(&AskPin::new(1, &codes[0].1)).is_problem(403, "/problems/first-pin-code-wrong");
    till.first_pin(&AskPin::new(1, &server.codes().enrol)).is_problem(403, "/problems/first-pin-code-wrong");
    till.first_pin(&AskPin::new(1, "")).is_problem(403, "/problems/first-pin-code-wrong");
    // None of these used the code up.
    let right = AskPin::new(1, &codes[0].1);
    assert_eq!(till.journal_key(&right, &till.first_pin(&right)).len(), 32);
    for _ in 0..7 {
        till.first_pin(&AskPin::new(2, "AAAAA-AAAAA")).is_problem(403, "/problems/first-pin-code-wrong");
    }
    till.first_pin(&AskPin::new(2, &codes[1].1)).is_problem(429, "/problems/too-many-tries");
    // Others are not held up by this till's mistakes.
    let elsewhere = server.place.codes(&["--till", "2"]);
    let ask = AskPin::new(2, &elsewhere.staff[1].1);
    assert_eq!(other.first_pin(&ask).status, 200);
    // A proposal that is not sealed for this till is refused before the code is touched.
    let mut foreign = till.copy();
    foreign.record.shop.0 += 1;
    let third = &server.place.codes(&["--till", "2"]).staff[2].1;
    let mut other_shop = other.copy();
    other_shop.record.shop.0 += 1;
    other_shop.first_pin(&AskPin::new(3, third)).is_problem(400, "/problems/malformed");
    assert_eq!(other.first_pin(&AskPin::new(3, third)).status, 200);
}

fn row_3_4_a_sale_that_is_sent_twice_is_there_once(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    let sold = till.sell(240);
    let acks = [till.deliver(), till.deliver(), till.deliver()];
    for ack in acks {
        assert_eq!((ack.seq, ack.hash, ack.safe), (sold, till.head.hash, sold));
        assert_eq!((ack.state, ack.fenced, ack.server_epoch), (TillState::Active, false, 1));
    }
    assert_eq!(server.office().sale_ids(), ["1-1-2"]);
    assert_eq!(server.office().alerts(), Vec::<String>::new());
}

fn row_6_36_a_fork_is_quarantined_and_nothing_is_lost(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    till.sell(240);
    let mut copy = till.copy();
    till.sell(380);
    copy.sell(999);
    copy.sell(111);
    assert_eq!(till.deliver().hash, till.head.hash);
    let ack = copy.deliver();
    assert_eq!((ack.seq, ack.hash), (Seq(3), till.head.hash), "the copy hears that its branch is not the one");
    let again = copy.deliver_batch(&copy.batch(&copy.records[..3]));
    assert_eq!(again.seq, Seq(3));
    let office = server.office();
    let alerts = office.alerts();
    assert!(alerts.contains(&"fork@3".to_owned()) && alerts.contains(&"fork@4".to_owned()), "{alerts:?}");
    assert_eq!(alerts.iter().filter(|alert| alert.starts_with("fork")).count(), 2, "each told once: {alerts:?}");
    assert_eq!(office.sale_ids(), ["1-1-2", "1-1-3"]);
    let third = office.get("sales").into_iter().find(|sale| sale["seq"] == 3).unwrap();
    assert_eq!(third["total_minor"], 760, "the first to come stands");
    // The other one is not lost: it stands in the export, and verify names it.
    let file = server.place.path("journal");
    server.place.ok(&["export", "--till", "1", file.to_str().unwrap()]);
    let report = server.place.run(&["verify", file.to_str().unwrap()]);
    let text = String::from_utf8(report.stdout).unwrap();
    assert!(report.status.code() == Some(1) && text.contains("fork at seq 3") && text.contains("fork at seq 4"), "{text}");
}

fn row_8_9_a_sale_for_a_closed_shift_is_taken_as_late(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    till.sell(240);
    let shift = till.shift;
    till.close_shift();
    till.shift = shift;
    let late = till.sell(380);
    assert_eq!(till.deliver().seq, late);
    let office = server.office();
    assert_eq!(office.alerts(), ["late@4"]);
    let sales = office.get("sales");
    assert_eq!(sales.iter().map(|sale| sale["late"].as_bool().unwrap()).collect::<Vec<_>>(), [true, false], "newest first");
    let shifts = office.get("reports/shifts");
    assert_eq!((shifts[0]["counted_minor"].as_i64(), shifts[0]["difference_minor"].as_i64()), (Some(11_990), Some(-10)));
    assert_eq!((shifts[0]["closed_by"].as_str(), shifts[0]["id"].as_str()), (Some("Cashier"), Some("1-1-3")));
}

fn row_11_a_batch_that_was_cut_off_goes_on_where_it_stopped(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    for _ in 0..9 {
        till.sell(100);
    }
    let whole = cbor::to_vec(&till.batch(&till.records)).unwrap();
    till.post_bytes(&till.path("entries"), &whole[..whole.len() / 2]).is_problem(400, "/problems/malformed");
    assert_eq!(till.deliver_batch(&till.batch(&[])).seq, Seq(0), "half a batch is none");
    assert_eq!(till.deliver_batch(&till.batch(&till.records[..4])).seq, Seq(4));
    // Out of order: the middle is missing, and comes later.
    assert_eq!(till.deliver_batch(&till.batch(&till.records[6..])).seq, Seq(4));
    let ack = till.deliver_batch(&till.batch(&till.records[2..]));
    assert_eq!((ack.seq, ack.hash), (Seq(10), till.head.hash));
    assert_eq!(server.office().sale_ids().len(), 9);
    assert_eq!(server.office().alerts(), Vec::<String>::new());
}

fn row_13_bad_records_at_the_head_hold_nothing_up(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    // 1: the seal is broken. 2: not a record at all. 3: another's signature. 4: signed, but no entry. 5: an unknown kind. 6: whole.
    till.open_shift();
    let mut broken: Record = cbor::from_slice(&till.records[0].0).unwrap();
    *broken.ct.0.last_mut().unwrap() ^= 1;
    till.records[0] = Blob(cbor::to_vec(&broken).unwrap());
    till.sell(100);
    till.records[1] = Blob(b"garbage".to_vec());
    let stranger = SigningKey::generate(&mut random);
    let forge = |till: &mut Till, key: &SigningKey, payload: &[u8]| {
        let signed = key.sign_message(Domain::Journal, payload);
        let (seq, hash) = (till.head.seq.next(), Hash::of(&signed));
        till.push_sealed(seq, 0, hash, &signed);
        till.head.seq = seq;
        till.head.hash = hash;
    };
    let draft = Draft { at_ms: 0, staff: None, shift: None, body: Body::Sale(sale(100, 0)) };
    let entry = till.head.follow(draft);
    forge(&mut till, &stranger, &cbor::to_vec(&entry).unwrap());
    let own = till.key.clone();
    forge(&mut till, &own, b"\xa1\x61xnothing");
    let unknown = [("v", 1), ("shop", 1), ("till", 1), ("epoch", 1), ("seq", 5)];
    let unknown: std::collections::BTreeMap<_, _> = unknown.into_iter().collect();
    let mut payload = cbor::to_vec(&unknown).unwrap();
    // One more pair: {…, "kind": "from_the_future"}.
    payload[0] += 1;
    payload.extend(cbor::to_vec(&"kind").unwrap());
    payload.extend(cbor::to_vec(&"from_the_future").unwrap());
    forge(&mut till, &own, &payload);
    till.sell(300);

    for _ in 0..2 {
        let ack = till.deliver();
        assert_eq!((ack.seq, ack.hash), (Seq(6), till.head.hash));
    }
    let office = server.office();
    assert_eq!(office.sale_ids(), ["1-1-6"], "only what is whole is counted");
    let alerts = office.alerts();
    for wanted in ["bad-seal@1", "unreadable@2", "bad-signature@3", "unreadable@4", "unreadable@5"] {
        assert!(alerts.contains(&wanted.to_owned()), "{wanted} in {alerts:?}");
    }
    let kinds: Vec<_> = office.get("audit").iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["sale", "from_the_future", "unreadable", "sale", "unreadable", "unreadable"]);
}

fn row_14_a_body_that_is_too_large_is_answered_413(backend: &Backend) {
    let (_server, mut till) = enrolled(backend);
    till.open_shift();
    for size in [BODY_BYTES_MAX + 1, 4 * BODY_BYTES_MAX] {
        till.post_bytes(&till.path("entries"), &vec![0; size]).is_problem(413, "/problems/too-large");
    }
    let many = vec![till.records[0].clone(); 2001];
    till.post_batch(&till.batch(&many)).is_problem(413, "/problems/too-large");
    // What fits is only judged by what it says.
    till.post_bytes(&till.path("entries"), &vec![0; BODY_BYTES_MAX]).is_problem(400, "/problems/malformed");
    assert_eq!(till.deliver().seq, Seq(1));
}

fn row_36_a_restored_tablet_is_noticed(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    till.sell(100);
    let old = till.copy();
    till.sell(200);
    till.deliver();
    // A request that was held up on the way shows an old head, too, and is no alarm.
    old.deliver_batch(&old.batch(&[]));
    assert_eq!(server.office().alerts(), Vec::<String>::new());
    old.created_s.set(till.created_s.get() + 10);
    let ack = old.deliver_batch(&old.batch(&[]));
    assert_eq!((ack.seq, ack.hash), (Seq(3), till.head.hash), "the tablet sees that it is behind");
    assert_eq!(server.office().alerts(), ["rollback@2"]);
}

fn row_38_a_clock_ten_years_off_is_taken_and_told(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    const TEN_YEARS_MS: i64 = 3650 * 24 * 3600 * 1000;
    till.open_shift();
    till.clock_ms += TEN_YEARS_MS;
    till.created_s.set(4_000_000_000);
    till.sell(100);
    till.sell(100);
    till.deliver();
    till.clock_ms -= TEN_YEARS_MS;
    till.created_s.set(1_000_000_000);
    for _ in 0..3 {
        till.sell(200);
    }
    let ack = till.deliver();
    assert_eq!((ack.seq, ack.hash), (Seq(6), till.head.hash));
    assert_eq!(server.office().sale_ids().len(), 5);
    assert_eq!(server.office().alerts(), ["clock-ahead@2", "clock-back@4"], "each once, not at every sale");

    let mut slow = Till::enrol(&server, &server.place.codes(&["--new-till", "Slow"]).enrol);
    slow.clock_ms -= TEN_YEARS_MS;
    slow.open_shift();
    slow.sell(100);
    assert_eq!(slow.deliver().seq, Seq(2));
    assert_eq!(server.office().get("alerts?till=2").len(), 1);
    assert_eq!(server.office().get("alerts?till=2")[0]["kind"], "clock-behind");
    // A clock that no calendar reaches.
    slow.clock_ms = i64::MAX - 5000;
    slow.sell(100);
    slow.clock_ms = i64::MIN;
    slow.sell(100);
    assert_eq!(slow.deliver().seq, Seq(4));
    assert_eq!(server.office().get("sales?till=2").len(), 3);
}

fn a_gap_is_named_and_filled_late(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    for _ in 0..5 {
        till.sell(100);
    }
    till.deliver_batch(&till.batch(&till.records[..2]));
    // The till says that it has lost 3 and 4.
    let lost = Batch { holds_from: Seq(5), ..till.batch(&till.records[4..]) };
    assert_eq!(till.deliver_batch(&lost).seq, Seq(6));
    assert_eq!(server.office().alerts(), ["gap@3"]);
    // One of them turns up after all.
    assert_eq!(till.deliver_batch(&till.batch(&till.records[3..4])).seq, Seq(6));
    assert_eq!(server.office().alerts(), ["gap@3", "late@4"]);
    assert_eq!(server.office().sale_ids(), ["1-1-2", "1-1-4", "1-1-5", "1-1-6"]);
}

fn garbage_is_refused_and_changes_nothing(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    let entries = till.path("entries");
    let deep = [vec![0x81; 100_000], vec![0]].concat();
    let huge_length = vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    for body in [&b""[..], b"{}", b"\xff\xff", &[0xa1, 0x61, 0x76, 0x01], &deep, &huge_length] {
        till.post_bytes(&entries, body).is_problem(400, "/problems/malformed");
        till.post_bytes(&till.path("first-pin"), body).is_problem(400, "/problems/malformed");
        post(&server, "/v1/enrol", body).is_problem(400, "/problems/malformed");
    }
    let url = format!("{}/v1/enrol", server.url);
    Answer::of(agent().post(&url).header("content-type", "application/json").send("{}")).is_problem(415, "/problems/media-type");
    Answer::of(agent().get(&url).call()).is_problem(405, "/problems/method-not-allowed");
    Answer::of(agent().get(format!("{}/v1/nothing", server.url)).call()).is_problem(404, "/problems/not-found");
    // Numbers at the edge of what a database column holds.
    let batch = till.batch(&till.records);
    for seq in [u64::MAX, i64::MAX as u64 + 1, i64::MAX as u64] {
        till.post_batch(&Batch { holds_from: Seq(seq), ..batch.clone() }).is_problem(400, "/problems/malformed");
        till.post_batch(&Batch { head: Seq(seq), ..batch.clone() }).is_problem(400, "/problems/malformed");
        let mut record: Record = cbor::from_slice(&till.records[0].0).unwrap();
        record.seq = Seq(seq);
        let odd = Batch { records: vec![till.records[0].clone(), Blob(cbor::to_vec(&record).unwrap())], ..batch.clone() };
        assert!(till.deliver_batch(&odd).seq >= Seq(1), "{seq}");
    }
    assert_eq!(server.office().sale_ids(), Vec::<String>::new());
}

fn requests_must_be_signed_by_the_till_itself(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    let body = cbor::to_vec(&till.batch(&till.records)).unwrap();
    let path = till.path("entries");
    post(&server, &path, &body).is_problem(401, "/problems/signature");
    // Another's key, under this till's name.
    let mut stranger = till.copy();
    stranger.key = SigningKey::generate(&mut random);
    stranger.post_bytes(&path, &body).is_problem(401, "/problems/signature");
    assert_eq!(stranger.get_config(None).status, 401);
    // A till that nobody knows, a life that never was.
    as_other_till(&till, 99).post_bytes("/v1/tills/99/entries", &body).is_problem(401, "/problems/unknown-till");
    as_other_till(&till, u64::MAX).get_config(None).is_problem(401, "/problems/unknown-till");
    let mut next = till.copy();
    next.record.epoch = Epoch(2);
    next.post_bytes(&path, &body).is_problem(401, "/problems/unknown-till");
    // A till that speaks for another.
    let other = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    other.post_bytes(&path, &body).is_problem(403, "/problems/other-till");
    other.post_bytes("/v1/tills/2/entries", &body).is_problem(403, "/problems/other-till");
    other.post_bytes("/v1/tills/x/entries", &body).is_problem(403, "/problems/other-till");
    // A body that was changed on the way.
    let signed = till.signed("POST", &path, &body);
    let mut request = agent().post(format!("{}{path}", server.url)).header("content-type", "application/cbor");
    for (name, value) in signed {
        request = request.header(name, value);
    }
    Answer::of(request.send(&body[..body.len() - 1])).is_problem(401, "/problems/signature");
    assert_eq!(till.deliver().seq, Seq(1));
    // A whole request that is sent again by somebody who listened has no second effect.
    assert_eq!(till.deliver().seq, Seq(1));
}

fn an_old_protocol_version_is_taken(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    till.sell(100);
    for version in [0, 9] {
        let records: Vec<Blob> = till
            .records
            .iter()
            .map(|raw| {
                let record: Record = cbor::from_slice(&raw.0).unwrap();
                Blob(cbor::to_vec(&Record { v: version, ..record }).unwrap())
            })
            .collect();
        assert_eq!(till.deliver_batch(&Batch { v: version, ..till.batch(&records) }).seq, Seq(2));
    }
    assert_eq!(server.office().sale_ids(), ["1-1-2"]);
}

fn row_5_7_the_same_batch_on_six_connections_is_there_once(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    for _ in 0..40 {
        till.sell(100);
    }
    let (till, head) = (Arc::new(std::sync::Mutex::new(till.copy())), till.head);
    let posts: Vec<_> = (0..6)
        .map(|_| {
            let one = till.lock().unwrap().copy();
            thread::spawn(move || one.deliver())
        })
        .collect();
    for post in posts {
        let ack = post.join().unwrap();
        assert_eq!((ack.seq, ack.hash), (head.seq, head.hash));
    }
    assert_eq!(server.office().sale_ids().len(), 40);
    assert_eq!(server.office().alerts(), Vec::<String>::new());
}

fn records_sealed_by_x_wing_are_opened(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    till.seal_with(Suite::XWing);
    till.sell(100);
    assert_eq!(till.deliver().hash, till.head.hash);
    assert_eq!(server.office().sale_ids(), ["1-1-2"]);
    assert_eq!(server.office().alerts(), Vec::<String>::new());
}

fn many_tills_at_once(backend: &Backend) {
    let server = Server::start(backend);
    let tills: Vec<Till> = (0..6)
        .map(|number| {
            let mut till = Till::enrol(&server, &server.place.codes(&["--new-till", &format!("Stall {number}")]).enrol);
            till.open_shift();
            (0..20).for_each(|_| {
                till.sell(150);
            });
            till
        })
        .collect();
    let posts: Vec<_> = tills
        .into_iter()
        .map(|till| {
            thread::spawn(move || {
                for end in 1..=till.records.len() {
                    assert_eq!(till.deliver_batch(&till.batch(&till.records[end - 1..end])).seq, Seq(end as u64));
                }
            })
        })
        .collect();
    posts.into_iter().for_each(|post| post.join().unwrap());
    let sales = server.office().get("sales");
    assert_eq!(sales.len(), 120);
    assert_eq!(sales.iter().map(|sale| sale["total_minor"].as_i64().unwrap()).sum::<i64>(), 120 * 300);
    assert_eq!(server.office().alerts(), Vec::<String>::new());
}

fn a_revoked_till_delivers_and_sells_no_more(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    till.sell(100);
    let codes = server.place.codes(&["--till", "1"]);
    server.place.ok(&["revoke-till", "1"]);
    let ack = till.deliver();
    assert_eq!((ack.seq, ack.state), (Seq(2), TillState::Revoked));
    assert_eq!(server.office().sale_ids(), ["1-1-2"]);
    assert_eq!(server.office().get("tills")[0]["state"], "revoked");
    assert_eq!(till.read_config(&till.get_config(None)).state, TillState::Revoked);
    till.first_pin(&AskPin::new(1, &codes.staff[0].1)).is_problem(403, "/problems/till-revoked");
    let key = SigningKey::generate(&mut random);
    enrol_with(&server, &codes.enrol, &key).is_problem(403, "/problems/enrol-code-wrong");
    // The owner may take it back into use.
    let back = Till::enrol(&server, &server.place.codes(&["--till", "1"]).enrol);
    assert_eq!((back.config.state, back.record.epoch), (TillState::Active, Epoch(2)));
}

fn an_old_epochs_black_box_is_handed_in(backend: &Backend) {
    let (server, mut old) = enrolled(backend);
    old.open_shift();
    old.sell(100);
    old.deliver();
    old.sell(200);
    // The tablet lost its keys, enrolled again, and found its black box.
    let mut new = Till::enrol(&server, &server.place.codes(&["--till", "1"]).enrol);
    new.open_shift();
    let ack = new.deliver_batch(&old.batch(&old.records));
    assert_eq!((ack.epoch, ack.seq, ack.hash, ack.fenced), (Epoch(1), Seq(3), old.head.hash, true));
    let ack = new.deliver();
    assert_eq!((ack.epoch, ack.seq, ack.fenced), (Epoch(2), Seq(1), false));
    assert_eq!(server.office().sale_ids(), ["1-1-2", "1-1-3"]);
    assert_eq!(server.office().alerts(), Vec::<String>::new(), "handing in is no offence");
    // The old life cannot speak for the new one.
    old.post_batch(&new.batch(&new.records)).is_problem(403, "/problems/other-till");
    // Nor does the new key sign for the old life.
    let mut forged = old.copy();
    forged.key = new.key.clone();
    forged.sell(500);
    new.deliver_batch(&forged.batch(&forged.records));
    assert_eq!(server.office().alerts(), ["bad-signature@4"]);
}

fn a_fenced_tablet_is_marked_as_clone(backend: &Backend) {
    let (server, mut old) = enrolled(backend);
    old.open_shift();
    old.deliver();
    Till::enrol(&server, &server.place.codes(&["--till", "1"]).enrol);
    old.sell(100);
    old.sell(100);
    let ack = old.deliver();
    assert_eq!((ack.seq, ack.fenced), (Seq(3), true), "its valid entries are still taken");
    assert_eq!(server.office().alerts(), ["clone@2"]);
    assert_eq!(server.office().sale_ids().len(), 2);
    old.get_config(None).is_problem(403, "/problems/till-fenced");
}

fn wrong_totals_are_reckoned_again(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    let mut wrong = sale(240, 480);
    wrong.totals.gross = Minor(1);
    wrong.totals.net = Minor(1);
    till.append(Body::Sale(wrong));
    let mut absurd = sale(240, i64::MAX);
    absurd.lines[0].unit = Minor(i64::MAX);
    absurd.currency = "E\u{0}R".into();
    absurd.lines[0].name = "nul \u{0} byte".into();
    till.append_by(StaffId(u64::MAX), Body::Sale(absurd));
    // A line that is wrong in itself, with totals that follow from it.
    let mut cheap = sale(240, 480);
    let line = &mut cheap.lines[0];
    (line.price, line.net, line.gross) = (Minor(1), Minor(1), Minor(1));
    line.taxes.iter_mut().for_each(|tax| tax.amount = Minor(0));
    cheap.totals = Totals::of(&cheap.lines).unwrap();
    till.append(Body::Sale(cheap));
    assert_eq!(till.deliver().seq, Seq(4));
    let office = server.office();
    let sales = office.get("sales");
    let first = sales.iter().find(|sale| sale["seq"] == 2).unwrap();
    assert_eq!((first["total_minor"].as_i64(), first["net_minor"].as_i64()), (Some(480), Some(403)));
    assert!(first["flags"].as_array().unwrap().contains(&"totals".into()));
    let cheap = sales.iter().find(|sale| sale["seq"] == 4).unwrap();
    assert_eq!((cheap["total_minor"].as_i64(), cheap["net_minor"].as_i64()), (Some(480), Some(403)));
    let alerts = office.alerts();
    for wanted in ["totals@2", "totals@3", "totals@4"] {
        assert!(alerts.contains(&wanted.to_owned()), "{wanted} in {alerts:?}");
    }
}

fn configuration_has_versions_that_only_go_up(backend: &Backend) {
    let (server, till) = enrolled(backend);
    let first = till.get_config(None);
    assert_eq!((first.status, first.header("content-type")), (200, "application/cbor"));
    let config = till.read_config(&first);
    let tag = format!("\"{}\"", config.version);
    assert_eq!(first.header("etag"), tag);
    assert_eq!(till.get_config(None).body, first.body, "the same version is the same bytes");
    let same = till.get_config(Some(&tag));
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, tag.as_str()));

    server.place.ok(&["staff", "add", "Robin", "--role", "manager"]);
    let file = server.place.path("more.csv");
    write(&file, b"sku,name,category,price,taxes,barcodes\nNEW-1,Fresh thing,New shelf,\"1,50\",A,4006381333931\nCOF-001,Espresso,Coffee & tea,9.99,A,\n");
    server.place.ok(&["import", file.to_str().unwrap()]);
    let second = till.read_config(&till.get_config(Some(&tag)));
    assert!(second.version > config.version);
    assert_eq!(second.products.len(), config.products.len() + 1);
    assert_eq!(second.product("COF-001").unwrap().price, Minor(999));
    assert_eq!(second.product("NEW-1").unwrap().price, Minor(150));
    assert!(second.staff.iter().any(|person| person.name == "Robin"));
    assert_eq!(till.deliver_batch(&till.batch(&[])).config_version, second.version);
    // A file with one bad line changes nothing.
    write(&file, b"sku,name,category,price\nNEW-2,Good,New shelf,1\nNEW-3,Bad,New shelf,one\n");
    let refused = server.place.run(&["import", file.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("product 2 (NEW-3)"));
    assert_eq!(till.get_config(Some(&format!("\"{}\"", second.version))).status, 304);
    server.place.ok(&["staff", "revoke", "Robin"]);
    assert!(!till.read_config(&till.get_config(None)).staff.iter().any(|person| person.name == "Robin"));
}

fn kill_minus_9_after_the_acknowledgement_loses_nothing(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    for _ in 0..5 {
        till.sell(100);
        till.deliver();
    }
    let server = server.kill().serve();
    till.url.clone_from(&server.url);
    let ack = till.deliver_batch(&till.batch(&[]));
    assert_eq!((ack.seq, ack.hash), (Seq(6), till.head.hash));
    assert_eq!(server.office().sale_ids().len(), 5);
}

fn a_restart_keeps_codes_keys_and_sessions(backend: &Backend) {
    let server = Server::start(backend);
    let (before, cookie, owner) = (server.codes(), server.office().cookie, server.ready["owner"].clone());
    let server = server.stop().serve();
    let after = server.codes();
    assert_ne!(before.enrol, after.enrol);
    assert_eq!(server.ready["owner"], owner);
    let till = Till::enrol(&server, &before.enrol);
    let ask = AskPin::new(1, &before.staff[0].1);
    assert_eq!(till.first_pin(&ask).status, 200, "a code from before the restart");
    let ask = AskPin::new(2, &after.staff[1].1);
    assert_eq!(till.first_pin(&ask).status, 200, "a code from after it");
    let mut office = server.office();
    office.cookie = cookie;
    assert_eq!(office.get("staff").len(), 3);
}

fn the_office_sees_what_was_sold(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    till.sell(595);
    till.sell(100);
    till.append_by(StaffId(77), Body::LogInFailed { as_staff: StaffId(2), count: 3 });
    till.deliver();
    let office = server.office();
    let sales = office.get("sales");
    let sale = &sales[1];
    assert_eq!((sale["id"].as_str(), sale["till"].as_u64(), sale["seq"].as_u64()), (Some("1-1-2"), Some(1), Some(2)));
    assert_eq!(
        (sale["total_minor"].as_i64(), sale["net_minor"].as_i64(), sale["tax_minor"].as_i64()),
        (Some(1190), Some(1000), Some(190))
    );
    assert_eq!(
        (sale["currency"].as_str(), sale["staff"].as_str(), sale["late"].as_bool()),
        (Some("EUR"), Some("Cashier"), Some(false))
    );
    assert!(sale["at"].as_str().unwrap().ends_with('Z') && sale["at_ms"].is_i64());
    let line = serde_json::json!({
        "sku": "COF-001", "name": "Espresso, single", "qty_milli": 2000, "unit_minor": 595, "price_minor": 1190, "net_minor": 1000,
        "gross_minor": 1190, "list_unit_minor": null, "discount": null, "taxes": [{"code": "A", "rate_ppm": 190_000, "amount_minor": 190}],
    });
    assert_eq!(sale["lines"], serde_json::json!([line]));
    let tender = serde_json::json!({"kind": "cash", "amount_minor": 1190, "tendered_minor": 1220, "change_minor": 30});
    assert_eq!(sale["tenders"], serde_json::json!([tender]));

    assert_eq!(office.get("sales?till=1").len(), 2);
    assert_eq!(office.get("sales?till=2").len(), 0);
    let page = office.answer("sales?limit=1");
    assert_eq!(page.header("link"), "</v1/office/sales?limit=1&before=1-1-3>; rel=\"next\"");
    assert_eq!(office.get("sales?limit=1&before=1-1-3")[0]["id"], "1-1-2");
    assert_eq!(office.get("sales?before=1-1-2").len(), 0);
    for bad in ["sales?limit=x", "sales?before=x", "sales?before=1-1-99999999999999999999", "sales?till=-1"] {
        office.answer(bad).is_problem(400, "/problems/malformed");
    }
    let tills = office.get("tills");
    assert_eq!((tills[0]["last_seq"].as_u64(), tills[0]["name"].as_str()), (Some(4), Some("Till 1")));
    assert!(tills[0]["last_ack_at"].is_string());
    let audit = office.get("audit");
    assert_eq!(
        audit.iter().map(|entry| entry["kind"].as_str().unwrap()).collect::<Vec<_>>(),
        ["log_in_failed", "sale", "sale", "shift_opened"]
    );
    assert_eq!(
        (audit[0]["hash"].as_str(), audit[0]["who"].as_str(), audit[0]["about"].as_str()),
        (Some(till.head.hash.to_string().as_str()), Some("somebody unknown"), Some("Supervisor"))
    );
    assert!(office.get("products").len() >= 200);
    assert_eq!(office.get("staff")[2]["role"], "manager");
    assert_eq!(office.get("reports/shifts")[0]["closed_at"], serde_json::Value::Null);
}

fn the_office_is_closed_to_strangers(backend: &Backend) {
    let server = Server::start(backend);
    let mut office = server.office();
    let session = format!("{}/v1/office/session", server.url);
    let paths = ["sales", "tills", "alerts", "audit", "audit.csv", "products", "rules", "staff", "reports/shifts", "session"];
    let right = office.cookie.clone();
    for cookie in ["", "barrow_office=", "barrow_office=AAAA", "other=1"] {
        office.cookie = cookie.into();
        for path in paths {
            office.answer(path).is_problem(401, "/problems/signed-out");
        }
    }
    office.cookie = format!("x=1; {right}; y=2");
    assert_eq!(office.answer("session").json()["login"], "owner");
    // Another site's page.
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
        let answer = agent().post(&session).header(name, value).send_json(&server.ready["owner"]);
        Answer::of(answer).is_problem(403, "/problems/cross-site");
    }
    Answer::of(agent().post(&session).header("content-type", "text/plain").send("{}")).is_problem(415, "/problems/media-type");
    Answer::of(agent().post(&session).header("content-type", "application/json").send("{}"))
        .is_problem(400, "/problems/malformed");
    let answer = Answer::of(agent().post(&session).send_json(&server.ready["owner"]));
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("Secure"), "{cookie}");
    let named = agent().post(&session).header("host", "shop.example").send_json(&server.ready["owner"]);
    assert!(Answer::of(named).header("set-cookie").ends_with("; Secure"));
    // Signing out ends the session, not only the cookie.
    assert_eq!(Answer::of(agent().delete(&session).header("cookie", &right).call()).status, 204);
    office.cookie = right;
    office.answer("sales").is_problem(401, "/problems/signed-out");
    // Guessing.
    let guess =
        |login: &str| Answer::of(agent().post(&session).send_json(serde_json::json!({"login": login, "password": "guess"})));
    for login in ["owner", "nobody", "own\u{0}er"].iter().cycle().take(12) {
        let answer = guess(login);
        if answer.status == 429 {
            answer.is_problem(429, "/problems/too-many-tries");
            return;
        }
        answer.is_problem(401, "/problems/sign-in");
    }
    guess("owner").is_problem(429, "/problems/too-many-tries");
}

fn pages_and_headers(backend: &Backend) {
    let place = Place::new(backend);
    let dist = place.path("dist");
    write(&dist.join("till/index.html"), b"<!doctype html><title>till</title>");
    write(&dist.join("till/sw.js"), b"// worker");
    write(&dist.join("till/app-0123456789abcdef.js"), b"// app");
    write(&dist.join("till/app-0123456789abcdef.js.br"), b"brotli");
    write(&dist.join("till/app-0123456789abcdef_bg.wasm"), b"\0asm");
    write(&dist.join("till/manifest.webmanifest"), b"{}");
    write(&dist.join("till/.secret"), b"x");
    write(&dist.join("office/index.html"), b"<!doctype html><title>office</title>");
    write(&dist.join("keys.json"), b"secret");
    let server = place.serve_with(&["--dist", dist.to_str().unwrap()]);
    let get = |path: &str| Answer::of(agent().get(format!("{}{path}", server.url)).call());
    for (path, status, kind, cache) in [
        ("/", 200, "text/html; charset=utf-8", "no-cache"),
        ("/index.html", 200, "text/html; charset=utf-8", "no-cache"),
        ("/orders", 200, "text/html; charset=utf-8", "no-cache"),
        ("/sw.js", 200, "text/javascript; charset=utf-8", "no-cache"),
        ("/app-0123456789abcdef.js", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/app-0123456789abcdef_bg.wasm", 200, "application/wasm", "public, max-age=31536000, immutable"),
        ("/manifest.webmanifest", 200, "application/manifest+json", "no-cache"),
        ("/office/", 200, "text/html; charset=utf-8", "no-cache"),
        ("/office", 308, "", ""),
        // Row 31: a file of another build is gone, and must not look like a page.
        ("/app-ffffffffffffffff.js", 404, "application/problem+json", "no-store"),
        ("/office/x.css", 404, "application/problem+json", "no-store"),
        ("/.secret", 404, "application/problem+json", "no-store"),
        ("/../keys.json", 404, "application/problem+json", "no-store"),
        ("/%2e%2e/keys.json", 404, "application/problem+json", "no-store"),
        ("/healthz", 200, "application/json", "no-store"),
        ("/openapi.json", 200, "application/json", "no-store"),
        ("/v1/nothing", 404, "application/problem+json", "no-store"),
        ("/v1/office/sales", 401, "application/problem+json", "no-store"),
    ] {
        let answer = get(path);
        assert_eq!(
            (answer.status, answer.header("content-type"), answer.header("cache-control")),
            (status, kind, cache),
            "{path}"
        );
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("require-trusted-types-for 'script'"), "{path}");
        for (name, wanted) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(answer.header(name), wanted, "{path}");
        }
        // Card readers, scanners, printers and the camera are for the till's page alone.
        let whose = if path.starts_with("/office") || path.starts_with("/v1") { "()" } else { "(self)" };
        let permissions = answer.header("permissions-policy");
        assert!(
            permissions.starts_with(&format!("hid={whose}, usb={whose}, serial={whose}, bluetooth={whose}, camera={whose}, ")),
            "{path}: {permissions}"
        );
    }
    let fetch =
        |path: &str, name: &str, value: &str| Answer::of(agent().get(format!("{}{path}", server.url)).header(name, value).call());
    let small = fetch("/app-0123456789abcdef.js", "accept-encoding", "gzip, br");
    assert_eq!(
        (small.header("content-encoding"), small.header("vary"), small.body.as_slice()),
        ("br", "accept-encoding", &b"brotli"[..])
    );
    assert_eq!(fetch("/app-0123456789abcdef.js", "accept-encoding", "gzip").text(), "// app");
    let tag = get("/").header("etag").to_owned();
    assert_eq!(fetch("/", "if-none-match", &tag).status, 304);
    assert!(fetch("/", "host", "shop.example").header("strict-transport-security").starts_with("max-age="));
    let post = Answer::of(agent().post(format!("{}/", server.url)).send_empty());
    post.is_problem(405, "/problems/method-not-allowed");
    // On PostgreSQL two servers share a database; each has its own data folder.
    let unbuilt = Server::start(server.place.backend());
    let page = Answer::of(agent().get(format!("{}/", unbuilt.url)).call());
    assert!(page.status == 503 && page.text().contains("make build"));
}
