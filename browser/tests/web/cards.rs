//! Cards: from a reader's report to what only the processor opens, and that nothing else of it stays anywhere.

use std::{cell::RefCell, rc::Rc};

use barrow_browser::{Device, readers::ReaderFailed, store::Store};
use barrow_core::{
    bytes::{Blob, Hash},
    card::{
        Brand, CardSeen, Decided, EntryMode, Expiry, HotMatch, Outcome, Reader,
        rules::{Cards, HotListInfo, PinnedReader},
    },
    device::CardRequest,
    ids::{PaymentId, ShopId, TillId},
    journal::{Body, LockCause},
    money::Minor,
    tender::Tender,
    wire::PaymentNews,
};
use barrow_sealing::{
    Key,
    card::{
        CardPayload, Expiry as Yymm, Last4, Lead, Token,
        reader::{self, ReaderModel},
    },
    cose::Domain,
    hash::sha256,
    hot_list,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    ports::{CHIP, CHIP_MESSAGE, ID_TECH, ID_TECH_REPORT, LAMP, MAGTEK, MAGTEK_MUTE, MAGTEK_REPORT, SURE_SWIPE, hex, sure_swipe},
    processor::Processor,
    support::{ADA, BEGINNING_MS, Tablet, commit, fill, pause, proof, sale},
};

const NOT_ARMED: &str = "Press Card first, then swipe.";
const NOT_READY: &str = "The till was not ready for the card yet. Swipe again.";
const DAY_MS: i64 = 86_400_000;

const TRACK_1: &str = "%B4266841088889999^BUSH JR/GEORGE W.MR^0809101100001100000000046000000?";
const TRACK_2: &str = ";4266841088889999=080910110000046?";
/// What may stand nowhere.
const CARD_DATA: [&str; 5] = ["4266841088889999", "5452300551227189", "5163499080020445", "BUSH JR/GEORGE", "080910110000046"];

/// A till that takes cards, and what its readers made it say.
struct Desk {
    tablet: Tablet,
    device: Device,
    heard: Rc<RefCell<Vec<Result<Box<CardSeen>, String>>>>,
    readers: Rc<RefCell<Vec<Vec<Reader>>>>,
}

impl Desk {
    async fn new(name: &str, change: impl FnOnce(&mut Cards)) -> Desk {
        let (tablet, device) = Tablet::selling(name).await;
        let key = Processor::usual().await.key("acq-1", 0, i64::MAX);
        let mut cards = Cards { keys: vec![key], ..Cards::default() };
        change(&mut cards);
        tablet.server.change_config(|config| config.cards = Some(cards));
        device.sync_now().await;
        let desk = Desk { tablet, device, heard: Rc::default(), readers: Rc::default() };
        desk.listen();
        desk.device.open_readers().await;
        desk
    }

    fn listen(&self) {
        let (heard, readers) = (self.heard.clone(), self.readers.clone());
        self.device.on_card(move |card| heard.borrow_mut().push(card));
        self.device.on_readers(move |all| readers.borrow_mut().push(all));
    }

    /// The office changes what it says of cards.
    async fn change(&self, change: impl FnOnce(&mut Cards)) {
        self.tablet.server.change_config(|config| change(config.cards.as_mut().unwrap()));
        self.device.sync_now().await;
    }

    /// Plugs a reader in and lets the person choose it.
    async fn connect(&self, name: &str, device: &str) -> Result<(), ReaderFailed> {
        self.tablet.ports.plug(name, device);
        self.tablet.ports.choose(&[name]);
        self.device.connect_reader().await
    }

    fn arm(&self, payment: u8, amount: i64) {
        self.device.read_card(Some(CardRequest {
            payment: PaymentId([payment; 16]),
            amount: Minor(amount),
            currency: "EUR".into(),
        }));
    }

