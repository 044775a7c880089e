//! Cards: readers armed for one payment at a time, and what they read sealed to the processor at once.
//!
//! *Invariant: what a reader sent is in memory in clear only while the call that brought it runs.* No `await` stands between the
//! report's arrival and the JWE: the content encryption key, wrapped by WebCrypto under the processor's key, has lain ready since
//! the sign-in ([`Envelope`]), and another is made for the next card. What nobody asked for is overwritten unread.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use barrow_core::{
    bytes::{Blob, Hash},
    card::{self, CardSeen, HotMatch, Reader, rules},
    config::Config,
    device::{CardRequest, DeviceError},
    ids::{ShopId, TillId},
};
use barrow_sealing::{
    Key as SecretKey,
    card::{
        self as read, CardRead, Cryptogram,
        reader::{Assembly, ReadError, ReaderModel},
        token_key,
    },
    jwe,
};
use wasm_bindgen_futures::spawn_local;
use zeroize::Zeroizing;

use super::{Device, Till, hot_list::HeldList};
use crate::{
    random,
    readers::{ReaderFailed, ReaderId, ReaderNews},
    wait::Later,
    webcrypto::{CryptoFailed, WrappingKey},
};

/// What the device secret is asked with for the key of this till's card tokens.
const TOKEN_LABEL: &[u8] = b"barrow card tokens v1";
/// The century of the two digits of an expiry's year.
const CENTURY: u16 = 2000;

const NOT_ARMED: &str = "Press Card first, then swipe.";
const NOT_READY: &str = "The till was not ready for the card yet. Swipe again.";
const NOT_PINNED: &str = "This card reader does not belong to this till. Use the till's own reader, and tell a manager.";
const CLEAR: &str = "This reader sends card numbers in clear, which this shop does not allow. Use another reader.";
const NO_CARDS: &str = "This shop takes no cards on this till yet. Take the payment another way.";
const NO_KEY: &str = "The till has no valid key of the card processor. Connect it once, or take the payment another way.";
const OTHER_AMOUNT: &str = "The reader asked the card for another amount. Start the card payment again.";
const CARD_DECLINED: &str = "The card itself declined. Ask for another card, or take the payment another way.";
const SHOWS_TOO_LITTLE: &str = "The reader shows too little of this card. Ask for another card, or take the payment another way.";
const NOT_SEALED: &str =
    "The card could not be sealed, so nothing was kept of it. Swipe again; if it fails again, reload the page.";

/// A till's dealings with cards.
#[derive(Default)]
pub(super) struct Cards {
    readers: RefCell<Vec<Attached>>,
    /// The one payment that a card may be read for.
    armed: RefCell<Option<CardRequest>>,
    /// There while somebody is signed in.
    pub(super) open: RefCell<Option<Open>>,
    envelope: RefCell<Option<Envelope>>,
    making_envelope: Cell<bool>,
    /// Which hot-card list was asked for last (nothing: to forget it), and up to which uptime it is not asked for again.
    pub(super) hot_list_tried: Cell<Option<(Option<Hash>, u64)>>,
    on_card: RefCell<Option<Rc<OnCard>>>,
    on_readers: RefCell<Option<Rc<OnReaders>>>,
}

type OnCard = dyn Fn(Result<Box<CardSeen>, String>);
type OnReaders = dyn Fn(Vec<Reader>);

struct Attached {
    id: ReaderId,
    model: ReaderModel,
    reader: Reader,
    /// What it sent of a message that is not whole yet.
    parts: Assembly,
}

type Report = Zeroizing<Vec<u8>>;

/// What only an unlocked till has. Dropped, its keys overwrite themselves.
pub(super) struct Open {
    shop: ShopId,
    till: TillId,
    /// By the newest configuration; nothing where the shop takes no cards.
    pub(super) cards: Option<rules::Cards>,
    token_key: SecretKey,
    pub(super) hot_list: Option<HeldList>,
}

/// A content encryption key for one card, and the same wrapped for the processor.
struct Envelope {
    kid: String,
    cek: SecretKey,
    wrapped: Vec<u8>,
}

impl Device {
    /// Can this browser have card readers at all? (WebHID: Chromium on computers, not Firefox, Safari or Android.)
    pub fn readers_possible(&self) -> bool {
        self.inner.parts.readers.possible()
    }

    /// `heard` is called with all attached readers whenever one came, went or told more of itself, and after
    /// [`Device::open_readers`] in any case. There is one listener: the newest.
    pub fn on_readers(&self, heard: impl Fn(Vec<Reader>) + 'static) {
        *self.inner.cards.on_readers.borrow_mut() = Some(Rc::new(heard));
    }

    /// `heard` is called with each card that was read, or with a sentence for the cashier that says why there is none. There is
    /// one listener: the newest.
    pub fn on_card(&self, heard: impl Fn(Result<Box<CardSeen>, String>) + 'static) {
        *self.inner.cards.on_card.borrow_mut() = Some(Rc::new(heard));
    }

    /// Opens the readers that were chosen before. To be called after each sign-in; locking closes them.
    pub async fn open_readers(&self) {
        if self.inner.session.borrow().is_some() {
            self.inner.parts.readers.open_known().await;
            self.tell_readers();
        }
    }

