//! Sends what waits, from the page or from the service worker: one drainer at a time, whatever wakes it.
//!
//! It needs no key but the till's signing key, and keeps its state in the store alone. Only a signed acknowledgement ever
//! moves it on; it deletes nothing.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use barrow_core::{
    bytes::{Blob, Hash},
    card::Decided,
    config::TillState,
    gift::GiftOverdrawn,
    ids::Seq,
    journal::Head,
    sync::{AckNews, Answer, Backoff, TillView, accept_ack, plan_batch},
    wire::{self, Ack, Batch, Record},
};
use barrow_sealing::{cbor, cose};

mod stock;

use stock::StockAsk;

use crate::{
    locks,
    news::News,
    random,
    server::{Answered, Failure, Identity, Server},
    store::{Change, Key, Life, StorageError, Store, Table},
    transport::Transport,
    vault::Vault,
    wait::now_ms,
};

/// How many rows are looked at for one batch.
const ROWS_AT_ONCE: u32 = 256;
/// How often a till with nothing to send asks whether its server is there, milliseconds.
const HEARTBEAT_MS: i64 = 30_000;

/// An acknowledgement that says nothing new is kept when it is so much younger than the one before, milliseconds.
const HEARD_MS: i64 = 10 * 60_000;

/// Names in [`Table::Meta`], one a life.
pub(crate) mod mark {
    use crate::store::Life;

    /// The [`barrow_core::journal::Head`].
    pub(crate) fn head(life: Life) -> String {
        format!("head/{life}")
    }
    /// The newest signed acknowledgement.
    pub(crate) fn ack(life: Life) -> String {
        format!("ack/{life}")
    }
    /// The highest place that was ever put into a request.
    pub(crate) fn sent(life: Life) -> String {
        format!("sent/{life}")
    }
    /// There after the server was restored: up to here, what it may have lost was sent again.
    pub(crate) fn again(life: Life) -> String {
        format!("again/{life}")
    }
    /// There if this tablet is a copy; up to where it has handed its entries in all the same.
    pub(crate) fn copy(life: Life) -> String {
        format!("copy/{life}")
    }
}

/// What is known of the server since this page or worker began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Did it answer last time?
    pub online: bool,
    /// Did something else answer in its place?
    pub not_our_server: bool,
    /// Its newest configuration.
    pub config_version: u64,
    /// Its clock in its newest signed answer, milliseconds since 1970.
    pub told_ms: Option<i64>,
}

/// How one life's delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The till's head.
    pub head: Head,
    /// What the server has, by its last acknowledgement.
    pub ack: Option<Ack>,
    /// Set after the server was restored: up to here, what it may have lost was sent again.
    pub again: Option<Seq>,
    /// Set if this tablet is a copy: its entries go out up to here whatever the server says of them.
    pub copy: Option<Seq>,
}

impl Delivery {
    /// The first place that is to be sent.
    pub fn next(&self) -> Seq {
        let acknowledged = self.ack.map_or(Seq(0), |ack| ack.seq);
        let acknowledged = self.again.map_or(acknowledged, |again| again.min(acknowledged));
        self.copy.map_or(acknowledged, |handed_in| handed_in).next()
    }

    /// May this tablet not sell any more in this life?
    pub fn is_copy(&self) -> bool {
        self.copy.is_some() || self.ack.is_some_and(|ack| ack.fenced)
    }

    /// Was the till's right to sell taken away?
    pub fn is_revoked(&self) -> bool {
        self.ack.is_some_and(|ack| ack.state == TillState::Revoked)
    }
}

/// Sends what waits.
pub struct Uploader {
    lock: String,
    store: Rc<dyn Store>,
    server: Server,
    identity: Rc<Identity>,
    /// A life that the server refuses must not slow another one down.
    pauses: RefCell<BTreeMap<Life, Pause>>,
    contact: Cell<Contact>,
    heartbeat_at_ms: Cell<i64>,
    acknowledged: Cell<Seq>,
    /// What became of card payments, until somebody takes it.
    decided: RefCell<Vec<Decided>>,
    /// Levels of stock that are wanted, and those that came.
    pub(crate) stock: StockAsk,
    overdrawn: RefCell<Vec<GiftOverdrawn>>,
}

#[derive(Clone, Copy, Default)]
struct Pause {
    backoff: Backoff,
    until_ms: i64,
}

enum Step {
    /// Perhaps there is more.
    Again,
    /// Nothing more in this life.
    Done,
    /// The server is there, and does not take this now.
    Refused,
    /// The server is not there.
    Offline,
}

