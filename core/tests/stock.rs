//! Stock: what each entry moves, what a till shows of it, and that tills and server come to the same in whatever order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use barrow_core::{
    config::Config,
    ids::{Epoch, Seq, ShopId, TillId},
    journal::{Body, Entry},
    ledger::Ledger,
    money::Milli,
    sale::Sale,
    stock::{Base, Counted, Cursor, Kept, Shelf, State, StockNews, moves},
    tax::TaxMode,
    till::{Event, Form},
    view::{PanelContent, Screen, view},
};
use common::{TestTill, config, open_order};
use proptest::prelude::*;

/// Mugs and bread are kept; up to three of them are few.
fn shop() -> Config {
    let mut shop = config(TaxMode::Inclusive);
    for product in shop.products.iter_mut() {
        if product.sku == "mug" || product.sku == "bread" {
            product.details.stock = Some(Kept { low: Milli::pieces(3) });
        }
    }
    shop
}

fn news(version: u64, upto: u64, levels: &[(&str, i64)]) -> StockNews {
    StockNews {
        v: 1,
        shop: ShopId(1),
        till: TillId(1),
        epoch: Epoch(1),
        upto: Seq(upto),
        since: Cursor::default(),
        now: Cursor { server_epoch: 1, version, sku: String::new() },
        more: false,
        levels: levels.iter().map(|(sku, pieces)| ((*sku).into(), Milli::pieces(*pieces))).collect(),
    }
}

fn told(news: &StockNews) -> Base {
    let mut base = Base::empty(Epoch(1));
    base.take(news).expect("from the start");
    base
}

/// A till with a shift open and five mugs.
fn till() -> TestTill {
    let mut till = TestTill::start();
    till.stock = told(&news(1, 0, &[("mug", 5), ("bread", 100)]));
    till.sign_in(3, shop());
    till.send(Event::ShiftOpenSubmitted("100".into()));
    till
}

fn level(till: &TestTill, sku: &str) -> i64 {
    till.desk().shelf.level(sku).expect("told").0
}

fn sell(till: &mut TestTill, sku: &str, pieces: i64) {
    till.tap(sku);
    till.send(Event::QtyTyped { line: 0, qty: pieces.to_string() });
    till.pay_exact();
    till.send(Event::NewSalePressed);
}

fn line_states(till: &TestTill) -> Vec<Option<State>> {
    let Screen::Selling(selling) = view(&till.model).screen else { panic!("selling") };
    selling.lines.iter().map(|line| line.stock.map(|mark| mark.state)).collect()
}

#[test]
fn a_sale_takes_out_at_once_and_a_void_brings_back() {
    let mut till = till();
    till.tap("mug");
    assert_eq!(line_states(&till), [None], "there are plenty");
    till.send(Event::QtyTyped { line: 0, qty: "6".into() });
    assert_eq!(line_states(&till), [Some(State::Short)]);
    till.pay_exact();
    assert_eq!(level(&till, "mug"), -1000, "the goods are on the counter: nothing stops the sale");
    till.send(Event::VoidSubmitted("wrong size".into()));
    assert_eq!(level(&till, "mug"), 5000);
    till.send(Event::NewSalePressed);
    sell(&mut till, "mug", 2);
    till.tap("mug");
    assert_eq!(line_states(&till), [Some(State::Low)], "three are few");
    till.tap("free");
    assert_eq!(line_states(&till)[1], None, "no stock is kept of it");
}

#[test]
fn what_comes_back_goes_to_stock_unless_it_cannot_be_sold_again() {
    for off_shelf in [false, true] {
        let mut till = till();
        sell(&mut till, "mug", 2);
        open_order(&mut till, 0);
        till.send(Event::RefundPressed);
        till.send(Event::RefundOffShelf(off_shelf));
        till.send(Event::RefundQtyStepped { line: 0, pieces: -1 });
        till.send(Event::RefundSubmitted("damaged".into()));
        let Body::Refund(refund) = &till.journal.last().unwrap().body else { panic!("refund") };
        assert_eq!((refund.off_shelf, refund.check()), (off_shelf, Ok(())));
        assert_eq!(level(&till, "mug"), if off_shelf { 3000 } else { 4000 });
    }
}

