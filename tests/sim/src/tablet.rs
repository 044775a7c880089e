//! A tablet: its page, its disks, and what it does with the effects that `core::till` asks for.

use std::{
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

use barrow_core::{
    bytes::{Blob, Hash},
    config::TillState,
    device::{Boot, Committed, DeviceAlert, DeviceError, Locked, RosterEntry, Session, Status},
    ids::{Epoch, SaleId, Seq, TillId},
    journal::{Body, Draft, Entry, Head},
    ledger::Ledger,
    staff::LogInWay,
    sync::{Anomaly, Backoff},
    till::{self, Effect, Event, Model, Phase, Stage},
    wire::{self, Record},
};
use barrow_sealing::{
    Key, cbor,
    cose::{self, Domain},
    local::{self, Binding, Namespace},
    outbox::{RecordBinding, Sealer, Suite},
};

use crate::{
    Broken, Sabotage,
    disks::{Disks, Frame, Idb, Keys, Life, Row, Snapshot},
    must,
    oracle::{Sold, Tamper},
    person,
    server::SHOP,
    uploader::InFlight,
    world::World,
};

/// One piece of hardware.
pub(crate) struct Tablet {
    /// Which till it is, or was last.
    pub(crate) till: TillId,
    pub(crate) disks: Disks,
    /// IndexedDB as a power cut may leave it: relaxed writes since the last strict one are not in it.
    pub(crate) durable: Idb,
    /// The open page, if any.
    pub(crate) page: Option<Page>,
    /// Counts openings of the page.
    pub(crate) start: u64,
    pub(crate) clock_offset_ms: i64,
    pub(crate) offline_until: u64,
    pub(crate) portal_until: u64,
    /// A proxy that takes no larger bodies, bytes; and until when.
    pub(crate) proxy: Option<(usize, u64)>,
    /// Another tablet was made from this one's disks, or this one from another's.
    pub(crate) twin: bool,
    /// Nobody sells here any more; what it holds is still sent.
    pub(crate) retired: bool,
    /// Receipts that were shown.
    pub(crate) receipts: u64,
    /// The purchase that is in the cart.
    pub(crate) purchase: u64,
    /// What happens to the next sale's record.
    pub(crate) tamper: Option<Tamper>,
    /// An answer of the server's that somebody wrote down, and may play again.
    pub(crate) overheard: Vec<u8>,
    /// A copy of the disks that somebody took.
    pub(crate) image: Option<Disks>,
    /// Of the current opening: the newest acknowledgement stored for each epoch, as `(server epoch, seq)`.
    pub(crate) acks_seen: BTreeMap<Epoch, (u32, Seq)>,
}

/// What lives while the page is open.
pub(crate) struct Page {
    pub(crate) model: Model,
    /// Made at each unlock and each shift.
    sealer: Option<Sealer>,
    pub(crate) recovered: u64,
    /// The recovery is not in the journal yet.
    recovery_to_note: u64,
    clock_back: bool,
    pub(crate) online: bool,
    pub(crate) in_flight: Option<InFlight>,
    pub(crate) backoff: Backoff,
    pub(crate) sync_turn: u64,
    /// When the server last answered for each epoch.
    pub(crate) contacts: BTreeMap<Epoch, u64>,
    /// Times of the failures of the last minute.
    pub(crate) failures: VecDeque<u64>,
}

/// How a sign-in went, as `core::till` wants to hear it.
type SignedIn = Result<(Box<Session>, Option<till::Orders>), DeviceError>;

/// How a write to both disks went.
enum Wrote {
    Done(Vec<Committed>),
    Failed(DeviceError),
    Crashed,
}

/// What goes wrong in a write.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Well,
    /// One disk refuses; the other is put back.
    Fails,
    Full,
    CrashBefore,
    /// IndexedDB has it, the black box has not.
    CrashIdbOnly,
    /// The black box has it, IndexedDB has not.
    CrashBlackBoxOnly,
    /// The black box has a part of it.
    CrashTorn,
    /// Both have it, and nobody saw "paid".
    CrashAfter,
}

