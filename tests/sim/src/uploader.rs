//! The way to the server: what is sent next, and what an answer means. All decisions are `core::sync`'s.

use std::cmp::Reverse;

use barrow_core::{
    bytes::Blob,
    config::TillState,
    ids::{Epoch, Seq},
    sync::{AckNews, Answer, TillView, accept_ack, plan_batch},
    wire::{self, Ack, Batch, BatchReply},
};
use barrow_sealing::{
    cbor,
    cose::{self, Domain},
};

use crate::{
    Broken, Sabotage,
    disks::Life,
    must,
    network::HttpAnswer,
    server::SHOP,
    world::{Happening, World},
};

/// The one request that a tablet waits for.
pub(crate) struct InFlight {
    request: u64,
    epoch: Epoch,
    /// The last record in it.
    last: Option<Seq>,
}

/// After this the till gives a request up.
const TIME_OUT_MS: u64 = 20_000;
/// With nothing to send, the till asks so often whether the server still has everything.
const HANDSHAKE_MS: u64 = 120_000;
/// More failures than this in a minute, with no success between, are hammering, not retrying.
const FAILURES_A_MINUTE_MAX: usize = 40;

impl World {
    /// Something new is to be sent. While the server is being waited for, its pause is honoured.
    pub(crate) fn sync_soon(&mut self, tablet: usize) {
        let waits = |page: &crate::tablet::Page| page.in_flight.is_some() || page.backoff.failures > 0;
        if self.tablets[tablet].page.as_ref().is_some_and(|page| !waits(page)) {
            self.sync_in(tablet, 50);
        }
    }

    fn sync_in(&mut self, tablet: usize, in_ms: u64) {
        let start = self.tablets[tablet].start;
        if let Some(page) = &mut self.tablets[tablet].page {
            page.sync_turn += 1;
            let turn = page.sync_turn;
            self.later(in_ms, Happening::Sync { tablet, start, turn });
        }
    }

    pub(crate) fn sync(&mut self, tablet: usize, start: u64, turn: u64) -> Result<(), Broken> {
        let device = &self.tablets[tablet];
        let idle = device.page.as_ref().is_some_and(|page| page.sync_turn == turn && page.in_flight.is_none());
        if device.start != start || !idle {
            return Ok(());
        }
        let Some(batch) = self.plan(tablet) else {
            self.sync_in(tablet, HANDSHAKE_MS);
            return Ok(());
        };
        self.requests += 1;
        let request = self.requests;
        let (batch, last) = batch;
        if let Some(page) = &mut self.tablets[tablet].page {
            page.in_flight = Some(InFlight { request, epoch: batch.epoch, last });
        }
        self.later(TIME_OUT_MS, Happening::TimedOut { tablet, start, request });
        self.send(tablet, start, request, &batch)
    }

    /// Old lives first; with nothing to send, an empty batch for the life that has not heard from the server for longest.
    fn plan(&self, tablet: usize) -> Option<(Batch, Option<Seq>)> {
        let device = &self.tablets[tablet];
        let (page, keys) = (device.page.as_ref()?, device.disks.keys.as_ref()?);
        let lives = &device.disks.idb.lives;
        let waiting = lives.iter().find(|(_, life)| life.pending().next().is_some());
        let matters = |epoch: &Epoch, life: &Life| *epoch == keys.epoch || !life.outbox.is_empty();
        let quiet = || {
            let longest = |(epoch, _): &(&Epoch, &Life)| Reverse(page.contacts.get(epoch).copied().unwrap_or(0));
            lives.iter().filter(|(epoch, life)| matters(epoch, life)).max_by_key(longest)
        };
        let (epoch, life) = waiting.or_else(quiet)?;
        let rows: Vec<_> = life.pending().collect();
        let sizes: Vec<usize> = rows.iter().map(|(_, row)| row.record.len()).collect();
        let count = plan_batch(&sizes, page.backoff.budget);
        let batch = Batch {
            v: wire::FORMAT,
            till: keys.till,
            epoch: *epoch,
            holds_from: life.outbox.keys().next().copied().unwrap_or(life.head.seq.next()),
            head: life.head.seq,
            head_hash: life.head.hash,
            records: rows.iter().take(count).map(|(_, row)| Blob(row.record.to_vec())).collect(),
            stock: None,
        };
        Some((batch, rows.iter().take(count).map(|(seq, _)| **seq).next_back()))
    }

