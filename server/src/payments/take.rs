//! What ingest does with card payments, readers and other terminals, inside its own transaction: with the entry, or not at all.

use barrow_core::{
    card::{CardTender, Reader},
    ids::{PaymentId, Seq},
    journal::{Alert, Body, Entry},
    reason::REASON_MAX,
    refund::Refund,
    sale::Sale,
    tender::Tender,
};

use super::{
    forward::card_words,
    header::{self, Signed},
};
use crate::ingest::gifts::OVERDRAWN;
use crate::store::{
    Conn, StoreError,
    alerts::{self, Answer, NewAlert},
    journal::{self, Chain, ListedRefund},
    payments::{self, NewPayment, State},
    shop::{self, Shop},
    terminals,
};

/// A declined payment, after the goods have gone.
pub const DECLINED: &str = "card-declined";
/// A payment that is not asked for until somebody has looked at it.
pub const HELD: &str = "card-held";
/// A part of a payment is to be given back, which somebody has to ask of the processor.
pub const REFUND: &str = "card-refund";
/// A reader that is not this till's.
pub const WRONG_READER: &str = "wrong-reader";

/// Takes note of what an entry means for card payments, readers and alerts. Called once for each entry that is stored.
///
/// # Errors
/// [`StoreError`].
pub async fn entry(conn: &mut Conn, shop: &Shop, chain: Chain, entry: &Entry, now_ms: i64) -> Result<(), StoreError> {
    let till = (chain.shop, chain.till);
    match &entry.body {
        Body::Sale(sale) => {
            sale_payments(conn, shop, chain, (entry, sale), None, now_ms).await?;
            for (n, tender) in sale.tenders.iter().enumerate() {
                if let Some(reference) = &tender.reference {
                    terminals::insert(conn, chain, entry, (n, tender, &short(reference, REASON_MAX)), &sale.currency).await?;
                }
            }
            Ok(())
        }
        Body::Refund(refund) => sale_refunded(conn, shop, chain, (entry, refund), now_ms).await,
        Body::CardDecided(decided) => payments::told(conn, chain.shop, chain.till, decided.payment).await,
        Body::ReaderAttached(reader) => terminals::seen(conn, chain, &clean(reader), now_ms).await,
        Body::AlertRaised(Alert::WrongReader(reader)) => {
            let reader = clean(reader);
            let alert = NewAlert {
                seq: entry.seq,
                kind: WRONG_READER,
                about: &reader_name(&reader),
                detail: &wrong_reader_words(&reader),
            };
            alerts::raise(conn, chain, &alert, now_ms).await
        }
        Body::AlertAnswered { alert, note } => {
            let (kind, about) = match alert {
                Alert::CardDeclined(payment) => (DECLINED, payment.to_string()),
                Alert::GiftOverdrawn(found) => (OVERDRAWN, found.card.to_string()),
                Alert::WrongReader(reader) => (WRONG_READER, reader_name(&clean(reader))),
            };
            let people = shop::staff(conn, chain.shop).await?;
            let by = people.into_iter().find(|person| Some(person.member.id) == entry.staff);
            let by = by.map_or_else(|| "somebody at the till".to_owned(), |person| person.member.name);
            let answer = Answer { at_ms: entry.at_ms, by, note: short(note, alerts::ANSWER_MAX) };
            alerts::answer_all(conn, till, (kind, &about), &answer).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A sale that stands in quarantine: its payments are kept, and not asked for.
///
/// # Errors
/// [`StoreError`].
pub async fn quarantined(conn: &mut Conn, shop: &Shop, chain: Chain, entry: &Entry, now_ms: i64) -> Result<(), StoreError> {
    let Body::Sale(sale) = &entry.body else { return Ok(()) };
    let why = "its sale is in quarantine: another entry has its place";
    sale_payments(conn, shop, chain, (entry, sale), Some(why), now_ms).await
}

/// A sale was taken back. A decline needs nobody any more.
///
/// # Errors
/// [`StoreError`].
pub async fn sale_voided(conn: &mut Conn, chain: Chain, void: &Entry, sale: Seq, now_ms: i64) -> Result<(), StoreError> {
    payments::sale_voided(conn, chain, sale, now_ms).await?;
    for row in payments::of_sale(conn, chain, sale).await? {
        let answer = Answer { at_ms: void.at_ms, by: "the till".into(), note: "The sale was voided.".into() };
        let about = row.payment.to_string();
        for kind in [DECLINED, HELD] {
            alerts::answer_all(conn, (chain.shop, chain.till), (kind, &about), &answer).await?;
        }
    }
    Ok(())
}

/// Something of a sale was given back. A card payment that goes back whole is cancelled or reversed, as for a void. The processor
/// gives no parts back by itself, so a part is put before the office, and so is what cannot be reversed.
async fn sale_refunded(
    conn: &mut Conn,
    shop: &Shop,
    chain: Chain,
    (entry, refund): (&Entry, &Refund),
    now_ms: i64,
) -> Result<(), StoreError> {
    for (payment, amount) in refund.card_payments() {
        let row = payments::get(conn, chain.shop, payment).await?.filter(|row| row.sale == refund.of);
        if row.as_ref().is_some_and(|row| row.amount == amount) && payments::give_back(conn, chain.shop, payment, now_ms).await? {
            continue;
        }
        let card = row.map_or_else(|| "a card payment that is not known here".to_owned(), |row| card_words(&row));
        let detail = format!(
            "{} goes back to {card} for sale {}. Ask the processor to give it back, and note here that it is done.",
            shop.currency.format(amount),
            refund.of
        );
        let alert = NewAlert { seq: entry.seq, kind: REFUND, about: &payment.to_string(), detail: &detail };
        alerts::raise(conn, chain, &alert, now_ms).await?;
    }
    Ok(())
}

/// A sale has arrived of which `refund` gave something back already: card payments that went back whole are cancelled, and the
/// office need not ask for them any more.
///
/// # Errors
/// [`StoreError`].
pub async fn given_back_before(conn: &mut Conn, chain: Chain, refund: &ListedRefund, now_ms: i64) -> Result<(), StoreError> {
    for tender in &refund.body.tenders {
        let Some(payment) = tender.payment.as_deref().and_then(PaymentId::from_hex) else { continue };
        let row = payments::get(conn, chain.shop, payment).await?;
        let whole = row.is_some_and(|row| row.amount.0 == tender.amount_minor.saturating_neg());
        if whole && payments::give_back(conn, chain.shop, payment, now_ms).await? {
            let note = "The payment arrived after its refund, and was cancelled.".into();
            let answer = Answer { at_ms: refund.at_ms, by: "the server".into(), note };
            alerts::answer_all(conn, (chain.shop, refund.chain.till), (REFUND, &payment.to_string()), &answer).await?;
        }
    }
    Ok(())
}

async fn sale_payments(
    conn: &mut Conn,
    shop: &Shop,
    chain: Chain,
    (entry, sale): (&Entry, &Sale),
    quarantined: Option<&'static str>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let cards: Vec<(&Tender, &CardTender)> =
        sale.tenders.iter().filter_map(|tender| Some((tender, tender.card.as_deref()?))).collect();
    if cards.is_empty() {
        return Ok(());
    }
    let voided = quarantined.is_none() && journal::is_voided(conn, chain, entry.seq).await?;
    for (tender, card) in cards {
        let jwe = std::str::from_utf8(&card.sealed.0).ok().filter(|jwe| jwe.len() <= header::JWE_CHARS_MAX);
        let signed = Signed { shop: chain.shop, till: chain.till, amount: tender.amount, currency: &sale.currency, card };
        let wrong = quarantined.or_else(|| header::check(jwe.unwrap_or_default(), &signed).err());
        let state = match wrong {
            _ if voided => State::Cancelled,
            Some(_) => State::Held,
            None => State::Waiting,
        };
        let last4: String = card.last4.chars().filter(char::is_ascii_digit).take(4).collect();
        let new = NewPayment {
            payment: card.payment,
            seq: entry.seq,
            at_ms: entry.at_ms,
            staff: entry.staff,
            amount: tender.amount,
            currency: &short(&sale.currency, 16),
            brand: card.brand.words(),
            last4: &last4,
            mode: card.mode.words(),
            kid: &short(&card.kid, 64),
            jwe: if state == State::Cancelled { None } else { jwe },
            state,
            reason: wrong.filter(|_| state == State::Held),
        };
        let first = payments::insert(conn, chain, &new, now_ms).await?;
        let why = match (first, wrong) {
            (true, Some(wrong)) if state == State::Held => wrong,
            (false, _) if !same_sale(conn, chain, entry, card.payment).await? => "another sale names the same payment",
            _ => continue,
        };
        let detail = held_words(&card.brand.with(&last4), &shop.currency.format(tender.amount), why);
        let alert = NewAlert { seq: entry.seq, kind: HELD, about: &card.payment.to_string(), detail: &detail };
        alerts::raise(conn, chain, &alert, now_ms).await?;
    }
    Ok(())
}

async fn same_sale(conn: &mut Conn, chain: Chain, entry: &Entry, payment: PaymentId) -> Result<bool, StoreError> {
    let row = payments::get(conn, chain.shop, payment).await?;
    Ok(row.is_some_and(|row| (row.sale.till, row.sale.epoch, row.sale.seq) == (chain.till, chain.epoch, entry.seq)))
}

/// What the office reads of a payment that is held.
#[must_use]
pub fn held_words(card: &str, amount: &str, why: &str) -> String {
    format!("{amount} by {card} is not asked for: {why}.")
}

/// What the office reads of a payment that was declined after the sale.
#[must_use]
pub fn declined_words(card: &str, amount: &str, reason: &str) -> String {
    format!(
        "{amount} by {card} was declined after the sale: {reason}. Ask the customer for another payment if they can be reached; \
         otherwise note the loss."
    )
}

fn wrong_reader_words(reader: &Reader) -> String {
    format!(
        "{} was attached and is not one of this till's. Look at the reader before anybody pays with it: somebody may have swapped it. \
         If it is yours, pin it.",
        reader.words()
    )
}

/// A reader as alerts tell it from others.
fn reader_name(reader: &Reader) -> String {
    format!("{:04x}:{:04x}:{}", reader.vendor, reader.product, reader.serial)
}

/// A reader whose texts are short and print.
fn clean(reader: &Reader) -> Reader {
    Reader {
        name: short(&reader.name, 80),
        serial: short(&reader.serial, 40),
        firmware: short(&reader.firmware, 80),
        ..reader.clone()
    }
}

/// At most `max` characters that print.
pub(crate) fn short(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}
