//! Giving back what was paid: to the cent, never more than was sold, and by nobody who may not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    audit,
    book::Book,
    bytes::Hash,
    ids::{Epoch, SaleId, Seq, ShopId, StaffId, TillId},
    journal::{Body, Draft, Entry, Head, LockCause},
    ledger::{Ledger, Paid, ShiftReport},
    money::{Currency, Milli, Minor},
    reason::Reason,
    refund::{GivenBack, Refund, RefundFault},
    sale::{Discount, Sale, SaleLine, Totals},
    staff::{Need, Permission, Role},
    sync::{Anomaly, Audited, audit as audit_journal},
    tax::{self, Ppm, Tax, TaxMode},
    tender::{Reference, Tender, TenderKind},
    till::{Count, Event, Panel, Stage, Step},
    view::{OrderState, PanelContent, Screen, clocks, view},
};
use common::{TestTill, config, open_order, show_card, take_cards};
use proptest::prelude::*;

fn reason() -> Reason {
    Reason::parse("broken").unwrap()
}

/// The last refund in the journal.
fn refunded(till: &TestTill) -> &Refund {
    match &till.journal.last().unwrap().body {
        Body::Refund(refund) => refund,
        other => panic!("{other:?}: {:?}", till.error()),
    }
}

/// A manager's till that sold two mugs, a bread and an odd thing in one sale, which is open on screen.
fn sold() -> TestTill {
    let mut till = TestTill::open(3);
    for sku in ["mug", "mug", "bread", "odd"] {
        till.tap(sku);
    }
    till.pay_exact();
    till.send(Event::NewSalePressed);
    open_order(&mut till, 0);
    till
}

fn step(till: &TestTill) -> Step {
    let Stage::History(history) = till.stage() else { panic!("{:?}", till.stage()) };
    history.opened.as_ref().unwrap().step.clone()
}

fn refund(till: &mut TestTill, quantities: &[(usize, &str)]) {
    till.send(Event::RefundPressed);
    till.send(Event::RefundAllChosen(false));
    for (line, qty) in quantities {
        till.send(Event::RefundQtyTyped { line: *line, qty: (*qty).into() });
    }
    till.send(Event::RefundSubmitted("broken".into()));
}

fn close(till: &mut TestTill, counted: &str) -> ShiftReport {
    till.send(Event::OrdersLeft);
    till.send(Event::ShiftClosePressed);
    till.send(Event::CountSubmitted(Count::Sum(counted.into())));
    match till.stage() {
        Stage::Report(report, _) => (**report).clone(),
        other => panic!("{other:?}: {:?}", till.error()),
    }
}

#[test]
fn one_line_goes_back_and_then_the_rest() {
    let mut till = sold();
    refund(&mut till, &[(0, "1")]);
    let first = refunded(&till).clone();
    assert_eq!((first.totals.gross, first.check()), (Minor(1250), Ok(())));
    assert_eq!(
        first.tenders,
        [GivenBack { kind: TenderKind::Cash, amount: Minor(1250), payment: None, gift: None, reference: None }]
    );
    assert!(matches!(step(&till), Step::Done(_)));
    let Screen::History(shown) = view(&till.model).screen else { panic!("history") };
    let order = shown.order.unwrap();
    assert_eq!(order.state, OrderState::PartlyRefunded);
    let result = order.refund.unwrap();
    assert_eq!((result.total.minor, result.then), (1250, vec!["Give €12.50 back in cash.".to_owned()]));

    till.send(Event::RefundPressed);
    assert_eq!(step(&till), Step::Choosing(vec![Milli(1000), Milli(1000), Milli(1000)]), "all that is left");
    till.send(Event::RefundQtyStepped { line: 0, pieces: 1 });
    assert_eq!(step(&till), Step::Choosing(vec![Milli(1000), Milli(1000), Milli(1000)]), "and no more than that");
    till.send(Event::RefundQtyTyped { line: 0, qty: "2".into() });
    assert!(till.error().unwrap().contains("more than was sold"));
    till.send(Event::RefundSubmitted("".into()));
    assert_eq!(till.error(), Some("Say why, in a few words."));
    till.send(Event::RefundSubmitted("all of it".into()));
    let second = refunded(&till).clone();
    assert_eq!(first.totals.gross.0 + second.totals.gross.0, 2 * 1250 + 389 + 333);
    assert_eq!(second.turnover, Minor(0));
    till.send(Event::RefundPressed);
    assert!(till.error().unwrap().contains("not been refunded yet"), "a third one finds nothing left");
    till.send(Event::VoidSubmitted("all".into()));
    assert!(till.error().unwrap().contains("refunded already"), "and what was refunded is not voided");
    let report = close(&mut till, "100");
    assert_eq!((report.figures.refunds.count, report.figures.refunds.sum()), (2, Minor(3222)));
    assert_eq!((report.figures.sales, report.figures.gross, report.expected), (1, Minor(3222), Minor(10_000)));
    let of =
        |taxes: &[barrow_core::sale::TaxTotal]| taxes.iter().map(|tax| (tax.code.clone(), tax.net, tax.tax)).collect::<Vec<_>>();
    assert_eq!(of(&report.figures.refunds.taxes), of(&report.figures.taxes), "all that was taxed was given back");
    assert_eq!(report.turnover, Minor(0));
    let Screen::Report(shown) = view(&till.model).screen else { panic!("report") };
    assert!(shown.rows.contains(&("Refunds".to_owned(), "2 · €32.22".to_owned())), "{:?}", shown.rows);
    assert!(shown.rows.contains(&("Cash refunded".to_owned(), "€32.22".to_owned())));
}

