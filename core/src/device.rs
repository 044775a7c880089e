//! What the tablet underneath tells the core: plain data, so that the core stays pure and every failure has its sentence.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    bytes::Hash,
    config::Config,
    ids::{PaymentId, StaffId},
    journal::Entry,
    ledger::Ledger,
    money::Minor,
    staff::PasskeyUse,
    stock::Base,
};

/// Someone who may sign in, as far as a locked till shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEntry {
    /// Who.
    pub id: StaffId,
    /// Their name.
    pub name: String,
    /// Have they a way to sign in on this till? If not, they need a one-time code.
    pub has_pin: bool,
    /// Have they a passkey here, and for what?
    #[serde(default)]
    pub passkey: Option<PasskeyUse>,
    /// Too many wrong PINs: half an hour, or a manager.
    #[serde(default)]
    pub locked_out: bool,
}

/// What a locked till shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locked {
    /// The shop's name.
    pub shop_name: String,
    /// The till's name.
    pub till_name: String,
    /// Who may sign in.
    pub roster: Vec<RosterEntry>,
}

/// Why this browser cannot be a till at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    /// A private window forgets everything (facts/failures row 39).
    #[error("This is a private window, which forgets everything when it closes. Open Barrow in a normal window.")]
    PrivateWindow,
    /// No IndexedDB, or it refuses.
    #[error("This browser's storage does not answer. Restart the browser; if that does not help, restart the tablet.")]
    NoStorage,
    /// No OPFS: the second copy could not be written.
    #[error("This browser cannot keep the second copy of each sale. Update the browser, or use Chrome, Edge or Firefox.")]
    NoBlackBox,
    /// No WebCrypto (a page without TLS that is not localhost).
    #[error("This address is not secure, so keys cannot be kept. Open Barrow through https.")]
    NotSecure,
    /// A newer version of Barrow has used this database.
    #[error("This tablet's data was written by a newer version of Barrow. Reload to update.")]
    NewerData,
}

/// What the till did not do, and what the person should do now. The wording is for the cashier; it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeviceError {
    /// The server could not be reached, and this needs it.
    #[error("This needs the network once. Connect the tablet and try again.")]
    Offline,
    /// The server refused, in its own words (a problem's `detail`).
    #[error("{0}")]
    Refused(String),
    /// What answered is not our server.
    #[error("The network answered with a page of its own, not with Barrow's. Sign in to the Wi-Fi or use another one.")]
    NotOurServer,
    /// Wrong PIN, and how many in a row.
    #[error("Wrong PIN. Try again.")]
    WrongPin {
        /// In a row.
        count: u32,
    },
    /// Too many wrong PINs.
    #[error("Too many wrong PINs. Wait, or ask a manager to end the lock-out.")]
    Wait {
        /// How long still, milliseconds.
        ms: u64,
    },
    /// This person has no PIN on this till yet.
    #[error("You have no PIN on this till yet. Ask for a one-time code.")]
    NoPin,
    /// The till has not heard from the server for longer than the shop allows.
    #[error("This till has been off the network for too long. Connect it once, then sign in.")]
    Expired,
    /// The person did not show their passkey, or showed another one.
    #[error("The passkey was not accepted. Try again; if it is lost, ask for a one-time code.")]
    Passkey,
    /// This browser or tablet has no passkeys that can hold a key.
    #[error("This browser cannot hold a passkey's key, so the PIN stays. Chrome or Edge on a tablet with a screen lock can.")]
    NoPasskeys,
    /// The disk is full.
    #[error(
        "The tablet's storage is full, so nothing more can be kept safely. Connect it to send what waits, or free some space."
    )]
    StorageFull,
    /// A write failed: the sale is not paid.
    #[error("The tablet could not save this, so it did not happen. Try again; if it fails again, restart the tablet.")]
    WriteFailed,
    /// One copy was written and the other neither written nor taken back: nothing more is written until the page was loaded again.
    #[error("The tablet could not finish saving this. Reload the page: it then shows whether it happened.")]
    Unsure,
    /// Stored keys or records do not fit together.
    #[error("This till's stored data does not fit together. Ask the owner for a new enrolment code; what is unsent is kept.")]
    Damaged,
    /// The till is locked.
    #[error("The till is locked. Sign in first.")]
    Locked,
    /// Another tab is the till.
    #[error("Barrow is open in another tab. Use that one.")]
    SecondTab,
    /// The till's right to sell was taken away.
    #[error("This till was revoked by the owner. What it sold is safe; ask the owner before you sell more.")]
    Revoked,
    /// The server knows entries that this tablet does not: it is a restored or cloned copy.
    #[error("This tablet is an older copy of its till. Ask the owner for a new enrolment code; what is unsent is kept.")]
    Copy,
}

/// What a signed-in till knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub staff: StaffId,
    /// The shop, as last configured.
    pub config: Config,
    /// What the journal adds up to.
    pub ledger: Ledger,
    /// The unfinished orders ([`crate::till::Orders`]), as the page encoded them.
    pub draft: Option<Vec<u8>>,
    /// Who may sign in here, and how.
    pub roster: Vec<RosterEntry>,
    /// The server's levels of stock, as last told.
    pub stock: Base,
}

