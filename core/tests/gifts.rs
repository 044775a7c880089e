//! Gift cards, store credit, tips, and payments split in any way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::rc::Rc;

use barrow_core::{
    bytes::Blob,
    config::Config,
    device::DeviceError,
    gift::{GiftCode, GiftOverdrawn, GiftRef, RANDOM_BYTES},
    ids::{Epoch, SaleId, Seq, ShopId, TillId},
    journal::{Alert, Body, LockCause},
    ledger::Ledger,
    money::{Currency, Minor},
    refund::Refund,
    sale::{Sale, SaleFault, Void},
    tax::{Ppm, TaxMode},
    tender::TenderKind,
    till::{Asked, Desk, Effect, Event, Form, Panel, Phase, Stage},
    view::{GiftState, PanelContent, Screen, view},
    wire::GiftReply,
};
use proptest::prelude::*;

mod common;
use common::{TestTill, config, open_order, show_card, take_cards};

const KEY: [u8; 32] = [7; 32];

fn code(n: u8) -> GiftCode {
    GiftCode::of([n; RANDOM_BYTES])
}

fn reference(n: u8) -> GiftRef {
    code(n).reference(&KEY)
}

fn with_config(till: &mut TestTill, change: impl FnOnce(&mut Config)) {
    let Phase::Unlocked(desk) = &mut till.model.phase else { panic!("signed in") };
    let mut config = (*desk.config).clone();
    change(&mut config);
    desk.config = Rc::new(config);
}

fn sales(till: &TestTill) -> Vec<&Sale> {
    let of = |body: &'_ _| matches!(body, Body::Sale(_));
    till.journal
        .iter()
        .map(|entry| &entry.body)
        .filter(|body| of(body))
        .map(|body| match body {
            Body::Sale(sale) => sale,
            _ => panic!(),
        })
        .collect()
}

fn last_sale(till: &TestTill) -> Sale {
    (*sales(till).last().unwrap()).clone()
}

fn tenders(sale: &Sale) -> Vec<(TenderKind, i64)> {
    sale.tenders.iter().map(|tender| (tender.kind, tender.amount.0)).collect()
}

/// Sells card `n` with `amount` on it, and begins the next sale.
fn sell_card(till: &mut TestTill, n: u8, amount: &str) {
    till.send(Event::GiftPressed);
    till.send(Event::GiftSold { amount: amount.into(), random: [n; RANDOM_BYTES] });
    assert_eq!(till.error(), None);
    till.pay_exact();
    assert!(matches!(till.stage(), Stage::Receipt(_)), "{:?}", till.error());
    till.send(Event::NewSalePressed);
}

fn shown(till: &TestTill) -> barrow_core::view::GiftCardView {
    match view(&till.model).panel.map(|panel| panel.content) {
        Some(PanelContent::Gift(gift)) => gift.shown.unwrap(),
        other => panic!("{other:?}"),
    }
}

fn reply(n: u8, balance: Option<i64>, upto: Seq) -> GiftReply {
    GiftReply {
        v: 1,
        shop: ShopId(1),
        till: TillId(1),
        epoch: Epoch(1),
        card: reference(n),
        nonce: Blob::default(),
        balance: balance.map(Minor),
        blocked: false,
        until_ms: None,
        upto,
    }
}

/// Shows card `n`; the server, if it can be reached, says what is on it.
fn show(till: &mut TestTill, n: u8, server: Option<GiftReply>) {
    till.model.status.online = server.is_some();
    till.send(Event::GiftPressed);
    till.effects.clear();
    till.send(Event::GiftCodeSubmitted(code(n).to_string().to_lowercase()));
    match server {
        Some(reply) => {
            assert_eq!(till.effects, [Effect::AskGift(reference(n))]);
            till.send(Event::GiftTold { card: reference(n), result: Ok(reply) });
        }
        None => assert_eq!(till.effects, []),
    }
}

fn redeem(till: &mut TestTill, amount: &str) {
    till.send(Event::GiftRedeemed { amount: amount.into() });
}

#[test]
fn what_was_printed_or_is_held_already_is_not_handed_over_again() {
    let mut till = TestTill::open(2);
    let sell = |till: &mut TestTill, n: u8| {
        till.send(Event::GiftPressed);
        till.send(Event::GiftSold { amount: "25".into(), random: [n; RANDOM_BYTES] });
        till.pay_exact();
    };
    sell(&mut till, 1);
    till.send(Event::PrintPressed);
    till.send(Event::NewSalePressed);
    assert!(till.desk().panel.is_none() && till.saved.as_ref().unwrap().issued.is_empty(), "it is on the paper");
    show(&mut till, 1, None);
    till.send(Event::GiftLoaded { amount: "5".into() });
    till.pay_exact();
    till.send(Event::NewSalePressed);
    assert!(till.desk().panel.is_none() && till.saved.as_ref().unwrap().issued.is_empty(), "who topped it up holds it");
    // A tap on the receipt goes on as well: what it asks is asked first.
    sell(&mut till, 2);
    till.tap("mug");
    assert!(matches!(&till.desk().panel, Some(Panel::Form(Form::Issued))), "{:?}", till.desk().panel);
    till.send(Event::IssuedRead);
    assert_eq!(till.desk().cart().map(|cart| cart.lines().len()), Some(1), "and nothing of the next sale is lost");
}

