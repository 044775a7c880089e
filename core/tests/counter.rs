//! The counter: scans, variants, weights and asked prices, extras, discounts on the whole order, promotions, split and joined
//! orders; and that every sale of them balances and can be reckoned again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    cart::{Measure, Off},
    catalogue::{Details, Extra, Modifier, Product, Unit},
    config::{Config, LabelHolds},
    journal::{Body, LockCause},
    money::{Milli, Minor},
    promotion::{Deal, Goods, Promotion, When},
    sale::{Sale, SaleFault},
    scan::code::{Found, find},
    staff::Permission,
    tax::{Ppm, TaxMode},
    till::{Event, Form, Panel, Stage},
    view::{LineView, PanelContent, Screen, SellingView, view},
};
use common::{TestTill, config};
use proptest::prelude::*;

/// The small shop with a bit of everything.
fn shop(mode: TaxMode) -> Config {
    let mut shop = config(mode);
    let plain = shop.products[0].clone();
    let product = |sku: &str, price: i64, details: Details| Product {
        sku: sku.into(),
        name: sku.into(),
        price: Minor(price),
        details,
        ..plain.clone()
    };
    let extra = |name: &str, price: i64| Extra { name: name.into(), price: Minor(price) };
    let milk = Modifier { name: "Milk".into(), one: true, options: vec![extra("oat", 50), extra("soy", 40)] };
    let tops = Modifier { name: "Tops".into(), one: false, options: vec![extra("cocoa", 0), extra("cream", 70)] };
    shop.products.extend([
        product("coffee", 380, Details { modifiers: vec![milk, tops], ..Details::default() }),
        product("cheese", 2490, Details { unit: Some(Unit::Kg), ..Details::default() }),
        product("gift", 0, Details { open_price: true, ..Details::default() }),
        Product { name: "Shirt".into(), variant: Some("S".into()), ..product("shirt-s", 2900, Details::default()) },
        Product { name: "Shirt".into(), variant: Some("M".into()), ..product("shirt-m", 2900, Details::default()) },
    ]);
    shop.products[0].barcodes = vec!["4006381333931".into(), "036000291452".into(), "CODE-128/x".into()];
    let cheese = shop.products.iter_mut().find(|p| p.sku == "cheese").unwrap();
    cheese.barcodes = vec!["2803001000004".into()];
    cheese.price_embedded = true;
    shop
}

fn open(staff: u64, shop: Config) -> TestTill {
    let mut till = TestTill::start();
    till.sign_in(staff, shop);
    till.send(Event::ShiftOpenSubmitted("100".into()));
    till
}

fn till() -> TestTill {
    open(3, shop(TaxMode::Inclusive))
}

fn scan(till: &mut TestTill, code: &str) {
    till.send(Event::Scanned(code.into()));
}

fn selling(till: &TestTill) -> SellingView {
    match view(&till.model).screen {
        Screen::Selling(selling) => selling,
        other => panic!("not selling: {other:?}"),
    }
}

fn only_line(till: &TestTill) -> LineView {
    let lines = selling(till).lines;
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].clone()
}

fn panel(till: &TestTill) -> Option<PanelContent> {
    view(&till.model).panel.map(|panel| panel.content)
}

/// Pays exactly and gives the sale.
fn sold(till: &mut TestTill) -> Sale {
    till.pay_exact();
    let Stage::Receipt(paid) = till.stage() else { panic!("paid: {:?}", till.error()) };
    assert_eq!(paid.sale.check(), Ok(()));
    paid.sale.clone()
}

#[test]
fn a_scan_adds_what_it_means_and_starts_the_next_sale() {
    let mut till = till();
    for code in ["4006381333931", "]E04006381333931", "0036000291452", "code-128/X", "https://id.gs1.org/01/04006381333931"] {
        scan(&mut till, code);
        assert_eq!(till.error(), None, "{code}");
    }
    let line = only_line(&till);
    assert_eq!((line.sku.as_str(), line.qty.as_str()), ("mug", "5"), "several barcodes are one product");
    sold(&mut till);
    scan(&mut till, "036000291452");
    assert_eq!(only_line(&till).qty, "1", "a scan on the receipt starts the next sale");
}