    /// Lets the person choose a reader. Call it in the click's own turn: the browser is asked before this returns.
    pub fn connect_reader(&self) -> Later<'static, Result<(), ReaderFailed>> {
        self.inner.parts.readers.connect()
    }

    /// From now on the next good card is for this payment, and none for any other; with nothing, no card is taken.
    pub fn read_card(&self, request: Option<CardRequest>) {
        *self.inner.cards.armed.borrow_mut() = request;
        self.make_envelope();
    }

    /// Takes the keys for cards from a sign-in.
    pub(super) async fn open_cards(&self, till: &Till, key: &SecretKey, config: &Config) -> Result<(), DeviceError> {
        let device = till.keys.secret.mac(TOKEN_LABEL).await.map_err(|CryptoFailed| DeviceError::Damaged)?;
        let hot_list = self.held_list(till, key).await;
        let record = &till.identity.record;
        let open = Open {
            shop: record.shop,
            till: record.till,
            cards: config.cards.clone(),
            token_key: token_key(key, &device),
            hot_list,
        };
        *self.inner.cards.open.borrow_mut() = Some(open);
        self.make_envelope();
        Ok(())
    }

    /// Goes by a newer configuration from now on.
    pub(super) fn cards_changed(&self, config: &Config) {
        if let Some(open) = self.inner.cards.open.borrow_mut().as_mut() {
            open.cards.clone_from(&config.cards);
        }
        self.make_envelope();
    }

    /// Closes the readers, and forgets all keys.
    pub(super) fn close_cards(&self) {
        let cards = &self.inner.cards;
        self.inner.parts.readers.close();
        cards.readers.borrow_mut().clear();
        *cards.armed.borrow_mut() = None;
        *cards.envelope.borrow_mut() = None;
        *cards.open.borrow_mut() = None;
    }

    /// What a reader told.
    pub(super) fn heard_reader(&self, news: ReaderNews) {
        let cards = &self.inner.cards;
        match news {
            ReaderNews::Here { id, model, reader } => {
                cards.readers.borrow_mut().push(Attached { id, model, reader, parts: Assembly::default() });
                self.tell_readers();
            }
            ReaderNews::Gone(id) => {
                cards.readers.borrow_mut().retain(|attached| attached.id != id);
                self.tell_readers();
            }
            ReaderNews::Report { id, number, report } => {
                let whole = self.assemble(id, number, report);
                let seen = match whole {
                    Ok(Some(message)) => self.read_report(id, &message),
                    // The rest of it is on its way.
                    Ok(None) => return,
                    Err(why) => Err(why.to_string()),
                };
                let heard = cards.on_card.borrow().clone();
                if let Some(heard) = heard {
                    heard(seen.map(Box::new));
                }
                self.make_envelope();
            }
        }
    }

    fn tell_readers(&self) {
        let heard = self.inner.cards.on_readers.borrow().clone();
        if let Some(heard) = heard {
            let all = self.inner.cards.readers.borrow().iter().map(|attached| attached.reader.clone()).collect();
            heard(all);
        }
    }

    /// From a report to a card that may be shown, with all else sealed; or why not, for the cashier.
    fn read_report(&self, id: ReaderId, report: &[u8]) -> Result<CardSeen, String> {
        let cards = &self.inner.cards;
        let request = cards.armed.borrow().clone().ok_or(NOT_ARMED)?;
        let open = cards.open.borrow();
        let open = open.as_ref().ok_or(NOT_ARMED)?;
        let shop = open.cards.as_ref().ok_or(NO_CARDS)?;
        let (model, reader) = self.attached(id).ok_or(NOT_ARMED)?;
        may_be_used(shop, &reader)?;
        let card = read::reader::parse(model, report).map_err(|why| why.to_string())?;
        let reader = self.learn_serial(id, &card.serial).unwrap_or(reader);
        may_be_used(shop, &reader)?;
        if !card.encrypted && !shop.rules.clear_readers {
            return Err(CLEAR.to_owned());
        }
        chip_agrees(&card, &request)?;

        let token = card.token(&open.token_key).ok_or(SHOWS_TOO_LITTLE)?;
        let kid = shop.key_at(self.now_ms()).map(|key| key.kid.clone()).ok_or(NO_KEY)?;
        let envelope = cards.envelope.borrow_mut().take().filter(|envelope| envelope.kid == kid).ok_or(NOT_READY)?;
        let header = jwe::Header {
            kid: kid.clone(),
            payment: request.payment.0,
            amount: request.amount.0,
            currency: request.currency,
            shop: open.shop.0,
            till: open.till.0,
        };
        let plain = card.payload.to_cbor().map_err(|_| NOT_SEALED)?;
        let sealed = jwe::seal(&header, &envelope.cek, &envelope.wrapped, &random::bytes(), &plain).map_err(|_| NOT_SEALED)?;
        // One card for one payment.
        *cards.armed.borrow_mut() = None;
        Ok(CardSeen {
            payment: request.payment,
            amount: request.amount,
            brand: brand(card.brand),
            last4: card.last4.map(|last4| last4.to_string()).unwrap_or_default(),
            expiry: card.expiry.map(|last| card::Expiry { year: CENTURY + u16::from(last.year()), month: last.month() }),
            bin: card.bin,
            service_code: card.service_code.and_then(|code| code.to_string().parse().ok()),
            mode: mode(card.entry),
            encrypted: card.encrypted,
            luhn_ok: card.luhn_ok,
            token: card::Token(*token.as_bytes()),
            hot: open.hot_list.as_ref().map_or(HotMatch::No, |list| list.says(&card)),
            ksn: card.ksn.clone(),
            reader: reader.serial,
            kid,
            sealed: Blob(sealed.into_bytes()),
        })
    }

    /// Chip readers send a message in several reports; all others send one report a card.
    fn assemble(&self, id: ReaderId, number: u8, report: Report) -> Result<Option<Report>, ReadError> {
        let mut readers = self.inner.cards.readers.borrow_mut();
        match readers.iter_mut().find(|attached| attached.id == id) {
            Some(attached) if attached.model == ReaderModel::Emv && number != 0 => attached.parts.push(number, &report),
            _ => Ok(Some(report)),
        }
    }

    fn attached(&self, id: ReaderId) -> Option<(ReaderModel, Reader)> {
        let readers = self.inner.cards.readers.borrow();
        readers.iter().find(|attached| attached.id == id).map(|attached| (attached.model, attached.reader.clone()))
    }

    /// Many readers tell their serial number only with a card.
    fn learn_serial(&self, id: ReaderId, serial: &str) -> Option<Reader> {
        let mut readers = self.inner.cards.readers.borrow_mut();
        let attached = readers.iter_mut().find(|attached| attached.id == id)?;
        if serial.is_empty() || attached.reader.serial == serial {
            return None;
        }
        serial.clone_into(&mut attached.reader.serial);
        let learnt = attached.reader.clone();
        drop(readers);
        self.tell_readers();
        Some(learnt)
    }

    /// Has an envelope made for the next card, if there is none for the processor's key of now.
    fn make_envelope(&self) {
        let cards = &self.inner.cards;
        let key = match cards.open.borrow().as_ref() {
            Some(open) => open.cards.as_ref().and_then(|shop| shop.key_at(self.now_ms()).cloned()),
            None => None,
        };
        let Some(key) = key else { return };
        let is_there = cards.envelope.borrow().as_ref().is_some_and(|envelope| envelope.kid == key.kid);
        if is_there || cards.making_envelope.replace(true) {
            return;
        }
        let device = self.clone();
        spawn_local(async move {
            let made = envelope_for(&key).await;
            let cards = &device.inner.cards;
            cards.making_envelope.set(false);
            // Locked meanwhile, it is not wanted any more.
            if cards.open.borrow().is_some() {
                *cards.envelope.borrow_mut() = made.ok();
            }
        });
    }
}