#[test]
fn a_gift_card_is_sold_beside_the_goods_and_is_no_turnover() {
    let mut till = TestTill::open(2);
    till.tap("mug");
    till.send(Event::GiftPressed);
    till.send(Event::GiftSold { amount: "25".into(), random: [1; RANDOM_BYTES] });
    let Screen::Selling(selling) = view(&till.model).screen else { panic!() };
    assert_eq!((selling.total.minor, selling.gifts[0].amount.as_str()), (1250 + 2500, "€25.00"));
    till.pay_exact();
    let sale = last_sale(&till);
    assert_eq!((sale.totals.gross, sale.turnover, sale.due()), (Minor(1250), Minor(1250), Ok(Minor(3750))));
    assert_eq!((sale.gifts[0].card, sale.gifts[0].amount, sale.check()), (reference(1), Minor(2500), Ok(())));
    let shift = till.desk().ledger.shift.clone().unwrap();
    assert_eq!((shift.figures.gross, shift.figures.gifts_sold, shift.figures.cash()), (Minor(1250), Minor(2500), Minor(3750)));
    // The code stands on the receipt and nowhere in the journal.
    let Screen::Receipt(receipt) = view(&till.model).screen else { panic!() };
    assert_eq!(receipt.gifts[0].code, Some(code(1).to_string()));
    assert!(!format!("{:?}", till.journal).contains(&code(1).to_string()[..9]));
    // Not even after a reload, until the next sale begins.
    till.send(Event::LockPressed(LockCause::Button));
    till.sign_in(2, config(TaxMode::Inclusive));
    let Screen::Receipt(receipt) = view(&till.model).screen else { panic!() };
    assert_eq!(receipt.gifts[0].code, Some(code(1).to_string()));
    // Nor if somebody goes on without having handed it over: not by a slip of the finger, and not by another reload.
    till.send(Event::NewSalePressed);
    for _ in 0..2 {
        assert!(matches!(till.stage(), Stage::Selling(_)));
        let Some(PanelContent::Issued(issued)) = view(&till.model).panel.map(|panel| panel.content) else { panic!() };
        assert_eq!((issued.len(), issued[0].code.clone(), issued[0].credit), (1, Some(code(1).to_string()), false));
        till.send(Event::PanelClosed);
        till.send(Event::LockPressed(LockCause::Button));
        till.sign_in(2, config(TaxMode::Inclusive));
    }
    till.send(Event::IssuedRead);
    assert!(till.desk().panel.is_none() && till.saved.as_ref().unwrap().issued.is_empty());
    open_order(&mut till, 0);
    let Screen::History(history) = view(&till.model).screen else { panic!() };
    let gifts = history.order.unwrap().receipt.gifts;
    assert_eq!((gifts[0].code.clone(), gifts[0].last4.clone()), (None, code(1).last4()));
}

#[test]
fn a_page_that_goes_away_while_a_card_is_sold_still_shows_its_code() {
    let mut till = TestTill::open(2);
    till.send(Event::GiftPressed);
    till.send(Event::GiftSold { amount: "25".into(), random: [1; RANDOM_BYTES] });
    let before = till.saved.clone();
    till.pay_exact();
    till.saved = before;
    till.sign_in(2, config(TaxMode::Inclusive));
    let Screen::Receipt(receipt) = view(&till.model).screen else { panic!() };
    assert_eq!(receipt.gifts[0].code, Some(code(1).to_string()));
}

#[test]
fn a_card_pays_a_part_and_cash_the_rest_also_after_a_reload() {
    let mut till = TestTill::open(2);
    sell_card(&mut till, 1, "5");
    till.tap("mug");
    till.send(Event::ChargePressed);
    let upto = till.head.seq;
    show(&mut till, 1, Some(reply(1, Some(500), upto)));
    assert_eq!((shown(&till).state, shown(&till).pays.unwrap().minor), (GiftState::Certain, 500));
    redeem(&mut till, "6");
    assert_eq!(till.error(), Some("This card pays at most €5.00 of what is owed."));
    redeem(&mut till, "");
    till.sign_in(2, config(TaxMode::Inclusive));
    let Screen::Tender(tender) = view(&till.model).screen else { panic!("{:?}", till.stage()) };
    assert_eq!(
        (tender.remaining.minor, tender.parts[0].what.as_str()),
        (750, format!("Gift card ····{}", code(1).last4()).as_str())
    );
    till.send(Event::CashGiven(Minor(1000)));
    till.send(Event::TenderConfirmed);
    let sale = last_sale(&till);
    assert_eq!(tenders(&sale), [(TenderKind::GiftCard, 500), (TenderKind::Cash, 750)]);
    assert_eq!((sale.change(), sale.check(), sale.turnover), (Minor(250), Ok(()), Minor(1250)));
    assert_eq!(till.desk().known_gift(reference(1)).unwrap().balance(), Some(Minor(0)));
    till.send(Event::NewSalePressed);
    till.tap("bread");
    till.send(Event::ChargePressed);
    // The server has not heard of that sale yet, and the till knows better.
    let before = Seq(till.head.seq.0 - 2);
    show(&mut till, 1, Some(reply(1, Some(500), before)));
    assert_eq!(shown(&till).why_not.as_deref(), Some("Nothing is left on this card."));
}

