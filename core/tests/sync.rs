//! Delivery: what the server makes of a batch, what a till makes of an answer. Named by the rows of known failures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    bytes::{Blob, Hash},
    config::TillState,
    ids::{Epoch, SaleId, Seq, ShiftId, ShopId, TillId},
    journal::{Body, Draft, Entry, Head},
    money::Minor,
    sale::Void,
    sync::{
        AckNews, Anomaly, Answer, Audited, Backoff, Finding, Known, Received, TillView, Verdict, accept_ack, audit, ingest,
        plan_batch,
    },
    till::{Count, Event},
    wire::{Ack, BATCH_BYTES_MAX, Batch, http},
};
use common::TestTill;
use proptest::prelude::*;

fn root() -> Head {
    Head { shop: ShopId(1), till: TillId(1), epoch: Epoch(1), seq: Seq(0), hash: Hash::of(b"enrolment"), at_ms: 0 }
}

/// A day's journal: two shifts, five sales.
fn day() -> Vec<Entry> {
    let mut till = TestTill::open(1);
    for sku in ["mug", "bread", "odd"] {
        till.tap(sku);
        till.pay_exact();
        till.send(Event::NewSalePressed);
    }
    till.send(Event::ShiftClosePressed);
    till.send(Event::CountSubmitted(Count::Sum("119.72".into())));
    till.send(Event::ReportLeft);
    till.send(Event::ShiftOpenSubmitted("50".into()));
    for sku in ["mug", "free"] {
        till.tap(sku);
        till.pay_exact();
        till.send(Event::NewSalePressed);
    }
    till.journal
}

/// The hash that `TestTill` chains with.
fn hash(entry: &Entry) -> Hash {
    Hash::of(format!("{entry:?}").as_bytes())
}

fn received(entry: &Entry) -> Received {
    Received { seq: entry.seq, hash: hash(entry), entry: Ok(entry.clone()), stored: None }
}

fn batch(head: u64, holds_from: u64) -> Batch {
    Batch {
        v: 1,
        till: TillId(1),
        epoch: Epoch(1),
        holds_from: Seq(holds_from),
        head: Seq(head),
        head_hash: Hash::default(),
        records: Vec::<Blob>::new(),
        stock: None,
    }
}

fn take(known: &Known, records: &[Received], holds_from: u64) -> barrow_core::sync::Ingest {
    ingest(known, &batch(100, holds_from), records)
}

#[test]
fn a_day_arrives_in_order_and_once() {
    let day = day();
    let records: Vec<Received> = day.iter().map(received).collect();
    let out = take(&Known::new(root()), &records, 1);
    assert!(out.verdicts.iter().all(|v| *v == Verdict::Store(Vec::new())), "{:?}", out.findings);
    assert_eq!((out.known.head.seq, out.findings.len()), (day.last().unwrap().seq, 0));
    let again: Vec<Received> = day.iter().map(|e| Received { stored: Some(hash(e)), ..received(e) }).collect();
    let twice = take(&out.known, &again, 1);
    assert!(twice.verdicts.iter().all(|v| *v == Verdict::Already), "rows 3 and 4");
    assert_eq!(twice.known, out.known);
}

#[test]
fn row_06_and_36_another_entry_for_a_taken_place_is_a_fork() {
    let day = day();
    let known = take(&Known::new(root()), &[received(&day[0]), received(&day[1])], 1).known;
    let mut clone = day[1].clone();
    clone.at_ms += 1;
    let forked = Received { stored: Some(hash(&day[1])), ..received(&clone) };
    let out = take(&known, &[forked, received(&day[2])], 1);
    assert_eq!(out.verdicts, [Verdict::Quarantine(Anomaly::Fork), Verdict::Store(Vec::new())]);
    assert_eq!(out.findings, [Finding { anomaly: Anomaly::Fork, seq: Seq(2) }]);
}