/// An entry that is on both disks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The entry.
    pub entry: Entry,
    /// SHA-256 of its signed bytes.
    pub hash: Hash,
}

/// A card payment that a reader is to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRequest {
    /// Its identity.
    pub payment: PaymentId,
    /// How much, minor units.
    pub amount: Minor,
    /// Of which currency, ISO 4217.
    pub currency: String,
}

/// What is always on screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Did the server answer last time?
    pub online: bool,
    /// Entries that the server has not acknowledged.
    pub unsent: u64,
    /// When the oldest of them was made, milliseconds since 1970.
    pub oldest_ms: Option<i64>,
    /// Did the browser promise to keep this data?
    pub persisted: bool,
    /// Bytes free for this till, as far as the browser tells.
    pub free_bytes: Option<u64>,
    /// Records that were set aside because they could not be read.
    pub quarantined: u64,
    /// The server's last signed word, by this tablet's clock, milliseconds since 1970 UTC. Nothing while locked, or if it was never
    /// heard. A clock that was set back makes it no younger.
    pub heard_ms: Option<i64>,
    /// When the processor made the hot-card list that the till holds, milliseconds since 1970 UTC; 0 if the configuration names one
    /// and none is held yet; nothing if it names none.
    pub hot_list_ms: Option<i64>,
    /// What the person should know.
    pub alerts: Vec<DeviceAlert>,
}

/// Something that the person at the till should know, until it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceAlert {
    /// The browser lost data; the black box gave it back.
    Recovered {
        /// How many entries.
        entries: u64,
    },
    /// Stored records could not be read; they are kept aside.
    Quarantined {
        /// How many.
        records: u64,
    },
    /// The till's keys are gone; the unsent entries are kept and handed in after a new enrolment.
    KeysLost,
    /// The till was revoked.
    Revoked,
    /// This tablet is a copy.
    Copy,
    /// The clock went back.
    ClockBack,
    /// Storage is nearly full.
    StorageLow,
    /// The browser may evict this till's data.
    NotPersisted,
    /// What answers at the server's address is not our server.
    NotOurServer,
    /// Sign-ins end soon, because the till has not heard from the server for long.
    SignInEnds {
        /// Whole hours until then.
        hours: u32,
    },
    /// A new version is ready, and waits for a safe moment.
    UpdateReady,
    /// Another tab is the till; this one only looks.
    SecondTab,
}

impl DeviceAlert {
    /// Its name, as in `data-kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            DeviceAlert::Recovered { .. } => "recovered",
            DeviceAlert::Quarantined { .. } => "quarantined",
            DeviceAlert::KeysLost => "keys-lost",
            DeviceAlert::Revoked => "revoked",
            DeviceAlert::Copy => "copy",
            DeviceAlert::ClockBack => "clock-back",
            DeviceAlert::StorageLow => "storage-low",
            DeviceAlert::NotPersisted => "not-persisted",
            DeviceAlert::NotOurServer => "not-our-server",
            DeviceAlert::SignInEnds { .. } => "sign-in-ends",
            DeviceAlert::UpdateReady => "update-ready",
            DeviceAlert::SecondTab => "second-tab",
        }
    }

    /// What happened and what to do, in one or two sentences.
    pub fn sentence(&self) -> String {
        match self {
            DeviceAlert::Recovered { entries } => {
                format!(
                    "The browser lost data. {entries} entries came back from the black box; nothing is missing. Tell the owner."
                )
            }
            DeviceAlert::Quarantined { records } => {
                format!("{records} stored records cannot be read. They are kept aside for the owner; you can go on selling.")
            }
            DeviceAlert::KeysLost => {
                "The browser lost this till's keys. Enrol it again with a new code; unsent sales are kept and sent then.".into()
            }
            DeviceAlert::Revoked => DeviceError::Revoked.to_string(),
            DeviceAlert::Copy => DeviceError::Copy.to_string(),
            DeviceAlert::ClockBack => "The tablet's clock went back. Set it right; sales keep their order.".into(),
            DeviceAlert::StorageLow => "The tablet's storage is nearly full. Connect it to send what waits.".into(),
            DeviceAlert::NotPersisted => {
                "The browser has not promised to keep this till's data. Install Barrow on the home screen and sync often.".into()
            }
            DeviceAlert::NotOurServer => DeviceError::NotOurServer.to_string(),
            DeviceAlert::SignInEnds { hours } => {
                format!("This till has been off the network for days. Connect it: in {hours} h nobody can sign in any more.")
            }
            DeviceAlert::UpdateReady => "A new version is ready. It is put in place when no sale is open.".into(),
            DeviceAlert::SecondTab => DeviceError::SecondTab.to_string(),
        }
    }
}

/// What the tablet found when the page opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boot {
    /// It cannot be a till.
    Unusable(Unusable),
    /// Another tab is the till. This one shows so, and nothing else.
    SecondTab,
    /// Not enrolled yet.
    NotEnrolled {
        /// It was a till, and unsent entries of that life are kept in the black box.
        keys_lost: bool,
    },
    /// A till, locked.
    Locked(Locked),
}
