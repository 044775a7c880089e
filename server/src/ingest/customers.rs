//! What arriving entries say of customers.

use barrow_core::journal::{Body, Entry};

use crate::store::{
    Conn, StoreError,
    customers::{self, NewRecord},
    journal::Chain,
};

/// Adds what `entry`, which is stored for the first time, brought of a customer; or notes whose the sale is.
pub(super) async fn gather_customers(
    conn: &mut Conn,
    chain: Chain,
    entry: &Entry,
    records: &mut Vec<NewRecord>,
) -> Result<(), StoreError> {
    match &entry.body {
        Body::CustomerSaved(saved) => {
            let record = saved.beside.clone().map(|beside| NewRecord {
                chain,
                seq: entry.seq,
                at_ms: entry.at_ms,
                staff: entry.staff,
                id: saved.id,
                beside,
            });
            records.extend(record);
            Ok(())
        }
        Body::Sale(sale) => match sale.customer {
            Some(customer) => customers::note_sale(conn, chain, entry.seq, customer).await,
            None => Ok(()),
        },
        _ => Ok(()),
    }
}
