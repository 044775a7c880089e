//! Receipts by e-mail: the task that sends what tills asked for, once each, and forgets where it went.
//!
//! Everything that it must remember is in the database, so that it can be killed at any moment. A mail is claimed first, by one
//! server and for a time; then handed to the mail server; then that is written down. In ordinary operation that is one mail for each
//! entry. A server that is killed between the two sends it again when the claim has run out, under the same Message-ID, by which mail
//! programs know it.

use std::{sync::Arc, time::Duration};

use barrow_core::{ids::ShopId, mail::Address};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp,
};
use thiserror::Error;
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

use crate::{
    clock, random,
    store::{
        Store, StoreError,
        mails::{self, MailRow, Outcome},
        shop,
    },
};

mod letter;

/// For how long a mail is tried, and an address kept at the most: a week.
pub const TRIED_MS: i64 = 7 * 24 * 3600 * 1000;
/// A mail server may take this long for one mail.
const TIMEOUT: Duration = Duration::from_secs(60);
/// For how long a mail belongs to the server that sends it: longer than that.
const LEASE_MS: i64 = 120_000;
/// The longest pause after the first failure; it doubles with each. Milliseconds.
const PAUSE_MS: i64 = 4_000;
/// It doubles up to this.
const PAUSE_MS_MAX: i64 = 3_600_000;
/// How often the database is looked at without being told that something waits.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Mails that are taken up at a time.
const AT_ONCE: u32 = 20;
/// How much of what a mail server says is kept, characters.
const TROUBLE_MAX: usize = 300;

/// What cannot be used to send mail.
#[derive(Debug, Error)]
pub enum BadMail {
    /// The mail server's address.
    #[error("--smtp is an address such as smtps://user:password@mail.example.org or smtp://127.0.0.1:25")]
    Server,
    /// The sender.
    #[error("--mail-from is an address such as shop@example.org, or Shop <shop@example.org>")]
    From,
    /// One without the other.
    #[error("--smtp and --mail-from belong together")]
    Half,
}

/// The way to the mail server.
pub struct Postman {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Postman {
    /// The mail server at `url`, and the sender. Nothing, where neither is given.
    ///
    /// # Errors
    /// [`BadMail`].
    pub fn new(url: Option<&str>, from: Option<&str>) -> Result<Option<Postman>, BadMail> {
        let (url, from) = match (url, from) {
            (None, None) => return Ok(None),
            (Some(url), Some(from)) => (url, from),
            _ => return Err(BadMail::Half),
        };
        let from = from.parse().map_err(|_| BadMail::From)?;
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| BadMail::Server)?;
        Ok(Some(Postman { smtp: smtp.timeout(Some(TIMEOUT)).build(), from }))
    }
}

/// Starts the task; it ends once `stop` says so and what is under way was written down. Without a postman it only forgets.
#[must_use]
pub fn start(store: Store, postman: Option<Postman>, wake: Arc<Notify>, mut stop: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            if let Err(fault) = round(&store, postman.as_ref(), &stop).await {
                eprintln!("barrow-server: receipts by e-mail: {fault}");
            }
            tokio::select! {
                () = wake.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
    })
}