#[test]
fn row_36_the_branch_of_a_fork_never_becomes_the_head() {
    // Two tablets of one till went on from entry 3; the other one's entry 4 came first. (Found by the simulator.)
    let day = day();
    let mut other = day[3].clone();
    other.at_ms += 1;
    let known = take(&Known::new(root()), &[0, 1, 2].map(|i| received(&day[i])), 1).known;
    let known = take(&known, &[received(&other)], 1).known;
    let fourth = Received { stored: Some(hash(&other)), ..received(&day[3]) };
    let out = take(&known, &[fourth, received(&day[4]), received(&day[5])], 1);
    assert_eq!(out.verdicts, vec![Verdict::Quarantine(Anomaly::Fork); 3]);
    assert_eq!((out.known.head.seq, out.known.head.hash), (Seq(4), hash(&other)), "so that the acknowledgement shows the fork");
}

#[test]
fn a_fork_inside_one_batch_is_seen_too() {
    let day = day();
    let mut other = day[0].clone();
    other.at_ms += 1;
    let out = take(&Known::new(root()), &[received(&day[0]), received(&other), received(&day[0])], 1);
    assert_eq!(out.verdicts, [Verdict::Store(Vec::new()), Verdict::Quarantine(Anomaly::Fork), Verdict::Already]);
}

#[test]
fn row_13_a_bad_entry_at_the_head_blocks_nothing() {
    let day = day();
    for anomaly in [Anomaly::BadSeal, Anomaly::BadSignature, Anomaly::Unreadable] {
        let bad = Received { entry: Err(anomaly), ..received(&day[0]) };
        let out = take(&Known::new(root()), &[bad, received(&day[1]), received(&day[2])], 1);
        assert_eq!(out.verdicts[0], Verdict::Store(vec![anomaly]));
        assert_eq!(out.verdicts[1..], [Verdict::Store(Vec::new()), Verdict::Store(Vec::new())]);
        assert_eq!(out.known.head.seq, Seq(3));
        assert_eq!(out.findings, [Finding { anomaly, seq: Seq(1) }]);
    }
}

#[test]
fn row_11_what_comes_before_its_turn_waits_and_is_not_acknowledged() {
    let day = day();
    let out = take(&Known::new(root()), &[received(&day[0]), received(&day[2])], 1);
    assert_eq!(out.verdicts, [Verdict::Store(Vec::new()), Verdict::NotYet]);
    assert_eq!((out.known.head.seq, out.findings.len()), (Seq(1), 0));
}

#[test]
fn a_gap_that_can_never_be_filled_is_named_and_passed() {
    let day = day();
    let known = take(&Known::new(root()), &[received(&day[0])], 1).known;
    let out = take(&known, &[received(&day[3]), received(&day[4])], 4);
    assert_eq!(out.findings[0], Finding { anomaly: Anomaly::Gap, seq: Seq(2) });
    assert_eq!(out.known.head.seq, Seq(5));
    let late = take(&out.known, &[received(&day[2])], 4);
    assert!(matches!(&late.verdicts[0], Verdict::Store(flags) if flags.contains(&Anomaly::Late)), "and taken if it turns up");
    assert_eq!(late.known.head.seq, Seq(5));
}

#[test]
fn row_37_a_gap_is_given_up_only_as_far_as_the_till_cannot_fill_it() {
    // A server that was restored to nothing hears from a till that holds 4 and on, and begins where its old acknowledgement
    // ended. (Found by the simulator.)
    let day = day();
    let out = take(&Known::new(root()), &[received(&day[6]), received(&day[7])], 4);
    assert_eq!(out.verdicts, [Verdict::NotYet, Verdict::NotYet], "4 to 6 are still to come");
    assert_eq!(out.known.head.seq, Seq(0), "so that the till hears that its acknowledgement no longer holds");
    let again: Vec<Received> = day[3..].iter().map(received).collect();
    let filled = take(&out.known, &again, 4);
    assert_eq!(filled.findings[0], Finding { anomaly: Anomaly::Gap, seq: Seq(1) });
    assert_eq!(filled.known.head.seq, day.last().unwrap().seq);
}

