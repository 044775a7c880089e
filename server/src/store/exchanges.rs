//! What came back for a sale: in the journal it is the entry before.

use barrow_core::{ids::Seq, journal::Body, refund::Refund, sale::Sale};

use super::{
    Conn, StoreError,
    journal::{self, Chain},
};
use crate::ingest::entry_of;

/// The refund that pays for a part of `sale`, which is of `chain`; nothing for a sale that is no exchange.
///
/// # Errors
/// [`StoreError`].
pub async fn refund_for(conn: &mut Conn, chain: Chain, sale: &Sale) -> Result<Option<Refund>, StoreError> {
    let Some(seq) = sale.exchange else { return Ok(None) };
    let found = journal::entries(conn, chain, Seq(seq.0.saturating_sub(1)), 1).await?.pop().filter(|stored| stored.seq == seq);
    let entry = found.and_then(|stored| stored.signed).as_deref().and_then(entry_of);
    Ok(entry.and_then(|entry| match entry.body {
        Body::Refund(refund) => Some(refund),
        _ => None,
    }))
}
