//! Cards: what is taken without the bank's word, what needs somebody, what is refused, and what happens when the bank says no.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    card::{
        CardSeen, Decided, EntryMode, Expiry, HotMatch, Outcome, Token,
        risk::Concern,
        rules::{CardRules, Cards, PinnedReader, ProcessorKey},
    },
    config::Config,
    device::{CardRequest, DeviceError},
    ids::{PaymentId, StaffId},
    journal::{Alert, Body},
    money::Minor,
    sale::Sale,
    staff::Permission,
    tax::TaxMode,
    tender::TenderKind,
    till::{CardStep, Effect, Event, Form, Phase, Stage},
    view::{CardView, PanelContent, Screen, TenderView, view},
};
use common::{TestTill, cards, config, reader, show_card, take_cards};
use proptest::prelude::*;

type ChangeCard = fn(&mut CardSeen);
type ChangeRules = fn(&mut CardRules);

const HOUR: i64 = 3_600_000;

/// A till that takes cards, with a mug (12.50) in the cart.
fn with_mug(staff: u64) -> TestTill {
    let mut till = TestTill::open(staff);
    take_cards(&mut till);
    till.tap("mug");
    till
}

fn change_rules(till: &mut TestTill, change: impl FnOnce(&mut Cards)) {
    let Phase::Unlocked(desk) = &mut till.model.phase else { panic!("signed in") };
    let mut config = (*desk.config).clone();
    change(config.cards.as_mut().unwrap());
    desk.config = std::rc::Rc::new(config);
}

fn last_sale(till: &TestTill) -> &Sale {
    let sale = |body: &'_ Body| matches!(body, Body::Sale(_));
    match till.journal.iter().rev().map(|entry| &entry.body).find(|body| sale(body)) {
        Some(Body::Sale(sale)) => sale,
        _ => panic!("nothing was sold"),
    }
}

fn tender_screen(till: &TestTill) -> TenderView {
    match view(&till.model).screen {
        Screen::Tender(tender) => tender,
        other => panic!("not paying: {other:?}"),
    }
}

fn concerns(till: &TestTill) -> Vec<Concern> {
    match till.stage() {
        Stage::Tendering(tendering) => match &tendering.card {
            CardStep::Seen { concerns, .. } => concerns.clone(),
            other => panic!("no card was seen: {other:?}, {:?}", till.error()),
        },
        other => panic!("not paying: {other:?}"),
    }
}

fn decide(till: &mut TestTill, outcome: Outcome) {
    let payment = till.desk().ledger.open_cards[0].payment;
    till.send(Event::PaymentsDecided(vec![Decided { payment, outcome, at_ms: 5 }]));
}

#[test]
fn a_card_pays_and_everybody_is_told_that_the_bank_has_not_said_so_yet() {
    let mut till = with_mug(1);
    assert_eq!(till.journal.last().unwrap().body, Body::ReaderAttached(reader("B1234")));
    till.send(Event::ChargePressed);
    assert_eq!(tender_screen(&till).card, CardView::Ready);
    show_card(&mut till, |_| {});
    let screen = tender_screen(&till);
    assert!(matches!(&screen.card, CardView::Seen { what, concerns, .. } if what == "Visa ····4242" && concerns.is_empty()));
    assert!(screen.enough && screen.remaining.minor == 1250);
    till.send(Event::TenderConfirmed);
    let Screen::Receipt(receipt) = view(&till.model).screen else { panic!("paid: {:?}", till.error()) };
    assert!(receipt.unauthorised.unwrap().contains("not yet authorised"));
    assert_eq!((receipt.tenders[0].bank.as_deref(), receipt.handed), (Some("not yet authorised"), None));
    let sale = last_sale(&till);
    assert_eq!(sale.check(), Ok(()));
    let tender = &sale.tenders[0];
    assert_eq!((tender.kind, tender.amount, tender.change), (TenderKind::Card, Minor(1250), Minor(0)));
    assert_eq!(tender.card.as_ref().unwrap().sealed.0, b"only the processor opens this");
    assert_eq!(view(&till.model).status.exposure.as_deref(), Some("1 card payment, €12.50, not yet authorised"));
    assert_eq!(till.desk().ledger.shift.as_ref().unwrap().expected_cash(), Ok(Minor(10_000)), "no cash came in");

    decide(&mut till, Outcome::Approved { authorization: "A1".into() });
    let shown = view(&till.model);
    assert_eq!(shown.status.exposure, None);
    let Screen::Receipt(receipt) = shown.screen else { panic!("still the receipt") };
    assert_eq!((receipt.unauthorised, receipt.tenders[0].bank.as_deref()), (None, Some("approved")));
}