#[test]
fn without_the_server_a_card_pays_within_a_limit() {
    let mut till = TestTill::open(2);
    with_config(&mut till, |config| {
        (config.rules.gift.offline_card_max, config.rules.gift.offline_shift_max) = (Minor(500), Minor(800));
    });
    let charge = |till: &mut TestTill| {
        till.tap("mug");
        till.send(Event::ChargePressed);
    };
    charge(&mut till);
    show(&mut till, 1, None);
    assert_eq!((shown(&till).state, shown(&till).pays.unwrap().minor), (GiftState::Unseen, 500));
    redeem(&mut till, "");
    show(&mut till, 1, None);
    assert!(shown(&till).why_not.is_some(), "the limit of one card counts within a sale as well");
    show(&mut till, 2, None);
    assert_eq!(shown(&till).pays.unwrap().minor, 300, "the shift's");
    redeem(&mut till, "1");
    till.send(Event::CashGiven(Minor(650)));
    till.send(Event::TenderConfirmed);
    assert!(last_sale(&till).tenders[0].gift.as_ref().unwrap().offline);
    till.send(Event::NewSalePressed);
    charge(&mut till);
    show(&mut till, 2, None);
    assert_eq!(shown(&till).pays.unwrap().minor, 200);
    // Asked, but there is no answer.
    till.model.status.online = true;
    till.send(Event::GiftCodeSubmitted(code(3).to_string()));
    assert_eq!(shown(&till).state, GiftState::Asking);
    redeem(&mut till, "1");
    assert!(till.error().unwrap().contains("being asked"));
    till.send(Event::GiftTold { card: reference(2), result: Err(DeviceError::Offline) });
    assert_eq!(till.desk().shown_gift().unwrap().asked, Asked::Asking, "an answer for another card");
    till.send(Event::GiftTold { card: reference(3), result: Err(DeviceError::Offline) });
    assert_eq!(shown(&till).pays.unwrap().minor, 200, "what is left of the shift's limit");
    with_config(&mut till, |config| config.rules.gift.offline_card_max = Minor::ZERO);
    assert!(shown(&till).why_not.unwrap().contains("cannot be asked now"));
}

#[test]
fn cards_that_are_unknown_blocked_expired_or_for_sale_themselves_pay_nothing() {
    let mut till = TestTill::open(2);
    till.tap("mug");
    till.send(Event::ChargePressed);
    show(&mut till, 1, Some(reply(1, None, Seq(0))));
    assert!(shown(&till).why_not.unwrap().starts_with("No till has told the server"));
    show(&mut till, 1, Some(GiftReply { blocked: true, ..reply(1, Some(500), Seq(0)) }));
    assert!(shown(&till).why_not.unwrap().contains("blocked"));
    show(&mut till, 1, None);
    assert!(shown(&till).why_not.unwrap().contains("blocked"), "also when nobody can be asked");
    let until_ms = Some(till.now + 2_500);
    show(&mut till, 2, Some(GiftReply { until_ms, ..reply(2, Some(500), Seq(0)) }));
    till.send(Event::PanelClosed);
    show(&mut till, 2, Some(GiftReply { until_ms, ..reply(2, Some(500), Seq(0)) }));
    assert!(shown(&till).why_not.unwrap().contains("expired"));
    with_config(&mut till, |config| config.gifts.as_mut().unwrap().blocked = vec![reference(3)]);
    show(&mut till, 3, Some(reply(3, Some(500), Seq(0))));
    assert!(shown(&till).why_not.unwrap().contains("blocked"));
    till.send(Event::PanelClosed);
    till.send(Event::TenderLeft);
    till.send(Event::LineRemoved(0));
    till.send(Event::GiftPressed);
    till.send(Event::GiftSold { amount: "10".into(), random: [4; RANDOM_BYTES] });
    till.send(Event::ChargePressed);
    show(&mut till, 5, Some(reply(5, Some(5000), Seq(0))));
    assert!(shown(&till).why_not.unwrap().contains("not paid with gift cards"));
    let Screen::Tender(tender) = view(&till.model).screen else { panic!() };
    assert!(!tender.takes_gifts);
}

#[test]
fn amounts_codes_and_scans_that_cannot_be_change_nothing() {
    let mut till = TestTill::open(2);
    till.send(Event::GiftPressed);
    for amount in ["", "0", "-1", "x", "500.01"] {
        till.send(Event::GiftSold { amount: amount.into(), random: [1; RANDOM_BYTES] });
        assert!(till.error().is_some() && till.desk().cart().unwrap().is_empty(), "{amount}");
    }
    till.send(Event::GiftCodeSubmitted("4006381333931".into()));
    assert!(till.error().unwrap().contains("not the code of a gift card"));
    till.send(Event::GiftSold { amount: "10".into(), random: [1; RANDOM_BYTES] });
    till.send(Event::GiftPressed);
    till.send(Event::GiftSold { amount: "10".into(), random: [1; RANDOM_BYTES] });
    assert!(till.error().unwrap().contains("in the order already"));
    till.send(Event::PanelClosed);
    till.send(Event::CartGiftRemoved(0));
    assert!(till.desk().cart().unwrap().is_empty());
    // A scan of a card's code shows the card, at the counter and when it is to pay.
    till.send(Event::Scanned(code(1).to_string()));
    assert_eq!(till.desk().shown_gift().unwrap().card, reference(1));
    till.send(Event::Scanned(code(2).to_string()));
    assert_eq!(till.desk().shown_gift().unwrap().card, reference(2));
    till.send(Event::GiftLoaded { amount: "10".into() });
    till.send(Event::ChargePressed);
    till.send(Event::Scanned(code(1).to_string()));
    assert_eq!(till.desk().shown_gift().unwrap().card, reference(1));
    // Scanners can be set to say first what kind of code it is.
    till.send(Event::Scanned(format!("]Q3{}", code(2))));
    assert_eq!(till.desk().shown_gift().unwrap().card, reference(2));
    till.send(Event::PanelClosed);
    till.send(Event::Scanned(format!("]Q3{}", code(1))));
    assert_eq!(till.desk().shown_gift().unwrap().card, reference(1));
    till.send(Event::PanelClosed);
    till.send(Event::TenderLeft);
    till.send(Event::Scanned(format!("]C0{}", code(2))));
    assert_eq!(till.desk().shown_gift().unwrap().card, reference(2));
    with_config(&mut till, |config| config.gifts = None);
    till.send(Event::PanelClosed);
    till.send(Event::GiftPressed);
    assert!(till.error().unwrap().contains("no gift cards"));
}