const FATES: [(Fate, u64); 8] = [
    (Fate::Well, 850),
    (Fate::Fails, 30),
    (Fate::Full, 10),
    (Fate::CrashBefore, 20),
    (Fate::CrashIdbOnly, 25),
    (Fate::CrashBlackBoxOnly, 25),
    (Fate::CrashTorn, 20),
    (Fate::CrashAfter, 20),
];

impl Tablet {
    pub(crate) fn new(till: TillId) -> Tablet {
        Tablet {
            till,
            disks: Disks::default(),
            durable: Idb::default(),
            page: None,
            start: 0,
            clock_offset_ms: 0,
            offline_until: 0,
            portal_until: 0,
            proxy: None,
            twin: false,
            retired: false,
            receipts: 0,
            purchase: 0,
            tamper: None,
            overheard: Vec::new(),
            image: None,
            acks_seen: BTreeMap::new(),
        }
    }

    pub(crate) fn heal(&mut self) {
        (self.offline_until, self.portal_until, self.proxy, self.tamper) = (0, 0, None, None);
    }

    /// The life in which it sells.
    pub(crate) fn life(&self) -> Option<&Life> {
        self.disks.keys.as_ref().and_then(|keys| self.disks.idb.lives.get(&keys.epoch))
    }

    /// Must it be enrolled again before it sells?
    pub(crate) fn is_copy(&self) -> bool {
        self.life().is_some_and(|life| life.copy || life.ack.is_some_and(|ack| ack.fenced))
    }

    /// A strict transaction: what it wrote, and all before it, is on the disk.
    pub(crate) fn flush(&mut self) {
        self.durable = self.disks.idb.clone();
    }

    fn status(&self) -> Status {
        let (Some(page), life) = (&self.page, self.life()) else { return Status::default() };
        let pending = || self.disks.idb.lives.values().flat_map(Life::pending);
        let mut alerts = Vec::new();
        if page.recovered > 0 {
            alerts.push(DeviceAlert::Recovered { entries: page.recovered });
        }
        if self.is_copy() {
            alerts.push(DeviceAlert::Copy);
        }
        if life.and_then(|life| life.ack).is_some_and(|ack| ack.state == TillState::Revoked) {
            alerts.push(DeviceAlert::Revoked);
        }
        if page.clock_back {
            alerts.push(DeviceAlert::ClockBack);
        }
        Status {
            online: page.online,
            unsent: pending().count() as u64,
            oldest_ms: pending().map(|(_, row)| row.at_ms).min(),
            persisted: true,
            free_bytes: None,
            quarantined: 0,
            alerts,
            ..Status::default()
        }
    }
}

impl World {
    /// Opens the page.
    pub(crate) fn boot(&mut self, tablet: usize) -> Result<(), Broken> {
        let sabotage = self.options.sabotage;
        let device = &mut self.tablets[tablet];
        device.start += 1;
        let mut recovered = device.disks.recover(sabotage);
        if let Some(keys) = device.disks.keys.clone() {
            let root = keys_root(&self.server, &keys)?;
            device.disks.idb.lives.entry(keys.epoch).or_insert_with(|| Life::new(root));
            device.disks.purge(keys.epoch, sabotage);
        } else {
            recovered = 0;
        }
        device.flush();
        device.acks_seen.clear();
        device.page = Some(Page {
            model: Model::default(),
            sealer: None,
            recovered,
            recovery_to_note: recovered,
            clock_back: false,
            online: false,
            in_flight: None,
            backoff: Backoff::default(),
            sync_turn: 0,
            contacts: BTreeMap::new(),
            failures: VecDeque::new(),
        });
        let boot = match &device.disks.keys {
            Some(_) => Boot::Locked(locked()),
            None => Boot::NotEnrolled { keys_lost: !device.disks.black_box.frames.is_empty() },
        };
        self.note(format_args!("tablet {tablet}: page opens, {recovered} entries recovered"));
        self.dispatch(tablet, Event::Booted(boot))?;
        self.push_status(tablet)
    }