#[test]
fn rows_08_and_09_a_sale_after_its_shift_closed_is_late_and_taken() {
    let day = day();
    let closed = take(&Known::new(root()), &day[..7].iter().map(received).collect::<Vec<_>>(), 1).known;
    assert_eq!(closed.open_shift, None);
    let mut till = TestTill::open(1);
    till.head = closed.head;
    till.tap("mug");
    till.model.status.online = false;
    till.pay_exact();
    let late = till.journal.last().unwrap();
    let out = take(&closed, &[received(late)], 1);
    assert!(matches!(&out.verdicts[0], Verdict::Store(flags) if flags.contains(&Anomaly::Late)));
}

#[test]
fn altered_reordered_and_wrong_figures_have_their_names() {
    let day = day();
    let known = take(&Known::new(root()), &day[..3].iter().map(received).collect::<Vec<_>>(), 1).known;
    let flags = |entry: &Entry, record: Received| {
        let out = take(&known, &[Received { hash: hash(entry), ..record }], 1);
        match &out.verdicts[0] {
            Verdict::Store(flags) => flags.clone(),
            other => panic!("{other:?}"),
        }
    };
    let mut altered = day[3].clone();
    altered.prev = Hash::default();
    assert_eq!(flags(&altered, received(&altered)), [Anomaly::Altered]);
    let elsewhere = day[5].clone();
    assert_eq!(flags(&elsewhere, Received { seq: Seq(4), ..received(&elsewhere) }), [Anomaly::Reordered]);
    let mut cheap = day[3].clone();
    if let Body::Sale(sale) = &mut cheap.body {
        sale.totals.gross.0 -= 100;
    }
    let found = flags(&cheap, received(&cheap));
    assert!(found.contains(&Anomaly::Totals) && found.contains(&Anomaly::Turnover), "{found:?}");
    let mut early = day[3].clone();
    early.at_ms = 5;
    assert_eq!(flags(&early, received(&early)), [Anomaly::ClockBack], "row 38: taken all the same");
}

#[test]
fn a_till_behind_the_server_is_a_rollback_and_a_fenced_one_a_clone() {
    let day = day();
    let mut known = take(&Known::new(root()), &day[..3].iter().map(received).collect::<Vec<_>>(), 1).known;
    let out = ingest(&known, &batch(1, 1), &[]);
    assert_eq!(out.findings, [Finding { anomaly: Anomaly::Rollback, seq: Seq(1) }]);
    known.fenced = true;
    let out = take(&known, &[received(&day[3])], 1);
    assert_eq!(out.verdicts, [Verdict::Store(vec![Anomaly::Clone])], "its valid entries are still taken");
}

fn ack(server_epoch: u32, seq: u64) -> Ack {
    Ack {
        v: 1,
        server_epoch,
        shop: ShopId(1),
        till: TillId(1),
        epoch: Epoch(1),
        seq: Seq(seq),
        hash: Hash::of(&seq.to_be_bytes()),
        safe: Seq(seq),
        state: TillState::Active,
        fenced: false,
        config_version: 1,
        now_ms: 0,
    }
}

#[test]
fn what_an_acknowledgement_means() {
    let head = Head { seq: Seq(10), ..root() };
    let view = TillView { epoch: Epoch(1), ack: Some(ack(1, 5)), head };
    let cases = [
        (ack(1, 7), None, AckNews::Progress),
        (ack(1, 4), None, AckNews::Stale),
        (ack(2, 3), None, AckNews::ServerRestored),
        (ack(2, 8), None, AckNews::ServerRestored),
        (ack(0, 9), None, AckNews::Stale),
        (ack(1, 11), None, AckNews::TillIsCopy),
        (ack(1, 7), Some(Hash::of(b"another")), AckNews::TillIsCopy),
        (Ack { till: TillId(2), ..ack(1, 7) }, None, AckNews::Stale),
        (Ack { epoch: Epoch(2), ..ack(1, 7) }, None, AckNews::Stale),
    ];
    for (ack, own, want) in cases {
        assert_eq!(accept_ack(&view, &ack, own), want, "{ack:?}");
    }
}