    /// What a report comes to. The till's next envelope may take a moment.
    async fn swipe(&self, name: &str, report: &str) -> Result<Box<CardSeen>, String> {
        loop {
            assert!(self.tablet.ports.deliver(name, report), "{name} is closed");
            let said = self.heard.borrow_mut().pop().unwrap();
            assert!(self.heard.borrow().is_empty(), "one report, one answer");
            match said {
                Err(why) if why == NOT_READY => pause(5).await,
                said => return said,
            }
        }
    }

    async fn lock(&self) {
        self.device.lock(LockCause::Button).await;
    }

    async fn unlock(&self) {
        self.device.unlock(ADA, &proof()).await.unwrap();
        self.device.open_readers().await;
    }

    fn attached(&self) -> Vec<Reader> {
        self.readers.borrow().last().cloned().unwrap_or_default()
    }

    async fn until(&self, what: &str, holds: impl AsyncFn(&Desk) -> bool) {
        for _ in 0..1000 {
            if holds(self).await {
                return;
            }
            pause(5).await;
        }
        panic!("never: {what}");
    }
}

fn bytes_of(report: &str) -> Vec<u8> {
    let digits: Vec<u8> = report.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The sample report of a MagTek reader that tells this serial number in it.
fn magtek_with(serial: &str) -> String {
    let mut report = bytes_of(MAGTEK_REPORT);
    report[477..477 + serial.len()].copy_from_slice(serial.as_bytes());
    hex(&report)
}

fn names(readers: &[Reader]) -> Vec<&str> {
    readers.iter().map(|reader| reader.name.as_str()).collect()
}

fn payload(model: ReaderModel, report: &str) -> CardPayload {
    reader::parse(model, &bytes_of(report)).unwrap().payload
}

#[wasm_bindgen_test]
async fn a_swipe_becomes_what_only_the_processor_opens() {
    let desk = Desk::new("cards-swipe", |_| {}).await;
    desk.connect("left", MAGTEK).await.unwrap();
    desk.connect("right", ID_TECH).await.unwrap();
    assert_eq!(names(&desk.attached()), ["MagneSafe", "SecureMag"]);
    let magtek = &desk.attached()[0];
    assert_eq!((magtek.vendor, magtek.product, magtek.clear), (0x0801, 0x0011, false));
    assert_eq!((magtek.serial.as_str(), magtek.firmware.as_str()), ("B012345", "21042812D01"), "it was asked");

    desk.arm(1, 1250);
    let seen = desk.swipe("left", MAGTEK_REPORT).await.unwrap();
    assert_eq!((seen.payment, seen.amount), (PaymentId([1; 16]), Minor(1250)));
    assert_eq!(
        (seen.brand, seen.last4.as_str(), seen.expiry),
        (Brand::Mastercard, "7189", Some(Expiry { year: 2008, month: 4 }))
    );
    assert_eq!((seen.mode, seen.encrypted, seen.service_code), (EntryMode::Swipe, true, None));
    assert_eq!((seen.ksn.as_str(), seen.reader.as_str()), ("FFFF9876543210E00008", "B012345"));
    assert_eq!((seen.kid.as_str(), seen.hot), ("acq-1", HotMatch::No));
    let (header, opened) = Processor::usual().await.open(&seen).await;
    assert_eq!((header.kid.as_str(), header.payment, header.amount), ("acq-1", [1; 16], 1250));
    assert_eq!((header.currency.as_str(), header.shop, header.till), ("EUR", 3, 5));
    assert_eq!(opened, payload(ReaderModel::Magtek, MAGTEK_REPORT));

    desk.arm(2, 300);
    let other = desk.swipe("right", ID_TECH_REPORT).await.unwrap();
    assert_eq!((other.payment, other.brand, other.last4.as_str()), (PaymentId([2; 16]), Brand::Visa, "9999"));
    let (header, opened) = Processor::usual().await.open(&other).await;
    assert_eq!((header.payment, header.amount), ([2; 16], 300));
    assert_eq!(opened, payload(ReaderModel::IdTech, ID_TECH_REPORT));
    assert_ne!(other.token, seen.token);

    // The same card again: the same name for the rules, and a seal of its own.
    desk.arm(3, 1250);
    let again = desk.swipe("left", MAGTEK_REPORT).await.unwrap();
    assert_eq!(again.token, seen.token);
    let parts =
        |seen: &CardSeen| String::from_utf8(seen.sealed.0.clone()).unwrap().split('.').map(str::to_owned).collect::<Vec<_>>();
    let pairs: Vec<(String, String)> = parts(&seen).into_iter().zip(parts(&again)).collect();
    assert!(pairs[1..].iter().all(|(one, other)| one != other), "each has a key and a nonce of its own");
    assert_eq!(desk.tablet.ports.left(), 0.0, "the browser's own buffers were overwritten");
}

#[wasm_bindgen_test]
async fn what_nobody_asked_for_is_not_read() {
    let desk = Desk::new("cards-unarmed", |_| {}).await;
    desk.connect("reader", MAGTEK).await.unwrap();
    assert_eq!(desk.swipe("reader", MAGTEK_REPORT).await, Err(NOT_ARMED.into()));
    desk.arm(1, 100);
    desk.device.read_card(None);
    assert_eq!(desk.swipe("reader", MAGTEK_REPORT).await, Err(NOT_ARMED.into()), "the person went back");
    desk.arm(1, 100);
    desk.arm(2, 200);
    assert_eq!(desk.swipe("reader", MAGTEK_REPORT).await.unwrap().payment, PaymentId([2; 16]), "only the newest payment");
    assert_eq!(desk.swipe("reader", MAGTEK_REPORT).await, Err(NOT_ARMED.into()), "one card for one payment");
    desk.arm(3, 0);
    assert!(
        desk.swipe("reader", MAGTEK_REPORT).await.unwrap_err().contains("could not be sealed"),
        "nothing to pay is no payment"
    );
    assert_eq!(desk.tablet.ports.left(), 0.0);
}

#[wasm_bindgen_test]
async fn garbage_by_the_thousand_is_a_sentence_each() {
    let desk = Desk::new("cards-garbage", |cards| cards.rules.clear_readers = true).await;
    let good = [
        ("a", MAGTEK, bytes_of(MAGTEK_REPORT)),
        ("b", ID_TECH, bytes_of(ID_TECH_REPORT)),
        ("c", SURE_SWIPE, bytes_of(&sure_swipe([TRACK_1, TRACK_2, ""]))),
    ];
    for (name, device, _) in &good {
        desk.connect(name, device).await.unwrap();
    }
    let mut random = [0; 4];
    let mut refused = 0;
    for round in 0..3000_usize {
        let (name, _, sample) = &good[round % good.len()];
        desk.arm(1, 100);
        fill(&mut random);
        let [place, value, length, kind] = random.map(usize::from);
        let mut report = sample.clone();
        match kind % 4 {
            0 => report = vec![value as u8; place * length],
            1 => fill(&mut report),
            2 => report.truncate(report.len() * place / 256),
            _ => {
                let at = (place * 256 + length) % report.len();
                report[at] = value as u8;
            }
        }
        match desk.swipe(name, &hex(&report)).await {
            Ok(seen) => assert_eq!(seen.payment, PaymentId([1; 16])),
            Err(why) => {
                refused += 1;
                assert!(why.ends_with('.') && why.len() < 160 && !CARD_DATA.iter().any(|data| why.contains(data)), "{why}");
            }
        }
    }
    assert!(refused > 1500, "{refused}");
    desk.arm(9, 100);
    assert_eq!(desk.swipe("a", MAGTEK_REPORT).await.unwrap().payment, PaymentId([9; 16]), "it works on");
    assert_eq!(desk.tablet.ports.left(), 0.0);
}

#[wasm_bindgen_test]
async fn a_reader_that_is_not_this_tills_reads_nothing() {
    let pin = |serial: &str| PinnedReader { vendor: 0x0801, product: 0x0011, serial: serial.into(), name: "Front".into() };
    let desk = Desk::new("cards-wrong", |cards| cards.readers = vec![pin("B012345")]).await;
    desk.connect("swapped", ID_TECH).await.unwrap();
    desk.connect("mute", MAGTEK_MUTE).await.unwrap();
    desk.arm(1, 100);
    let refused = |said: Result<Box<CardSeen>, String>| said.unwrap_err().contains("does not belong to this till");
    assert!(refused(desk.swipe("swapped", ID_TECH_REPORT).await));
    assert!(refused(desk.swipe("mute", &magtek_with("B999999")).await), "its serial number comes with the card");
    assert_eq!(desk.attached()[1].serial, "B999999", "and is told");
    assert!(refused(desk.swipe("mute", &magtek_with("B012345")).await), "a number that changes does not help");
    desk.connect("own", MAGTEK).await.unwrap();
    assert_eq!(desk.swipe("own", &magtek_with("B012345")).await.unwrap().reader, "B012345");

    // The office pins another one: at once, without a new sign-in.
    desk.change(|cards| cards.readers = vec![pin("B777777")]).await;
    desk.arm(2, 100);
    assert!(refused(desk.swipe("own", MAGTEK_REPORT).await));
    desk.change(|cards| cards.readers = vec![pin("")]).await;
    assert!(desk.swipe("own", MAGTEK_REPORT).await.is_ok(), "any of this make");
}

#[wasm_bindgen_test]
async fn readers_come_and_go() {
    let desk = Desk::new("cards-plugs", |_| {}).await;
    assert!(desk.device.readers_possible());
    desk.tablet.ports.choose(&[]);
    assert_eq!(desk.device.connect_reader().await, Err(ReaderFailed::NotChosen));
    assert_eq!(desk.connect("lamp", LAMP).await, Err(ReaderFailed::NotKnown));
    assert!(!desk.tablet.ports.is_open("lamp"));
    let busy = MAGTEK.replace('}', r#","busy":true}"#);
    assert_eq!(desk.connect("reader", &busy).await, Err(ReaderFailed::NotOpened));
    assert_eq!(desk.tablet.ports.dialogs(), 3);
    assert!(desk.attached().is_empty());

    desk.connect("reader", MAGTEK).await.unwrap();
    desk.device.connect_reader().await.unwrap();
    assert_eq!(names(&desk.attached()), ["MagneSafe"], "chosen twice, it is there once");
    desk.connect("other", SURE_SWIPE).await.unwrap();
    assert!(desk.attached()[1].clear);
    desk.tablet.ports.unplug("reader");
    assert_eq!(names(&desk.attached()), ["SureSwipe"]);
    desk.tablet.ports.plug("reader", MAGTEK);
    desk.until("back by itself", async |desk| desk.attached().len() == 2).await;
    desk.arm(1, 100);
    assert!(desk.swipe("reader", MAGTEK_REPORT).await.is_ok());

    // One that never answers is there all the same, without its number.
    desk.connect("silent", &MAGTEK.replace('}', r#","silent":true}"#)).await.unwrap();
    assert_eq!(desk.attached()[2].serial, "");
}

#[wasm_bindgen_test]
async fn a_reader_in_clear_is_used_only_where_the_shop_allows_it() {
    let desk = Desk::new("cards-clear", |_| {}).await;
    desk.connect("reader", SURE_SWIPE).await.unwrap();
    let report = sure_swipe([TRACK_1, TRACK_2, ""]);
    desk.arm(1, 450);
    assert!(desk.swipe("reader", &report).await.unwrap_err().contains("in clear"));
    desk.change(|cards| cards.rules.clear_readers = true).await;
    let seen = desk.swipe("reader", &report).await.unwrap();
    assert_eq!((seen.brand, seen.last4.as_str(), seen.bin), (Brand::Visa, "9999", Some(426_684)));
    assert_eq!((seen.encrypted, seen.luhn_ok, seen.service_code), (false, Some(false), Some(101)));
    let (_, opened) = Processor::usual().await.open(&seen).await;
    assert_eq!(opened.tracks[1], TRACK_2.as_bytes());

    // It is sold, kept, sent; the page locks, and opens again. Of the card, nothing is anywhere.
    let Body::Sale(mut sale) = sale(&desk.tablet.ledger.borrow()) else { panic!("a sale") };
    sale.tenders = vec![Tender::card(Minor(450), seen.tender())];
    commit(&desk.tablet, &desk.device, vec![Body::Sale(sale)]).await.unwrap();
    desk.device.save_draft(Some(b"an order".to_vec())).await.unwrap();
    desk.device.sync_now().await;
    desk.lock().await;
    let mut everything = desk.tablet.disk().await;
    everything.extend_from_slice(&desk.tablet.server.bodies.borrow());
    everything.extend(format!("{seen:?} {:?} {:?}", desk.heard.borrow(), desk.readers.borrow()).into_bytes());
    assert!(everything.len() > 10_000);
    for secret in CARD_DATA {
        for (spelling, needle) in spellings(secret) {
            assert!(!everything.windows(needle.len()).any(|window| window == needle), "{secret} in {spelling}");
        }
    }
    // The search finds what is there.
    everything.extend(spellings(TRACK_2)[5].1.clone());
    assert!(
        spellings("4266841088889999").iter().any(|(_, needle)| everything.windows(needle.len()).any(|window| window == needle))
    );
}

/// How a text may stand somewhere: in clear, hexadecimal, UTF-16 and base64 at each of its three beginnings.
fn spellings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let upper = hex(text.as_bytes()).to_ascii_uppercase().into_bytes();
    let mut all = vec![
        ("clear", text.as_bytes().to_vec()),
        ("hexadecimal", hex(text.as_bytes()).into_bytes()),
        ("hexadecimal", upper),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ];
    for skipped in 0..3 {
        // Whole groups of three bytes read the same whatever stands around them.
        let bytes = &text.as_bytes()[skipped..];
        let bytes = &bytes[..bytes.len() / 3 * 3];
        let digits = |bits: u32| {
            (0..4).map(move |place| {
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(bits >> (18 - 6 * place) & 63) as usize]
            })
        };
        let groups = bytes.chunks(3).map(|group| u32::from_be_bytes([0, group[0], group[1], group[2]]));
        all.push(("base64", groups.flat_map(digits).collect()));
    }
    all
}

#[wasm_bindgen_test]
async fn the_hot_card_list_is_believed_by_its_hash_and_kept_sealed() {
    let key = Key::new([5; 32]);
    let last4 = |digits: &[u8]| Last4::new(digits).unwrap();
    let tokens = [
        Token::full(&key, b"4266841088889999").unwrap(),
        Token::partial(&key, Lead::Four(5452), last4(b"7189"), Yymm::new(b"0804")),
    ];
    let tokens: Vec<[u8; 16]> = tokens.iter().map(|token| *token.as_bytes()).collect();
    let list = hot_list::build(&tokens, 7).unwrap();
    let info = HotListInfo {
        hash: Hash(sha256(&list)),
        bytes: list.len() as u32,
        entries: 2,
        made_at_ms: BEGINNING_MS - DAY_MS,
        key: Blob(key.expose().to_vec()),
    };
    let desk = Desk::new("cards-hot", |cards| {
        cards.rules.clear_readers = true;
    })
    .await;
    let made = async |desk: &Desk| desk.device.status().await.hot_list_ms;
    assert_eq!(made(&desk).await, None, "the configuration names none");

    // Another one than the configuration names is not believed.
    *desk.tablet.server.hot_list.borrow_mut() = hot_list::build(&tokens[..1], 7).unwrap();
    desk.change(|cards| cards.hot_list = Some(info.clone())).await;
    let asked = |desk: &Desk| desk.tablet.server.requests.borrow().iter().filter(|path| path.ends_with("/hot-list")).count();
    desk.until("it was asked for", async |desk| asked(desk) == 1).await;
    pause(50).await;
    assert_eq!(made(&desk).await, Some(0));
    desk.device.sync_now().await;
    assert_eq!(asked(&desk), 1, "four megabytes are not asked for again at once");

    *desk.tablet.server.hot_list.borrow_mut() = list.clone();
    desk.tablet.uptime.set(desk.tablet.uptime.get() + 3_600_000);
    desk.device.sync_now().await;
    desk.until("the list is held", async |desk| made(desk).await == Some(BEGINNING_MS - DAY_MS)).await;

    desk.connect("clear", SURE_SWIPE).await.unwrap();
    desk.connect("magtek", MAGTEK).await.unwrap();
    desk.connect("idtech", ID_TECH).await.unwrap();
    let hot = async |desk: &Desk, reader: &str, report: &str| {
        desk.arm(1, 100);
        desk.swipe(reader, report).await.unwrap().hot
    };
    let in_clear = sure_swipe([TRACK_1, TRACK_2, ""]);
    let another = sure_swipe(["", ";4111111111111111=30121010000?", ""]);
    assert_eq!(hot(&desk, "clear", &in_clear).await, HotMatch::Certain);
    assert_eq!(hot(&desk, "magtek", MAGTEK_REPORT).await, HotMatch::Possible);
    assert_eq!(hot(&desk, "idtech", ID_TECH_REPORT).await, HotMatch::No, "of that card only the whole number is listed");
    assert_eq!(hot(&desk, "clear", &another).await, HotMatch::No);

    // Locked, nothing is known of it; it comes back without the network, and nothing of it stands in clear.
    desk.lock().await;
    assert_eq!(made(&desk).await, None);
    let disk = desk.tablet.disk().await;
    for needle in [&list[..], key.expose(), &list[8..40]] {
        assert!(!disk.windows(needle.len()).any(|window| window == needle));
    }
    desk.unlock().await;
    assert_eq!(made(&desk).await, Some(BEGINNING_MS - DAY_MS));
    assert_eq!(hot(&desk, "clear", &in_clear).await, HotMatch::Certain);
    assert_eq!(asked(&desk), 2);

    // Damaged on the disk, it is fetched again.
    desk.lock().await;
    let store = &desk.tablet.store;
    let name = barrow_browser::store::Key::Name("hot-list".into());
    let mut row = store.get(barrow_browser::store::Table::Meta, &name).await.unwrap().unwrap();
    row[40] ^= 1;
    let change = barrow_browser::store::Change::Put(barrow_browser::store::Table::Meta, name.clone(), row);
    store.transact(true, &[change]).await.unwrap();
    desk.unlock().await;
    assert_eq!(made(&desk).await, Some(0));
    desk.tablet.uptime.set(desk.tablet.uptime.get() + 3_600_000);
    desk.device.sync_now().await;
    desk.until("the list is there again", async |desk| made(desk).await == Some(BEGINNING_MS - DAY_MS)).await;

    desk.change(|cards| cards.hot_list = None).await;
    assert_eq!(made(&desk).await, None);
    desk.until("it is forgotten", async |desk| {
        desk.tablet.store.get(barrow_browser::store::Table::Meta, &name).await.unwrap().is_none()
    })
    .await;
    assert_eq!(hot(&desk, "clear", &in_clear).await, HotMatch::No);
}

#[wasm_bindgen_test]
async fn a_locked_till_has_no_reader_and_no_key() {
    let desk = Desk::new("cards-lock", |_| {}).await;
    desk.connect("reader", MAGTEK).await.unwrap();
    desk.arm(1, 100);
    desk.lock().await;
    desk.until("closed", async |desk| !desk.tablet.ports.is_open("reader")).await;
    assert!(!desk.tablet.ports.deliver("reader", MAGTEK_REPORT));
    let told = desk.readers.borrow().len();
    desk.tablet.ports.unplug("reader");
    desk.tablet.ports.plug("reader", MAGTEK);
    pause(20).await;
    assert!(!desk.tablet.ports.is_open("reader"), "nobody is signed in");
    assert_eq!(desk.readers.borrow().len(), told);
    desk.device.open_readers().await;
    assert!(!desk.tablet.ports.is_open("reader"));

    desk.unlock().await;
    assert_eq!(names(&desk.attached()), ["MagneSafe"], "chosen once, it opens by itself");
    assert_eq!(desk.swipe("reader", MAGTEK_REPORT).await, Err(NOT_ARMED.into()), "the payment was given up with the lock");
    desk.arm(2, 100);
    let seen = desk.swipe("reader", MAGTEK_REPORT).await.unwrap();

    // Locked and unlocked before the readers are closed.
    desk.lock().await;
    desk.unlock().await;
    desk.arm(3, 100);
    assert_eq!(desk.swipe("reader", MAGTEK_REPORT).await.unwrap().token, seen.token, "the rules know the card again");

    // After a reload as well.
    let Desk { tablet, device, .. } = desk;
    tablet.close(device).await;
    let (device, _) = tablet.unlocked().await;
    let desk = Desk { tablet, device, heard: Rc::default(), readers: Rc::default() };
    desk.listen();
    desk.device.open_readers().await;
    desk.arm(4, 100);
    assert_eq!(desk.swipe("reader", MAGTEK_REPORT).await.unwrap().token, seen.token);
}

#[wasm_bindgen_test]
async fn the_processors_key_of_now_is_used() {
    let desk = Desk::new("cards-keys", |_| {}).await;
    let next = Processor::make().await;
    let (first, second) =
        (Processor::usual().await.key("acq-1", 0, BEGINNING_MS + DAY_MS), next.key("acq-2", BEGINNING_MS + DAY_MS / 2, i64::MAX));
    desk.connect("reader", MAGTEK).await.unwrap();
    desk.change(|cards| cards.keys = vec![first.clone(), second]).await;
    desk.arm(1, 100);
    let seen = desk.swipe("reader", MAGTEK_REPORT).await.unwrap();
    assert_eq!(seen.kid, "acq-1");
    desk.tablet.clock.set(BEGINNING_MS + DAY_MS / 2 + 1000);
    desk.arm(2, 100);
    let seen = desk.swipe("reader", MAGTEK_REPORT).await.unwrap();
    assert_eq!(seen.kid, "acq-2", "the newer of two that are valid");
    assert_eq!(next.open(&seen).await.0.kid, "acq-2");

    desk.change(|cards| cards.keys = vec![first]).await;
    desk.tablet.clock.set(BEGINNING_MS + DAY_MS);
    desk.arm(3, 100);
    assert!(desk.swipe("reader", MAGTEK_REPORT).await.unwrap_err().contains("no valid key"));
    desk.tablet.server.change_config(|config| config.cards = None);
    desk.device.sync_now().await;
    assert!(desk.swipe("reader", MAGTEK_REPORT).await.unwrap_err().contains("takes no cards"));
}

#[wasm_bindgen_test]
async fn news_of_payments_is_believed_only_from_our_server() {
    let desk = Desk::new("cards-news", |_| {}).await;
    let decided = |payment: u8| Decided {
        payment: PaymentId([payment; 16]),
        outcome: Outcome::Approved { authorization: "A1".into() },
        at_ms: BEGINNING_MS,
    };
    let news = |payments: &[u8]| PaymentNews {
        v: 1,
        shop: ShopId(3),
        till: TillId(5),
        decided: payments.iter().map(|payment| decided(*payment)).collect(),
        overdrawn: Vec::new(),
    };
    let (server, device) = (&desk.tablet.server, &desk.device);
    let too_many: Vec<u8> = (0..=100).collect();
    for (why, news, domain, forged) in [
        ("signed by somebody else", news(&[1]), Domain::Payments, true),
        ("signed for something else", news(&[1]), Domain::Ack, false),
        ("another till's", PaymentNews { till: TillId(6), ..news(&[1]) }, Domain::Payments, false),
        ("another shop's", PaymentNews { shop: ShopId(4), ..news(&[1]) }, Domain::Payments, false),
        ("of an older format", PaymentNews { v: 0, ..news(&[1]) }, Domain::Payments, false),
        ("too long", news(&too_many), Domain::Payments, false),
    ] {
        server.tell_payments(&news, domain, forged);
        commit(&desk.tablet, device, vec![Body::NoSale { reason: "Change for a customer".into() }]).await.unwrap();
        assert_eq!(device.sync_now().await.unsent, 0, "{why}: the acknowledgement counts all the same");
        assert_eq!(device.take_payment_news(), [], "{why}");
    }
    server.tell_payments(&news(&[1, 2]), Domain::Payments, false);
    device.sync_now().await;
    server.tell_payments(&news(&[2, 3]), Domain::Payments, false);
    device.sync_now().await;
    assert_eq!(device.take_payment_news(), [decided(1), decided(2), decided(3)], "each once, however often it is told");
    assert_eq!(device.take_payment_news(), []);
    device.sync_now().await;
    assert_eq!(device.take_payment_news(), [decided(2), decided(3)], "and again, as long as the journal lacks it");

    desk.lock().await;
    device.sync_now().await;
    assert_eq!(device.take_payment_news(), [], "nobody is there to hear it");
    desk.unlock().await;
    assert_eq!(device.take_payment_news(), [decided(2), decided(3)]);
}

#[wasm_bindgen_test]
async fn the_age_of_the_servers_word_is_told() {
    let desk = Desk::new("cards-heard", |_| {}).await;
    let (server, tablet) = (&desk.tablet.server, &desk.tablet);
    let age = async || tablet.clock.get() - desk.device.status().await.heard_ms.unwrap();
    server.now_ms.set(tablet.clock.get() + 7 * DAY_MS);
    desk.device.sync_now().await;
    assert_eq!(age().await, 0, "that the tablet's clock is a week behind does not matter");
    server.always.set(Some(crate::server::Fault::Unreachable));
    tablet.clock.set(tablet.clock.get() + DAY_MS);
    tablet.uptime.set(tablet.uptime.get() + DAY_MS as u64);
    desk.device.sync_now().await;
    assert_eq!(age().await, DAY_MS);
    tablet.clock.set(tablet.clock.get() - 10 * DAY_MS);
    assert_eq!(age().await, DAY_MS, "setting the clock back makes it no younger");
    desk.lock().await;
    assert_eq!(desk.device.status().await.heard_ms, None);
}

/// The browser's own, as far as it goes without a reader: it answers, and does not fail.
#[wasm_bindgen_test]
async fn the_browsers_own_readers_answer() {
    use barrow_browser::readers::{BrowserReaders, Readers};
    let readers = BrowserReaders::default();
    readers.open_known().await;
    if !readers.possible() {
        assert_eq!(readers.connect().await, Err(ReaderFailed::Missing));
    }
    readers.close();
}

#[wasm_bindgen_test]
async fn a_chip_readers_message_in_several_reports_is_one_card() {
    let desk = Desk::new("cards-parts", |_| {}).await;
    desk.connect("chip", CHIP).await.unwrap();
    desk.arm(1, 1234);
    let digits: Vec<char> = CHIP_MESSAGE.chars().filter(char::is_ascii_hexdigit).collect();
    let mut parts: Vec<String> = digits.chunks(126).map(|part| part.iter().collect()).collect();
    let last = parts.len() - 1;
    parts[last] = format!("{:0<126}", parts[last]);
    let card = loop {
        // A last part that nothing went before says nothing.
        assert!(desk.tablet.ports.deliver_numbered("chip", &parts[last], 4));
        for (place, part) in parts.iter().enumerate() {
            assert!(desk.heard.borrow().is_empty(), "nothing is said before the message is whole");
            let number = if place == 0 {
                2
            } else if place == last {
                4
            } else {
                3
            };
            assert!(desk.tablet.ports.deliver_numbered("chip", part, number));
        }
        let said = desk.heard.borrow_mut().pop().unwrap();
        match said {
            Err(why) if why == NOT_READY => pause(5).await,
            said => break said.unwrap(),
        }
    };
    assert_eq!((card.brand, card.last4.as_str(), card.mode), (Brand::Visa, "0043", EntryMode::Fallback));
    assert_eq!((card.amount, card.reader.as_str()), (Minor(1234), "310T061040"));
    assert_eq!(desk.tablet.ports.left(), 0.0, "no report is left in the browser's buffers");
}