    /// The power goes, or the page is killed.
    pub(crate) fn crash(&mut self, tablet: usize) {
        let keeps_relaxed = self.dice.chance(500);
        let device = &mut self.tablets[tablet];
        device.page = None;
        device.acks_seen.clear();
        if keeps_relaxed {
            device.flush();
        } else {
            device.disks.idb = device.durable.clone();
        }
        self.note(format_args!("tablet {tablet}: crash, relaxed writes {}", if keeps_relaxed { "kept" } else { "lost" }));
    }

    /// The tablet becomes (again) its till, under a new epoch. What it held of older ones is handed in. False if that did
    /// not come about this time.
    pub(crate) fn enrol(&mut self, tablet: usize) -> Result<bool, Broken> {
        if !self.fair() && (self.now < self.tablets[tablet].offline_until || self.now < self.server_down_until) {
            return Ok(false);
        }
        let till = self.tablets[tablet].till;
        let pair = self.ring.till(self.enrolments);
        self.enrolments += 1;
        let old = self.server.newest_epoch(till);
        let now_ms = self.true_ms();
        let (record, root) = self.server.enrol(till, &pair.public, now_ms)?;
        if let Some(old) = old {
            // Whatever still comes under the old epoch cannot be told from a copy that goes on.
            self.oracle.explain(till, old, &[Anomaly::Clone]);
        }
        if !self.fair() && self.dice.chance(100) {
            self.oracle.count("enrolment answer lost");
            self.note(format_args!("tablet {tablet}: enrolment as epoch {} lost on the way back", root.epoch));
            return Ok(false);
        }
        let payload = cose::verify_message(&self.ring.server_public, Domain::Enrolment, &record)?;
        let record: wire::EnrolmentRecord = cbor::from_slice(&payload)?;
        let journal_key = Key::new(self.dice.bytes());
        let device = &mut self.tablets[tablet];
        device.disks.keys = Some(Rc::new(Keys { till, epoch: record.epoch, pair, journal_key }));
        device.disks.idb.lives.insert(record.epoch, Life::new(root));
        device.disks.black_box.roots.insert(record.epoch, root);
        device.flush();
        self.note(format_args!("tablet {tablet}: enrolled as till {till} epoch {}", record.epoch));
        Ok(true)
    }