#[test]
fn a_void_puts_back_what_a_card_paid_and_takes_back_what_was_loaded() {
    let mut till = TestTill::open(2);
    sell_card(&mut till, 1, "20");
    till.tap("mug");
    till.send(Event::ChargePressed);
    show(&mut till, 1, None);
    redeem(&mut till, "");
    let sale = last_sale(&till);
    assert_eq!(tenders(&sale), [(TenderKind::GiftCard, 1250)]);
    assert_eq!(till.desk().known_gift(reference(1)).unwrap().balance(), Some(Minor(750)));
    // The card's own sale cannot be voided while it is spent.
    till.send(Event::NewSalePressed);
    open_order(&mut till, 1);
    till.send(Event::VoidSubmitted("wrong".into()));
    assert!(till.error().unwrap().contains("spent already"), "{:?}", till.error());
    till.send(Event::OrderLeft);
    till.send(Event::OrdersLeft);
    open_order(&mut till, 0);
    till.send(Event::VoidSubmitted("wrong".into()));
    assert_eq!(till.desk().known_gift(reference(1)).unwrap().balance(), Some(Minor(2000)));
    let void = |till: &TestTill| match &till.journal.last().unwrap().body {
        Body::SaleVoided(void) => void.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((void(&till).due, void(&till).outside, void(&till).turnover), (Minor(1250), Minor(0), Minor(0)));
    till.send(Event::OrdersLeft);
    open_order(&mut till, 1);
    till.send(Event::VoidSubmitted("wrong".into()));
    assert_eq!((void(&till).due, void(&till).outside, void(&till).turnover), (Minor(2000), Minor(2000), Minor(0)));
    assert_eq!(till.desk().known_gift(reference(1)).unwrap().balance(), Some(Minor(0)));
    let figures = &till.desk().ledger.shift.as_ref().unwrap().figures;
    assert_eq!((figures.gifts_sold, figures.gross, figures.voided), (Minor(0), Minor(0), Minor(3250)));
}

#[test]
fn a_refund_goes_back_to_the_card_that_paid_or_to_a_new_one_as_credit() {
    let mut till = TestTill::open(2);
    sell_card(&mut till, 1, "5");
    till.tap("mug");
    till.send(Event::ChargePressed);
    show(&mut till, 1, None);
    redeem(&mut till, "");
    till.send(Event::CashGiven(Minor(750)));
    till.send(Event::TenderConfirmed);
    till.send(Event::NewSalePressed);
    till.tap("bread");
    till.pay_exact();
    till.send(Event::NewSalePressed);
    let refund = |till: &TestTill| -> Refund {
        match &till.journal.iter().rev().find(|entry| matches!(entry.body, Body::Refund(_))).unwrap().body {
            Body::Refund(refund) => refund.clone(),
            _ => panic!(),
        }
    };
    open_order(&mut till, 1);
    till.send(Event::RefundPressed);
    till.send(Event::RefundSubmitted("broken".into()));
    let given: Vec<_> = refund(&till).tenders.iter().map(|given| (given.kind, given.amount.0)).collect();
    assert_eq!((given, refund(&till).check()), (vec![(TenderKind::GiftCard, 500), (TenderKind::Cash, 750)], Ok(())));
    assert_eq!(till.desk().known_gift(reference(1)).unwrap().balance(), Some(Minor(500)));
    till.send(Event::OrdersLeft);

    open_order(&mut till, 0);
    till.send(Event::RefundPressed);
    till.send(Event::CreditSubmitted { reason: "too small".into(), random: [9; RANDOM_BYTES] });
    let credit = refund(&till);
    let gift = credit.tenders[0].gift.clone().unwrap();
    assert_eq!((gift.card, gift.credit, credit.tenders[0].amount, credit.check()), (reference(9), true, Minor(389), Ok(())));
    assert_eq!(credit.turnover, Minor(0));
    let Screen::History(history) = view(&till.model).screen else { panic!() };
    let shown = history.order.and_then(|order| order.refund).unwrap();
    assert!(shown.done && shown.on_card, "nobody gives cash for it");
    assert_eq!(till.desk().known_gift(reference(9)).unwrap().balance(), Some(Minor(389)));
    let figures = &till.desk().ledger.shift.as_ref().unwrap().figures;
    assert_eq!(figures.refunds.tenders, [(TenderKind::Cash, Minor(750)), (TenderKind::GiftCard, Minor(889))]);
    // Its code is on screen, also after a reload, until it was read.
    till.send(Event::LockPressed(LockCause::Button));
    till.sign_in(2, config(TaxMode::Inclusive));
    let Some(PanelContent::Issued(issued)) = view(&till.model).panel.map(|panel| panel.content) else { panic!() };
    assert_eq!((issued[0].code.clone(), issued[0].amount.minor), (Some(code(9).to_string()), 389));
    till.send(Event::PanelClosed);
    assert!(till.desk().panel.is_some(), "a slip of the finger does not lose it");
    till.send(Event::IssuedRead);
    assert!(till.desk().panel.is_none() && till.saved.as_ref().unwrap().issued.is_empty());
}

#[test]
fn credit_is_not_given_for_what_the_bank_has_not_paid_nor_kept_where_nothing_was_written() {
    let mut till = TestTill::open(2);
    take_cards(&mut till);
    till.tap("mug");
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    till.send(Event::NewSalePressed);
    open_order(&mut till, 0);
    till.send(Event::RefundPressed);
    till.send(Event::CreditSubmitted { reason: "x".into(), random: [9; RANDOM_BYTES] });
    assert!(till.error().unwrap().contains("has not paid"));
    till.send(Event::OrderLeft);
    till.send(Event::OrderLeft);
    till.send(Event::OrdersLeft);
    till.tap("mug");
    till.pay_exact();
    till.send(Event::NewSalePressed);
    open_order(&mut till, 0);
    till.send(Event::RefundPressed);
    till.fail_next = Some(DeviceError::StorageFull);
    till.send(Event::CreditSubmitted { reason: "x".into(), random: [9; RANDOM_BYTES] });
    assert!(till.desk().issued.is_empty() && till.desk().panel.is_none());
}

#[test]
fn what_was_overdrawn_is_written_once_and_stays_until_somebody_has_dealt_with_it() {
    let mut till = TestTill::open(2);
    let sale = SaleId { till: TillId(1), epoch: Epoch(1), seq: Seq(2) };
    let found = GiftOverdrawn { card: reference(1), last4: code(1).last4(), sale, over: Minor(300) };
    till.send(Event::GiftsOverdrawn(vec![found.clone()]));
    let task = view(&till.model).status.tasks.into_iter().find(|task| task.kind == "gift-overdrawn").unwrap();
    assert!(task.sentence.contains("€3.00"));
    till.send(Event::FormOpened(Form::Alert(Alert::GiftOverdrawn(found.clone()))));
    till.send(Event::AlertAnswered { alert: Alert::GiftOverdrawn(found), note: "Written off".into() });
    assert!(view(&till.model).status.tasks.is_empty());
}

#[test]
fn a_tip_is_its_own_and_is_given_back_only_with_a_void() {
    let mut till = TestTill::open(2);
    with_config(&mut till, |config| config.rules.tips.on = true);
    till.tap("mug");
    till.send(Event::ChargePressed);
    let Screen::Tender(tender) = view(&till.model).screen else { panic!() };
    let suggested: Vec<_> = tender.tip.unwrap().suggested.into_iter().map(|(part, amount)| (part, amount.minor)).collect();
    assert_eq!(suggested, [("5 %".to_owned(), 63), ("10 %".to_owned(), 125), ("15 %".to_owned(), 188)]);
    for wrong in ["x", "12.51", "-1"] {
        till.send(Event::TipTyped(wrong.into()));
        assert!(till.error().is_some(), "{wrong}");
    }
    till.send(Event::TipTyped("2".into()));
    till.send(Event::TipChosen(Minor(125)));
    let shop = |till: &TestTill| (*till.desk().config).clone();
    let same = shop(&till);
    till.send(Event::LockPressed(LockCause::Button));
    till.sign_in(2, same);
    let Screen::Tender(tender) = view(&till.model).screen else { panic!("{:?}", till.stage()) };
    assert_eq!((tender.due.minor, tender.tip.unwrap().chosen.minor), (1375, 125));
    till.send(Event::ExternalSubmitted { reference: "4711".into() });
    let sale = last_sale(&till);
    assert_eq!((sale.tip, sale.turnover, tenders(&sale)), (Minor(125), Minor(1250), vec![(TenderKind::External, 1375)]));
    assert_eq!(sale.check(), Ok(()));
    let figures = &till.desk().ledger.shift.as_ref().unwrap().figures;
    assert_eq!((figures.gross, figures.tips), (Minor(1250), Minor(125)));
    till.send(Event::NewSalePressed);
    open_order(&mut till, 0);
    till.send(Event::RefundPressed);
    till.send(Event::RefundSubmitted("broken".into()));
    let Body::Refund(refund) = &till.journal.last().unwrap().body else { panic!() };
    assert_eq!((refund.due(), refund.turnover), (Ok(Minor(1250)), Minor(0)));
    // A tip that is not asked for any more is not taken.
    till.send(Event::OrdersLeft);
    with_config(&mut till, |config| config.rules.tips.on = false);
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::TipTyped("1".into()));
    let Stage::Tendering(tendering) = till.stage() else { panic!() };
    assert_eq!(tendering.tip, Minor::ZERO);
}