#[test]
fn a_decline_after_the_sale_stays_on_screen_until_somebody_has_dealt_with_it() {
    let mut till = with_mug(1);
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    decide(&mut till, Outcome::Declined { reason: "insufficient funds".into() });
    let kinds: Vec<&str> = till.journal.iter().rev().take(2).map(|entry| entry.body.kind()).collect();
    assert_eq!(kinds, ["alert_raised", "card_decided"]);
    let task = view(&till.model).status.tasks[0].clone();
    assert_eq!(task.kind, "card-declined");
    assert!(task.sentence.contains("insufficient funds") && task.sentence.contains("4242"));
    let alert = task.answers.unwrap();
    till.send(Event::FormOpened(Form::Alert(alert.clone())));
    assert!(matches!(view(&till.model).panel.unwrap().content, PanelContent::Alert { .. }));
    till.send(Event::AlertAnswered { alert: alert.clone(), note: " ".into() });
    assert_eq!(view(&till.model).status.tasks.len(), 1, "it takes a word");
    till.send(Event::AlertAnswered { alert: alert.clone(), note: "paid in cash".into() });
    assert_eq!(till.journal.last().unwrap().body, Body::AlertAnswered { alert, note: "paid in cash".into() });
    assert!(view(&till.model).status.tasks.is_empty() && view(&till.model).panel.is_none());
}

#[test]
fn what_the_server_tells_twice_is_noted_once() {
    let mut till = with_mug(1);
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    till.hold = true;
    let payment = till.desk().ledger.open_cards[0].payment;
    let news = || vec![Decided { payment, outcome: Outcome::Approved { authorization: "A".into() }, at_ms: 1 }];
    till.send(Event::PaymentsDecided(news()));
    till.send(Event::PaymentsDecided(news()));
    assert_eq!(till.held.len(), 1, "while it is being written, the same news wait");
    assert!(!till.desk().busy(), "and nobody waits for it");
}

#[test]
fn above_the_limit_a_manager_approves_or_another_tender_pays() {
    let mut till = with_mug(1);
    till.send(Event::QtyTyped { line: 0, qty: "9".into() });
    show_card(&mut till, |_| {});
    assert_eq!(concerns(&till), [Concern::SaleLimit]);
    till.send(Event::TenderConfirmed);
    assert!(matches!(view(&till.model).panel.unwrap().content, PanelContent::Approval { .. }));
    let refused = till.journal.last().unwrap().body.clone();
    assert!(matches!(&refused, Body::Refused { permission: Permission::AcceptOfflineCard, what } if what.contains("€112.50")));
    till.approve(3);
    assert!(matches!(till.stage(), Stage::Receipt(_)), "{:?}", till.error());
    let kinds: Vec<&str> = till.journal.iter().rev().take(2).map(|entry| entry.body.kind()).collect();
    assert_eq!(kinds, ["sale", "approved"]);

    let mut till = with_mug(1);
    till.send(Event::QtyTyped { line: 0, qty: "9".into() });
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    till.send(Event::PanelClosed);
    till.send(Event::CashGiven(Minor(11_250)));
    assert!(till.effects.contains(&Effect::ReadCard(None)), "the card is not waited for any more");
    till.send(Event::TenderConfirmed);
    assert_eq!(last_sale(&till).tenders[0].kind, TenderKind::Cash);
    assert!(till.desk().ledger.open_cards.is_empty());
}

#[test]
fn an_approved_card_is_not_another_one() {
    let mut till = with_mug(1);
    till.send(Event::QtyTyped { line: 0, qty: "9".into() });
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    let sneaked = till.desk().ledger.open_cards.len();
    till.send(Event::CardRead(Err("swipe again".into())));
    till.send(Event::CardPressed { payment: PaymentId([9; 16]) });
    till.approve(3);
    assert_eq!(last_sale(&till).tenders.len(), 1, "the question stands still until it is answered");
    assert_eq!(till.desk().ledger.open_cards.len(), sneaked + 1);
}