#[test]
fn any_sale_of_the_shift_can_be_voided_but_none_that_was_refunded_or_voided() {
    let mut till = sold();
    till.send(Event::OrderLeft);
    till.send(Event::OrdersLeft);
    for _ in 0..3 {
        till.tap("bread");
        till.pay_exact();
        till.send(Event::NewSalePressed);
    }
    open_order(&mut till, 3);
    till.send(Event::VoidSubmitted("wrong size".into()));
    let Body::SaleVoided(void) = &till.journal.last().unwrap().body else { panic!("{:?}", till.error()) };
    assert_eq!((void.due, void.turnover), (Minor(3222), Minor(3 * 389)));
    let Screen::History(shown) = view(&till.model).screen else { panic!("history") };
    let order = shown.order.unwrap();
    assert!(order.receipt.voided.is_some() && !order.can_refund && !order.receipt.can_void);
    till.send(Event::RefundPressed);
    assert!(till.error().unwrap().contains("voided"));
    till.send(Event::VoidSubmitted("again".into()));
    assert!(till.error().unwrap().contains("only once"));
    let report = close(&mut till, "111.67");
    assert_eq!((report.figures.sales, report.figures.voids, report.figures.voided), (4, 1, Minor(3222)));
    assert_eq!((report.figures.gross, report.difference), (Minor(3 * 389), Minor(0)));
    // In the next shift that sale can only be refunded.
    till.send(Event::ReportLeft);
    till.send(Event::ShiftOpenSubmitted("50".into()));
    open_order(&mut till, 0);
    till.send(Event::VoidSubmitted("late".into()));
    assert!(till.error().unwrap().contains("open shift"));
    refund(&mut till, &[(0, "1")]);
    assert_eq!(refunded(&till).totals.gross, Minor(389));
    let report = close(&mut till, "46.11");
    assert_eq!((report.figures.gross, report.figures.refunds.sum(), report.difference), (Minor(0), Minor(389), Minor(0)));
}