#[test]
fn the_shelf_is_the_same_after_a_reload() {
    let mut till = till();
    sell(&mut till, "mug", 2);
    sell(&mut till, "bread", 1);
    let before = (level(&till, "mug"), level(&till, "bread"));
    till.send(Event::LockPressed(barrow_core::journal::LockCause::Button));
    till.sign_in(3, shop());
    assert_eq!((level(&till, "mug"), level(&till, "bread")), before);
    assert_eq!(before, (3000, 99_000));
}

#[test]
fn what_the_server_has_counts_once() {
    let mut till = till();
    sell(&mut till, "mug", 2);
    let first = till.head.seq.0;
    sell(&mut till, "mug", 1);
    // The server has the first sale, and another till's of one mug.
    till.send(Event::StockTold(told(&news(2, first, &[("mug", 2)]))));
    assert_eq!(level(&till, "mug"), 1000);
    till.send(Event::StockTold(told(&news(3, till.head.seq.0, &[("mug", 1)]))));
    assert_eq!(level(&till, "mug"), 1000);
    assert!(till.desk().ledger.stock.is_empty(), "and nothing is kept of it any more");
}

#[test]
fn a_count_is_a_difference_from_what_was_known() {
    let mut till = till();
    sell(&mut till, "mug", 2);
    till.send(Event::FormOpened(Form::CountStock { sku: None, last: None }));
    till.send(Event::Scanned("mug".into()));
    let PanelContent::CountStock(shown) = view(&till.model).panel.unwrap().content else { panic!("counting") };
    assert_eq!(shown.article.unwrap().expected.as_deref(), Some("3"));
    let cart = till.desk().cart().unwrap().lines().len();
    assert_eq!(cart, 0, "what is scanned to be counted is not sold");
    for wrong in ["", "-1", "x", "1.5", "99999999999"] {
        till.send(Event::StockCounted { sku: "mug".into(), counted: wrong.into() });
        assert!(till.error().is_some(), "{wrong}");
    }
    till.send(Event::StockCounted { sku: "mug".into(), counted: "7".into() });
    let Body::StockCounted(counted) = &till.journal.last().unwrap().body else { panic!("counted") };
    assert_eq!((counted.expected, counted.counted, counted.delta()), (Milli(3000), Milli(7000), Milli(4000)));
    assert_eq!((counted.version, counted.upto), (1, Seq(0)), "what it is a difference from");
    assert_eq!(level(&till, "mug"), 7000);
    let PanelContent::CountStock(shown) = view(&till.model).panel.unwrap().content else { panic!("counting") };
    assert_eq!(shown.article, None, "on to the next one");
    assert_eq!(shown.last.unwrap().counted, "7");
    till.send(Event::CountChosen("free".into()));
    assert!(till.error().unwrap().contains("No stock is kept"));
}

#[test]
fn an_article_that_the_server_never_told_of_is_neither_marked_nor_counted() {
    let mut till = TestTill::start();
    till.sign_in(3, shop());
    till.send(Event::ShiftOpenSubmitted("100".into()));
    sell(&mut till, "mug", 2);
    assert_eq!(till.desk().shelf.level("mug"), None);
    till.tap("mug");
    assert_eq!(line_states(&till), [None]);
    till.send(Event::StockCounted { sku: "mug".into(), counted: "7".into() });
    assert!(till.error().unwrap().contains("Connect it once"));
}

#[test]
fn news_that_do_not_follow_are_asked_for_again() {
    let mut base = told(&news(4, 3, &[("mug", 5)]));
    let later = Cursor { server_epoch: 1, version: 9, sku: String::new() };
    let gap = StockNews { since: Cursor { version: 7, ..later.clone() }, now: later.clone(), ..news(9, 5, &[("mug", 1)]) };
    assert_eq!(base.take(&gap), None);
    assert_eq!(base.take(&StockNews { epoch: Epoch(2), ..news(9, 5, &[]) }), None, "another life's places mean nothing");
    let next = StockNews { since: base.now.clone(), now: later, ..news(9, 5, &[("mug", 1)]) };
    assert_eq!(base.take(&next).map(|parts| parts.len()), Some(1), "only the part that changed is written again");
    assert_eq!(base.take(&next), None, "twice is once");
    assert_eq!(base.take(&news(2, 5, &[])).map(|parts| parts.len()), Some(64), "everything anew, as after a restore");
    assert_eq!(base.told("mug"), None);
}

/// The server, as far as stock goes: every entry once, and levels that are sums.
#[derive(Default)]
struct Server {
    entries: BTreeMap<(TillId, Seq), Entry>,
    levels: BTreeMap<String, (Milli, u64)>,
    version: u64,
}