#[test]
fn what_nobody_may_wave_through() {
    let cases: [(Concern, ChangeCard); 3] = [
        (Concern::Hot, |card| card.hot = HotMatch::Certain),
        (Concern::Expired, |card| card.expiry = Some(Expiry { year: 1969, month: 12 })),
        (Concern::RefusedBin, |card| card.bin = Some(400_000)),
    ];
    for (concern, change) in cases {
        // Not even a manager.
        let mut till = with_mug(3);
        change_rules(&mut till, |cards| cards.rules.refused_bins = vec![(400_000, 400_999)]);
        show_card(&mut till, change);
        assert!(till.error().unwrap().contains(concern.sentence()), "{:?}", till.error());
        let Body::CardRefused { concerns, .. } = &till.journal.last().unwrap().body else { panic!("noted") };
        assert_eq!(*concerns, [concern]);
        till.send(Event::TenderConfirmed);
        assert!(matches!(till.stage(), Stage::Tendering(_)));
    }
}

#[test]
fn each_limit_by_itself() {
    let odd: [(Concern, ChangeCard); 4] = [
        (Concern::PossiblyHot, |card| card.hot = HotMatch::Possible),
        (Concern::Fallback, |card| (card.mode, card.service_code) = (EntryMode::Fallback, Some(201))),
        (Concern::UnknownService, |card| card.service_code = None),
        (Concern::CardCount, |_| {}),
    ];
    for (concern, change) in odd {
        let mut till = with_mug(1);
        change_rules(&mut till, |cards| {
            cards.rules.unknown_service_max = Minor(1000);
            cards.rules.card_count_max = if concern == Concern::CardCount { 0 } else { 5 };
        });
        show_card(&mut till, change);
        assert_eq!(concerns(&till), [concern]);
    }
    // Sums: one payment of 12.50 is open, and a second one comes.
    let sums: [(Concern, ChangeRules); 4] = [
        (Concern::CardSum, |rules| rules.card_sum_max = Minor(2499)),
        (Concern::StaffSum, |rules| rules.staff_sum_max = Minor(2499)),
        (Concern::TillSum, |rules| rules.till_sum_max = Minor(2499)),
        (Concern::Stored, |rules| rules.stored_max = 1),
    ];
    for (concern, change) in sums {
        let mut till = with_mug(1);
        change_rules(&mut till, |cards| change(&mut cards.rules));
        show_card(&mut till, |_| {});
        assert_eq!(concerns(&till), [], "{concern:?}");
        till.send(Event::TenderConfirmed);
        till.tap("mug");
        show_card(&mut till, |_| {});
        assert_eq!(concerns(&till), [concern]);
    }
}

#[test]
fn another_persons_and_another_cards_payments_count_for_themselves() {
    let mut till = with_mug(1);
    change_rules(&mut till, |cards| {
        cards.rules.card_sum_max = Minor(2000);
        cards.rules.staff_sum_max = Minor(2000);
    });
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    till.tap("mug");
    show_card(&mut till, |card| card.token = Token([2; 16]));
    assert_eq!(concerns(&till), [Concern::StaffSum]);
    till.now += 25 * HOUR;
    till.model.status.heard_ms = Some(till.now);
    show_card(&mut till, |_| {});
    assert_eq!(
        concerns(&till),
        [Concern::StaffSum],
        "outside of its window, one card's payment is forgotten; a cashier's is not"
    );
}