#[test]
fn an_unknown_code_is_one_choice_and_never_silent() {
    let mut till = till();
    scan(&mut till, "4006381333930");
    assert_eq!(panel(&till), Some(PanelContent::UnknownCode { code: "4006381333930".into() }), "a wrong check digit is no mug");
    scan(&mut till, "4006381333931");
    assert_eq!((panel(&till), only_line(&till).qty.as_str()), (None, "1"), "the next scan takes its place");
    sold(&mut till);
    scan(&mut till, "nothing");
    assert!(matches!(till.stage(), Stage::Receipt(_)), "the receipt stays for whoever still reads it");
}

#[test]
fn a_scan_into_something_open_does_no_harm() {
    let mut till = till();
    till.tap("mug");
    for form in [Form::Discount { line: 0 }, Form::Cash, Form::Split, Form::Ask { sku: "gift".into() }] {
        till.send(Event::FormOpened(form));
        scan(&mut till, "4006381333931");
        assert!(till.error().unwrap().starts_with("Nothing was added."));
        assert!(till.desk().panel.is_some());
        till.send(Event::PanelClosed);
    }
    till.send(Event::ChargePressed);
    scan(&mut till, "4006381333931");
    assert!(till.error().unwrap().starts_with("Nothing was added."));
    let Stage::Tendering(tendering) = till.stage() else { panic!("tendering") };
    assert_eq!(tendering.totals.gross, Minor(1250));
    till.send(Event::TenderLeft);
    till.send(Event::OrdersPressed);
    scan(&mut till, "4006381333931");
    assert!(till.error().unwrap().contains("Go back to selling first"));
    till.send(Event::OrdersLeft);
    till.send(Event::LockPressed(LockCause::Button));
    scan(&mut till, "4006381333931");
    till.sign_in(3, shop(TaxMode::Inclusive));
    assert_eq!(only_line(&till).qty, "1");
}

#[test]
fn labels_carry_price_or_weight_as_the_shop_says() {
    let mut till = till();
    // 28 03001 00742 + check digit: 7.42 on the label.
    let label = "2803001007423";
    scan(&mut till, label);
    let line = only_line(&till);
    assert_eq!((line.qty.as_str(), line.price.as_str(), line.list_unit), ("1", "€7.42", None));
    scan(&mut till, label);
    assert_eq!(selling(&till).lines.len(), 2, "each label is a line of its own");
    let mut by_weight = shop(TaxMode::Inclusive);
    by_weight.rules.labels.insert(28, LabelHolds::Weight);
    assert!(matches!(find(label, &by_weight), Some(Found::Weighed(product, Milli(742))) if product.sku == "cheese"));
    let mut till = open(3, by_weight);
    scan(&mut till, label);
    let line = only_line(&till);
    assert_eq!((line.qty.as_str(), line.measure, line.price.as_str()), ("0.742", Some("kg"), "€18.48"));
    // Only numbers that shops give out themselves are labels: of another maker's goods, no digits are a price.
    let mut strange = shop(TaxMode::Inclusive);
    strange.products[0].barcodes = vec!["4006381000000".into()];
    strange.products[0].price_embedded = true;
    assert!(find("4006381000000", &strange).is_some() && find("4006381333931", &strange).is_none());
    // The shelf's own label has no price yet: it is asked as a tap would.
    scan(&mut till, "2803001000004");
    assert!(matches!(panel(&till), Some(PanelContent::Ask(asks)) if asks.measure == Some("kg") && !asks.price));
}

#[test]
fn weights_and_open_prices_are_asked() {
    let mut till = till();
    till.tap("cheese");
    let ask = |sku: &str, price: &str, qty: &str| Event::LineAsked { sku: sku.into(), price: price.into(), qty: qty.into() };
    for wrong in ["", "0", "1.2345", "heavy"] {
        till.send(ask("cheese", "", wrong));
        assert!(till.error().unwrap().contains("scale"), "{wrong}");
    }
    till.send(ask("cheese", "", "0,352"));
    assert_eq!((till.desk().panel.is_none(), only_line(&till).price.as_str()), (true, "€8.76"));
    till.send(Event::QtyTyped { line: 0, qty: "0.5".into() });
    assert_eq!(only_line(&till).price, "€12.45");
    till.tap("gift");
    for wrong in ["", "0", "much"] {
        till.send(ask("gift", wrong, ""));
        assert!(till.error().is_some(), "{wrong}");
    }
    till.send(ask("gift", "15", ""));
    till.send(Event::PriceSubmitted { line: 1, price: "20".into() });
    let sale = sold(&mut till);
    assert_eq!((sale.totals.gross, sale.lines[0].measure), (Minor(1245 + 2000), Some(Unit::Kg)));
    assert_eq!((sale.lines[1].unit, sale.lines[1].list_unit), (Minor(2000), None), "an asked price is no override");
}