    /// An answer came, or none in time.
    pub(crate) fn answered(&mut self, tablet: usize, start: u64, request: u64, answer: Option<HttpAnswer>) -> Result<(), Broken> {
        let device = &mut self.tablets[tablet];
        let Some(page) = device.page.as_mut().filter(|_| device.start == start) else { return Ok(()) };
        let Some(in_flight) = page.in_flight.take_if(|in_flight| in_flight.request == request) else { return Ok(()) };
        let (mut answer, ack) = self.read(answer.as_ref());
        if let Some(ack) = ack {
            let moved = self.take_ack(tablet, &in_flight, ack)?;
            if !moved && in_flight.last.is_some() {
                // A valid acknowledgement that moves nothing is no success: asking again at once would never end.
                answer = Answer::Busy(None);
            }
        } else if self.options.sabotage == Some(Sabotage::TillTrustsPlain200) && answer == Answer::NotOurServer {
            self.believe_anything(tablet, &in_flight);
        }
        let jitter = self.dice.next() as u32;
        let (now, sabotage) = (self.now, self.options.sabotage);
        let device = &mut self.tablets[tablet];
        let waiting = device.disks.idb.lives.values().any(|life| life.pending().next().is_some());
        let Some(page) = &mut device.page else { return Ok(()) };
        page.online = answer == Answer::Acknowledged;
        let mut pause = u64::from(page.backoff.after(answer, jitter));
        if answer == Answer::Acknowledged {
            page.failures.clear();
            pause = if waiting { 1 } else { HANDSHAKE_MS };
        } else {
            page.failures.push_back(now);
            page.failures.retain(|at| at + 60_000 > now);
            let failures = page.failures.len();
            must(failures <= FAILURES_A_MINUTE_MAX, || {
                format!("tablet {tablet} hammers the server: {failures} failed requests within a minute, the last {answer:?}")
            })?;
        }
        if sabotage == Some(Sabotage::TillNeverPauses) {
            pause = pause.min(1);
        }
        if sabotage == Some(Sabotage::TillGivesUp) && page.backoff.failures > 3 {
            return Ok(());
        }
        self.note(format_args!("tablet {tablet}: request {request} ended {answer:?}, next in {pause} ms"));
        self.sync_in(tablet, pause);
        self.push_status(tablet)
    }

    fn read(&self, answer: Option<&HttpAnswer>) -> (Answer, Option<Ack>) {
        let Some(answer) = answer else { return (Answer::NotOurServer, None) };
        match answer.status {
            200 => match self.read_ack(answer) {
                Some(ack) => (Answer::Acknowledged, Some(ack)),
                None => (Answer::NotOurServer, None),
            },
            413 => (Answer::TooLarge, None),
            429 | 503 => (Answer::Busy(answer.retry_after_s), None),
            0 => (Answer::NotOurServer, None),
            status => (Answer::Refused(status), None),
        }
    }

    fn read_ack(&self, answer: &HttpAnswer) -> Option<Ack> {
        let reply: BatchReply = cbor::from_slice(&answer.body).ok()?;
        let payload = if self.options.sabotage == Some(Sabotage::TillTrustsAnySignature) {
            cose::parse(&reply.ack.0).ok()?.payload
        } else {
            cose::verify_message(&self.ring.server_public, Domain::Ack, &reply.ack.0).ok()?
        };
        cbor::from_slice(&payload).ok()
    }

