//! What arriving entries move in stock. It is gathered while a transaction takes batches in, and added to the levels at its end.

use barrow_core::{
    ids::{SaleId, Seq},
    journal::{Body, Entry},
    reason::REASON_MAX,
    stock::{self, Moves},
};

use crate::payments::take;
use crate::store::{
    Conn, StoreError,
    journal::{self, Chain},
    stock::Move,
};

/// Adds what `entry`, which is stored for the first time, moves. `first_void`: it is a void that took its sale back.
pub(super) async fn gather(
    conn: &mut Conn,
    chain: Chain,
    entry: &Entry,
    first_void: bool,
    moves: &mut Vec<Move>,
) -> Result<(), StoreError> {
    let of = |kind: &str, seq: Seq| Move::of_entry(chain, seq, kind, entry.at_ms, entry.staff);
    match &entry.body {
        Body::Sale(sale) => {
            each(&of("sale", entry.seq), stock::sold(sale), moves);
            // A sale that turns up after its void.
            if let Some(void) = journal::void_of(conn, chain, entry.seq).await? {
                each(&of("void", void), stock::voided(sale), moves);
            }
        }
        Body::SaleVoided(void) if first_void => {
            let reason = take::short(&void.reason, REASON_MAX);
            each(&Move { reason, ..of("void", entry.seq) }, brought_back(conn, chain, void.sale).await?, moves);
        }
        Body::Refund(refund) => {
            let reason = take::short(&refund.reason, REASON_MAX);
            each(&Move { reason, ..of("refund", entry.seq) }, stock::returned(refund), moves);
        }
        Body::StockCounted(counted) => {
            let count = Some((counted.expected, counted.counted));
            // A count that found what was expected moves nothing, and is listed all the same.
            let delta = [(counted.sku.clone(), counted.delta())].into();
            each(&Move { count, known: Some(counted.version), ..of("count", entry.seq) }, delta, moves);
        }
        _ => {}
    }
    Ok(())
}

fn each(of: &Move, deltas: Moves, moves: &mut Vec<Move>) {
    moves.extend(deltas.into_iter().map(|(sku, delta)| Move { sku, delta, ..of.clone() }));
}

/// What the void of this sale brings back; nothing, while the sale is not there.
async fn brought_back(conn: &mut Conn, chain: Chain, sale: SaleId) -> Result<Moves, StoreError> {
    let stored = journal::signed_at(conn, chain, sale.seq).await?;
    let entry = stored.as_deref().and_then(super::entry_of);
    Ok(match entry.map(|entry| entry.body) {
        Some(Body::Sale(sale)) => stock::voided(&sale),
        _ => Moves::new(),
    })
}