#[test]
fn a_refund_goes_back_the_way_it_was_paid_cards_first() {
    let mut till = TestTill::open(3);
    take_cards(&mut till);
    for sku in ["mug", "mug", "bread", "odd"] {
        till.tap(sku);
    }
    till.send(Event::ChargePressed);
    till.send(Event::CashGiven(Minor(1000)));
    show_card(&mut till, |_| {});
    till.send(Event::TenderConfirmed);
    till.send(Event::NewSalePressed);
    open_order(&mut till, 0);
    refund(&mut till, &[(0, "2")]);
    let given: Vec<(TenderKind, i64)> = refunded(&till).tenders.iter().map(|part| (part.kind, part.amount.0)).collect();
    assert_eq!(given, [(TenderKind::Card, 2222), (TenderKind::Cash, 278)]);
    let Screen::History(shown) = view(&till.model).screen else { panic!("history") };
    let then = shown.order.unwrap().refund.unwrap().then;
    assert_eq!(then, ["€22.22 goes back to Visa ····4242 by itself.", "Give €2.78 back in cash."]);
    assert_eq!(refunded(&till).card_payments().map(|(_, amount)| amount.0).collect::<Vec<_>>(), [2222]);
    till.send(Event::RefundPressed);
    till.send(Event::RefundSubmitted("the rest".into()));
    let given: Vec<(TenderKind, i64)> = refunded(&till).tenders.iter().map(|part| (part.kind, part.amount.0)).collect();
    assert_eq!(given, [(TenderKind::Cash, 722)], "the card has all of its own back");
}

#[test]
fn a_limit_holds_for_the_sale_and_a_manager_approves_more() {
    let mut till = TestTill::open(3);
    till.tap("mug");
    till.send(Event::QtyTyped { line: 0, qty: "10".into() });
    till.pay_exact();
    till.send(Event::NewSalePressed);
    till.send(Event::LockPressed(LockCause::Switch));
    till.sign_in(2, config(TaxMode::Inclusive));
    open_order(&mut till, 0);
    refund(&mut till, &[(0, "8")]);
    assert_eq!(refunded(&till).totals.gross, Minor(10_000), "a supervisor's limit, exactly");
    let before = till.journal.len();
    refund(&mut till, &[(0, "1")]);
    assert!(matches!(till.bodies(before)[0], Body::Refused { permission: Permission::Refund, .. }), "not by parts either");
    let PanelContent::Approval { what, may_not, approvers } = view(&till.model).panel.unwrap().content else { panic!("asks") };
    assert_eq!((what.as_str(), may_not.as_str()), ("Refund €12.50 of sale 1-1-4: 1 × Product mug (broken)", "refund that much"));
    assert_eq!(approvers.iter().map(|entry| entry.id).collect::<Vec<_>>(), [StaffId(3)]);
    till.send(Event::RefundQtyTyped { line: 0, qty: "2".into() });
    assert_eq!(step(&till), Step::Choosing(vec![Milli(1000)]), "nothing changes under the question");
    till.approve(3);
    let bodies = till.bodies(before);
    let Body::Approved { by, what, order, .. } = bodies[1] else { panic!("{bodies:?}") };
    assert!(*by == StaffId(3) && what.contains("€12.50"));
    assert_ne!(*order, barrow_core::cart::Cart::default().digest(), "bound to the sale and what comes back of it");
    assert_eq!(refunded(&till).totals.gross, Minor(1250));
    assert_eq!(till.journal.last().unwrap().staff, Some(StaffId(2)));
    refund(&mut till, &[(0, "1")]);
    assert!(matches!(till.desk().panel, Some(Panel::Approval(_))), "and only this once");
    assert!(!Role::Cashier.preset().allow(Need::Refund(Minor(0))), "who may refund nothing may not refund nothing");
}

#[test]
fn what_fails_to_be_written_was_not_refunded() {
    let mut till = sold();
    till.fail_next = Some(barrow_core::device::DeviceError::StorageFull);
    refund(&mut till, &[(0, "1")]);
    assert!(till.error().unwrap().contains("storage is full"));
    assert!(matches!(step(&till), Step::Choosing(_)));
    till.send(Event::RefundSubmitted("broken".into()));
    assert_eq!(refunded(&till).totals.gross, Minor(1250));
    // Locked in the middle of another one: the till knows what was refunded from its journal alone.
    till.send(Event::RefundPressed);
    till.send(Event::LockPressed(LockCause::Idle));
    till.sign_in(3, config(TaxMode::Inclusive));
    till.send(Event::JournalRead(Ok(till.committed())));
    assert_eq!(step(&till), Step::Choosing(vec![Milli(1000), Milli(1000), Milli(1000)]));
    till.send(Event::RefundAllChosen(true));
    assert_eq!(step(&till), Step::Choosing(vec![Milli(1000), Milli(1000), Milli(1000)]));
}

