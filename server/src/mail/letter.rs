//! A receipt as a letter: what the printer prints, as text and as HTML of the same lines.

use barrow_core::{
    ids::{SaleId, Seq, ShopId},
    journal::Body,
    ledger::{Ledger, Paid},
    receipt::{
        Block, Document, Place, Weight,
        layout::{Line, lines},
    },
    view::{ReceiptView, receipt_of},
};

use crate::{
    clock::rfc3339,
    ingest::entry_of,
    store::{
        Store, StoreError, exchanges,
        journal::{self, Chain},
        shop, tills,
    },
};

/// Letters on a line: as on a roll of 80 mm.
const COLUMNS: usize = 48;

/// What is sent.
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) plain: String,
    pub(super) html: String,
}

/// The letter with the receipt of this sale; nothing while it has not arrived.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn of(store: &Store, shop_id: ShopId, id: SaleId) -> Result<Option<Letter>, StoreError> {
    let mut conn = store.read().await?;
    let shop = shop::get(&mut conn).await?;
    let chain = Chain { shop: shop_id, till: id.till, epoch: id.epoch };
    let (Some(stored), Some(known), Some(till)) = (
        journal::entries(&mut conn, chain, Seq(id.seq.0.saturating_sub(1)), 1).await?.pop().filter(|entry| entry.seq == id.seq),
        journal::known_sale(&mut conn, shop_id, id).await?,
        tills::get(&mut conn, shop_id, id.till).await?,
    ) else {
        return Ok(None);
    };
    let Some(entry) = stored.signed.as_deref().and_then(entry_of) else { return Ok(None) };
    let Body::Sale(sale) = &entry.body else { return Ok(None) };
    let exchanged = exchanges::refund_for(&mut conn, chain, sale).await?.map(Box::new);
    let paid = Paid { voided: known.voided, exchanged, hash: Some(stored.hash), ..Paid::of(&entry, sale) };
    let config = shop::config(&mut conn, &shop, &till).await?;
    // What the bank said later is told by the bank.
    let receipt = receipt_of(&paid, &config, &Ledger::default());
    Ok(Some(letter(&receipt)))
}

fn letter(receipt: &ReceiptView) -> Letter {
    let text = text(&Document::sale(receipt));
    let html = format!(
        "<!doctype html><html><body><pre style=\"font-family:monospace;font-size:14px\">{}</pre></body></html>\n",
        escaped(&text)
    );
    let shop: String = receipt.shop.chars().filter(|c| !c.is_control()).collect();
    Letter { subject: format!("Your receipt from {shop}"), plain: text, html }
}

/// The lines of a roll. A letter has one size of letters, and no pictures.
fn text(document: &Document) -> String {
    let mut document = document.clone();
    for block in &mut document.blocks {
        if let Block::Words(_, _, weight) | Block::Row(_, _, weight) = block {
            *weight = Weight::Plain;
        }
    }
    let when = |at_ms: i64| rfc3339(at_ms.div_euclid(60_000) * 60_000).replace('T', " ").replace(":00Z", " UTC");
    let letters = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
    let mut out = String::new();
    for line in lines(&document, COLUMNS, &when, &letters) {
        if let Line::Text { text, place, .. } = line {
            let room = COLUMNS.saturating_sub(text.chars().count());
            let before = if place == Place::Centre { room / 2 } else { 0 };
            out.push_str(format!("{}{text}", " ".repeat(before)).trim_end());
            out.push('\n');
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_markup_and_a_line_fits() {
        let document = Document {
            blocks: vec![
                Block::Words("<script>".into(), Place::Centre, Weight::Large),
                Block::Row("Mug & more".into(), "€1.00".into(), Weight::Plain),
                Block::When(1_777_627_800_250, "Till 1".into()),
            ],
        };
        let text = text(&document);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].trim(), "<script>");
        assert_eq!(lines[1], format!("Mug & more{:>38}", "€1.00"));
        assert_eq!(lines[2], format!("2026-05-01 09:30 UTC{:>28}", "Till 1"));
        assert!(escaped(&text).contains("&lt;script&gt;"));
    }
}
