//! The till's side: what to send next, when, and what an answer means.

use super::{AckNews, TillView};
use crate::{
    bytes::Hash,
    wire::{Ack, BATCH_BYTES_MAX, BATCH_RECORDS_MAX},
};

/// How many of the waiting records (given by their sizes in bytes, in order) go into the next batch under `budget` bytes.
/// At least one, if there is one: a record that is alone too large is sent alone, and the server says what becomes of it.
pub fn plan_batch(sizes: &[usize], budget: usize) -> usize {
    let mut sum = 0usize;
    let fitting = sizes
        .iter()
        .take(BATCH_RECORDS_MAX)
        .take_while(|size| {
            sum = sum.saturating_add(**size);
            sum <= budget
        })
        .count();
    fitting.max(usize::from(!sizes.is_empty()))
}

/// An HTTP answer, as far as the uploader has to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A signed acknowledgement that was verified.
    Acknowledged,
    /// No connection, a time-out, or something that is not our server's answer (a captive portal's page, a bad signature).
    NotOurServer,
    /// 413: too large.
    TooLarge,
    /// 429 or 503, with the seconds of `Retry-After`, if any.
    Busy(Option<u32>),
    /// Any other status: the server has a fault, or refuses.
    Refused(u16),
}

/// When to try again, and how much to send. Retries never end, and never delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Failures since the last success.
    pub failures: u32,
    /// Bytes that the next batch may have.
    pub budget: usize,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff { failures: 0, budget: BATCH_BYTES_MAX }
    }
}

impl Backoff {
    /// The longest pause that the till makes of its own, milliseconds.
    pub const PAUSE_MS_MAX: u32 = 60_000;
    /// Under this many bytes a batch is one record anyway, and a smaller one cannot be had: then `413` is a failure like others.
    const BUDGET_MIN: usize = 1024;

    /// Takes an answer in and gives the pause until the next try, in milliseconds. `random` is uniform in 0..2³² (full
    /// jitter: the pause is uniform between 0 and the doubling bound, so that a market's tills do not come all at once).
    pub fn after(&mut self, answer: Answer, random: u32) -> u32 {
        let smaller_next = answer == Answer::TooLarge && self.budget > Self::BUDGET_MIN;
        match answer {
            Answer::Acknowledged => {
                // What got through is tried doubled, not whole: a proxy's limit is not found out anew with each batch.
                *self = Backoff { failures: 0, budget: self.budget.saturating_mul(2).min(BATCH_BYTES_MAX) };
                return 0;
            }
            Answer::TooLarge => self.budget = (self.budget / 2).max(Self::BUDGET_MIN),
            Answer::NotOurServer | Answer::Busy(_) | Answer::Refused(_) => {}
        }
        self.failures = self.failures.saturating_add(1);
        let bound = 1000u32.saturating_mul(1 << self.failures.min(6)).min(Self::PAUSE_MS_MAX);
        let jitter = ((u64::from(random) * u64::from(bound)) >> 32) as u32;
        match answer {
            Answer::TooLarge if smaller_next => 0,
            // What the server asks for is honoured, up to an hour, and spread.
            Answer::Busy(Some(seconds)) => seconds.min(3600).saturating_mul(1000).saturating_add(jitter),
            _ => jitter.max(250),
        }
    }
}

/// Judges an acknowledgement whose signature was verified, against what the till knows. `own_hash` is the till's hash at
/// `ack.seq`, where it still has it.
pub fn accept_ack(view: &TillView, ack: &Ack, own_hash: Option<Hash>) -> AckNews {
    if (ack.shop, ack.till, ack.epoch) != (view.head.shop, view.head.till, view.epoch) {
        return AckNews::Stale;
    }
    let forked = own_hash.is_some_and(|hash| hash != ack.hash);
    if ack.seq > view.head.seq || forked {
        return AckNews::TillIsCopy;
    }
    match &view.ack {
        Some(known) if ack.server_epoch < known.server_epoch => AckNews::Stale,
        // However much it has again by now, another tablet may have given it that.
        Some(known) if ack.server_epoch > known.server_epoch => AckNews::ServerRestored,
        Some(known) if ack.server_epoch == known.server_epoch && ack.seq < known.seq => AckNews::Stale,
        Some(_) | None => AckNews::Progress,
    }
}