    /// Takes an event into the page's model and does what it asks for.
    pub(crate) fn dispatch(&mut self, tablet: usize, event: Event) -> Result<(), Broken> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let now_ms = self.clock_ms(tablet);
            let Some(page) = &mut self.tablets[tablet].page else { return Ok(()) };
            let written = match &event {
                Event::CommitDone { result: Ok(done), .. } => done.last().map(|done| done.hash),
                _ => None,
            };
            let effects = till::update(&mut page.model, now_ms, event);
            if let Some(hash) = written {
                self.note_paid(tablet, hash)?;
            }
            for effect in effects {
                match effect {
                    Effect::Commit { id, drafts } => match self.commit(tablet, drafts)? {
                        Wrote::Done(done) => events.push_back(Event::CommitDone { id, result: Ok(done) }),
                        Wrote::Failed(why) => events.push_back(Event::CommitDone { id, result: Err(why) }),
                        Wrote::Crashed => return Ok(()),
                    },
                    Effect::Unlock { staff, .. } => {
                        let result = self.unlock(tablet, staff)?;
                        events.push_back(Event::SignedIn {
                            way: LogInWay::Pin,
                            result: result.map(|(session, orders)| (session, orders.map(Box::new))),
                        });
                    }
                    Effect::Lock(_) => {
                        if let Some(page) = &mut self.tablets[tablet].page {
                            page.sealer = None;
                        }
                        events.push_back(Event::LockDone(locked()));
                    }
                    Effect::Enrol(_) => {
                        let result = if self.enrol(tablet)? { Ok(locked()) } else { Err(DeviceError::Offline) };
                        events.push_back(Event::EnrolDone(result));
                    }
                    Effect::SaveOrders(orders) => {
                        if let Some(life) = self.current_life(tablet) {
                            life.orders = Some(*orders);
                        }
                    }
                    Effect::Snapshot(ledger) => self.snapshot(tablet, &ledger)?,
                    Effect::Sync => self.sync_soon(tablet),
                    Effect::Approve { by, .. } => events.push_back(Event::ApprovalDone { by, result: Ok(()) }),
                    Effect::ReadJournal => {
                        let device = &self.tablets[tablet];
                        if let (Some(keys), Some(life)) = (&device.disks.keys, device.life()) {
                            events.push_back(Event::JournalRead(Ok(read_journal(keys, life)?)));
                        }
                    }
                    Effect::FirstPin { .. }
                    | Effect::ChangeProof { .. }
                    | Effect::EndLockOut(_)
                    | Effect::ReadCard(_)
                    | Effect::AskGift(_)
                    | Effect::Print(_)
                    | Effect::OpenDrawer(_)
                    | Effect::ConnectPrinter(_)
                    | Effect::KeepPrinter(_)
                    | Effect::ConnectScanner
                    | Effect::ConnectReader
                    | Effect::KeepAwake(_) => {}
                }
            }
            if written.is_some() {
                events.push_back(Event::StatusChanged(self.tablets[tablet].status()));
            }
        }
        Ok(())
    }

    pub(crate) fn push_status(&mut self, tablet: usize) -> Result<(), Broken> {
        let status = self.tablets[tablet].status();
        self.dispatch(tablet, Event::StatusChanged(status))
    }

    fn current_life(&mut self, tablet: usize) -> Option<&mut Life> {
        let disks = &mut self.tablets[tablet].disks;
        disks.keys.as_ref().and_then(|keys| disks.idb.lives.get_mut(&keys.epoch))
    }

    /// Signs in: opens the journal, checks its chain, reckons the ledger.
    fn unlock(&mut self, tablet: usize, staff: barrow_core::ids::StaffId) -> Result<SignedIn, Broken> {
        self.new_sealer(tablet)?;
        let device = &self.tablets[tablet];
        let (Some(keys), Some(life)) = (&device.disks.keys, device.life()) else { return Ok(Err(DeviceError::Damaged)) };
        let ledger = open_ledger(keys, life).map_err(|broken| Broken(format!("tablet {tablet}: {}", broken.0)))?;
        let session = Session {
            staff,
            config: person::config(keys.till),
            ledger,
            draft: None,
            roster: locked().roster,
            customers: Default::default(),
            stock: barrow_core::stock::Base::empty(keys.epoch),
        };
        Ok(Ok((Box::new(session), life.orders.clone())))
    }

    fn new_sealer(&mut self, tablet: usize) -> Result<(), Broken> {
        let suite = if self.dice.chance(250) { Suite::XWing } else { Suite::X25519 };
        let dice = &mut self.dice;
        let sealer = Sealer::new(suite, self.ring.seal_public(suite), &mut |out: &mut [u8]| dice.fill(out))?;
        if let Some(page) = &mut self.tablets[tablet].page {
            page.sealer = Some(sealer);
        }
        Ok(())
    }

    /// Prepare, then transact: both disks have every entry, or the screen does not say so.
    fn commit(&mut self, tablet: usize, mut drafts: Vec<Draft>) -> Result<Wrote, Broken> {
        if drafts.iter().any(|draft| matches!(draft.body, Body::ShiftOpened { .. })) {
            self.new_sealer(tablet)?;
        }
        let now_ms = self.clock_ms(tablet);
        let device = &mut self.tablets[tablet];
        let (Some(page), Some(keys)) = (&mut device.page, device.disks.keys.clone()) else {
            return Ok(Wrote::Failed(DeviceError::Damaged));
        };
        let Some(sealer) = &page.sealer else { return Ok(Wrote::Failed(DeviceError::Locked)) };
        let Some(life) = device.disks.idb.lives.get(&keys.epoch) else { return Ok(Wrote::Failed(DeviceError::Damaged)) };
        let shift = drafts.first().and_then(|draft| draft.shift);
        let by_itself = |body| Draft { at_ms: now_ms, staff: None, shift, body };
        if now_ms < life.last_ms {
            page.clock_back = true;
            drafts.insert(0, by_itself(Body::ClockBack { was_ms: life.last_ms }));
        }
        if page.recovery_to_note > 0 {
            drafts.insert(0, by_itself(Body::Recovered { entries: page.recovery_to_note }));
        }
        if life.head.seq == Seq(0) {
            drafts.insert(0, by_itself(Body::Enrolled { app: "sim".into() }));
        }
        let mut next = life.clone();
        let mut frames = Vec::with_capacity(drafts.len());
        let mut committed = Vec::with_capacity(drafts.len());
        for mut draft in drafts {
            let mut signer = &keys.pair.private;
            let mut tamper = None;
            let mut sold = None;
            if let Body::Sale(sale) = &mut draft.body {
                tamper = device.tamper.take();
                match tamper {
                    Some(Tamper::Totals) => sale.lines.iter_mut().for_each(|line| line.price.0 += 1),
                    Some(Tamper::Signature) => signer = &self.ring.stranger,
                    Some(Tamper::Seal) | None => {}
                }
                sold = Some(Sold { due: sale.due()?, purchase: device.purchase });
            }
            let spoilt = matches!(&draft.body, Body::Refund(refund) if refund.check().is_err());
            let entry = next.head.follow(draft);
            let signed = signer.sign_message(Domain::Journal, &cbor::to_vec(&entry)?);
            let hash = Hash::of(&signed);
            let id = SaleId { till: keys.till, epoch: keys.epoch, seq: entry.seq };
            self.oracle.write(id, hash, sold, tamper);
            if spoilt {
                // Of a sale whose own figures were spoilt on purpose.
                self.oracle.explain_at(id, Anomaly::BadRefund);
            }
            if entry.at_ms < next.head.at_ms {
                self.oracle.explain_at(id, Anomaly::ClockBack);
            }
            let head = next.head.check(&entry, hash)?;
            let mut nonce = [0; 12];
            self.dice.fill(&mut nonce);
            let local = local::seal(&keys.journal_key, Namespace::Journal, &journal_binding(&keys, entry.seq), nonce, &signed)?;
            let mut record = seal_record(sealer, &entry, hash, &signed)?;
            let whole = Rc::new(cbor::to_vec(&record)?);
            let keeps_rows = self.options.sabotage != Some(Sabotage::BlackBoxWithoutRows);
            let local = Rc::new(local);
            let row = Row { hash, at_ms: entry.at_ms, record: Rc::clone(&whole) };
            let frame = Frame { row: row.clone(), local: keeps_rows.then(|| Rc::clone(&local)) };
            let mut in_idb = Frame { row, local: Some(local) };
            if tamper == Some(Tamper::Seal) {
                // The outbox row rots; the black box's copy is good.
                if let Some(byte) = record.ct.0.last_mut() {
                    *byte ^= 1;
                }
                in_idb.row.record = Rc::new(cbor::to_vec(&record)?);
            }
            next.append(head, entry.at_ms, &in_idb);
            frames.push((entry.seq, frame));
            committed.push(Committed { entry, hash });
        }
        let what: Vec<String> = committed.iter().map(|c| format!("{} {}", c.entry.body.kind(), c.entry.seq)).collect();
        let fate = if self.healed_at.is_some() { Fate::Well } else { FATES[self.dice.weighted(&FATES.map(|(_, w)| w))].0 };
        let device = &mut self.tablets[tablet];
        let disks = &mut device.disks;
        if self.options.sabotage == Some(Sabotage::TillShowsPaidTooSoon) && matches!(fate, Fate::Well) {
            disks.idb.lives.insert(keys.epoch, next);
            return Ok(Wrote::Done(committed));
        }
        if matches!(fate, Fate::Well | Fate::CrashIdbOnly | Fate::CrashAfter) {
            disks.idb.lives.insert(keys.epoch, next);
            device.durable = disks.idb.clone();
        }
        let appended = match fate {
            Fate::Well | Fate::CrashBlackBoxOnly | Fate::CrashAfter => frames.len(),
            Fate::CrashTorn => self.dice.below(frames.len() as u64) as usize,
            Fate::Fails | Fate::Full | Fate::CrashBefore | Fate::CrashIdbOnly => 0,
        };
        disks.black_box.frames.extend(frames.into_iter().take(appended).map(|(seq, frame)| ((keys.epoch, seq), frame)));
        if matches!(fate, Fate::Well)
            && let Some(page) = &mut device.page
        {
            page.recovery_to_note = 0;
        }
        self.note(format_args!("tablet {tablet}: till {} epoch {} commits {} {fate:?}", keys.till, keys.epoch, what.join(", ")));
        Ok(match fate {
            Fate::Well => Wrote::Done(committed),
            Fate::Fails => {
                self.oracle.count("write failed");
                Wrote::Failed(DeviceError::WriteFailed)
            }
            Fate::Full => {
                self.oracle.count("disk full");
                Wrote::Failed(DeviceError::StorageFull)
            }
            Fate::CrashBefore | Fate::CrashIdbOnly | Fate::CrashBlackBoxOnly | Fate::CrashTorn | Fate::CrashAfter => {
                self.oracle.count("crash in a commit");
                self.crash(tablet);
                Wrote::Crashed
            }
        })
    }

    /// If the screen now says "paid", the last commit must be on both disks.
    fn note_paid(&mut self, tablet: usize, hash: Hash) -> Result<(), Broken> {
        let device = &mut self.tablets[tablet];
        let (Some(page), Some(keys)) = (&device.page, &device.disks.keys) else { return Ok(()) };
        let Phase::Unlocked(desk) = &page.model.phase else { return Ok(()) };
        let Stage::Receipt(paid) = &desk.stage else { return Ok(()) };
        let Some(entry) = self.oracle.by_hash_mut(hash).filter(|entry| entry.id == paid.id) else { return Ok(()) };
        entry.paid = true;
        device.receipts += 1;
        let place = (keys.epoch, paid.id.seq);
        let in_idb = device.durable.lives.get(&place.0).and_then(|life| life.outbox.get(&place.1));
        let in_black_box = device.disks.black_box.frames.get(&place);
        must(in_idb.is_some_and(|row| row.hash == hash) && in_black_box.is_some_and(|frame| frame.row.hash == hash), || {
            format!("sale {} was shown as paid before both disks had it", paid.id)
        })
    }

    fn snapshot(&mut self, tablet: usize, ledger: &Ledger) -> Result<(), Broken> {
        let nonce = self.dice.bytes();
        let sabotage = self.options.sabotage;
        let device = &mut self.tablets[tablet];
        let Some(keys) = device.disks.keys.clone() else { return Ok(()) };
        let Some(life) = device.disks.idb.lives.get_mut(&keys.epoch) else { return Ok(()) };
        must(ledger.upto == life.head.seq, || format!("tablet {tablet}: the ledger on screen is not at the journal's head"))?;
        let sealed = local::seal(
            &keys.journal_key,
            Namespace::Snapshot,
            &snapshot_binding(&keys, life.head.seq),
            nonce,
            &cbor::to_vec(ledger)?,
        )?;
        life.snapshot = Some(Snapshot { head: life.head, sealed: Rc::new(sealed) });
        device.flush();
        device.disks.purge(keys.epoch, sabotage);
        Ok(())
    }

    /// The turnover that this tablet's own journal comes to.
    pub(crate) fn own_turnover(&self, tablet: usize) -> Result<Option<barrow_core::money::Minor>, Broken> {
        let device = &self.tablets[tablet];
        match (&device.disks.keys, device.life()) {
            (Some(keys), Some(life)) => Ok(Some(open_ledger(keys, life)?.turnover)),
            _ => Ok(None),
        }
    }
}