#[test]
fn a_tip_below_what_was_taken_already_is_refused() {
    let mut till = TestTill::open(2);
    with_config(&mut till, |config| config.rules.tips.on = true);
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::TipTyped("5".into()));
    till.send(Event::PartTyped("15".into()));
    till.send(Event::ExternalSubmitted { reference: "1".into() });
    till.send(Event::TipTyped("".into()));
    assert!(till.error().unwrap().contains("taken already"));
    till.send(Event::TipTyped("2.50".into()));
    assert_eq!(till.error(), None);
    till.send(Event::TenderConfirmed);
    assert_eq!((last_sale(&till).tip, last_sale(&till).check()), (Minor(250), Ok(())));
}

#[test]
fn the_terminal_takes_the_part_that_was_said_beside_cash_on_the_counter() {
    let mut till = TestTill::open(2);
    take_cards(&mut till);
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::CashGiven(Minor(500)));
    till.send(Event::PartTyped("7.51".into()));
    assert!(till.error().unwrap().contains("more than is owed"), "12.50 less 5.00");
    till.send(Event::PartTyped("3".into()));
    till.send(Event::FormOpened(Form::External));
    let Some(PanelContent::External { amount }) = view(&till.model).panel.map(|panel| panel.content) else { panic!() };
    till.send(Event::ExternalSubmitted { reference: "1".into() });
    let Stage::Tendering(tendering) = till.stage() else { panic!("the rest is not paid: {:?}", till.stage()) };
    let taken: Vec<_> = tendering.tenders.iter().map(|tender| (tender.kind, tender.amount)).collect();
    assert_eq!(taken, [(TenderKind::Cash, Minor(500)), (TenderKind::External, Minor(amount.minor))]);
    assert_eq!(tendering.remaining(), Minor(450));
    // The same for a card.
    till.send(Event::CashGiven(Minor(100)));
    till.send(Event::PartTyped("2".into()));
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    let Stage::Tendering(tendering) = till.stage() else { panic!() };
    assert_eq!(tendering.remaining(), Minor(150));
}