    /// Takes an acknowledgement in. False if it changed nothing in what is to be sent.
    fn take_ack(&mut self, tablet: usize, in_flight: &InFlight, ack: Ack) -> Result<bool, Broken> {
        let (now, sabotage) = (self.now, self.options.sabotage);
        let device = &mut self.tablets[tablet];
        let Some(life) = device.disks.idb.lives.get_mut(&in_flight.epoch) else { return Ok(false) };
        let waited = life.pending().count();
        let view = TillView { epoch: in_flight.epoch, ack: life.ack, head: life.head };
        let news = match accept_ack(&view, &ack, life.own_hash(ack.seq)) {
            AckNews::Stale if sabotage == Some(Sabotage::TillTakesStaleAcks) => AckNews::Progress,
            AckNews::TillIsCopy if sabotage == Some(Sabotage::TillIgnoresForks) => AckNews::Progress,
            news => news,
        };
        let restored = life.ack.is_some_and(|known| ack.server_epoch > known.server_epoch);
        match news {
            AckNews::Stale => {}
            AckNews::TillIsCopy => life.copy = true,
            AckNews::Progress | AckNews::ServerRestored => {
                life.ack = Some(ack);
                let again = match (news, in_flight.last) {
                    (AckNews::ServerRestored, _) => Some(ack.safe.min(ack.seq)),
                    (_, Some(last)) if life.again.is_some() => Some(last),
                    _ => None,
                };
                life.again = again.filter(|again| *again < life.head.seq);
            }
        }
        if life.copy && news != AckNews::Stale {
            // What stands in its places is not this tablet's: only what it sent itself, to this very server, is delivered.
            life.handed = match in_flight.last {
                _ if restored => Seq(0),
                Some(last) => life.handed.max(last.min(ack.seq)),
                None => life.handed,
            };
            life.ack = Some(ack);
        }
        let copy = life.copy;
        let moved = life.pending().count() != waited;
        if let Some(page) = &mut device.page {
            page.contacts.insert(in_flight.epoch, now);
        }
        if news != AckNews::Stale && !copy {
            let seen = device.acks_seen.insert(in_flight.epoch, (ack.server_epoch, ack.seq));
            let back = seen.is_some_and(|(epoch, seq)| ack.server_epoch < epoch || (ack.server_epoch == epoch && ack.seq < seq));
            must(!back, || {
                format!("tablet {tablet} un-acknowledged entries without a server restore: back from {seen:?} to {}", ack.seq)
            })?;
        }
        self.note(format_args!(
            "tablet {tablet}: epoch {} acknowledged {} safe {} by server epoch {}: {news:?}",
            in_flight.epoch, ack.seq, ack.safe, ack.server_epoch
        ));
        Ok(moved)
    }

    /// What a till would do that takes any 200 for success.
    fn believe_anything(&mut self, tablet: usize, in_flight: &InFlight) {
        let (server_epoch, now_ms) = (self.server.epoch, self.true_ms());
        let device = &mut self.tablets[tablet];
        let Some(life) = device.disks.idb.lives.get_mut(&in_flight.epoch) else { return };
        let Some(last) = in_flight.last else { return };
        let Some(hash) = life.own_hash(last) else { return };
        life.ack = Some(Ack {
            v: wire::FORMAT,
            server_epoch,
            shop: SHOP,
            till: life.head.till,
            epoch: in_flight.epoch,
            seq: last,
            hash,
            safe: last,
            state: TillState::Active,
            fenced: false,
            config_version: 1,
            now_ms,
        });
    }

    /// Why this tablet is not at rest yet, if so. Contacts count from `since` on.
    pub(crate) fn restless(&self, tablet: usize, since: u64) -> Option<String> {
        let device = &self.tablets[tablet];
        let Some(page) = &device.page else { return Some("its page is closed".into()) };
        let Some(keys) = &device.disks.keys else { return Some("it is not enrolled".into()) };
        if device.is_copy() && !device.retired {
            return Some("it is a copy".into());
        }
        device.disks.idb.lives.iter().find_map(|(epoch, life)| {
            let unsent = life.pending().count();
            let heard = page.contacts.get(epoch).is_some_and(|at| *at >= since)
                && life.ack.is_some_and(|ack| ack.server_epoch == self.server.epoch);
            if unsent > 0 {
                Some(format!("{unsent} entries of epoch {epoch} are not acknowledged"))
            } else if !heard && (*epoch == keys.epoch || !life.outbox.is_empty()) {
                Some(format!("it has not heard from the server about epoch {epoch}"))
            } else {
                None
            }
        })
    }
}