fn keys_root(server: &crate::server::Server, keys: &Keys) -> Result<Head, Broken> {
    // The enrolment record is kept beside the keys; the simulator asks the server's copy of it.
    let enrolled = server.enrolled.get(&(keys.till, keys.epoch));
    enrolled.map(|enrolled| enrolled.root).ok_or_else(|| Broken("a till was never enrolled".into()))
}

fn locked() -> Locked {
    let on_roster = |id, name: &str| RosterEntry { id, name: name.into(), has_pin: true, passkey: None, locked_out: false };
    let roster = vec![on_roster(person::STAFF, "Mara"), on_roster(person::BOSS, "Ida")];
    Locked { shop_name: "Sim".into(), till_name: "Till".into(), roster }
}

fn journal_binding(keys: &Keys, seq: Seq) -> Binding<'static> {
    Binding { shop: SHOP.0, till: keys.till.0, store: "journal", seq: seq.0 }
}

fn snapshot_binding(keys: &Keys, seq: Seq) -> Binding<'static> {
    Binding { shop: SHOP.0, till: keys.till.0, store: "snapshot", seq: seq.0 }
}

fn seal_record(sealer: &Sealer, entry: &Entry, hash: Hash, signed: &[u8]) -> Result<Record, Broken> {
    let binding = RecordBinding { shop: entry.shop.0, till: entry.till.0, epoch: entry.epoch.0, seq: entry.seq.0, hash: hash.0 };
    Ok(Record {
        v: wire::FORMAT,
        suite: sealer.suite().into(),
        shop: entry.shop,
        till: entry.till,
        epoch: entry.epoch,
        seq: entry.seq,
        hash,
        at_ms: entry.at_ms,
        enc: Blob(sealer.encapsulated().to_vec()),
        ct: Blob(sealer.seal(&binding, signed)?),
        beside: None,
    })
}