impl Uploader {
    /// For the till called `name`, with what it knows already.
    pub fn new(name: &str, store: Rc<dyn Store>, server: Server, identity: Rc<Identity>) -> Uploader {
        Uploader {
            lock: lock_name(name),
            store,
            server,
            identity,
            pauses: RefCell::default(),
            contact: Cell::default(),
            heartbeat_at_ms: Cell::new(0),
            acknowledged: Cell::new(Seq(0)),
            decided: RefCell::default(),
            stock: StockAsk::default(),
            overdrawn: RefCell::default(),
        }
    }

    /// For the till called `name`, in a worker that knows nothing yet. Nothing, if this browser is no till.
    pub async fn open(name: &str, store: Rc<dyn Store>, transport: Rc<dyn Transport>) -> Result<Option<Uploader>, StorageError> {
        let vault = Vault::open(name).await?;
        let (Some(keys), Some(signed)) = (vault.keys().await?, vault.get("enrolment").await?) else { return Ok(None) };
        let Ok(identity) = Identity::read(signed).await.map(Rc::new) else { return Ok(None) };
        let server = Server::new(transport, keys.signing, identity.clone());
        vault.close();
        Ok(Some(Uploader::new(name, store, server, identity)))
    }

    /// What is known of the server.
    pub fn contact(&self) -> Contact {
        self.contact.get()
    }

    /// What the server told of card payments since the last call, each payment once.
    pub fn take_decided(&self) -> Vec<Decided> {
        self.decided.take()
    }

    /// Gift cards that the server found overdrawn here, told since the last call.
    pub fn take_overdrawn(&self) -> Vec<GiftOverdrawn> {
        self.overdrawn.take()
    }

    /// Is the till's head beyond what the server acknowledged, as far as is known here?
    pub fn has_more_than(&self, head: Option<Head>) -> bool {
        head.is_some_and(|head| head.seq > self.acknowledged.get())
    }

    /// How long until it is worth trying, milliseconds. `waiting`: is there something to send?
    pub fn due_in_ms(&self, waiting: bool) -> u32 {
        let retry_at = self.pauses.borrow().get(&self.identity.life()).map_or(0, |pause| pause.until_ms);
        let due = if waiting { retry_at } else { retry_at.max(self.heartbeat_at_ms.get()) };
        u32::try_from(due.saturating_sub(now_ms()).max(0)).unwrap_or(u32::MAX)
    }

    /// Sends all that waits, this life's entries first, until it is done or has to wait. With nothing to send, it says who it
    /// is. True, if something was learnt.
    pub async fn drain(&self) -> Result<bool, StorageError> {
        let Some(_lock) = locks::try_take(&self.lock).await else { return Ok(false) };
        let current = self.identity.life();
        let mut lives = lives(&*self.store).await?;
        lives.sort_by_key(|life| (*life != current, *life));
        let mut learnt = false;
        for life in lives {
            let waits = self.pauses.borrow().get(&life).is_some_and(|pause| pause.until_ms > now_ms());
            if waits && life != current {
                continue;
            }
            let mut greet = life == current;
            loop {
                match self.step(life, greet).await? {
                    Step::Again => {
                        learnt = true;
                        greet = false;
                    }
                    Step::Done if life == current && self.stock.has_more() => greet = true,
                    Step::Done | Step::Refused => break,
                    Step::Offline => return Ok(learnt),
                }
            }
        }
        Ok(learnt)
    }