#[test]
fn a_gift_card_pays_what_the_cash_on_the_counter_leaves() {
    let mut till = TestTill::open(2);
    sell_card(&mut till, 1, "50");
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::CashGiven(Minor(500)));
    let upto = till.head.seq;
    show(&mut till, 1, Some(reply(1, Some(5000), upto)));
    assert_eq!(shown(&till).pays.unwrap().minor, 750, "the button says so");
    redeem(&mut till, "");
    assert_eq!(tenders(&last_sale(&till)), [(TenderKind::Cash, 500), (TenderKind::GiftCard, 750)]);
}

#[test]
fn a_gift_card_that_does_not_pay_leaves_the_cash_on_the_counter() {
    let mut till = TestTill::open(2);
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::CashGiven(Minor(100)));
    show(&mut till, 1, Some(reply(1, Some(300), Seq(0))));
    redeem(&mut till, "4");
    assert!(till.error().unwrap().contains("at most"));
    let Stage::Tendering(tendering) = till.stage() else { panic!() };
    assert_eq!((tendering.tenders.len(), tendering.cash), (0, Some(Minor(100))));
    redeem(&mut till, "3");
    let Stage::Tendering(tendering) = till.stage() else { panic!() };
    assert_eq!((tendering.tenders.len(), tendering.cash, tendering.remaining()), (2, None, Minor(850)));
}

#[test]
fn so_much_change_was_mistyped() {
    let mut till = TestTill::open(2);
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::CashGiven(Minor(125_000)));
    till.send(Event::TenderConfirmed);
    assert!(till.error().unwrap().contains("cannot be right"), "five of the largest notes are 1,000.00");
    till.send(Event::CashGiven(Minor(101_250)));
    till.send(Event::TenderConfirmed);
    assert_eq!(last_sale(&till).tenders[0].change, Minor(100_000));
}

#[test]
fn payments_are_split_in_any_order_and_never_take_more_than_is_owed() {
    let mut till = TestTill::open(2);
    take_cards(&mut till);
    till.tap("mug");
    till.send(Event::ChargePressed);
    till.send(Event::PartTyped("13".into()));
    assert!(till.error().unwrap().contains("more than is owed"));
    till.send(Event::PartTyped("3".into()));
    till.send(Event::ExternalSubmitted { reference: "1".into() });
    till.send(Event::PartTyped("2".into()));
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    show(&mut till, 1, Some(reply(1, Some(100_000), Seq(0))));
    assert_eq!(shown(&till).pays.unwrap().minor, 750, "a card that holds more keeps the rest");
    redeem(&mut till, "1.50");
    till.send(Event::CashGiven(Minor(1)));
    show(&mut till, 2, Some(reply(2, Some(100_000), Seq(0))));
    redeem(&mut till, "4");
    let Screen::Tender(tender) = view(&till.model).screen else { panic!() };
    assert_eq!(tender.remaining.minor, 199);
    // A part is taken out again, and everything is still there after a reload.
    till.send(Event::TenderRemoved(2));
    let shop = (*till.desk().config).clone();
    till.sign_in(2, shop);
    till.send(Event::CashGiven(Minor(500)));
    till.send(Event::TenderConfirmed);
    let sale = last_sale(&till);
    assert_eq!(
        tenders(&sale),
        [
            (TenderKind::External, 300),
            (TenderKind::Card, 200),
            (TenderKind::Cash, 1),
            (TenderKind::GiftCard, 400),
            (TenderKind::Cash, 349)
        ]
    );
    assert_eq!((sale.change(), sale.check()), (Minor(151), Ok(())));
}