/// The entries that this tablet holds and can read.
fn read_journal(keys: &Keys, life: &Life) -> Result<Vec<Committed>, Broken> {
    let entry = |(seq, sealed): (&Seq, &Rc<Vec<u8>>)| {
        let signed = local::open(&keys.journal_key, Namespace::Journal, &journal_binding(keys, *seq), sealed)?;
        let entry: Entry = cbor::from_slice(&cose::parse(&signed)?.payload)?;
        Ok(Committed { entry, hash: Hash::of(&signed) })
    };
    life.journal.iter().map(entry).collect()
}

/// Reckons the ledger from snapshot and journal. The chain is checked link by link; an entry that the till cannot read
/// counts by its hash alone.
fn open_ledger(keys: &Keys, life: &Life) -> Result<Ledger, Broken> {
    let (mut ledger, mut head) = match &life.snapshot {
        None => (Ledger::default(), life.root),
        Some(snapshot) => {
            let binding = snapshot_binding(keys, snapshot.head.seq);
            let plain = local::open(&keys.journal_key, Namespace::Snapshot, &binding, &snapshot.sealed)?;
            (cbor::from_slice(&plain)?, snapshot.head)
        }
    };
    while head.seq < life.head.seq {
        let seq = head.seq.next();
        let Some(sealed) = life.journal.get(&seq) else {
            let Some(row) = life.outbox.get(&seq) else {
                return Err(Broken(format!("the till lost its own entry {seq}")));
            };
            head = Head { seq, hash: row.hash, at_ms: head.at_ms.max(row.at_ms), ..head };
            continue;
        };
        let signed = local::open(&keys.journal_key, Namespace::Journal, &journal_binding(keys, seq), sealed)?;
        let entry: Entry = cbor::from_slice(&cose::parse(&signed)?.payload)?;
        head = head.check(&entry, Hash::of(&signed))?;
        ledger.take_in(&entry, head.hash);
    }
    must(head.hash == life.head.hash, || "the till's journal does not end at its head".into())?;
    Ok(ledger)
}