#[test]
fn a_sale_is_found_by_number_amount_product_and_time() {
    let mut till = sold();
    till.send(Event::OrderLeft);
    let Screen::History(shown) = view(&till.model).screen else { panic!("history") };
    let row = shown.rows.unwrap().remove(0);
    for words in ["", "4", "#4", "1-1-4", "32.22", "32,2", "mug", "MUG manager", "14:05", "bread 14:0"] {
        assert!(row.is_meant_by(words, "22 Nov 2026, 14:05"), "{words:?}");
    }
    for words in ["9", "1-1-5", "33", "tea", "mug tea", "14:06"] {
        assert!(!row.is_meant_by(words, "22 Nov 2026, 14:05"), "{words:?}");
    }
    // By either clock, whichever the screen writes.
    for (hour, words) in [(22, ["22:04", "10:04"]), (0, ["00:04", "12:04"]), (12, ["12:04", "12:04"]), (9, ["09:04", "9:04"])] {
        let time = format!("{} {}", "Nov 22, 2026, 10:0x PM", clocks(hour, 4));
        for words in words {
            assert!(row.is_meant_by(words, &time), "{words} at {hour}");
        }
        assert!(!row.is_meant_by("11:04", &time));
    }
}

#[test]
fn an_order_stays_while_sales_are_looked_at() {
    let mut till = TestTill::open(3);
    till.tap("mug");
    till.pay_exact();
    till.send(Event::NewSalePressed);
    till.tap("bread");
    open_order(&mut till, 0);
    assert_eq!(till.saved.as_ref().unwrap().cart.lines().len(), 1, "kept across a reload");
    refund(&mut till, &[(0, "1")]);
    till.send(Event::OrdersLeft);
    assert!(matches!(till.stage(), Stage::Selling(cart) if cart.lines().len() == 1));
    till.pay_exact();
    let Stage::Receipt(paid) = till.stage() else { panic!("receipt") };
    assert_eq!((paid.sale.turnover, paid.sale.check()), (Minor(389), Ok(())), "the turnover goes on from the refund's");
    till.send(Event::OrdersPressed);
    till.send(Event::JournalRead(Ok(till.committed())));
    let Stage::History(history) = till.stage() else { panic!("history") };
    assert!(history.paid().is_some(), "from a receipt, its sale is opened");
}

#[test]
fn the_audit_trail_says_what_came_back() {
    let mut till = sold();
    refund(&mut till, &[(0, "2"), (1, "1")]);
    let line = audit::line(till.journal.last().unwrap(), &Currency::eur(), |_| "Manager");
    assert_eq!(line.what, "Refunded €28.89 of sale 1-1-4, 2 × Product mug, 1 × Product bread: broken");
    assert_eq!(line.topic, audit::Topic::Sales);
}

/// Audits `entries`, whose hashes are the test till's.
fn findings(entries: &[Entry]) -> Vec<Anomaly> {
    let head = Head { shop: ShopId(1), till: TillId(1), epoch: Epoch(1), seq: Seq(0), hash: Hash::of(b"enrolment"), at_ms: 0 };
    let hash = |entry: &Entry| Hash::of(format!("{entry:?}").as_bytes());
    let audited: Vec<Audited> =
        entries.iter().map(|entry| Audited { hash: hash(entry), entry: Some(entry.clone()), signed: true }).collect();
    audit_journal(head, &audited, None).into_iter().map(|finding| finding.anomaly).collect()
}

