//! Everything that may happen to a request and its answer.

use barrow_core::{
    bytes::Blob,
    config::TillState,
    ids::{Epoch, SaleId, TillId},
    sync::Anomaly,
    wire::{self, Ack, Batch, BatchReply},
};
use barrow_sealing::{cbor, cose::Domain};

use crate::{
    Broken,
    server::SHOP,
    world::{Happening, World},
};

/// A request on its way.
#[derive(Clone)]
pub(crate) struct Request {
    tablet: usize,
    start: u64,
    number: u64,
    till: TillId,
    epoch: Epoch,
    body: Vec<u8>,
    way_back: WayBack,
}

/// What becomes of the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WayBack {
    /// It comes after so many milliseconds.
    Comes(u64),
    /// It is lost, after the server committed.
    Lost,
    /// The server dies after its commit: the connection breaks.
    Broken,
}

/// What the till gets to see. Status 0: the connection failed.
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) retry_after_s: Option<u32>,
    pub(crate) body: Vec<u8>,
}

impl HttpAnswer {
    fn plain(status: u16) -> HttpAnswer {
        HttpAnswer { status, retry_after_s: None, body: Vec::new() }
    }

    fn portal() -> HttpAnswer {
        HttpAnswer { status: 200, retry_after_s: None, body: b"<!doctype html><title>Welcome to our Wi-Fi</title>".to_vec() }
    }
}

impl World {
    /// Sends a batch into the network.
    pub(crate) fn send(&mut self, tablet: usize, start: u64, number: u64, batch: &Batch) -> Result<(), Broken> {
        let body = cbor::to_vec(batch)?;
        let way = self.dice.between(5, 400);
        let back = self.dice.between(5, 400);
        let mut request =
            Request { tablet, start, number, till: batch.till, epoch: batch.epoch, body, way_back: WayBack::Comes(back) };
        self.note(format_args!(
            "tablet {tablet}: request {number}, epoch {}, {} records from {} held, head {}",
            batch.epoch,
            batch.records.len(),
            batch.holds_from,
            batch.head
        ));
        if self.fair() {
            self.later(way, Happening::Arrive(request));
            return Ok(());
        }
        let device = &self.tablets[tablet];
        let refused = if self.now < device.offline_until || self.now < self.server_down_until {
            Some(HttpAnswer::plain(0))
        } else if self.now < device.portal_until {
            Some(HttpAnswer::portal())
        } else if device.proxy.is_some_and(|(limit, until)| self.now < until && request.body.len() > limit) {
            Some(HttpAnswer::plain(413))
        } else {
            None
        };
        if let Some(answer) = refused {
            self.later(way, Happening::Answer { tablet, start, request: number, answer });
            return Ok(());
        }
        const FATES: [(&str, u64); 13] = [
            ("arrives", 620),
            ("request lost", 40),
            ("answer lost", 60),
            ("doubled", 60),
            ("delayed", 50),
            ("cut", 30),
            ("429", 20),
            ("503", 20),
            ("500", 20),
            ("answer forged", 20),
            ("older answer again", 20),
            ("server dies before commit", 20),
            ("server dies after commit", 20),
        ];
        let fate = FATES[self.dice.weighted(&FATES.map(|(_, weight)| weight))].0;
        if fate != "arrives" {
            self.oracle.count(fate);
            self.note(format_args!("network: request {number} {fate}"));
        }
        let answer = |answer| Happening::Answer { tablet, start, request: number, answer };
        match fate {
            "request lost" => {}
            "answer lost" => {
                request.way_back = WayBack::Lost;
                self.later(way, Happening::Arrive(request));
            }
            "doubled" => {
                let again = self.dice.between(1, 90_000);
                self.later(way, Happening::Arrive(request.clone()));
                self.later(way + again, Happening::Arrive(Request { way_back: WayBack::Lost, ..request }));
            }
            "delayed" => {
                let longer = self.dice.between(1_000, 90_000);
                self.later(longer, Happening::Arrive(request));
            }
            "cut" => {
                let at = self.dice.below(request.body.len() as u64) as usize;
                request.body.truncate(at);
                self.later(way, Happening::Arrive(request));
            }
            "429" | "503" => {
                let retry_after_s = self.dice.chance(700).then(|| self.dice.between(1, 120) as u32);
                let status = if fate == "429" { 429 } else { 503 };
                self.later(way, answer(HttpAnswer { status, retry_after_s, body: Vec::new() }));
            }
            "500" => self.later(way, answer(HttpAnswer::plain(500))),
            "answer forged" => {
                let forged = self.forge(batch)?;
                self.later(way, answer(forged));
            }
            "older answer again" => {
                let body = self.tablets[tablet].overheard.clone();
                self.later(way, answer(HttpAnswer { status: 200, retry_after_s: None, body }));
            }
            "server dies before commit" => self.later(way, answer(HttpAnswer::plain(0))),
            "server dies after commit" => {
                request.way_back = WayBack::Broken;
                self.later(way, Happening::Arrive(request));
            }
            _ => self.later(way, Happening::Arrive(request)),
        }
        Ok(())
    }

    /// An acknowledgement of everything, signed by somebody else.
    fn forge(&self, batch: &Batch) -> Result<HttpAnswer, Broken> {
        let ack = Ack {
            v: wire::FORMAT,
            server_epoch: self.server.epoch,
            shop: SHOP,
            till: batch.till,
            epoch: batch.epoch,
            seq: batch.head,
            hash: batch.head_hash,
            safe: batch.head,
            state: TillState::Active,
            fenced: false,
            config_version: 1,
            now_ms: self.true_ms(),
        };
        let signed = self.ring.stranger.sign_message(Domain::Ack, &cbor::to_vec(&ack)?);
        let body = cbor::to_vec(&BatchReply { ack: Blob(signed), payments: None, stock: None })?;
        Ok(HttpAnswer { status: 200, retry_after_s: None, body })
    }

    /// A request has reached the server.
    pub(crate) fn arrive(&mut self, request: Request) -> Result<(), Broken> {
        let Request { tablet, start, number, till, epoch, way_back, .. } = request;
        let newest = self.seen.entry((till, epoch)).or_default();
        if number < *newest {
            // An older request that was held up speaks of an older head: to the server, a tablet that went back.
            let head = |journal: &crate::server::Journal| journal.known.head.seq;
            let upto = self.server.db.journals.get(&(till, epoch)).map(head).unwrap_or_default();
            for seq in 0..=upto.0 {
                let id = SaleId { till, epoch, seq: barrow_core::ids::Seq(seq) };
                self.oracle.explain_at(id, Anomaly::Rollback);
            }
        }
        *newest = number.max(*newest);
        let now_ms = self.true_ms();
        let result = self.server.entries(&request.body, now_ms);
        self.note(format_args!("server: request {number}: {:?}", result.as_ref().map(|_| "taken")));
        let answer = match (way_back, result) {
            (WayBack::Lost, _) => return Ok(()),
            (WayBack::Broken, _) => HttpAnswer::plain(0),
            (WayBack::Comes(_), Ok(body)) => HttpAnswer { status: 200, retry_after_s: None, body },
            (WayBack::Comes(_), Err(status)) => HttpAnswer::plain(status),
        };
        if answer.status == 200 && self.dice.chance(200) {
            self.tablets[tablet].overheard.clone_from(&answer.body);
        }
        let in_ms = if let WayBack::Comes(ms) = way_back { ms } else { 10 };
        self.later(in_ms, Happening::Answer { tablet, start, request: number, answer });
        Ok(())
    }
}
