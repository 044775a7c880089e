//! The task that asks the processor.
//!
//! Everything that it must remember is in the database, so that it can be killed at any moment. A payment is claimed first, by one
//! server and for a time; then asked for, always with its own id as the idempotency key; then the answer is written down. Where the
//! answer does not come, the payment is asked for again with the same key, for ever: it is never charged twice, and never dropped.

use std::{sync::Arc, time::Duration};

use barrow_core::{
    card::{Brand, Outcome},
    ids::ShopId,
    money::Currency,
};
use tokio::{
    sync::{Notify, watch},
    task::{JoinHandle, JoinSet},
};

use super::{
    circuit::Circuit,
    processor::{Fault, Processor},
    take::{DECLINED, HELD, declined_words, held_words},
};
use crate::{
    clock, random,
    store::{
        Conn, Store, StoreError,
        alerts::{self, NewAlert},
        journal::Chain,
        payments::{self, PaymentRow, State},
        shop,
    },
};

/// How the forwarder goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Payments that are asked for at the same time.
    pub at_once: usize,
    /// For how long a payment belongs to the server that asks for it, milliseconds: longer than the processor's time-out.
    pub lease_ms: i64,
    /// The first pause before a payment is asked for again is at most this, milliseconds; it doubles.
    pub pause_ms: i64,
    /// The longest pause, milliseconds.
    pub pause_ms_max: i64,
    /// The database is looked at so often where nothing else wakes the forwarder: another server may have put something there.
    pub look_every: Duration,
}

impl Options {
    /// For a processor that is given up after `timeout`.
    #[must_use]
    pub fn for_timeout(timeout: Duration) -> Options {
        let timeout_ms = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
        Options {
            at_once: 8,
            lease_ms: timeout_ms.saturating_add(10_000),
            pause_ms: 1000,
            pause_ms_max: 300_000,
            look_every: Duration::from_secs(1),
        }
    }
}

/// A running forwarder.
pub struct Forwarder {
    task: JoinHandle<()>,
}

impl Forwarder {
    /// Starts it. `wake` tells it that something may be due; `stop` ends it once what is under way has been written down.
    #[must_use]
    pub fn start<P: Processor>(
        store: Store,
        processor: Arc<P>,
        options: Options,
        wake: Arc<Notify>,
        stop: watch::Receiver<bool>,
    ) -> Forwarder {
        Forwarder { task: tokio::spawn(run(store, processor, options, wake, stop)) }
    }

    /// Waits until it has ended.
    pub async fn ended(self) {
        let _ = self.task.await;
    }
}

/// What one request came to, for the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// The processor answered, whatever it said.
    Answered,
    /// It did not.
    Failed,
}