#[test]
fn an_audit_names_a_refund_that_could_not_be() {
    let mut till = sold();
    refund(&mut till, &[(0, "2")]);
    assert_eq!(findings(&till.journal), []);
    let good = refunded(&till).clone();
    let then = |till: &TestTill, refund: Refund| {
        let head = till.head;
        let draft = Draft {
            at_ms: head.at_ms,
            staff: Some(StaffId(3)),
            shift: till.journal.last().unwrap().shift,
            body: Body::Refund(refund),
        };
        let entry = head.follow(draft);
        let mut entries = till.journal.clone();
        entries.push(entry);
        findings(&entries)
    };
    assert_eq!(then(&till, good.clone()), [Anomaly::DoubleRefund], "the same once more");
    let missing = Refund { of: SaleId { seq: Seq(99), ..good.of }, ..good.clone() };
    assert_eq!(then(&till, missing), [Anomaly::BadRefund]);
    let mut dearer = good.clone();
    dearer.totals.gross.0 += 1;
    assert_eq!(then(&till, dearer), [Anomaly::BadRefund, Anomaly::DoubleRefund]);
    let elsewhere = Refund { of: SaleId { till: TillId(2), ..good.of }, ..good };
    assert_eq!(then(&till, elsewhere), [], "of another till's sale this journal knows nothing");
}

#[test]
fn every_changed_figure_is_found() {
    let mut till = sold();
    refund(&mut till, &[(0, "1"), (2, "1")]);
    let good = refunded(&till).clone();
    assert_eq!(good.check(), Ok(()));
    let faulty = |change: &dyn Fn(&mut Refund)| {
        let mut bad = good.clone();
        change(&mut bad);
        bad.check()
    };
    assert_eq!(faulty(&|r| r.lines.clear()), Err(RefundFault::Nothing));
    assert_eq!(faulty(&|r| r.lines.swap(0, 1)), Err(RefundFault::NoLine));
    assert_eq!(faulty(&|r| r.lines[1] = r.lines[0].clone()), Err(RefundFault::NoLine));
    assert_eq!(faulty(&|r| r.lines[0].qty = Milli(3000)), Err(RefundFault::TooMuch));
    assert_eq!(faulty(&|r| r.lines[0].before = Milli(-1000)), Err(RefundFault::TooMuch));
    assert_eq!(faulty(&|r| r.lines[0].qty = Milli(i64::MAX)), Err(RefundFault::TooMuch));
    assert_eq!(faulty(&|r| r.lines[0].gross.0 += 1), Err(RefundFault::Figures));
    assert_eq!(faulty(&|r| r.lines[0].taxes[0].amount.0 += 1), Err(RefundFault::Figures));
    assert_eq!(faulty(&|r| r.lines[0].sold.unit.0 += 1), Err(RefundFault::Figures));
    assert_eq!(faulty(&|r| r.totals.tax.0 += 1), Err(RefundFault::Figures));
    assert_eq!(faulty(&|r| r.rounding.0 += 1), Err(RefundFault::Tenders));
    let given_more =
        |by: i64| faulty(&|r| (r.rounding.0, r.tenders[0].amount.0) = (r.rounding.0 + by, r.tenders[0].amount.0 + by));
    assert_eq!((given_more(100), given_more(101)), (Ok(()), Err(RefundFault::Figures)), "nothing goes out as cash rounding");
    assert_eq!(faulty(&|r| r.tenders[0].kind = TenderKind::Card), Err(RefundFault::Tenders));
    assert_eq!(faulty(&|r| r.tenders[0].amount.0 -= 1), Err(RefundFault::Tenders));
}