#[test]
fn variants_are_picked_and_extras_stand_on_the_line() {
    let mut till = till();
    till.send(Event::FormOpened(Form::Variants { sku: "shirt-s".into() }));
    let Some(PanelContent::Variants { name, options }) = panel(&till) else { panic!("picker") };
    assert_eq!((name.as_str(), options.len(), options[1].name.as_str()), ("Shirt", 2, "M"));
    till.tap("shirt-m");
    assert!(till.desk().panel.is_none());
    assert_eq!(only_line(&till).name, "Shirt, M");
    till.tap("coffee");
    let note = |chosen: &[(usize, usize)]| Event::LineNoted { line: 1, chosen: chosen.to_vec(), note: " hot ".into() };
    till.send(note(&[(0, 0), (0, 1), (1, 1), (9, 9)]));
    let line = selling(&till).lines[1].clone();
    assert_eq!((line.extras, line.note.as_deref()), (vec!["soy +€0.40".into(), "cream +€0.70".into()], Some("hot")), "one milk");
    assert_eq!(line.price, "€4.90");
    till.tap("coffee");
    assert_eq!(selling(&till).lines.len(), 3, "the next coffee is a plain one");
    let sale = sold(&mut till);
    assert_eq!((sale.lines[1].price, sale.lines[1].note.as_deref()), (Minor(490), Some("hot")));
    let mut cheaper = sale.clone();
    cheaper.lines[1].extras[1].price = Minor(0);
    assert_eq!(cheaper.check(), Err(SaleFault::LinePrice), "an extra's price is recomputed");
}

#[test]
fn an_amount_off_a_line_or_the_order() {
    let mut till = till();
    till.tap("mug");
    till.tap("bread");
    let off = |line: usize, amount: &str| Event::AmountOffSubmitted { line, amount: amount.into(), reason: "scratch".into() };
    till.send(off(0, "13"));
    assert_eq!(till.error(), Some("This takes more off than there is to pay."));
    till.send(off(0, "2.50"));
    assert_eq!(selling(&till).lines[0].discount.as_deref(), Some("−€2.50 scratch"));
    let order =
        |by_amount: bool, off: &str| Event::OrderDiscountSubmitted { by_amount, off: off.into(), reason: "regular".into() };
    till.send(order(true, "3.89"));
    assert_eq!(selling(&till).order_off.as_deref(), Some("−€3.89 regular"));
    assert_eq!(selling(&till).total.minor, 1000 + 389 - 389);
    // Taken off less, it is less in proportion.
    till.send(Event::LineRemoved(1));
    assert_eq!(selling(&till).total.minor, 1000 - 280);
    till.send(Event::UndoPressed);
    assert_eq!(selling(&till).total.minor, 1000);
    let sale = sold(&mut till);
    assert_eq!((sale.discounts(), sale.discount.as_ref().unwrap().amount), (Minor(250 + 389), Minor(389)));
    for change in [
        (|sale| sale.discount.as_mut().unwrap().amount = Minor(390)) as fn(&mut Sale),
        |sale| sale.discount = None,
        |sale| {
            sale.lines[0].order_off = Minor(0);
            sale.lines[1].order_off = Minor(389);
        },
        |sale| sale.lines[0].discount.as_mut().unwrap().amount = Minor(1),
    ] {
        let mut wrong = sale.clone();
        change(&mut wrong);
        assert!(wrong.check().is_err());
    }
    till.send(Event::NewSalePressed);
    till.tap("mug");
    till.send(order(false, "10"));
    till.send(order(false, "0"));
    assert_eq!((selling(&till).order_off, selling(&till).total.minor), (None, 1250), "taken away");
    till.send(order(false, "10"));
    till.send(Event::LineRemoved(0));
    till.tap("mug");
    assert_eq!(selling(&till).order_off, None, "an order that is emptied has no discount");
}