#[test]
fn hours_without_the_server_and_an_old_list_tighten_the_limits() {
    let mut till = with_mug(1);
    till.model.status.heard_ms = Some(till.now - 24 * HOUR - 60_000);
    show_card(&mut till, |_| {});
    assert_eq!(concerns(&till), [Concern::TooLongOffline]);
    till.model.status.heard_ms = None;
    show_card(&mut till, |_| {});
    assert_eq!(concerns(&till), [Concern::TooLongOffline], "a till that never heard of it");

    let mut till = with_mug(1);
    change_rules(&mut till, |cards| cards.rules.sale_max = Minor(2000));
    for (made_ms, want) in
        [(None, vec![]), (Some(till.now - HOUR), vec![]), (Some(till.now - 8 * 24 * HOUR), vec![Concern::SaleLimit])]
    {
        till.model.status.hot_list_ms = made_ms;
        show_card(&mut till, |_| {});
        assert_eq!(concerns(&till), want, "{made_ms:?}");
    }
    till.now += 365 * 24 * HOUR;
    till.model.status.heard_ms = Some(till.now);
    till.model.status.hot_list_ms = Some(0);
    show_card(&mut till, |_| {});
    assert_eq!(concerns(&till), [Concern::SaleLimit], "a list that is named and not there yet is stale");
}

#[test]
fn several_tenders_pay_one_sale() {
    let mut till = with_mug(1);
    till.tap("bread");
    // 5.00 in cash, the rest (11.39) by card.
    till.send(Event::ChargePressed);
    till.send(Event::CashTyped("5".into()));
    show_card(&mut till, |_| {});
    let screen = tender_screen(&till);
    assert_eq!((screen.parts[0].what.as_str(), screen.parts[0].amount.minor), ("Cash", 500));
    till.send(Event::TenderConfirmed);
    let sale = last_sale(&till);
    assert_eq!(sale.check(), Ok(()));
    assert_eq!(
        sale.tenders.iter().map(|t| (t.kind, t.amount.0)).collect::<Vec<_>>(),
        [(TenderKind::Cash, 500), (TenderKind::Card, 1139)]
    );

    // 10.00 by a terminal, the rest in cash, with change.
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::FormOpened(Form::External));
    till.send(Event::ExternalSubmitted { reference: "4242424242424242".into() });
    assert!(till.error().unwrap().contains("slip"), "a card's number is no reference");
    till.send(Event::CashTyped("2.50".into()));
    till.send(Event::FormOpened(Form::External));
    assert!(matches!(view(&till.model).panel.unwrap().content, PanelContent::External { amount } if amount.minor == 1000));
    till.send(Event::ExternalSubmitted { reference: "0815".into() });
    let sale = last_sale(&till);
    assert_eq!(
        sale.tenders.iter().map(|t| (t.kind, t.amount.0)).collect::<Vec<_>>(),
        [(TenderKind::Cash, 250), (TenderKind::External, 1000)]
    );
    assert_eq!(sale.tenders[1].reference.as_deref(), Some("0815"));
    let report = &till.desk().ledger.shift.as_ref().unwrap().figures;
    assert_eq!(
        report.tenders,
        [(TenderKind::Cash, Minor(750)), (TenderKind::Card, Minor(1139)), (TenderKind::External, Minor(1000))]
    );
}

#[test]
fn what_was_taken_survives_a_reload_and_can_be_taken_out() {
    let mut till = with_mug(1);
    till.tap("bread");
    till.send(Event::ChargePressed);
    till.send(Event::CashTyped("5".into()));
    show_card(&mut till, |_| {});
    till.send(Event::LockPressed(barrow_core::journal::LockCause::Button));
    till.sign_in(1, Config { cards: Some(cards()), ..config(TaxMode::Inclusive) });
    let screen = tender_screen(&till);
    assert_eq!(
        (screen.parts.len(), screen.remaining.minor),
        (1, 1139),
        "the cash is there still, the card has to be shown again"
    );
    till.send(Event::TenderRemoved(0));
    assert_eq!(till.journal.last().unwrap().body, Body::TenderTakenOut { what: "Cash".into(), amount: Minor(500) });
    assert_eq!(tender_screen(&till).remaining.minor, 1639);
    till.send(Event::TenderLeft);
    assert!(matches!(till.stage(), Stage::Selling(cart) if cart.lines().len() == 2));
}

#[test]
fn a_failed_write_keeps_the_card_and_can_be_tried_again() {
    let mut till = with_mug(1);
    show_card(&mut till, |_| {});
    till.fail_next = Some(DeviceError::StorageFull);
    till.send(Event::TenderConfirmed);
    assert!(matches!(till.stage(), Stage::Tendering(_)));
    assert_eq!(till.error(), Some(DeviceError::StorageFull.to_string().as_str()));
    till.send(Event::TenderConfirmed);
    assert!(matches!(till.stage(), Stage::Receipt(_)));
    assert_eq!(last_sale(&till).tenders.len(), 1);
}