/// A sale with lines, discounts, several taxes and several tenders, and a currency that may round cash.
fn any_sale() -> impl Strategy<Value = (Sale, Currency)> {
    let line = (1i64..=9_000, 0i64..100_000, 0u32..=1_000_000, 0usize..4);
    let step = prop_oneof![Just(1i64), Just(5), Just(10), Just(100)];
    (prop::collection::vec(line, 1..6), any::<bool>(), step, 0i64..400_000, 0i64..400_000).prop_map(
        |(lines, inclusive, step, card, external)| {
            let mode = if inclusive { TaxMode::Inclusive } else { TaxMode::Exclusive };
            let rates = [190_000, 70_000, 12_345];
            let lines: Vec<SaleLine> = lines
                .into_iter()
                .enumerate()
                .map(|(place, (qty, unit, rate, taxes))| {
                    let full = Milli(qty).price(Minor(unit)).unwrap();
                    let discount = (rate % 3 == 0).then(|| Discount {
                        rate: Ppm(rate),
                        amount: Ppm(rate).of(full).unwrap(),
                        by_amount: false,
                        reason: "x".into(),
                    });
                    let price = full.minus(discount.as_ref().map_or(Minor(0), |d| d.amount)).unwrap();
                    let taxes: Vec<Tax> = rates[..taxes.min(3)]
                        .iter()
                        .map(|rate| Tax { code: format!("T{rate}"), name: String::new(), rate: Ppm(*rate) })
                        .collect();
                    let split = tax::split(price, &taxes, mode).unwrap();
                    SaleLine {
                        sku: format!("s{place}"),
                        name: format!("S {place}"),
                        qty: Milli(qty),
                        unit: Minor(unit),
                        list_unit: None,
                        measure: None,
                        extras: Vec::new(),
                        note: None,
                        promotion: None,
                        discount,
                        order_off: Minor(0),
                        price,
                        net: split.net,
                        taxes: split.taxes,
                        gross: split.gross,
                    }
                })
                .collect();
            let totals = Totals::of(&lines).unwrap();
            let currency = Currency { cash_step: Minor(step), ..Currency::eur() };
            let mut tenders = Vec::new();
            let mut left = totals.gross;
            for (amount, reference) in [(card, "A1"), (external, "B2")] {
                let amount = amount.min(left.0);
                if amount > 0 {
                    tenders.push(Tender::external(Minor(amount), &Reference::parse(reference).unwrap()));
                    left.0 -= amount;
                }
            }
            let cash = currency.round_cash(left);
            tenders.push(Tender::cash(cash, cash).unwrap());
            let rounding = cash.minus(left).unwrap();
            let turnover = totals.gross.plus(rounding).unwrap();
            (
                Sale {
                    currency: "EUR".into(),
                    tax_mode: mode,
                    lines,
                    totals,
                    rounding,
                    tenders,
                    turnover,
                    discount: None,
                    note: None,
                    customer: None,
                    exchange: None,
                    gifts: Vec::new(),
                    tip: Minor::ZERO,
                },
                currency,
            )
        },
    )
}

