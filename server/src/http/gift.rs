//! A till asks what is on a gift card.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use barrow_core::wire::{FORMAT, GiftReply, GiftRequest};
use barrow_sealing::cose::Domain;

use super::{
    Shared, cbor,
    problem::Problem,
    till::{authenticate, decode, encode},
};
use crate::store::{gifts, tills};

/// How often the till's own entries may arrive in between.
const TRIES_MAX: u32 = 5;

/// `POST /v1/tills/{till}/gift`: a card's balance, signed. Only a till that may sell is told.
pub(super) async fn balance(State(app): Shared, Path(till): Path<String>, request: Request) -> Result<Response, Problem> {
    let (asking, bytes) = authenticate(&app, &till, request).await?;
    asking.may_go_on()?;
    let GiftRequest { card, nonce, .. } = decode(&bytes)?;
    if nonce.0.len() > 64 {
        return Err(Problem::malformed("The nonce has at most 64 bytes."));
    }
    let mut conn = app.store.read().await?;
    let (shop, till) = (asking.shop.id, asking.till.id);
    // Balance and place must be of one moment: what the till did after the place it adds by itself.
    let mut tries = 0;
    let (found, upto) = loop {
        let before = tills::epoch(&mut conn, shop, till, asking.signer).await?.ok_or_else(Problem::unknown_till)?.head_seq;
        let found = gifts::get(&mut conn, shop, card).await?;
        let after = tills::epoch(&mut conn, shop, till, asking.signer).await?.ok_or_else(Problem::unknown_till)?.head_seq;
        match before == after {
            true => break (found, after),
            false if tries >= TRIES_MAX => return Err(Problem::busy(1)),
            false => tries += 1,
        }
    };
    let reply = GiftReply {
        v: FORMAT,
        shop,
        till,
        epoch: asking.signer,
        card,
        nonce,
        balance: found.as_ref().filter(|card| card.known).map(|card| card.balance),
        blocked: found.as_ref().is_some_and(|card| card.blocked_at_ms.is_some()),
        until_ms: found.and_then(|card| card.until_ms),
        upto,
    };
    Ok(cbor(app.keys.sign(Domain::Gift, &encode(&reply)?)))
}
