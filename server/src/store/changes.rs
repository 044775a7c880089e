//! The office's own journal: who changed what of the shop, and when. Each record names the one before by its hash, so that a
//! row that was changed or taken out shows.

use barrow_core::{
    bytes::Hash,
    ids::{Seq, ShopId, StaffId, TillId},
    staff::Role,
};
use serde::{Deserialize, Serialize};

use super::{Conn, Read as _, StoreError, db, json, shop, word};

/// Who changes something: the login in the office, or [`COMMAND_LINE`].
pub type Author<'a> = &'a str;

/// The author of what was done without a browser, by whoever may run programs on the server's machine.
pub const COMMAND_LINE: &str = "Command line";

/// What was changed. Names are those of the moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// The rules for people and cash.
    RulesChanged {
        /// What was changed, each in words.
        what: Vec<String>,
    },
    /// Somebody new works here.
    StaffAdded {
        /// Their number.
        staff: StaffId,
        /// Their name.
        name: String,
        /// Their role.
        role: Role,
    },
    /// Somebody has another name.
    StaffRenamed {
        /// Whose.
        staff: StaffId,
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// Somebody has another role.
    StaffRole {
        /// Whose.
        staff: StaffId,
        /// Their name.
        name: String,
        /// The old role.
        from: Role,
        /// The new one.
        to: Role,
    },
    /// Somebody no longer works here.
    StaffLeft {
        /// Who.
        staff: StaffId,
        /// Their name.
        name: String,
    },
    /// Somebody works here again.
    StaffBack {
        /// Who.
        staff: StaffId,
        /// Their name.
        name: String,
    },
    /// A one-time code was made, with which somebody chooses a PIN.
    FirstPinCode {
        /// For whom.
        staff: StaffId,
        /// Their name.
        name: String,
        /// At which till.
        till: TillId,
    },
    /// A one-time code was made that turns a tablet into a till, with codes for everybody's first PIN there.
    EnrolCode {
        /// Which till.
        till: TillId,
    },
    /// A till was taken out of use.
    TillRevoked {
        /// Which.
        till: TillId,
    },
    /// How cards are taken.
    CardsChanged {
        /// What was changed, each in words.
        what: Vec<String>,
    },
    /// Somebody dealt with an alert.
    AlertAnswered {
        /// Which kind of alert.
        alert: String,
        /// At which place, `till-epoch-seq`.
        at: String,
        /// What was done.
        note: String,
    },
    /// No till takes a gift card any more.
    GiftBlocked {
        /// The last four symbols of its code.
        last4: String,
    },
    /// A gift card that was blocked can be spent again.
    GiftUnblocked {
        /// The last four symbols of its code.
        last4: String,
    },
    /// A card payment was asked for again by hand.
    PaymentRetried {
        /// Which, hexadecimal.
        payment: String,
    },
    /// A card payment that was held will not be charged.
    PaymentGivenUp {
        /// Which, hexadecimal.
        payment: String,
    },
    /// A receipt by e-mail was tried again by hand.
    MailRetried {
        /// Which: the place of the entry that asks for it, `till-epoch-seq`.
        mail: String,
    },
    /// The logo on receipts.
    LogoChanged {
        /// Is there one now?
        has_one: bool,
    },
    /// A terminal's own total for a day was typed in.
    TerminalTotal {
        /// Which day, `2026-05-01`.
        day: String,
        /// The total and what the tills had noted, in words.
        what: String,
    },
    /// What was known of a customer was erased. Who it was is not said here, for ever.
    CustomerErased {
        /// Their id, hexadecimal.
        customer: String,
    },
    /// Two customers are one person.
    CustomersMerged {
        /// The one, hexadecimal.
        customer: String,
        /// The other.
        with: String,
    },
    /// A product got another picture, or lost it.
    PictureChanged {
        /// Which.
        sku: String,
        /// It has none now.
        removed: bool,
    },
    /// Pictures were read from a folder.
    PicturesImported {
        /// How many.
        pictures: u64,
    },
    /// Stock of an article is kept from now on, or not any more.
    StockKept {
        /// Which.
        sku: String,
        /// Its name.
        name: String,
        /// From where down it is low; nothing, if it is not kept any more.
        low: Option<String>,
    },
    /// Goods came in.
    GoodsReceived {
        /// What, each in words.
        what: Vec<String>,
        /// The delivery's note.
        note: String,
    },
    /// An article's level was corrected.
    StockCorrected {
        /// Which.
        sku: String,
        /// Its name.
        name: String,
        /// What was shown.
        from: String,
        /// What is there.
        to: String,
        /// Why.
        reason: String,
    },
    /// Products were read from a file.
    CatalogueImported {
        /// How many.
        products: u64,
    },
}

/// A change as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The format's version.
    pub v: u8,
    /// Whose.
    pub shop: ShopId,
    /// Its place; the first is 1.
    pub seq: Seq,
    /// The hash of the one before, hexadecimal; zeros for the first.
    pub prev: String,
    /// The server's clock, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Who did it.
    pub by: String,
    /// What.
    pub change: Change,
}