fn paid(sale: Sale) -> Paid {
    let id = SaleId { till: TillId(1), epoch: Epoch(1), seq: Seq(1) };
    Paid {
        id,
        at_ms: 0,
        staff: None,
        sale,
        voided: false,
        returned: Vec::new(),
        proof: None,
        exchanged: None,
        copies: 0,
        hash: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn parts_of_any_split_come_to_exactly_what_was_paid(
        (sale, currency) in any_sale(),
        parts in prop::collection::vec((0usize..6, 1i64..9_000), 0..25),
    ) {
        prop_assert_eq!(sale.check(), Ok(()));
        let due = sale.due().unwrap();
        let mut sold = paid(sale);
        let mut turnover = due;
        let mut refunds: Vec<Refund> = Vec::new();
        let all: Vec<(usize, i64)> = (0..sold.sale.lines.len()).map(|line| (line, i64::MAX)).collect();
        for (line, qty) in parts.into_iter().chain(all) {
            let wanted = Milli(qty.min(sold.left(line).0));
            // More than is left is refused, whatever it is.
            let more = Milli(sold.left(line).0 + 1);
            let fault = Refund::of(&sold, &[(line, more)], &currency, &reason(), turnover).unwrap_err();
            prop_assert!(matches!(fault, RefundFault::TooMuch | RefundFault::NoLine));
            match Refund::of(&sold, &[(line, wanted)], &currency, &reason(), turnover) {
                Ok(refund) => {
                    prop_assert_eq!(refund.check(), Ok(()));
                    prop_assert!(refund.fits(&sold.sale));
                    prop_assert!(refund.totals.gross.0 >= 0 && refund.due().unwrap().0 >= 0);
                    turnover = refund.turnover;
                    sold.give_back(&refund);
                    refunds.push(refund);
                }
                Err(fault) => prop_assert!(fault == RefundFault::Nothing && wanted.0 == 0),
            }
        }
        let sale = &sold.sale;
        let sum = |of: &dyn Fn(&Refund) -> Minor| refunds.iter().map(|refund| of(refund).0).sum::<i64>();
        prop_assert_eq!(sum(&|r| r.due().unwrap()), due.0);
        prop_assert_eq!((sum(&|r| r.totals.net), sum(&|r| r.totals.tax), sum(&|r| r.totals.gross)), (sale.totals.net.0, sale.totals.tax.0, sale.totals.gross.0));
        prop_assert_eq!(turnover, Minor(0));
        for total in sale.taxes() {
            let of = |refund: &Refund| refund.taxes().into_iter().filter(|tax| (&tax.code, tax.rate) == (&total.code, total.rate)).map(|tax| tax.tax).sum_minor();
            prop_assert_eq!(sum(&of), total.tax.0);
        }
        for tender in &sale.tenders {
            let of = |refund: &Refund| refund.tenders.iter().filter(|given| given.kind == tender.kind && given.reference == tender.reference).map(|given| given.amount).sum_minor();
            prop_assert_eq!(sum(&of), tender.amount.0, "each means has its own back");
        }
    }

    #[test]
    fn whatever_people_do_nothing_is_given_back_twice(acts in prop::collection::vec((0usize..8, 0usize..4, 0i64..4), 1..60)) {
        let mut till = sold();
        for (what, line, n) in acts {
            match what {
                0 => { till.send(Event::OrderLeft); till.send(Event::OrdersLeft); till.send(Event::NewSalePressed); }
                1 => { till.tap("mug"); till.tap("bread"); till.pay_exact(); }
                2 => if till.journal.iter().filter(|e| matches!(e.body, Body::Sale(_))).count() > line { open_order(&mut till, line) },
                3 => till.send(Event::RefundPressed),
                4 => till.send(Event::RefundQtyTyped { line, qty: n.to_string() }),
                5 => till.send(Event::RefundQtyStepped { line, pieces: n - 2 }),
                6 => till.send(Event::VoidSubmitted("x".into())),
                _ => till.send(Event::RefundSubmitted("x".into())),
            }
            view(&till.model);
        }
        prop_assert_eq!(findings(&till.journal), []);
        let (mut book, mut ledger) = (Book::default(), Ledger::default());
        for done in till.committed() {
            book.take_in(&done.entry, done.hash);
            ledger.take_in(&done.entry, done.hash);
        }
        let (mut turnover, mut drawer) = (0i64, 10_000i64);
        for sold in book.sales() {
            let due = if sold.voided { 0 } else { sold.sale.due().unwrap().0 - sold.given_back().unwrap().0 };
            prop_assert!(due >= 0 && (sold.returned.is_empty() || !sold.voided));
            turnover += due;
            drawer += due;
        }
        prop_assert_eq!(ledger.turnover.0, turnover);
        prop_assert_eq!(ledger.shift.as_ref().unwrap().expected_cash(), Ok(Minor(drawer)));
        let (last, kept) = (book.sales().last().unwrap(), ledger.last_sale.as_ref().unwrap());
        prop_assert_eq!(last, kept);
        prop_assert_eq!(&ledger, &till.desk().ledger);
        prop_assert_eq!(till.desk().ledger.shift.as_ref().unwrap().book.sales(), book.sales());
    }
}

trait SumMinor {
    fn sum_minor(self) -> Minor;
}

impl<I: Iterator<Item = Minor>> SumMinor for I {
    fn sum_minor(self) -> Minor {
        Minor(self.map(|amount| amount.0).sum())
    }
}

#[test]
fn figures_of_a_till_that_knew_no_refunds_are_read() {
    let mut till = TestTill::open(3);
    till.tap("mug");
    till.pay_exact();
    let mut bytes = Vec::new();
    ciborium::into_writer(&till.desk().ledger, &mut bytes).unwrap();
    let mut value: ciborium::Value = ciborium::from_reader(bytes.as_slice()).unwrap();
    fn strip(value: &mut ciborium::Value) {
        if let Some(map) = value.as_map_mut() {
            map.retain(|(key, _)| !matches!(key.as_text(), Some("refunds" | "book" | "returned")));
            map.iter_mut().for_each(|(_, value)| strip(value));
        }
    }
    strip(&mut value);
    let old: Ledger = value.deserialized().unwrap();
    assert_eq!(old.shift.unwrap().figures, till.desk().ledger.shift.as_ref().unwrap().figures);
}