impl Server {
    /// Takes entries of one till in, in the order of their places.
    fn take(&mut self, entries: &[Entry]) {
        self.version += 1;
        for entry in entries {
            if self.entries.insert((entry.till, entry.seq), entry.clone()).is_some() {
                continue;
            }
            let sale_of = |id: barrow_core::ids::SaleId| match &self.entries.get(&(id.till, id.seq))?.body {
                Body::Sale(sale) => Some(sale),
                _ => None,
            };
            for (sku, delta) in moves(entry, sale_of) {
                let level = self.levels.entry(sku).or_insert((Milli(0), 0));
                *level = (Milli(level.0.0 + delta.0), self.version);
            }
        }
    }

    fn news(&self, till: TillId, since: &Cursor, most: usize) -> StockNews {
        let upto = self.entries.keys().filter(|(of, _)| *of == till).map(|(_, seq)| *seq).max().unwrap_or(Seq(0));
        let behind = |version: u64, sku: &str| (version, sku) > (since.version, since.sku.as_str());
        let mut changed: Vec<_> = self.levels.iter().filter(|(sku, (_, version))| behind(*version, sku)).collect();
        changed.sort_by_key(|(sku, (_, version))| (*version, (*sku).clone()));
        let more = changed.len() > most;
        changed.truncate(most);
        let last = changed.last().map(|(sku, (_, version))| Cursor { server_epoch: 1, version: *version, sku: (*sku).clone() });
        StockNews {
            v: 1,
            shop: ShopId(1),
            till,
            epoch: Epoch(1),
            upto,
            since: since.clone(),
            now: last.unwrap_or(Cursor { server_epoch: 1, ..since.clone() }),
            more,
            levels: changed.iter().map(|(sku, (level, _))| ((*sku).clone(), *level)).collect(),
        }
    }
}

/// A till, as far as stock goes.
struct Tablet {
    till: TillId,
    entries: Vec<Entry>,
    ledger: Ledger,
    base: Base,
}

impl Tablet {
    fn shelf(&self) -> Shelf {
        Shelf::of(self.base.clone(), &self.ledger.stock)
    }

    fn write(&mut self, template: &Entry, body: Body) {
        let seq = Seq(self.entries.len() as u64 + 1);
        let entry = Entry { till: self.till, seq, body, ..template.clone() };
        self.ledger.apply(&entry);
        self.entries.push(entry);
    }

    fn told(&mut self, news: &StockNews) {
        if self.base.take(news).is_some() {
            self.ledger.stock.settle(self.base.settled);
        }
    }
}

/// What happens next, by which till.
#[derive(Clone, Debug)]
enum Step {
    Sell(usize, usize, i64),
    Void(usize),
    Count(usize, usize, i64),
    /// Sends some of what was sent before again, and some that was not.
    Send(usize, usize, usize),
    Told(usize, usize),
    /// The page is loaded again.
    Reload(usize),
}

const SKUS: [&str; 3] = ["bread", "mug", "odd"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3usize, 0..3usize, 1..5000i64).prop_map(|(till, sku, qty)| Step::Sell(till, sku, qty)),
        1 => (0..3usize).prop_map(Step::Void),
        1 => (0..3usize, 0..3usize, 0..9000i64).prop_map(|(till, sku, qty)| Step::Count(till, sku, qty)),
        3 => (0..3usize, 0..9usize, 1..9usize).prop_map(|(till, again, more)| Step::Send(till, again, more)),
        3 => (0..3usize, 1..4usize).prop_map(|(till, most)| Step::Told(till, most)),
        1 => (0..3usize).prop_map(Step::Reload),
    ];
    proptest::collection::vec(step, 0..60)
}