#[test]
fn nobody_takes_more_off_than_their_role_may() {
    let mut till = open(1, shop(TaxMode::Inclusive));
    till.tap("mug");
    let order = |off: &str| Event::OrderDiscountSubmitted { by_amount: false, off: off.into(), reason: "regular".into() };
    let refused = |till: &TestTill| match &till.journal.last().unwrap().body {
        Body::Refused { permission, .. } => Some(*permission),
        _ => None,
    };
    let amount = |by: &str| Event::AmountOffSubmitted { line: 0, amount: by.into(), reason: "x".into() };
    till.send(amount("1.25"));
    assert_eq!((till.error(), refused(&till)), (None, None), "10 %");
    till.send(amount("1.26"));
    assert_eq!(refused(&till), Some(Permission::Discount), "a cent above");
    till.send(Event::PanelClosed);
    till.send(order("1"));
    assert_eq!(refused(&till), Some(Permission::Discount), "10 % and then 1 % is more than 10 %");
    till.send(Event::PanelClosed);
    till.send(amount("0"));
    till.send(order("10"));
    till.send(Event::DiscountSubmitted { line: 0, percent: "1".into(), reason: "x".into() });
    assert_eq!(refused(&till), Some(Permission::Discount), "the other way round as well");
    till.send(Event::PanelClosed);
    till.tap("mug");
    assert_eq!(only_line(&till).qty, "2", "10 % they may give on more as well");
    till.send(order("20"));
    till.approve(3);
    assert_eq!(selling(&till).total.minor, 2000);
    for event in [
        Event::ProductTapped("bread".into()),
        Event::Scanned("4006381333931".into()),
        Event::QtyTyped { line: 0, qty: "50".into() },
        Event::QtyStepped { line: 0, pieces: 1 },
        Event::LineNoted { line: 0, chosen: Vec::new(), note: "x".into() },
    ] {
        till.send(event);
        assert_eq!(refused(&till), Some(Permission::Discount), "what was approved for these goods is not for others");
        till.send(Event::PanelClosed);
    }
}

#[test]
fn parked_orders_have_names_and_are_split_and_joined() {
    let mut till = till();
    for sku in ["mug", "bread", "odd"] {
        till.tap(sku);
    }
    let words = |name: &str, note: &str| Event::OrderNoted { name: name.into(), note: note.into(), coupon: String::new() };
    till.send(words("Anna", "no bag"));
    for wrong in [vec![], vec![0, 1, 2], vec![7]] {
        till.send(Event::SplitSubmitted(wrong));
        assert!(till.error().unwrap().contains("not all"));
    }
    till.send(Event::SplitSubmitted(vec![1]));
    assert_eq!((selling(&till).total.minor, selling(&till).parked.len()), (1250 + 333, 1));
    till.send(Event::ParkPressed);
    assert_eq!(selling(&till).parked[1].name.as_deref(), Some("Anna"));
    till.send(Event::LockPressed(LockCause::Button));
    till.sign_in(3, shop(TaxMode::Inclusive));
    till.send(Event::ParkedChosen(1));
    till.send(Event::OrderDiscountSubmitted { by_amount: false, off: "5".into(), reason: "x".into() });
    for event in [Event::ParkedMerged(0), Event::SplitSubmitted(vec![0])] {
        till.send(event);
        assert_eq!(till.error(), Some("Take the order's discount away first."));
    }
    till.send(Event::OrderDiscountSubmitted { by_amount: false, off: "0".into(), reason: String::new() });
    till.send(Event::ParkedMerged(0));
    assert_eq!((selling(&till).total.minor, selling(&till).parked.len()), (1250 + 389 + 333, 0));
    till.send(Event::ParkedMerged(3));
    assert_eq!(till.error(), None);
    assert_eq!(sold(&mut till).note.as_deref(), Some("no bag"));
    till.send(Event::NewSalePressed);
    till.send(words("a".repeat(121).as_str(), ""));
    assert!(till.error().unwrap().contains("too long"));
}