#[test]
fn what_costs_nothing_needs_no_payment() {
    let mut till = TestTill::open(2);
    till.tap("free");
    till.send(Event::ChargePressed);
    let Screen::Tender(tender) = view(&till.model).screen else { panic!() };
    assert!(tender.enough);
    till.send(Event::TenderConfirmed);
    assert_eq!((last_sale(&till).tenders.len(), last_sale(&till).check()), (0, Ok(())));
}

#[test]
fn settings_that_arrive_while_something_is_written_apply_as_soon_as_it_is() {
    let mut till = TestTill::open(2);
    till.hold = true;
    till.tap("mug");
    till.pay_exact();
    let next = Config { version: 5, ..config(TaxMode::Inclusive) };
    till.send(Event::ConfigArrived(Box::new(next)));
    assert_eq!(till.desk().config.version, 1);
    till.hold = false;
    till.release();
    assert_eq!(till.desk().config.version, 5, "nobody pressed anything");
    assert!(matches!(till.journal.last().unwrap().body, Body::ConfigApplied { version: 5 }));

    // And those that arrive while an order is open, as soon as it is gone in whatever way.
    till.send(Event::NewSalePressed);
    till.tap("mug");
    till.send(Event::ChargePressed);
    let later = Config { version: 6, ..config(TaxMode::Inclusive) };
    till.send(Event::ConfigArrived(Box::new(later)));
    till.send(Event::TenderLeft);
    assert_eq!(till.desk().config.version, 5);
    till.send(Event::LineRemoved(0));
    assert_eq!(till.desk().config.version, 6);
}

#[test]
fn faults_of_gifts_and_tips_are_found() {
    let mut till = TestTill::open(2);
    till.tap("mug");
    till.send(Event::GiftPressed);
    till.send(Event::GiftSold { amount: "25".into(), random: [1; RANDOM_BYTES] });
    till.send(Event::ChargePressed);
    show(&mut till, 2, Some(reply(2, Some(100_000), Seq(0))));
    redeem(&mut till, "");
    till.send(Event::CashGiven(Minor(2500)));
    till.send(Event::TenderConfirmed);
    let sale = last_sale(&till);
    assert_eq!((tenders(&sale), sale.check()), (vec![(TenderKind::GiftCard, 1250), (TenderKind::Cash, 2500)], Ok(())));
    let faulty = |change: &dyn Fn(&mut Sale)| {
        let mut sale = sale.clone();
        change(&mut sale);
        sale.check()
    };
    assert_eq!(faulty(&|sale| sale.tip = Minor(-1)), Err(SaleFault::Outside));
    assert_eq!(faulty(&|sale| sale.tip = Minor(1)), Err(SaleFault::Tenders));
    assert_eq!(faulty(&|sale| sale.gifts[0].amount = Minor(0)), Err(SaleFault::Outside));
    assert_eq!(faulty(&|sale| sale.gifts[0].amount = Minor(2501)), Err(SaleFault::Tenders));
    assert_eq!(
        faulty(&|sale| {
            (sale.tenders[0].amount, sale.tenders[0].tendered) = (Minor(1251), Minor(1251));
            (sale.tenders[1].amount, sale.tenders[1].tendered) = (Minor(2499), Minor(2499));
        }),
        Err(SaleFault::Outside),
        "gift cards are not paid with gift cards"
    );
    assert_eq!(faulty(&|sale| sale.tenders[0].gift = None), Err(SaleFault::Tenders));
    let paid_less = |by: i64| {
        faulty(&|sale| {
            sale.rounding = Minor(-by);
            (sale.tenders[1].amount, sale.tenders[1].tendered) = (Minor(2500 - by), Minor(2500 - by));
        })
    };
    assert_eq!((paid_less(50), paid_less(51)), (Ok(()), Err(SaleFault::Rounding)), "nothing is given away as cash rounding");
}

/// What somebody does at the payment.
#[derive(Clone, Debug)]
enum Pay {
    Tip(i64),
    External(i64),
    Gift(u8, i64),
    Cash(i64),
    Out(usize),
    Reload,
}

fn pay() -> impl Strategy<Value = Pay> {
    prop_oneof![
        (0i64..3000).prop_map(Pay::Tip),
        (1i64..2000).prop_map(Pay::External),
        (1u8..4, 0i64..2000).prop_map(|(n, amount)| Pay::Gift(n, amount)),
        (1i64..2000).prop_map(Pay::Cash),
        (0usize..4).prop_map(Pay::Out),
        Just(Pay::Reload),
    ]
}

fn typed(minor: i64, currency: &Currency) -> String {
    currency.format(Minor(minor)).replace([',', '€', '¥'], "").replace("CHF ", "")
}