fn sale_of(till: &TestTill) -> (Entry, Sale) {
    let entry = till.journal.iter().find(|entry| matches!(entry.body, Body::Sale(_))).expect("sold").clone();
    let Body::Sale(sale) = &entry.body else { panic!("sale") };
    let sale = sale.clone();
    (entry, sale)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn whatever_comes_when_and_how_often_all_come_to_the_same(steps in steps(), order in any::<u64>()) {
        let mut one = till();
        sell(&mut one, "mug", 1);
        let (template, sale) = sale_of(&one);
        let sold = |sku: usize, qty: i64| {
            let mut sale = sale.clone();
            (sale.lines[0].sku, sale.lines[0].qty) = (SKUS[sku].to_owned(), Milli(qty));
            Body::Sale(sale)
        };
        let tablet = |till: u64| Tablet {
            till: TillId(till),
            entries: Vec::new(),
            ledger: Ledger::default(),
            base: Base::empty(Epoch(1)),
        };
        let mut tills = [tablet(1), tablet(2), tablet(3)];
        let mut server = Server::default();
        for till in &mut tills {
            till.write(&template, Body::ShiftOpened { float: Default::default() });
        }
        for step in steps {
            match step {
                Step::Sell(till, sku, qty) => tills[till].write(&template, sold(sku, qty)),
                Step::Void(till) => {
                    let till = &mut tills[till];
                    let open = till.ledger.shift.as_ref().and_then(|shift| shift.book.sales().iter().rev().find(|paid| !paid.voided));
                    if let Some(paid) = open {
                        let due = paid.sale.due().unwrap();
                        let void = barrow_core::sale::Void { sale: paid.id, reason: "x".into(), due, turnover: Default::default(), outside: Default::default() };
                        till.write(&template, Body::SaleVoided(void));
                    }
                }
                Step::Count(till, sku, qty) => {
                    let till = &mut tills[till];
                    if let Some(expected) = till.shelf().level(SKUS[sku]) {
                        let (sku, counted) = (SKUS[sku].to_owned(), Milli(qty));
                        let body = Counted { name: sku.clone(), sku, expected, counted, version: till.base.now.version, upto: Seq(0) };
                        till.write(&template, Body::StockCounted(body));
                        prop_assert_eq!(till.shelf().level(&till.entries.last().map(|entry| match &entry.body {
                            Body::StockCounted(counted) => counted.sku.clone(),
                            _ => String::new(),
                        }).unwrap()), Some(counted));
                    }
                }
                Step::Send(till, again, more) => {
                    let till = &tills[till];
                    let had = server.entries.keys().filter(|(of, _)| *of == till.till).count();
                    let from = had.saturating_sub(again);
                    server.take(&till.entries[from..(had + more).min(till.entries.len())]);
                }
                Step::Told(till, most) => {
                    let till = &mut tills[till];
                    let news = server.news(till.till, &till.base.now, most);
                    till.told(&news);
                    // A copy that comes late changes nothing.
                    till.told(&news);
                }
                Step::Reload(till) => {
                    let till = &mut tills[till];
                    let mut ledger = Ledger::default();
                    till.entries.iter().for_each(|entry| ledger.apply(entry));
                    ledger.stock.settle(till.base.settled);
                    till.ledger = ledger;
                }
            }
            for till in &tills {
                // What a till shows is what it was told and all of its own since: as if it asked again of the server of that moment.
                let mut alone = Ledger::default();
                till.entries.iter().for_each(|entry| alone.apply(entry));
                let shelf = Shelf::of(till.base.clone(), &alone.stock);
                for sku in SKUS {
                    prop_assert_eq!(till.shelf().level(sku), shelf.level(sku), "nothing was forgotten too early");
                }
            }
        }
        for till in &mut tills {
            server.take(&till.entries);
        }
        for till in &mut tills {
            loop {
                let news = server.news(till.till, &till.base.now, 2);
                till.told(&news);
                if !news.more { break; }
            }
        }
        // Another server, to which the tills come in another order, and everything comes twice.
        let mut other = Server::default();
        let mut turn = order;
        let mut next = [0usize; 3];
        while (0..3).any(|till| next[till] < tills[till].entries.len()) {
            turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let till = (turn >> 33) as usize % 3;
            let upto = (next[till] + 1 + (turn >> 40) as usize % 4).min(tills[till].entries.len());
            other.take(&tills[till].entries[next[till].saturating_sub(2)..upto]);
            next[till] = upto;
        }
        let levels = |server: &Server| server.levels.iter().map(|(sku, (level, _))| (sku.clone(), *level)).collect::<BTreeMap<_, _>>();
        prop_assert_eq!(levels(&server), levels(&other));
        let skus: BTreeSet<String> = server.levels.keys().cloned().collect();
        for till in &tills {
            for sku in &skus {
                prop_assert_eq!(till.shelf().level(sku), Some(server.levels[sku].0), "the till shows what the server has");
            }
            prop_assert!(till.ledger.stock.is_empty());
        }
    }
}