#[test]
fn row_14_batches_are_bounded_by_bytes_and_halved() {
    assert_eq!(plan_batch(&[100, 100, 100], 250), 2);
    assert_eq!(plan_batch(&[1_000_000], 10), 1, "a record that is alone too large is sent alone");
    assert_eq!(plan_batch(&[], 10), 0);
    let mut backoff = Backoff::default();
    assert_eq!(backoff.after(Answer::TooLarge, 0), 0, "again at once, with half");
    assert_eq!(backoff.budget, BATCH_BYTES_MAX / 2);
    backoff.after(Answer::Acknowledged, 0);
    assert_eq!(backoff.budget, BATCH_BYTES_MAX);
    for _ in 0..20 {
        backoff.after(Answer::TooLarge, u32::MAX);
    }
    assert!(backoff.after(Answer::TooLarge, u32::MAX) > 0, "a record that is alone too large does not hammer the server");
    let found_out = backoff.budget;
    backoff.after(Answer::Acknowledged, 0);
    assert_eq!(backoff.budget, found_out * 2, "a proxy's limit is not found out anew with each batch");
}

#[test]
fn row_17_a_thousand_failures_never_end_the_tries() {
    let mut backoff = Backoff::default();
    for _ in 0..1000 {
        let pause = backoff.after(Answer::NotOurServer, u32::MAX);
        assert!((250..=Backoff::PAUSE_MS_MAX).contains(&pause));
    }
    assert_eq!(backoff.failures, 1000);
    assert_eq!(backoff.after(Answer::Acknowledged, 0), 0);
    assert_eq!(backoff, Backoff::default(), "row 21: and go on at once when it heals");
}

#[test]
fn row_20_ten_thousand_tills_do_not_come_all_at_once() {
    let mut state = 1u32;
    let mut pauses: Vec<u32> = (0..10_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let mut backoff = Backoff { failures: 5, ..Backoff::default() };
            backoff.after(Answer::Busy(None), state)
        })
        .collect();
    pauses.sort_unstable();
    let fullest_second =
        pauses.iter().map(|start| pauses.iter().filter(|p| (*start..start.saturating_add(1000)).contains(*p)).count()).max();
    assert!(fullest_second.unwrap() < 400, "spread over a minute, {fullest_second:?} in the fullest second");
    let mut asked = Backoff::default();
    assert!(asked.after(Answer::Busy(Some(30)), 0) >= 30_000, "Retry-After is honoured");
}

fn audited(entries: &[Entry]) -> Vec<Audited> {
    entries.iter().map(|e| Audited { hash: hash(e), entry: Some(e.clone()), signed: true }).collect()
}

#[test]
fn an_audit_names_each_anomaly_at_its_place() {
    let day = day();
    let end = Some((day.last().unwrap().seq, hash(day.last().unwrap())));
    assert_eq!(audit(root(), &audited(&day), end), []);
    let at = |anomaly, seq| vec![Finding { anomaly, seq: Seq(seq) }];

    let mut items = audited(&day);
    items.remove(3);
    assert_eq!(audit(root(), &items, end), at(Anomaly::Gap, 4));

    let mut items = audited(&day);
    items.pop();
    assert_eq!(audit(root(), &items, end), at(Anomaly::Truncated, day.len() as u64 - 1));

    let mut items = audited(&day);
    items.swap(3, 4);
    assert!(audit(root(), &items, end).iter().any(|f| f.anomaly == Anomaly::Reordered));

    let mut items = audited(&day);
    items[3].signed = false;
    assert_eq!(audit(root(), &items, end), at(Anomaly::BadSignature, 4));

    let mut changed = day.clone();
    changed[3].at_ms += 1;
    assert_eq!(audit(root(), &audited(&changed), end), at(Anomaly::Altered, 4));

    let mut items = audited(&day);
    let mut fork = day[3].clone();
    fork.at_ms += 1;
    items.insert(4, Audited { hash: hash(&fork), entry: Some(fork), signed: true });
    assert_eq!(audit(root(), &items, end), at(Anomaly::Fork, 4));
    // The branch goes on beyond the chain that it left: still a fork, and no fault of the chain's own end.
    let beyond = Seq(day.len() as u64 + 1);
    let child = Entry { seq: beyond, prev: items[4].hash, ..day[4].clone() };
    items.push(Audited { hash: hash(&child), entry: Some(child), signed: true });
    assert_eq!(audit(root(), &items, end), [at(Anomaly::Fork, 4), at(Anomaly::Fork, beyond.0)].concat());

    let mut items = audited(&day);
    items[2].entry = None;
    assert_eq!(audit(root(), &items, end)[0], Finding { anomaly: Anomaly::Unreadable, seq: Seq(3) });
}