async fn run<P: Processor>(
    store: Store,
    processor: Arc<P>,
    options: Options,
    wake: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) {
    let mut circuit = Circuit::default();
    let mut under_way: JoinSet<Came> = JoinSet::new();
    loop {
        let free = options.at_once.saturating_sub(under_way.len());
        let room = circuit.room(free, clock::now_ms());
        let mut full = false;
        if room > 0 {
            match claim(&store, &options, room).await {
                Ok(claimed) => {
                    full = claimed.len() == room;
                    for payment in claimed {
                        circuit.sent();
                        under_way.spawn(forward(store.clone(), Arc::clone(&processor), options, payment));
                    }
                }
                Err(fault) => eprintln!("barrow-server: card payments: {fault}"),
            }
        }
        tokio::select! {
            Some(came) = under_way.join_next() => note(&mut circuit, came.unwrap_or(Came::Failed)),
            () = wake.notified(), if !full => {}
            () = tokio::time::sleep(options.look_every) => {}
            // Also when nobody is left who could say so.
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    while let Some(came) = under_way.join_next().await {
        note(&mut circuit, came.unwrap_or(Came::Failed));
    }
}

fn note(circuit: &mut Circuit, came: Came) {
    match came {
        Came::Answered if circuit.answered() => eprintln!("barrow-server: the card processor answers again"),
        Came::Failed if circuit.failed(clock::now_ms()) => {
            eprintln!("barrow-server: the card processor does not answer; card payments wait");
        }
        Came::Answered | Came::Failed => {}
    }
}

/// A payment that is this server's for a while, and how it was before.
struct Claimed {
    shop: ShopId,
    currency: Currency,
    before: State,
    row: PaymentRow,
}

async fn claim(store: &Store, options: &Options, room: usize) -> Result<Vec<Claimed>, StoreError> {
    let now_ms = clock::now_ms();
    let (shop, found) = {
        let mut conn = store.read().await?;
        let shop = shop::get(&mut conn).await?;
        let found = payments::due(&mut conn, shop.id, now_ms, room).await?;
        (shop, found)
    };
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = store.write().await?;
    let mut claimed = Vec::with_capacity(found.len());
    for row in found {
        let before = row.state;
        if let Some(row) = payments::claim(&mut tx, shop.id, &row, now_ms.saturating_add(options.lease_ms)).await? {
            claimed.push(Claimed { shop: shop.id, currency: shop.currency.clone(), before, row });
        }
    }
    tx.commit().await?;
    Ok(claimed)
}

/// Asks for one payment, or takes it back, and writes down what came of it.
async fn forward<P: Processor>(store: Store, processor: Arc<P>, options: Options, claimed: Claimed) -> Came {
    let key = claimed.row.payment;
    let fault = if claimed.before == State::Reversing {
        match processor.reverse(key).await {
            Ok(()) => return done(write(&store, &claimed, &Answer::Reversed).await),
            Err(fault) => fault,
        }
    } else {
        match processor.authorize(key, claimed.row.jwe.as_deref().unwrap_or_default()).await {
            Ok(outcome) => return done(write(&store, &claimed, &Answer::Decided(outcome)).await),
            Err(fault) => fault,
        }
    };
    eprintln!("barrow-server: card payment {key}: {fault}");
    let again_ms = clock::now_ms().saturating_add(pause_ms(&options, claimed.row.attempts));
    let (came, answer) = match fault {
        // A reversal that is refused is tried again as well: the customer's money depends on it.
        Fault::Refused(why) if claimed.before != State::Reversing => (Came::Answered, Answer::Refused(why)),
        Fault::Refused(_) => (Came::Answered, Answer::Again(State::Reversing, again_ms)),
        Fault::Unknown(_) => (Came::Failed, Answer::Again(State::Unknown, again_ms)),
        // What never got there is as it was; but a server that died while it asked may have got through.
        Fault::Unreached(_) => {
            let state = if claimed.before == State::Waiting { State::Waiting } else { State::Unknown };
            (Came::Failed, Answer::Again(state, again_ms))
        }
    };
    done(write(&store, &claimed, &answer).await);
    came
}

/// What is to be written down.
enum Answer {
    Decided(Outcome),
    Reversed,
    Refused(String),
    Again(State, i64),
}

/// If the database does not take the answer, the claim runs out and the payment is asked for again: the processor then says the
/// same.
fn done(written: Result<(), StoreError>) -> Came {
    if let Err(fault) = written {
        eprintln!("barrow-server: an outcome of a card payment was not written: {fault}");
    }
    Came::Answered
}

async fn write(store: &Store, claimed: &Claimed, answer: &Answer) -> Result<(), StoreError> {
    let Claimed { shop, currency, row, .. } = claimed;
    let now_ms = clock::now_ms();
    let mut tx = store.write().await?;
    let amount = currency.format(row.amount);
    let card = card_words(row);
    match answer {
        Answer::Decided(outcome) => {
            let state = payments::decide(&mut tx, *shop, row.payment, outcome, now_ms).await?;
            if let (Some(State::Declined), Outcome::Declined { reason }) = (state, outcome) {
                alert(&mut tx, *shop, row, DECLINED, &declined_words(&card, &amount, reason), now_ms).await?;
            }
        }
        Answer::Reversed => payments::reversed(&mut tx, *shop, row.payment).await?,
        Answer::Refused(why) => {
            if payments::hold(&mut tx, *shop, row, why).await? {
                let why = format!("the processor refuses it ({why})");
                alert(&mut tx, *shop, row, HELD, &held_words(&card, &amount, &why), now_ms).await?;
            } else {
                payments::put_back(&mut tx, *shop, row, State::Unknown, now_ms).await?;
            }
        }
        Answer::Again(state, at_ms) => payments::put_back(&mut tx, *shop, row, *state, *at_ms).await?,
    }
    tx.commit().await?;
    Ok(())
}

pub(super) fn card_words(row: &PaymentRow) -> String {
    let brand = if row.brand.is_empty() { Brand::Other.words() } else { &row.brand };
    if row.last4.is_empty() { brand.to_owned() } else { format!("{brand} ····{}", row.last4) }
}

async fn alert(conn: &mut Conn, shop: ShopId, row: &PaymentRow, kind: &str, detail: &str, now_ms: i64) -> Result<(), StoreError> {
    let chain = Chain { shop, till: row.sale.till, epoch: row.sale.epoch };
    let about = row.payment.to_string();
    alerts::raise(conn, chain, &NewAlert { seq: row.sale.seq, kind, about: &about, detail }, now_ms).await
}

/// Full jitter: uniform between nothing and a bound that doubles with each try.
fn pause_ms(options: &Options, attempts: i64) -> i64 {
    let doubled = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or(0);
    let bound = options.pause_ms.saturating_mul(1 << doubled).min(options.pause_ms_max).max(1);
    let random = i64::from(u32::from_le_bytes(random::bytes()));
    random.checked_rem(bound).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_bound() {
        let options = Options::for_timeout(Duration::from_secs(20));
        assert_eq!(options.lease_ms, 30_000);
        for (attempts, bound) in [(0, 1000), (1, 1000), (2, 2000), (5, 16_000), (20, 300_000), (i64::MAX, 300_000)] {
            let longest = (0..500).map(|_| pause_ms(&options, attempts)).max().unwrap_or(0);
            assert!((bound / 2..bound).contains(&longest), "{attempts}: {longest}");
        }
    }
}
