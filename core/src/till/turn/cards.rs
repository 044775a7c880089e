//! What goes on around card payments: readers that come and go, what the bank said in the end, and who dealt with it.

use super::{Effect, Purpose, Turn};
use crate::{
    card::{Decided, Outcome, Reader},
    device::DeviceError,
    journal::{Alert, Body},
    reason::Reason,
    till::Panel,
};

/// How often a till with undecided payments asks for news, milliseconds. (Without any, the heartbeat does.)
const ASK_EVERY_MS: i64 = 3_000;
/// For how long after a payment it asks so often.
const ASK_FOR_MS: i64 = 3 * 60_000;

impl Turn<'_> {
    /// The readers that are attached now, all of them. What has changed goes into the journal.
    pub(super) fn readers_seen(&mut self, seen: Vec<Reader>) {
        self.desk.next_readers = Some(seen);
        self.note_readers();
    }

    /// One after the other: what has changed is told by the ledger, which must know of the last change.
    pub(super) fn note_readers(&mut self) {
        let noting = self.desk.pending.iter().any(|(_, purpose)| *purpose == Purpose::Readers);
        if noting || self.commit.is_some() {
            return;
        }
        let Some(seen) = self.desk.next_readers.take() else { return };
        let known = &self.desk.ledger.readers;
        let gone = known.iter().filter(|reader| !seen.contains(reader)).cloned().map(Body::ReaderDetached);
        let come: Vec<&Reader> = seen.iter().filter(|reader| !known.contains(reader)).collect();
        let cards = self.desk.config.cards.as_ref();
        let is_wrong = |reader: &&&Reader| {
            cards.is_some_and(|cards| !cards.own(reader)) && !self.desk.ledger.wrong_readers.iter().any(|wrong| wrong == **reader)
        };
        let wrong = come.iter().filter(is_wrong).map(|reader| Body::AlertRaised(Alert::WrongReader((*reader).clone())));
        let came = come.iter().map(|reader| Body::ReaderAttached((*reader).clone()));
        let bodies: Vec<Body> = gone.chain(came).chain(wrong).collect();
        if !bodies.is_empty() {
            self.commit(Purpose::Readers, bodies);
        }
    }

    /// What the server has learnt of this till's payments. It tells them again until they are in the journal.
    pub(super) fn payments_decided(&mut self, decided: Vec<Decided>) {
        let noting = self.desk.pending.iter().any(|(_, purpose)| *purpose == Purpose::Decided);
        if noting || self.commit.is_some() {
            return;
        }
        let mut bodies = Vec::new();
        for news in decided {
            // One that the till does not wait for (of a former life, or voided since) is noted as well: else it would be told for ever.
            let waited_for = self.desk.ledger.open_cards.iter().any(|open| open.payment == news.payment);
            let (payment, declined) = (news.payment, matches!(news.outcome, Outcome::Declined { .. }));
            bodies.push(Body::CardDecided(news));
            if waited_for && declined {
                bodies.push(Body::AlertRaised(Alert::CardDeclined(payment)));
            }
        }
        if !bodies.is_empty() {
            self.commit(Purpose::Decided, bodies);
        }
    }

    /// Somebody has dealt with what the till warns of.
    pub(super) fn answer_alert(&mut self, alert: Alert, note: &str) {
        match Reason::parse(note) {
            Ok(note) => {
                let body = Body::AlertAnswered { alert, note: note.as_str().to_owned() };
                self.commit(Purpose::AnswerAlert, vec![body]);
            }
            Err(e) => self.fail(e),
        }
    }

    /// Payments that were just taken are asked for: online, the bank's word is a matter of seconds.
    pub(super) fn ask_for_news(&mut self) {
        let recent = self.desk.ledger.open_cards.last().is_some_and(|open| self.now_ms.saturating_sub(open.at_ms) < ASK_FOR_MS);
        if recent && self.status.online && self.now_ms.saturating_sub(self.desk.asked_ms) >= ASK_EVERY_MS {
            self.desk.asked_ms = self.now_ms;
            self.effects.push(Effect::Sync);
        }
    }

    pub(super) fn connect_reader(&mut self) {
        if self.desk.config.cards.is_none() {
            return self.fail("This shop takes no cards here. The owner can set them up in the office.");
        }
        self.effects.push(Effect::ConnectReader);
    }

    pub(super) fn reader_connected(&mut self, result: Result<(), DeviceError>) {
        if let Err(why) = result {
            self.fail(why);
        }
    }

    pub(super) fn alert_answered(&mut self) {
        if let Some(Panel::Form(crate::till::Form::Alert(_))) = &self.desk.panel {
            self.desk.panel = None;
        }
    }
}