#[test]
fn a_void_takes_the_payment_out_of_the_exposure() {
    let mut till = with_mug(3);
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    till.send(Event::VoidSubmitted("wrong size".into()));
    assert!(till.desk().ledger.open_cards.is_empty());
    let Screen::Receipt(receipt) = view(&till.model).screen else { panic!("receipt") };
    assert!(receipt.voided.unwrap().contains("cancelled with the bank"));
    // The bank's word comes all the same: noted, so that it is not told for ever, and nobody is troubled.
    let payment = PaymentId([3; 16]);
    till.send(Event::PaymentsDecided(vec![Decided { payment, outcome: Outcome::Declined { reason: "x".into() }, at_ms: 1 }]));
    assert!(matches!(till.journal.last().unwrap().body, Body::CardDecided(_)));
    assert!(view(&till.model).status.tasks.is_empty());
}

#[test]
fn a_reader_that_is_not_this_tills_is_told_and_not_used() {
    let mut till = with_mug(1);
    let pinned = PinnedReader { vendor: 0x0801, product: 0x0011, serial: "B1234".into(), name: "Stall 1".into() };
    change_rules(&mut till, |cards| cards.readers = vec![pinned]);
    till.send(Event::ReadersSeen(Some(vec![reader("EVIL")])));
    let kinds: Vec<&str> = till.journal.iter().rev().take(3).map(|entry| entry.body.kind()).collect();
    assert_eq!(kinds, ["alert_raised", "reader_attached", "reader_detached"]);
    assert_eq!(view(&till.model).status.tasks[0].kind, "wrong-reader");
    let before = till.journal.len();
    till.send(Event::ReadersSeen(Some(vec![reader("EVIL")])));
    assert_eq!(till.journal.len(), before, "told once");
    show_card(&mut till, |card| card.reader = "EVIL".into());
    assert!(till.error().unwrap().contains("does not belong to this till"));
    till.send(Event::TenderConfirmed);
    assert!(matches!(till.stage(), Stage::Tendering(_)));
    till.send(Event::AlertAnswered { alert: Alert::WrongReader(reader("EVIL")), note: "taken away".into() });
    assert!(view(&till.model).status.tasks.is_empty());

    till.send(Event::FormOpened(Form::Readers));
    let PanelContent::Readers(shown) = view(&till.model).panel.unwrap().content else { panic!("the readers") };
    assert_eq!((shown.len(), shown[0].state), (1, "wrong"));

    // One whose serial number is learnt with the first card only.
    let mut till = with_mug(1);
    let pinned = PinnedReader { vendor: 0x0801, product: 0x0011, serial: "B1234".into(), name: String::new() };
    change_rules(&mut till, |cards| cards.readers = vec![pinned]);
    till.send(Event::ReadersSeen(Some(vec![reader("")])));
    assert!(view(&till.model).status.tasks.is_empty(), "it has not told yet");
    show_card(&mut till, |card| card.reader = "EVIL".into());
    assert_eq!(view(&till.model).status.tasks[0].kind, "wrong-reader");
}

#[test]
fn readers_that_come_while_others_are_being_noted_are_noted_after_them() {
    let mut till = with_mug(1);
    till.hold = true;
    till.send(Event::ReadersSeen(Some(vec![])));
    till.send(Event::ReadersSeen(Some(vec![reader("B1234"), reader("C9")])));
    till.hold = false;
    till.release();
    assert_eq!(till.desk().ledger.readers, [reader("B1234"), reader("C9")]);
}

