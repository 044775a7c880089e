//! The one writer: takes all batches that wait, writes them in one transaction, and answers them after its commit.

use barrow_core::{
    ids::{Epoch, TillId},
    stock::StockNews,
    wire::{Ack, Batch},
};
use thiserror::Error;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{Opened, store::take_in};
use crate::{
    clock,
    store::{Store, StoreError, shop, stock},
};

/// Batches that may wait. More than that are turned away with `503`: the tills keep what they have, and come again.
const WAITING_MAX: usize = 256;
/// Batches that one transaction takes at most.
const TOGETHER_MAX: usize = 64;

/// An authenticated batch on its way to the disk.
pub struct Delivery {
    /// The till.
    pub till: TillId,
    /// The life whose key signed the request; a newer one than the batch's hands in an old black box.
    pub signer: Epoch,
    /// When the till made the request, by its clock, seconds since 1970.
    pub created_s: i64,
    /// What it says of its head.
    pub batch: Batch,
    /// Its records.
    pub opened: Vec<Opened>,
}

/// Why a batch was not taken. The till tries again.
#[derive(Debug, Error)]
pub enum NotTaken {
    /// Too many are waiting.
    #[error("too many batches are waiting")]
    Full,
    /// The writer has stopped.
    #[error("the server is stopping")]
    Stopping,
    /// The database did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a batch is answered with, to be signed.
pub struct Taken {
    /// What the server has now.
    pub ack: Ack,
    /// Levels of stock, where they were asked for.
    pub stock: Option<StockNews>,
}

type Waiting = (Delivery, oneshot::Sender<Result<Taken, NotTaken>>);

/// The way to the writer. It stops when the last of these is dropped.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Waiting>,
}

impl Writer {
    /// Starts the writer. Its task ends once all senders are gone and everything taken has been answered.
    #[must_use]
    pub fn start(store: Store) -> (Writer, JoinHandle<()>) {
        let (queue, mut waiting) = mpsc::channel::<Waiting>(WAITING_MAX);
        let task = tokio::spawn(async move {
            let mut taken = Vec::with_capacity(TOGETHER_MAX);
            while waiting.recv_many(&mut taken, TOGETHER_MAX).await > 0 {
                write(&store, &mut taken).await;
            }
        });
        (Writer { queue }, task)
    }

    /// Hands a batch over and waits until it is on the disk.
    ///
    /// # Errors
    /// [`NotTaken`]; nothing of the batch was kept then.
    pub async fn take(&self, delivery: Delivery) -> Result<Taken, NotTaken> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send((delivery, answer)).map_err(|fault| match fault {
            mpsc::error::TrySendError::Full(_) => NotTaken::Full,
            mpsc::error::TrySendError::Closed(_) => NotTaken::Stopping,
        })?;
        answered.await.unwrap_or(Err(NotTaken::Stopping))
    }
}

/// Writes and answers everything in `taken`, which is empty afterwards.
async fn write(store: &Store, taken: &mut Vec<Waiting>) {
    // Every server locks chains in the same order, so that two on one PostgreSQL never wait for each other.
    taken.sort_by_key(|(delivery, _)| (delivery.till, delivery.batch.epoch));
    match together(store, taken).await {
        Ok(answers) => {
            for ((_, answer), ack) in taken.drain(..).zip(answers) {
                // Who hung up asks again, and is told that it is there already.
                let _ = answer.send(Ok(ack));
            }
        }
        Err(fault) if taken.len() == 1 => {
            for (_, answer) in taken.drain(..) {
                let _ = answer.send(Err(NotTaken::Store(StoreError::Corrupt("a batch was not written"))));
            }
            eprintln!("barrow-server: a batch was not written: {fault}");
        }
        // One of them may be to blame: each on its own, so that it holds up nobody else.
        Err(_) => {
            for (delivery, answer) in taken.drain(..) {
                let alone = [(delivery, answer)];
                let written = together(store, &alone).await.map(|mut acks| acks.pop());
                let [(_, answer)] = alone;
                let _ = answer.send(match written {
                    Ok(Some(ack)) => Ok(ack),
                    Ok(None) => Err(NotTaken::Stopping),
                    Err(fault) => {
                        eprintln!("barrow-server: a batch was not written: {fault}");
                        Err(NotTaken::Store(fault))
                    }
                });
            }
        }
    }
}

/// One transaction for all; the acknowledgements may be signed once this has returned.
async fn together(store: &Store, deliveries: &[Waiting]) -> Result<Vec<Taken>, StoreError> {
    let now_ms = clock::now_ms();
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?;
    let mut acks = Vec::with_capacity(deliveries.len());
    let mut moves = Vec::new();
    for (delivery, _) in deliveries {
        acks.push(take_in(&mut tx, &shop, delivery, &mut moves, now_ms).await?);
    }
    stock::apply(&mut tx, shop.id, moves).await?;
    let mut answers = Vec::with_capacity(acks.len());
    for ((delivery, _), ack) in deliveries.iter().zip(acks) {
        let stock = match &delivery.batch.stock {
            Some(since) if !ack.fenced => Some(stock::news(&mut tx, &ack, since).await?),
            _ => None,
        };
        answers.push(Taken { ack, stock });
    }
    tx.commit().await?;
    Ok(answers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use barrow_core::{bytes::Hash, ids::Seq};

    use super::*;

    fn delivery() -> Delivery {
        let batch = Batch {
            v: 1,
            till: TillId(1),
            epoch: Epoch(1),
            holds_from: Seq(1),
            head: Seq(0),
            head_hash: Hash::default(),
            records: vec![],
            stock: None,
        };
        Delivery { till: TillId(1), signer: Epoch(1), created_s: 0, batch, opened: vec![] }
    }

    #[tokio::test]
    async fn row_20_what_does_not_fit_is_turned_away_at_once() {
        let (queue, waiting) = mpsc::channel(1);
        let writer = Writer { queue };
        let (answer, _) = oneshot::channel();
        writer.queue.try_send((delivery(), answer)).unwrap();
        assert!(matches!(writer.take(delivery()).await, Err(NotTaken::Full)));
        drop(waiting);
        assert!(matches!(writer.take(delivery()).await, Err(NotTaken::Stopping)));
    }

    #[tokio::test]
    async fn a_batch_that_cannot_be_written_holds_up_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), None).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let shop = crate::demo::make(&mut tx).await.unwrap();
        let till = crate::store::tills::get(&mut tx, shop.id, TillId(1)).await.unwrap().unwrap();
        crate::store::tills::begin_epoch(&mut tx, shop.id, &till, &[4; 65], b"record", 0).await.unwrap();
        tx.commit().await.unwrap();
        let (good, mut unknown) = (delivery(), delivery());
        unknown.till = TillId(99);
        let ((one, first), (two, second)) = (oneshot::channel(), oneshot::channel());
        let mut taken = vec![(unknown, two), (good, one)];
        write(&store, &mut taken).await;
        assert_eq!(first.await.unwrap().unwrap().ack.hash, Hash::of(b"record"));
        assert!(matches!(second.await.unwrap(), Err(NotTaken::Store(_))));
    }
}