    /// One batch of one life. `greet`: even an empty one.
    async fn step(&self, life: Life, greet: bool) -> Result<Step, StorageError> {
        let Some(delivery) = delivery(&*self.store, life).await? else { return Ok(Step::Done) };
        let mut rows = self.store.places(Table::Outbox, life, delivery.next(), ROWS_AT_ONCE).await?;
        // A commit between the two reads adds rows beyond the head that was read: an acknowledgement of those would look
        // like one of another tablet's. They go with the next batch.
        rows.retain(|(seq, _)| *seq <= delivery.head.seq);
        if rows.is_empty() && !greet {
            return Ok(Step::Done);
        }
        let sizes: Vec<usize> = rows.iter().map(|(_, record)| record.len()).collect();
        let count = plan_batch(&sizes, self.pause_of(life).backoff.budget);
        let rows: Vec<_> = rows.into_iter().take(count).collect();
        let last = rows.last().map(|(seq, _)| *seq);
        let holds = self.store.places(Table::Outbox, life, Seq(0), 1).await?;
        let head = delivery.head;
        let batch = Batch {
            v: wire::FORMAT,
            till: head.till,
            epoch: life.epoch,
            holds_from: holds.first().map_or(head.seq.next(), |(seq, _)| *seq),
            head: head.seq,
            head_hash: head.hash,
            records: rows.into_iter().map(|(_, record)| Blob(record)).collect(),
            stock: self.stock.since(life == self.identity.life()),
        };
        if let Some(last) = last {
            // Whoever takes an entry back has to know that the server may have it already (ADR 0003).
            self.store.transact(false, &[number(mark::sent(life), last)]).await?;
        }
        let Answered { ack, signed, decided, overdrawn, stock } = match self.server.send(&batch).await {
            Ok(answered) => answered,
            Err(failure) => return Ok(self.failed(life, &failure, count)),
        };
        self.keep_decided(decided);
        self.stock.heard(stock);
        // Told again, all of it, with each answer until the journal has it.
        *self.overdrawn.borrow_mut() = overdrawn;
        let config_version = self.contact.get().config_version.max(ack.config_version);
        self.contact.set(Contact { online: true, not_our_server: false, config_version, told_ms: Some(ack.now_ms) });
        self.heartbeat_at_ms.set(now_ms() + HEARTBEAT_MS);
        let own_hash = self.own_hash(&head, ack.seq).await?;
        let news = accept_ack(&TillView { epoch: life.epoch, ack: delivery.ack, head }, &ack, own_hash);
        let mut changes = Vec::new();
        let mut moved = last.is_none();
        if matches!(news, AckNews::Progress | AckNews::ServerRestored) {
            // Only the clock in it is another: not worth a write each time, but sign-ins need a recent one.
            let same = delivery.ack.is_some_and(|known| {
                known == Ack { now_ms: known.now_ms, ..ack } && ack.now_ms.saturating_sub(known.now_ms) < HEARD_MS
            });
            if !same {
                changes.push(Change::name(Table::Meta, mark::ack(life), signed));
            }
            moved |= ack.seq > delivery.ack.map_or(Seq(0), |ack| ack.seq);
            let again = match (news, last) {
                (AckNews::ServerRestored, _) => Some(ack.safe.min(ack.seq)),
                (_, Some(last)) if delivery.again.is_some() => Some(last),
                _ => None,
            };
            match again.filter(|again| *again < head.seq) {
                Some(again) => changes.push(number(mark::again(life), again)),
                None if delivery.again.is_some() => changes.push(Change::Delete(Table::Meta, Key::Name(mark::again(life)))),
                None => {}
            }
            moved |= again.is_some();
        }
        if news == AckNews::TillIsCopy || delivery.copy.is_some() {
            // What was sold on a copy is handed in once, whatever the server has at those places; it keeps both apart.
            let handed_in = last.or(delivery.copy).unwrap_or_else(|| delivery.ack.map_or(Seq(0), |ack| ack.seq));
            changes.push(number(mark::copy(life), handed_in));
            moved = true;
        }
        self.store.transact(true, &changes).await?;
        if life == self.identity.life() {
            let again = if news == AckNews::ServerRestored { ack.safe } else { ack.seq };
            self.acknowledged.set(if delivery.copy.is_some() { head.seq } else { again.min(ack.seq) });
        }
        // An answer that acknowledges nothing new must not be asked for again at once.
        let answer = if moved { Answer::Acknowledged } else { Answer::Refused(200) };
        self.pause(life, answer);
        Ok(if answer == Answer::Acknowledged { Step::Again } else { Step::Refused })
    }

    fn keep_decided(&self, news: Vec<Decided>) {
        let mut kept = self.decided.borrow_mut();
        for decided in news {
            // It is told again with each answer until the journal has it.
            kept.retain(|other| other.payment != decided.payment);
            kept.push(decided);
        }
    }

    fn failed(&self, life: Life, failure: &Failure, records: usize) -> Step {
        let not_our_server = *failure == Failure::NotOurServer;
        let online = matches!(failure, Failure::Refused { .. });
        self.contact.set(Contact { online, not_our_server, ..self.contact.get() });
        match failure.answer() {
            // Smaller at once; one that is too large alone has to wait for a server that takes it.
            Answer::TooLarge if records > 1 => {
                self.pause(life, Answer::TooLarge);
                Step::Again
            }
            Answer::TooLarge => {
                self.pause(life, Answer::Refused(413));
                Step::Refused
            }
            answer => {
                self.pause(life, answer);
                if matches!(answer, Answer::Refused(_)) { Step::Refused } else { Step::Offline }
            }
        }
    }