/// A record with its hash.
#[derive(Clone, Debug)]
pub struct ChangeRow {
    /// The record.
    pub record: Record,
    /// SHA-256 of its JSON as it is stored.
    pub hash: Hash,
}

impl Change {
    /// The word for it, as `kind` has it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Change::RulesChanged { .. } => "rules_changed",
            Change::StaffAdded { .. } => "staff_added",
            Change::StaffRenamed { .. } => "staff_renamed",
            Change::StaffRole { .. } => "staff_role",
            Change::StaffLeft { .. } => "staff_left",
            Change::StaffBack { .. } => "staff_back",
            Change::FirstPinCode { .. } => "first_pin_code",
            Change::EnrolCode { .. } => "enrol_code",
            Change::TillRevoked { .. } => "till_revoked",
            Change::CardsChanged { .. } => "cards_changed",
            Change::AlertAnswered { .. } => "alert_answered",
            Change::GiftBlocked { .. } => "gift_blocked",
            Change::GiftUnblocked { .. } => "gift_unblocked",
            Change::PaymentRetried { .. } => "payment_retried",
            Change::PaymentGivenUp { .. } => "payment_given_up",
            Change::MailRetried { .. } => "mail_retried",
            Change::LogoChanged { .. } => "logo_changed",
            Change::TerminalTotal { .. } => "terminal_total",
            Change::CustomerErased { .. } => "customer_erased",
            Change::CustomersMerged { .. } => "customers_merged",
            Change::PictureChanged { .. } => "picture_changed",
            Change::PicturesImported { .. } => "pictures_imported",
            Change::StockKept { .. } => "stock_kept",
            Change::GoodsReceived { .. } => "goods_received",
            Change::StockCorrected { .. } => "stock_corrected",
            Change::CatalogueImported { .. } => "catalogue_imported",
        }
    }

    /// The person concerned.
    #[must_use]
    pub fn about(&self) -> Option<StaffId> {
        match self {
            Change::StaffAdded { staff, .. }
            | Change::StaffRenamed { staff, .. }
            | Change::StaffRole { staff, .. }
            | Change::StaffLeft { staff, .. }
            | Change::StaffBack { staff, .. }
            | Change::FirstPinCode { staff, .. } => Some(*staff),
            Change::RulesChanged { .. }
            | Change::EnrolCode { .. }
            | Change::TillRevoked { .. }
            | Change::CardsChanged { .. }
            | Change::AlertAnswered { .. }
            | Change::GiftBlocked { .. }
            | Change::GiftUnblocked { .. }
            | Change::PaymentRetried { .. }
            | Change::PaymentGivenUp { .. }
            | Change::MailRetried { .. }
            | Change::LogoChanged { .. }
            | Change::TerminalTotal { .. }
            | Change::CustomerErased { .. }
            | Change::CustomersMerged { .. }
            | Change::PictureChanged { .. }
            | Change::PicturesImported { .. }
            | Change::StockKept { .. }
            | Change::GoodsReceived { .. }
            | Change::StockCorrected { .. }
            | Change::CatalogueImported { .. } => None,
        }
    }

    /// A sentence for the audit trail.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Change::RulesChanged { what } => format!("Changed the rules: {}", what.join("; ")),
            Change::StaffAdded { name, role, .. } => format!("Added {name} as {}", word(role)),
            Change::StaffRenamed { from, to, .. } => format!("Renamed {from} to {to}"),
            Change::StaffRole { name, from, to, .. } => format!("Changed {name} to {} (was {})", word(to), word(from)),
            Change::StaffLeft { name, .. } => format!("Took {name} off the tills"),
            Change::StaffBack { name, .. } => format!("Took {name} back on the tills"),
            Change::FirstPinCode { name, till, .. } => format!("Made a first-PIN code for {name} at till {till}"),
            Change::EnrolCode { till } => format!("Made an enrolment code for till {till}, with first-PIN codes for everybody"),
            Change::TillRevoked { till } => format!("Took till {till} out of use"),
            Change::CardsChanged { what } => format!("Changed how cards are taken: {}", what.join("; ")),
            Change::AlertAnswered { alert, at, note } => format!("Answered the alert {alert} at {at}: {note}"),
            Change::GiftBlocked { last4 } => format!("Blocked gift card ····{last4}"),
            Change::GiftUnblocked { last4 } => format!("Let gift card ····{last4} be spent again"),
            Change::PaymentRetried { payment } => format!("Had card payment {payment} asked for again"),
            Change::PaymentGivenUp { payment } => format!("Gave up card payment {payment}: it will not be charged"),
            Change::MailRetried { mail } => format!("Had the receipt that entry {mail} asks for sent again"),
            Change::LogoChanged { has_one: true } => "Put another logo on the receipts".into(),
            Change::LogoChanged { has_one: false } => "Took the logo off the receipts".into(),
            Change::TerminalTotal { day, what } => format!("Noted the card terminal's total of {day}: {what}"),
            Change::CustomerErased { customer } => format!("Erased what was known of customer {customer}"),
            Change::CustomersMerged { customer, with } => format!("Made the customers {customer} and {with} one"),
            Change::PictureChanged { sku, removed: false } => format!("Gave {sku} another picture"),
            Change::PictureChanged { sku, removed: true } => format!("Took the picture of {sku} away"),
            Change::PicturesImported { pictures } => format!("Read {pictures} pictures from a folder"),
            Change::StockKept { name, low: Some(low), .. } => format!("Keeps stock of {name}, low at {low}"),
            Change::StockKept { name, low: None, .. } => format!("Keeps no stock of {name} any more"),
            Change::GoodsReceived { what, note } if note.is_empty() => format!("Received {}", what.join(", ")),
            Change::GoodsReceived { what, note } => format!("Received {} ({note})", what.join(", ")),
            Change::StockCorrected { name, from, to, reason, .. } => format!("Corrected {name} from {from} to {to}: {reason}"),
            Change::CatalogueImported { products } => format!("Read {products} products from a file"),
        }
    }
}