#[test]
fn an_audit_names_a_void_that_could_not_be() {
    let mut till = TestTill::open(3);
    till.tap("mug");
    till.pay_exact();
    till.send(Event::VoidSubmitted("wrong size".into()));
    let Body::SaleVoided(first) = till.journal.last().unwrap().body.clone() else { panic!("{:?}", till.journal) };
    till.send(Event::NewSalePressed);
    till.tap("bread");
    till.pay_exact();
    let sold = till.journal.last().unwrap().clone();
    assert_eq!(audit(root(), &audited(&till.journal), None), []);
    let then = |void: Void, shift: Option<ShiftId>| {
        let draft = Draft { at_ms: sold.at_ms, staff: sold.staff, shift, body: Body::SaleVoided(void) };
        audit(root(), &audited(&[till.journal.clone(), vec![till.head.follow(draft)]].concat()), None)
    };
    let sale = SaleId { seq: sold.seq, ..first.sale };
    let good = Void { sale, due: Minor(389), ..first.clone() };
    assert_eq!(then(good.clone(), sold.shift), []);
    let bad = [Finding { anomaly: Anomaly::BadVoid, seq: sold.seq.next() }];
    assert_eq!(then(first.clone(), sold.shift), bad, "taken back twice");
    assert_eq!(then(Void { due: Minor(388), ..good.clone() }, sold.shift), bad, "another amount");
    assert_eq!(then(Void { sale: SaleId { till: TillId(2), ..sale }, ..good.clone() }, sold.shift), bad, "another till's");
    assert_eq!(then(Void { sale: SaleId { seq: Seq(1), ..sale }, ..good.clone() }, sold.shift), bad, "no sale");
    assert_eq!(then(good.clone(), sold.shift.map(|shift| ShiftId { seq: sold.seq.next(), ..shift })), bad, "an earlier shift's");
    assert_eq!(then(good, None), bad, "in no shift");
}

#[test]
fn an_entry_is_the_same_after_cbor() {
    for entry in day() {
        let mut bytes = Vec::new();
        ciborium::into_writer(&entry, &mut bytes).unwrap();
        assert_eq!(ciborium::from_reader::<Entry, _>(bytes.as_slice()).unwrap(), entry);
        let map: ciborium::Value = ciborium::from_reader(bytes.as_slice()).unwrap();
        let keys: Vec<String> = map.into_map().unwrap().into_iter().map(|(key, _)| key.into_text().unwrap()).collect();
        assert_eq!(keys, ["v", "shop", "till", "epoch", "seq", "prev", "at_ms", "staff", "shift", "kind", "body"]);
    }
}