#[test]
fn promotions_are_explained_and_coupons_are_for_now() {
    let mut shop = shop(TaxMode::Inclusive);
    let promotion = |name: &str, deal: Deal, skus: &[&str]| Promotion {
        name: name.into(),
        deal,
        goods: Goods { skus: skus.iter().map(|s| s.to_string()).collect(), ..Goods::default() },
        when: When::default(),
        coupon: None,
    };
    shop.rules.promotions = vec![
        promotion("3 for 2", Deal::NForM { take: 3, pay: 2 }, &["mug"]),
        Promotion { coupon: Some("SPRING".into()), ..promotion("Spring", Deal::Percent(Ppm(100_000)), &["bread"]) },
        Promotion {
            coupon: Some("OVER".into()),
            when: When { before_ms: Some(1), ..When::default() },
            ..promotion("Over", Deal::Percent(Ppm(100_000)), &[])
        },
    ];
    let mut till = open(1, shop);
    for sku in ["mug", "mug", "mug", "bread"] {
        till.tap(sku);
    }
    assert_eq!(selling(&till).lines[0].promotion.as_deref(), Some("3 for 2: −€12.50"));
    let coupon = |code: &str| Event::OrderNoted { name: String::new(), note: String::new(), coupon: code.into() };
    for wrong in ["over", "autumn"] {
        till.send(coupon(wrong));
        assert_eq!(till.error(), Some("This coupon code is not valid now."), "{wrong}");
    }
    till.send(coupon("spring"));
    assert_eq!(selling(&till).lines[1].promotion.as_deref(), Some("Spring: −€0.39"));
    // Scanned, it is the same, also with the kind of code before it; and what is no coupon stays unknown.
    till.send(coupon(""));
    assert_eq!(selling(&till).lines[1].promotion, None);
    till.send(Event::Scanned("OVER".into()));
    assert_eq!(till.error(), Some("This coupon code is not valid now."));
    till.send(Event::Scanned("autumn".into()));
    assert!(matches!(&till.desk().panel, Some(Panel::Form(Form::UnknownCode { .. }))));
    till.send(Event::Scanned("]C0spring".into()));
    assert!(till.desk().panel.is_none());
    assert_eq!(selling(&till).lines[1].promotion.as_deref(), Some("Spring: −€0.39"));
    till.send(Event::DiscountSubmitted { line: 0, percent: "10".into(), reason: "scratch".into() });
    let sale = sold(&mut till);
    assert_eq!(sale.totals.gross, Minor(2500 - 250 + 350), "a discount is off what the promotion left");
    let mut wrong = sale.clone();
    wrong.lines[0].promotion.as_mut().unwrap().amount = Minor(3751);
    assert_eq!(wrong.check(), Err(SaleFault::LinePrice), "no promotion takes off more than there is");
    let (again, _) = wrong.reckoned().unwrap();
    assert_eq!((again[0].promotion.as_ref().unwrap().amount, again[0].price), (Minor(3750), Minor(0)), "nor is it reckoned so");
}

#[test]
fn an_order_of_an_older_program_is_read() {
    let mut till = till();
    till.tap("mug");
    let mut bytes = Vec::new();
    ciborium::into_writer(&till.saved, &mut bytes).unwrap();
    let text = format!("{:?}", ciborium::from_reader::<ciborium::Value, _>(bytes.as_slice()).unwrap());
    for new in ["asked", "extras", "coupon", "\"off\"", "details"] {
        assert!(!text.contains(new), "a plain order is written as before: {new}");
    }
    assert!(till.desk().panel.is_none());
}