/// Writes a change down, in the transaction that makes it.
///
/// # Errors
/// [`StoreError`].
pub async fn note(conn: &mut Conn, shop: ShopId, by: Author<'_>, change: Change, now_ms: i64) -> Result<(), StoreError> {
    shop::lock(conn, shop).await?;
    let last = sqlx::query("SELECT seq, hash FROM office_changes WHERE shop = $1 ORDER BY seq DESC LIMIT 1")
        .bind(db(shop.0)?)
        .fetch_optional(&mut *conn)
        .await?;
    let (seq, prev) = match last {
        Some(row) => (Seq(row.number("seq")?).next(), row.hash("hash")?),
        None => (Seq(1), Hash::default()),
    };
    let (kind, about) = (change.kind(), change.about());
    let record = Record { v: 1, shop, seq, prev: prev.to_string(), at_ms: now_ms, by: by.to_owned(), change };
    let text = json(&record)?;
    sqlx::query("INSERT INTO office_changes (shop, seq, at_ms, kind, about, record, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(db(shop.0)?)
        .bind(db(seq.0)?)
        .bind(now_ms)
        .bind(kind)
        .bind(about.map(|staff| db(staff.0)).transpose()?)
        .bind(&text)
        .bind(Hash::of(text.as_bytes()).0.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

/// Which changes.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Only those about this person.
    pub person: Option<StaffId>,
    /// Only from this moment on, milliseconds since 1970 UTC.
    pub from_ms: i64,
    /// Only up to this one, itself included.
    pub to_ms: i64,
    /// Only what comes before this (moment, place).
    pub before: (i64, i64),
    /// At most so many.
    pub limit: u32,
}

/// Changes, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn read(conn: &mut Conn, shop: ShopId, wanted: &Wanted) -> Result<Vec<ChangeRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT record, hash FROM office_changes WHERE shop = $1 AND ($2 < 0 OR about = $2) AND at_ms >= $3 AND at_ms <= $4 \
         AND (at_ms, seq) < ($5, $6) ORDER BY at_ms DESC, seq DESC LIMIT $7",
    )
    .bind(db(shop.0)?)
    .bind(wanted.person.map_or(Ok(-1), |person| db(person.0))?)
    .bind(wanted.from_ms)
    .bind(wanted.to_ms)
    .bind(wanted.before.0)
    .bind(wanted.before.1)
    .bind(i64::from(wanted.limit))
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok(ChangeRow { record: row.json("record")?, hash: row.hash("hash")? })).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use sqlx::Row as _;

    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn each_record_names_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), None).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for till in 1..=3 {
            note(&mut tx, ShopId(1), "owner", Change::TillRevoked { till: TillId(till) }, 5).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut conn = store.read().await.unwrap();
        let rows = sqlx::query("SELECT record, hash FROM office_changes ORDER BY seq").fetch_all(&mut *conn).await.unwrap();
        assert_eq!(rows.len(), 3);
        let mut prev = Hash::default();
        for row in rows {
            let text: String = row.try_get("record").unwrap();
            let record: Record = serde_json::from_str(&text).unwrap();
            assert_eq!(record.prev, prev.to_string());
            prev = Hash::of(text.as_bytes());
            assert_eq!(row.try_get::<Vec<u8>, _>("hash").unwrap(), prev.0);
        }
        let all = Wanted { person: None, from_ms: i64::MIN, to_ms: i64::MAX, before: (i64::MAX, i64::MAX), limit: 2 };
        let newest: Vec<u64> = read(&mut conn, ShopId(1), &all).await.unwrap().iter().map(|row| row.record.seq.0).collect();
        assert_eq!(newest, [3, 2]);
        let older = Wanted { before: (5, 2), ..all };
        assert_eq!(read(&mut conn, ShopId(1), &older).await.unwrap().len(), 1);
        assert!(read(&mut conn, ShopId(1), &Wanted { person: Some(StaffId(1)), ..all }).await.unwrap().is_empty());
    }

    #[test]
    fn the_kind_is_the_word_that_is_stored() {
        let change = Change::StaffLeft { staff: StaffId(3), name: "Kim".into() };
        assert_eq!(serde_json::to_value(&change).unwrap()["kind"], change.kind());
        assert_eq!((change.about(), change.words().as_str()), (Some(StaffId(3)), "Took Kim off the tills"));
    }
}