#[test]
fn an_entry_is_read_as_it_was_written_and_not_otherwise() {
    let text = |text: &str| ciborium::Value::Text(text.into());
    let entry = day().remove(0);
    let fields = |body: Body| {
        let mut bytes = Vec::new();
        ciborium::into_writer(&Entry { body, ..entry.clone() }, &mut bytes).unwrap();
        ciborium::from_reader::<ciborium::Value, _>(bytes.as_slice()).unwrap().into_map().unwrap()
    };
    let read = |fields: Vec<(ciborium::Value, ciborium::Value)>| {
        let mut bytes = Vec::new();
        ciborium::into_writer(&ciborium::Value::Map(fields), &mut bytes).unwrap();
        ciborium::from_reader::<Entry, _>(bytes.as_slice())
    };
    // A kind without anything in it has no body; one of each other form.
    let opened = Body::ShiftOpened { float: Minor(5) };
    for body in [Body::PinChanged, Body::PasskeyRemoved, Body::NoSale { reason: "x".into() }, opened.clone()] {
        assert_eq!(fields(body.clone()).len(), if matches!(body, Body::PinChanged | Body::PasskeyRemoved) { 10 } else { 11 });
        assert_eq!(read(fields(body.clone())).unwrap().body, body);
    }
    let whole = fields(opened.clone());
    let mut more = whole.clone();
    more.push((text("later"), text("what a newer version adds")));
    assert_eq!(read(more).unwrap().body, opened);
    for name in ["v", "shop", "till", "epoch", "seq", "prev", "at_ms", "kind", "body"] {
        let without: Vec<_> = whole.iter().filter(|(key, _)| *key != text(name)).cloned().collect();
        assert_eq!(without.len(), 10);
        assert!(read(without).is_err(), "without {name}");
    }
    let mut swapped = whole.clone();
    swapped.swap(9, 10);
    assert!(read(swapped).is_err(), "the kind stands before its body");
    for name in ["seq", "kind", "body"] {
        let twice = whole.iter().find(|(key, _)| *key == text(name)).cloned();
        assert!(read([whole.clone(), twice.into_iter().collect()].concat()).is_err(), "{name} twice");
    }
    let mut unknown = whole;
    unknown[9].1 = text("something_else");
    assert!(read(unknown).is_err());
}

#[test]
fn a_request_signature_has_the_form_of_rfc_9421() {
    let params = http::signature_params(1_618_884_473, TillId(7), Epoch(2));
    let base = http::signature_base("POST", "/v1/tills/7/entries", "sha-256=:AAAA:", &params);
    assert_eq!(
        base,
        "\"@method\": POST\n\"@path\": /v1/tills/7/entries\n\"content-digest\": sha-256=:AAAA:\n\"@signature-params\": \
         (\"@method\" \"@path\" \"content-digest\");created=1618884473;keyid=\"7.2\";alg=\"ecdsa-p256-sha256\""
    );
    assert_eq!(http::parse_key_id("7.2"), Some((TillId(7), Epoch(2))));
    assert_eq!(http::parse_key_id("7"), None);
}

proptest! {
    /// Any order, any repetition, any cut: what is acknowledged is a prefix, and each entry is stored exactly once.
    #[test]
    fn however_the_network_mangles_it_each_entry_is_stored_once(picks in prop::collection::vec(prop::collection::vec(0usize..10, 1..6), 1..60)) {
        let day = day();
        let mut known = Known::new(root());
        let mut stored: Vec<(Seq, Hash)> = Vec::new();
        for pick in picks {
            let records: Vec<Received> = pick
                .into_iter()
                .filter_map(|place| day.get(place))
                .map(|e| Received { stored: stored.iter().find(|(seq, _)| *seq == e.seq).map(|(_, h)| *h), ..received(e) })
                .collect();
            let out = take(&known, &records, 1);
            for (record, verdict) in records.iter().zip(&out.verdicts) {
                if let Verdict::Store(flags) = verdict {
                    prop_assert!(flags.is_empty(), "{:?}", flags);
                    prop_assert!(stored.iter().all(|(seq, _)| *seq != record.seq), "stored twice");
                    stored.push((record.seq, record.hash));
                }
            }
            known = out.known;
            prop_assert_eq!(known.head.seq.0 as usize, stored.len(), "what is acknowledged is what is stored");
        }
    }
}