fn in_range(desk: &Desk) -> Option<&barrow_core::till::Tendering> {
    match &desk.stage {
        Stage::Tendering(tendering) => Some(tendering),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_paid_how_the_sale_balances_and_the_server_agrees(
        exclusive: bool,
        step in prop::sample::select(vec![(2u8, 1i64), (2, 5), (2, 10), (2, 100), (0, 1)]),
        items in prop::collection::vec((0usize..4, 1i64..4), 0..4),
        gifts in prop::collection::vec(1i64..5000, 0..3),
        acts in prop::collection::vec(pay(), 0..10),
        over in 0i64..5000,
    ) {
        let mode = if exclusive { TaxMode::Exclusive } else { TaxMode::Inclusive };
        let mut shop = config(mode);
        (shop.currency.decimals, shop.currency.cash_step) = (step.0, Minor(step.1));
        (shop.rules.tips.on, shop.rules.gift.load_max) = (true, Minor(1_000_000));
        shop.rules.tips.percents = vec![Ppm(100_000)];
        let mut till = TestTill::start();
        till.sign_in(2, shop.clone());
        till.send(Event::ShiftOpenSubmitted("100".into()));
        for (product, pieces) in &items {
            till.tap(["mug", "bread", "odd", "free"][*product]);
            let line = till.desk().cart().unwrap().lines().iter().position(|line| line.product.sku == ["mug", "bread", "odd", "free"][*product]).unwrap();
            till.send(Event::QtyTyped { line, qty: pieces.to_string() });
        }
        for (n, amount) in gifts.iter().enumerate() {
            till.send(Event::GiftPressed);
            till.send(Event::GiftSold { amount: typed(*amount, &shop.currency), random: [100 + n as u8; RANDOM_BYTES] });
        }
        prop_assume!(!till.desk().cart().unwrap().is_empty());
        till.send(Event::ChargePressed);
        for act in acts {
            if in_range(till.desk()).is_none() {
                break;
            }
            match act {
                Pay::Tip(tip) => till.send(Event::TipTyped(typed(tip, &shop.currency))),
                Pay::External(part) => {
                    till.send(Event::PartTyped(typed(part, &shop.currency)));
                    if in_range(till.desk()).is_some_and(|tendering| tendering.next_part().0 > 0) {
                        till.send(Event::ExternalSubmitted { reference: "1".into() });
                    }
                }
                Pay::Gift(n, amount) => {
                    show(&mut till, n, Some(reply(n, Some(1500), Seq(0))));
                    redeem(&mut till, &if amount == 0 { String::new() } else { typed(amount, &shop.currency) });
                    till.send(Event::PanelClosed);
                }
                Pay::Cash(amount) => till.send(Event::CashGiven(Minor(amount))),
                Pay::Out(n) => till.send(Event::TenderRemoved(n)),
                Pay::Reload => till.sign_in(2, shop.clone()),
            }
            if let Some(tendering) = in_range(till.desk()) {
                prop_assert!(tendering.remaining().0 >= 0, "never more than is owed");
            }
        }
        if let Some(tendering) = in_range(till.desk()) {
            let due = tendering.cash_due(&shop.currency);
            till.send(Event::CashGiven(Minor(due.0 + over)));
            till.send(Event::TenderConfirmed);
        }
        if matches!(till.stage(), Stage::Selling(_)) {
            // The tip was all there was, or a reload led back to the counter.
            till.pay_exact();
        }
        prop_assert!(matches!(till.stage(), Stage::Receipt(_)), "{:?} {:?}", till.error(), till.stage());
        let sale = last_sale(&till);
        prop_assert_eq!(sale.check(), Ok(()));
        let paid: i64 = sale.tenders.iter().map(|tender| tender.amount.0).sum();
        let gifts: i64 = sale.gifts.iter().map(|sold| sold.amount.0).sum();
        prop_assert_eq!(sale.totals.gross.0 + gifts + sale.tip.0 + sale.rounding.0, paid);
        prop_assert!(sale.rounding.0.abs() * 2 <= step.1, "half a coin at most");
        let change: i64 = sale.tenders.iter().map(|tender| tender.tendered.0 - tender.amount.0).sum();
        prop_assert_eq!(sale.change().0, change);
        prop_assert_eq!(sale.turnover, Minor(sale.totals.gross.0 + sale.rounding.0));
        // The figures of the till are those that anybody reckons from its journal.
        let mut ledger = Ledger::default();
        till.committed().iter().for_each(|done| ledger.take_in(&done.entry, done.hash));
        prop_assert_eq!(&ledger.shift, &till.desk().ledger.shift);
        prop_assert_eq!(&ledger.gifts, &till.desk().ledger.gifts);
        let figures = ledger.shift.unwrap().figures;
        let tenders: i64 = figures.tenders.iter().map(|(_, sum)| sum.0).sum();
        prop_assert_eq!(figures.gross.0 + figures.gifts_sold.0 + figures.tips.0 + figures.rounding.0, tenders);
        // A void takes all of it back.
        till.send(Event::VoidSubmitted("wrong".into()));
        let Body::SaleVoided(Void { due, outside, turnover, .. }) = till.journal.last().unwrap().body.clone() else { panic!("{:?}", till.error()) };
        prop_assert_eq!((due, outside, turnover), (Minor(paid), Minor(gifts + sale.tip.0), Minor(0)));
        let figures = &till.desk().ledger.shift.as_ref().unwrap().figures;
        prop_assert!(figures.tenders.iter().all(|(_, sum)| sum.0 == 0) && figures.tips.0 == 0 && figures.gifts_sold.0 == 0);
    }
}

#[test]
fn closing_the_panel_leaves_no_card_behind() {
    let mut till = TestTill::open(2);
    show(&mut till, 1, None);
    assert!(matches!(till.desk().panel, Some(Panel::Gift(_))));
    till.send(Event::PanelClosed);
    assert_eq!(till.desk().shown_gift(), None);
}