async fn round(store: &Store, postman: Option<&Postman>, stop: &watch::Receiver<bool>) -> Result<(), StoreError> {
    let now_ms = clock::now_ms();
    let oldest_ms = now_ms.saturating_sub(TRIED_MS);
    let (shop, has_old, due) = {
        let mut conn = store.read().await?;
        let shop = match shop::get(&mut conn).await {
            Ok(shop) => shop.id,
            Err(StoreError::NoShop) => return Ok(()),
            Err(fault) => return Err(fault),
        };
        let has_old = mails::has_old(&mut conn, shop, oldest_ms).await?;
        (shop, has_old, if postman.is_some() { mails::due(&mut conn, shop, now_ms, AT_ONCE).await? } else { Vec::new() })
    };
    if has_old {
        let mut tx = store.write().await?;
        mails::forget(&mut tx, shop, oldest_ms, now_ms).await?;
        tx.commit().await?;
    }
    let Some(postman) = postman else { return Ok(()) };
    for mail in due {
        if *stop.borrow() {
            break;
        }
        let mut tx = store.write().await?;
        let ours = mails::claim(&mut tx, shop, &mail, clock::now_ms().saturating_add(LEASE_MS)).await?;
        tx.commit().await?;
        if ours {
            let outcome = send(store, postman, shop, &mail).await;
            let mut tx = store.write().await?;
            mails::note(&mut tx, shop, mail.id, &outcome, clock::now_ms()).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

async fn send(store: &Store, postman: &Postman, shop: ShopId, mail: &MailRow) -> Outcome {
    let again = |why: String| Outcome::Again(clock::now_ms().saturating_add(pause_ms(mail.attempts)), why);
    let address = mail.address.as_deref().and_then(|address| Address::parse(address).ok());
    let to = address.as_ref().and_then(|address| address.as_str().parse().ok());
    let Some(to) = to else { return Outcome::Refused("This is no e-mail address.".into()) };
    let letter = match letter::of(store, shop, mail.of).await {
        Ok(Some(letter)) => letter,
        Ok(None) => return again("The sale has not arrived yet.".into()),
        Err(fault) => {
            eprintln!("barrow-server: receipts by e-mail: {fault}");
            return again("The sale could not be read.".into());
        }
    };
    let domain = postman.from.email.domain();
    let message = lettre::Message::builder()
        .from(postman.from.clone())
        .to(Mailbox::new(None, to))
        .subject(letter.subject)
        .message_id(Some(format!("<{}@{domain}>", mail.hash)))
        .multipart(MultiPart::alternative_plain_html(letter.plain, letter.html));
    let Ok(message) = message else { return Outcome::Refused("No mail can be made of this.".into()) };
    match postman.smtp.send(message).await {
        Ok(_) => Outcome::Sent,
        Err(fault) if is_refusal(&fault) => Outcome::Refused(said(&fault)),
        Err(fault) => again(said(&fault)),
    }
}

/// Does the mail server say that this address cannot be reached (RFC 5321, 4.2.3)? Anything else may be its own trouble, or ours.
fn is_refusal(fault: &smtp::Error) -> bool {
    fault.status().is_some_and(|code| ["550", "551", "553"].contains(&code.to_string().as_str()))
}

/// What the mail server or the network said. A mail server likes to repeat the address, which must not stay: what has an `@` is left
/// out.
fn said(fault: &smtp::Error) -> String {
    let mut text = String::new();
    let mut next: Option<&dyn std::error::Error> = Some(fault);
    while let Some(fault) = next {
        let part = fault.to_string();
        if !text.contains(&part) {
            text = if text.is_empty() { part } else { format!("{text}: {part}") };
        }
        next = fault.source();
    }
    let words: Vec<&str> = text.split_whitespace().map(|word| if word.contains('@') { "…" } else { word }).collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(TROUBLE_MAX).collect()
}

/// Full jitter: uniform between half and all of a bound that doubles with each try.
fn pause_ms(attempts: i64) -> i64 {
    let doubled = u32::try_from(attempts.clamp(0, 16)).unwrap_or(0);
    let bound = PAUSE_MS.saturating_mul(1 << doubled).min(PAUSE_MS_MAX);
    let random = i64::from(u32::from_le_bytes(random::bytes()));
    bound / 2 + random % (bound / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        for (attempts, bound) in [(0, 4_000), (1, 8_000), (3, 32_000), (20, 3_600_000), (i64::MAX, 3_600_000)] {
            for _ in 0..100 {
                assert!((bound / 2..bound).contains(&pause_ms(attempts)), "{attempts}");
            }
        }
    }

    #[test]
    fn both_or_neither_are_given() {
        assert!(matches!(Postman::new(None, None), Ok(None)));
        assert!(matches!(Postman::new(Some("smtp://localhost"), None), Err(BadMail::Half)));
        assert!(matches!(Postman::new(Some("http://localhost"), Some("a@b.de")), Err(BadMail::Server)));
        assert!(matches!(Postman::new(Some("smtp://localhost"), Some("nobody")), Err(BadMail::From)));
    }
}