    fn pause_of(&self, life: Life) -> Pause {
        self.pauses.borrow().get(&life).copied().unwrap_or_default()
    }

    fn pause(&self, life: Life, answer: Answer) {
        let mut pause = self.pause_of(life);
        let pause_ms = pause.backoff.after(answer, random::number());
        pause.until_ms = now_ms() + i64::from(pause_ms);
        self.pauses.borrow_mut().insert(life, pause);
    }

    /// This till's hash at `seq`, where it still has it.
    async fn own_hash(&self, head: &Head, seq: Seq) -> Result<Option<Hash>, StorageError> {
        if seq == head.seq {
            return Ok(Some(head.hash));
        }
        if seq == Seq(0) {
            return Ok((Life::from(head) == self.identity.life()).then_some(self.identity.root));
        }
        let record = self.store.get(Table::Outbox, &Key::Place(Life::from(head), seq)).await?;
        Ok(record.and_then(|bytes| cbor::from_slice::<Record>(&bytes).ok()).map(|record| record.hash))
    }
}

/// For the service worker: sends what waits, and tells the page. True, when nothing is left to send.
pub async fn drain_in_background(name: &str, store: Rc<dyn Store>, transport: Rc<dyn Transport>) -> Result<bool, StorageError> {
    let Some(uploader) = Uploader::open(name, store.clone(), transport).await? else { return Ok(true) };
    let learnt = uploader.drain().await?;
    let (unsent, _) = waiting(&*store).await?;
    // A worker that sleeps must not stand in the way of the page's next version of the database.
    store.close();
    if learnt {
        News::open(name).tell();
    }
    Ok(unsent == 0)
}

/// The Web Lock of whoever sends for the till called `name`.
pub(crate) fn lock_name(name: &str) -> String {
    format!("{name}-upload")
}

/// The lives that the store knows.
pub(crate) async fn lives(store: &dyn Store) -> Result<Vec<Life>, StorageError> {
    let heads = store.names(Table::Meta, "head/").await?;
    let heads = heads.iter().filter_map(|(_, bytes)| cbor::from_slice::<Head>(bytes).ok());
    Ok(heads.map(|head| Life::from(&head)).collect())
}

/// How a life's delivery stands; nothing for one that the store does not know.
pub(crate) async fn delivery(store: &dyn Store, life: Life) -> Result<Option<Delivery>, StorageError> {
    let meta = async |name: String| store.get(Table::Meta, &Key::Name(name)).await;
    let Some(head) = meta(mark::head(life)).await?.and_then(|bytes| cbor::from_slice::<Head>(&bytes).ok()) else {
        return Ok(None);
    };
    // Its signature was checked when it arrived.
    let ack = meta(mark::ack(life)).await?.and_then(|signed| cbor::from_slice(&cose::parse(&signed).ok()?.payload).ok());
    let again = meta(mark::again(life)).await?.as_deref().map(to_seq);
    let copy = meta(mark::copy(life)).await?.as_deref().map(to_seq);
    Ok(Some(Delivery { head, ack, again, copy }))
}

/// How many entries wait in all lives, and when the oldest was made.
pub(crate) async fn waiting(store: &dyn Store) -> Result<(u64, Option<i64>), StorageError> {
    let (mut count, mut oldest) = (0, None::<i64>);
    for life in lives(store).await? {
        let Some(delivery) = delivery(store, life).await? else { continue };
        count += store.count(Table::Outbox, life, delivery.next()).await?;
        let first = store.places(Table::Outbox, life, delivery.next(), 1).await?;
        if let Some(record) = first.first().and_then(|(_, bytes)| cbor::from_slice::<Record>(bytes).ok()) {
            oldest = Some(oldest.map_or(record.at_ms, |at_ms| at_ms.min(record.at_ms)));
        }
    }
    Ok((count, oldest))
}

/// A place as a mark's value.
pub(crate) fn number(name: String, seq: Seq) -> Change {
    Change::name(Table::Meta, name, seq.0.to_be_bytes().to_vec())
}

/// Reads what [`number`] wrote; 0 for anything else.
pub(crate) fn to_seq(bytes: &[u8]) -> Seq {
    Seq(bytes.try_into().map_or(0, u64::from_be_bytes))
}
