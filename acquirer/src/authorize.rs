//! One request to authorise, from the sealed payment to an answer that is on the disk.

use barrow_sealing::{
    Key,
    card::CardPayload,
    jwe::{self, Header},
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::{
    Acquirer,
    decide::{Answer, Decision, Presented, decide},
    hex,
    keys::NotOpened,
    read::{Reading, read},
    store::{Asked, Payment, StoreError},
};

/// What `/authorize` takes. All but the first two are optional: what the shop's server knows from the journal, to be held against
/// what the till sealed.
#[derive(Deserialize)]
pub(crate) struct Request {
    idempotency_key: String,
    jwe: String,
    amount: Option<i64>,
    currency: Option<String>,
    shop: Option<u64>,
    till: Option<u64>,
}

/// What to do with the connection.
pub(crate) enum Outcome {
    /// Answer.
    Answer(Answer),
    /// It is decided and on the disk; close the connection without a word.
    AnswerLost,
    /// Nothing is decided; say nothing for a long time.
    Hang,
    /// Nothing is decided; answer 500.
    Fault,
}

/// Why nothing was decided.
#[derive(Debug, Error)]
pub(crate) enum Refused {
    #[error("the idempotency key is none")]
    Key,
    #[error("the JWE cannot be read")]
    Jwe,
    #[error(transparent)]
    NotOpened(#[from] NotOpened),
    #[error("what was sealed is no payment")]
    NoPayment,
    #[error("request and sealed header do not agree")]
    Mismatch,
    #[error("this key was used for another JWE")]
    OtherJwe,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the program is stopping")]
    Stopping,
}

/// A payment that opened.
struct Opened {
    reading: Reading,
    ksn: Option<Vec<u8>>,
    header: Header,
}

impl Acquirer {
    pub(crate) async fn authorize(&self, request: Request) -> Result<Outcome, Refused> {
        check_key(&request.idempotency_key)?;
        let digest: [u8; 32] = Sha256::digest(&request.jwe).into();
        // A first look spares the private key. The one that counts is taken together with the decision.
        if let (Some(before), _) = self.store().find(&request.idempotency_key).await? {
            return as_before(before, &digest);
        }
        let this = self.clone();
        let key = request.idempotency_key.clone();
        let opened = tokio::task::spawn_blocking(move || this.open_sealed(&request)).await.map_err(|_| Refused::Stopping)??;
        let Opened { reading, ksn, header } = opened;
        let now_ms = self.now_ms();
        let authorization = authorization_code()?;
        let luhn_fails = reading.card.as_ref().is_some_and(|card| !card.pan.luhn());
        let warnings = [(reading.clear, "clear"), (luhn_fails, "luhn")];
        let warnings: Vec<&str> = warnings.iter().filter(|(odd, _)| *odd).map(|(_, word)| *word).collect();
        let bin_and_last = reading.card.as_ref().map(|card| (card.pan.bin().to_owned(), card.pan.last_four().to_owned()));
        let entry = reading.entry.to_owned();
        let presented = Presented {
            card: reading.card,
            clear: reading.clear,
            chip_amount_minor: reading.chip_amount_minor,
            amount_minor: u64::try_from(header.amount).unwrap_or(0),
        };
        let mut decision = None;
        let asked = self
            .store()
            .ask(&key, ksn.as_deref(), |known| {
                let decided = decide(&presented, known, now_ms, |pan| self.hot_list().has(pan));
                decision = Some(decided);
                let answer = match decided {
                    Decision::Approve { .. } => Answer::Approved { authorization },
                    Decision::Decline(reason) => Answer::Declined { reason },
                    Decision::Hang | Decision::Fault => return None,
                };
                Some(Payment {
                    key: key.clone(),
                    jwe_sha256: digest,
                    at_ms: now_ms,
                    shop: header.shop.to_string(),
                    till: header.till.to_string(),
                    amount_minor: header.amount,
                    currency: header.currency.clone(),
                    kid: header.kid.clone(),
                    entry,
                    card: bin_and_last,
                    answer,
                    warnings: warnings.join(" "),
                    reversed_at_ms: None,
                })
            })
            .await?;
        match (asked, decision) {
            (Asked::Before(before), _) => as_before(before, &digest),
            (_, Some(Decision::Approve { lose_answer: true })) => Ok(Outcome::AnswerLost),
            (Asked::Decided(payment), _) => Ok(Outcome::Answer(payment.answer)),
            (Asked::Nothing, Some(Decision::Hang)) => Ok(Outcome::Hang),
            (Asked::Nothing, _) => Ok(Outcome::Fault),
        }
    }

    /// Opens the seal and the reader's encryption; the private key makes this slow. Nothing of the header is believed before its
    /// seal has opened.
    fn open_sealed(&self, request: &Request) -> Result<Opened, Refused> {
        let (keys, bdks) = self.keys();
        let parsed = jwe::parse(&request.jwe).map_err(|_| Refused::Jwe)?;
        let content_key = keys.open_content_key(&parsed.header.kid, parsed.encrypted_key(), self.now_ms())?;
        let content_key = Key::from_slice(&content_key).map_err(|_| NotOpened::Refused)?;
        let plain = parsed.open(&content_key).map_err(|_| NotOpened::Refused)?;
        let header = parsed.header;
        let same = hex::encode(&header.payment) == request.idempotency_key
            && request.amount.is_none_or(|amount| amount == header.amount)
            && request.currency.as_ref().is_none_or(|currency| *currency == header.currency)
            && request.shop.is_none_or(|shop| shop == header.shop)
            && request.till.is_none_or(|till| till == header.till);
        if !same {
            return Err(Refused::Mismatch);
        }
        let payload = CardPayload::from_cbor(&plain).map_err(|_| Refused::NoPayment)?;
        let reading = read(&payload, bdks);
        // Only a reader with the right key can spend a counter: a stranger's guess at one must not spoil it.
        let ksn = (reading.card.is_some() && !payload.ksn.is_empty()).then(|| payload.ksn.clone());
        Ok(Opened { reading, ksn, header })
    }
}

fn as_before(before: Payment, digest: &[u8; 32]) -> Result<Outcome, Refused> {
    if before.jwe_sha256 == *digest { Ok(Outcome::Answer(before.answer)) } else { Err(Refused::OtherJwe) }
}

/// 16 bytes as 32 lower-case hexadecimal digits.
pub(crate) fn check_key(key: &str) -> Result<(), Refused> {
    let right = key.len() == 32 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if right { Ok(()) } else { Err(Refused::Key) }
}

/// Six characters of 32 that cannot be taken for each other on a receipt.
fn authorization_code() -> Result<String, Refused> {
    const CHARACTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut random = [0; 6];
    getrandom::fill(&mut random).map_err(|_| Refused::Stopping)?;
    Ok(random.iter().map(|byte| char::from(CHARACTERS[usize::from(byte % 32)])).collect())
}