async fn envelope_for(key: &rules::ProcessorKey) -> Result<Envelope, CryptoFailed> {
    let wrapping = WrappingKey::read(&key.n.0, &key.e.0).await?;
    let cek = SecretKey::new(random::bytes());
    let wrapped = wrapping.wrap(cek.expose()).await?;
    Ok(Envelope { kid: key.kid.clone(), cek, wrapped })
}

fn may_be_used(shop: &rules::Cards, reader: &Reader) -> Result<(), &'static str> {
    if !shop.readers.is_empty() && !shop.readers.iter().any(|pinned| reader.is(pinned)) {
        return Err(NOT_PINNED);
    }
    if reader.clear && !shop.rules.clear_readers {
        return Err(CLEAR);
    }
    Ok(())
}

/// A chip that was asked for another amount, or that refused, must not pay.
fn chip_agrees(card: &CardRead, request: &CardRequest) -> Result<(), &'static str> {
    let Some(chip) = &card.emv else { return Ok(()) };
    if chip.amount.is_some_and(|amount| i64::try_from(amount) != Ok(request.amount.0)) {
        return Err(OTHER_AMOUNT);
    }
    if chip.cryptogram == Some(Cryptogram::Declined) { Err(CARD_DECLINED) } else { Ok(()) }
}

fn brand(brand: read::Brand) -> card::Brand {
    match brand {
        read::Brand::Visa => card::Brand::Visa,
        read::Brand::Mastercard => card::Brand::Mastercard,
        read::Brand::Amex => card::Brand::Amex,
        read::Brand::Discover => card::Brand::Discover,
        read::Brand::Diners => card::Brand::Diners,
        read::Brand::Jcb => card::Brand::Jcb,
        read::Brand::UnionPay => card::Brand::UnionPay,
        read::Brand::Maestro => card::Brand::Maestro,
        read::Brand::Other => card::Brand::Other,
    }
}

fn mode(entry: read::EntryMode) -> card::EntryMode {
    match entry {
        read::EntryMode::Swipe => card::EntryMode::Swipe,
        read::EntryMode::Fallback => card::EntryMode::Fallback,
        read::EntryMode::Chip => card::EntryMode::Chip,
        read::EntryMode::Contactless => card::EntryMode::Contactless,
    }
}