#[test]
fn without_cards_a_key_or_a_reader_the_cashier_is_told_what_to_do() {
    let mut till = TestTill::open(1);
    till.tap("mug");
    till.send(Event::ChargePressed);
    assert!(matches!(tender_screen(&till).card, CardView::Off(_)));
    till.send(Event::CardPressed { payment: PaymentId([1; 16]) });
    assert!(till.error().unwrap().contains("takes no cards"));
    let mut till = with_mug(1);
    change_rules(&mut till, |cards| cards.keys[0].until_ms = 5);
    till.send(Event::ChargePressed);
    till.send(Event::CardPressed { payment: PaymentId([1; 16]) });
    assert!(till.error().unwrap().contains("No key"));
    let mut till = with_mug(1);
    till.send(Event::ReadersSeen(Some(vec![])));
    till.send(Event::ChargePressed);
    assert!(matches!(tender_screen(&till).card, CardView::Off(sentence) if sentence.contains("manager")));
    till.send(Event::ReadersSeen(None));
    assert!(matches!(tender_screen(&till).card, CardView::Off(sentence) if sentence.contains("browser")));
}

#[test]
fn a_card_that_nobody_waits_for_changes_nothing() {
    let mut till = with_mug(1);
    show_card(&mut till, |card| card.amount = Minor(1));
    assert!(
        matches!(till.stage(), Stage::Tendering(t) if matches!(t.card, CardStep::Waiting { .. })),
        "sealed for another amount"
    );
    till.send(Event::TenderConfirmed);
    assert_eq!(till.error(), Some("Swipe, insert or tap the card first."));
    till.send(Event::CardRead(Err("Swipe again, a little slower.".into())));
    assert_eq!(till.error(), Some("Swipe again, a little slower."));
}

#[test]
fn the_newest_key_that_is_valid_seals() {
    let mut cards = cards();
    let key = |kid: &str, from_ms, until_ms| ProcessorKey { kid: kid.into(), from_ms, until_ms, ..cards.keys[0].clone() };
    cards.keys = vec![key("old", 0, 100), key("new", 50, 200), key("later", 150, 300)];
    let at = |now| cards.key_at(now).map(|key| key.kid.as_str());
    assert_eq!([at(10), at(60), at(150), at(250), at(300)], [Some("old"), Some("new"), Some("later"), Some("later"), None]);
}

#[test]
fn news_are_asked_for_while_a_payment_is_fresh() {
    let mut till = with_mug(1);
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    till.model.status.online = true;
    till.effects.clear();
    for _ in 0..6 {
        till.send(Event::Ticked);
    }
    assert_eq!(till.effects, [Effect::Sync, Effect::Sync]);
    till.now += HOUR;
    till.effects.clear();
    till.send(Event::Ticked);
    assert_eq!(till.effects, []);
}

#[test]
fn the_reader_is_told_what_to_seal() {
    let mut till = with_mug(1);
    till.send(Event::ChargePressed);
    let payment = PaymentId([4; 16]);
    till.send(Event::CardPressed { payment });
    let request = CardRequest { payment, amount: Minor(1250), currency: "EUR".into() };
    assert_eq!(till.effects.last(), Some(&Effect::ReadCard(Some(request))));
    till.send(Event::CardLeft);
    assert_eq!(till.effects.last(), Some(&Effect::ReadCard(None)));
    assert_eq!(till.desk().staff.id, StaffId(1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// However a sale is paid, its tenders come to what is owed, and the exposure is what cards took of it.
    #[test]
    fn tenders_always_come_to_what_is_owed(steps in proptest::collection::vec((0u8..5, 0i64..4000), 1..12)) {
        let mut till = with_mug(3);
        till.tap("bread");
        till.send(Event::ChargePressed);
        for (step, amount) in steps {
            match step {
                0 => till.send(Event::CashGiven(Minor(amount))),
                1 if matches!(till.stage(), Stage::Tendering(t) if t.remaining().0 > 0) => show_card(&mut till, |_| {}),
                2 => till.send(Event::ExternalSubmitted { reference: "1".into() }),
                3 => till.send(Event::TenderRemoved(0)),
                _ => till.send(Event::TenderConfirmed),
            }
        }
        let mut open = 0;
        for entry in &till.journal {
            if let Body::Sale(sale) = &entry.body {
                prop_assert_eq!(sale.check(), Ok(()));
                open += sale.tenders.iter().filter(|t| t.kind == TenderKind::Card).map(|t| t.amount.0).sum::<i64>();
            }
        }
        prop_assert_eq!(till.desk().ledger.open_cards.iter().map(|p| p.amount.0).sum::<i64>(), open);
    }
}