fn off() -> impl Strategy<Value = Option<(bool, u32)>> {
    prop::option::of((any::<bool>(), 0u32..=1_000_000))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_taken_off_balances_and_is_reckoned_again(
        lines in prop::collection::vec((0usize..5, 1i64..5000, off(), prop::collection::vec(0i64..500, 0..3)), 1..12),
        order in off(), exclusive: bool, take in 2u32..4,
    ) {
        let mode = if exclusive { TaxMode::Exclusive } else { TaxMode::Inclusive };
        let mut shop = shop(mode);
        let goods = Goods { skus: vec!["mug".into(), "bread".into()], ..Goods::default() };
        let deal = Deal::NForM { take, pay: 1 };
        shop.rules.promotions = vec![Promotion { name: "deal".into(), deal, goods, when: When::default(), coupon: None }];
        let reason = barrow_core::reason::Reason::parse("why").unwrap();
        let mut cart = barrow_core::cart::Cart::default();
        for (product, qty, off, extras) in lines {
            let product = shop.products[product].clone();
            let extras = extras.into_iter().map(|price| Extra { name: "extra".into(), price: Minor(price) }).collect();
            let line = barrow_core::cart::CartLine { qty: Milli(qty), extras, ..barrow_core::cart::CartLine::of(&product) };
            cart.add_line(line, &shop).unwrap();
            let last = cart.lines().len() - 1;
            match off {
                Some((true, part)) => {
                    let of = cart.before_discount(last, &shop).unwrap();
                    cart.set_amount_off(last, Ppm(part).of(of).unwrap(), &reason, &shop).unwrap();
                }
                Some((false, part)) => cart.set_discount(last, Ppm(part), &reason, &shop).unwrap(),
                None => {}
            }
        }
        let before = cart.before_order_discount(&shop).unwrap();
        let measure = order.map(|(by_amount, part)| match by_amount {
            true => Measure::Amount { amount: Ppm(part).of(before).unwrap(), of: before },
            false => Measure::Rate(Ppm(part)),
        });
        cart.set_order_off(measure.map(|measure| Off { measure, reason: "why".into() }), &shop).unwrap();
        let order = cart.reckon_order(&shop).unwrap();
        let sum = |of: fn(&barrow_core::sale::SaleLine) -> i64| order.lines.iter().map(of).sum::<i64>();
        let off = order.discount.as_ref().map_or(0, |discount| discount.amount.0);
        prop_assert_eq!(sum(|line| line.order_off.0), off);
        prop_assert_eq!(sum(|line| line.price.0) + off, before.0);
        prop_assert!(order.lines.iter().all(|line| line.price.0 >= 0 && line.order_off.0 >= 0));
        prop_assert_eq!(sum(|line| line.net.0 + line.taxes.iter().map(|tax| tax.amount.0).sum::<i64>()), order.totals.gross.0);
        let sale = Sale {
            customer: None,
            currency: "EUR".into(), tax_mode: mode, lines: order.lines, totals: order.totals, rounding: Minor(0),
            tenders: vec![barrow_core::tender::Tender::cash(order.totals.gross, order.totals.gross).unwrap()],
            turnover: order.totals.gross, discount: order.discount, note: None, exchange: None, gifts: Vec::new(), tip: Minor::ZERO,
        };
        prop_assert_eq!(sale.check(), Ok(()));
        // Through the journal's encoding and back.
        let mut bytes = Vec::new();
        ciborium::into_writer(&sale, &mut bytes).unwrap();
        prop_assert_eq!(ciborium::from_reader::<Sale, _>(bytes.as_slice()).unwrap(), sale);
    }
}

#[test]
fn what_is_stored_as_upc_e_is_found_by_its_upc_a_and_the_other_way_round() {
    let mut shop = shop(TaxMode::Inclusive);
    for (sku, code) in [("mug", "01234565"), ("bread", "425261"), ("odd", "036000291452"), ("free", "012000003455")] {
        shop.products.iter_mut().find(|product| product.sku == sku).unwrap().barcodes = vec![code.into()];
    }
    let mut till = open(1, shop);
    for (scan, name) in [
        ("012345000065", "Product mug"),
        ("0012345000065", "Product mug"),
        ("01234565", "Product mug"),
        ("123456", "Product mug"),
        ("00042100005264", "Product bread"),
        ("042100005264", "Product bread"),
        ("04252614", "Product bread"),
        ("036000291452", "Product odd"),
        ("01234505", "Product free"),
    ] {
        till.send(Event::Scanned(scan.into()));
        assert_eq!(selling(&till).lines.last().map(|line| line.name.as_str()), Some(name), "{scan}");
        till.send(Event::LineRemoved(selling(&till).lines.len() - 1));
    }
}
