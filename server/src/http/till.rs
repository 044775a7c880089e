//! The tills' endpoints: CBOR in, signed CBOR out ([`barrow_core::wire`]).

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use barrow_core::{
    bytes::{Blob, Hash},
    config::TillState,
    gift::Gifts,
    ids::{ShopId, TillId},
    wire::{
        BATCH_RECORDS_MAX, Batch, BatchReply, EnrolReply, EnrolRequest, EnrolmentRecord, FORMAT, FirstPinReply, FirstPinRequest,
        IMAGES_MAX, PAYMENT_NEWS_MAX, PaymentNews,
    },
};
use barrow_sealing::{
    cbor,
    cose::Domain,
    direct::{self, Purpose as Sealed},
    hash::sha256,
};

use super::{App, Shared, body, packed, problem::Problem, signature::Claim};
use crate::{
    clock,
    codes::{Code, Purpose},
    ingest::{
        self, Expected,
        writer::{Delivery, Taken},
    },
    random,
    store::{
        Conn,
        codes::{CodeFault, Shown},
        gifts, payments, pictures, processor,
        shop::{self, Shop},
        tills::{self, EpochRow, TillRow},
    },
};

const CBOR: &str = "application/cbor";

/// `POST /v1/enrol`: a tablet becomes a till.
pub(super) async fn enrol(State(app): Shared, request: Request) -> Result<Response, Problem> {
    let gzip = packed::takes_gzip(request.headers());
    let ask: EnrolRequest = decode(&body::read(request, CBOR).await?)?;
    if ask.till_key.0.len() != 65 || p256::PublicKey::from_sec1_bytes(&ask.till_key.0).is_err() {
        return Err(Problem::malformed("The till's key is not a P-256 key, uncompressed."));
    }
    let now_ms = clock::now_ms();
    app.wrong_enrol_codes.check("", now_ms)?;
    let wrong = |fault| {
        app.wrong_enrol_codes.wrong("", now_ms);
        Problem::enrol_code(fault)
    };
    let code = Code::parse(&ask.code).ok_or_else(|| wrong(CodeFault::Wrong))?;

    let mut tx = app.store.write().await?;
    let shop = shop::get(&mut tx).await?;
    let shown =
        Shown { keys: &app.keys, shop: shop.id, purpose: Purpose::Enrol, code: &code, asker: sha256(&ask.till_key.0), now_ms };
    let found = shown.find(&mut tx).await?.map_err(wrong)?;
    let till = tills::get(&mut tx, shop.id, found.till).await?.ok_or_else(|| wrong(CodeFault::Wrong))?;
    let record = match found.again {
        Some(epoch) => tills::epoch(&mut tx, shop.id, till.id, epoch).await?.ok_or_else(|| wrong(CodeFault::Used))?.record,
        None => {
            if !shown.consume(&mut tx, till.next_epoch).await? {
                return Err(wrong(CodeFault::Used));
            }
            let record = enrolment_record(&app, &shop, &till, &ask.till_key, now_ms)?;
            tills::begin_epoch(&mut tx, shop.id, &till, &ask.till_key.0, &record, now_ms).await?;
            if till.state == TillState::Revoked {
                shop::config_changed(&mut tx, shop.id).await?;
            }
            record
        }
    };
    let shop = shop::get(&mut tx).await?;
    let till = tills::get(&mut tx, shop.id, found.till).await?.ok_or_else(Problem::internal)?;
    let config = signed_config(&app, &mut tx, &shop, &till).await?;
    tx.commit().await.map_err(crate::store::StoreError::from)?;
    eprintln!("barrow-server: till {} enrolled, epoch {}", till.id, till.epoch);
    packed::cbor(encode(&EnrolReply { record: Blob(record), config: Blob(config) })?, gzip).await
}

/// `POST /v1/tills/{till}/first-pin`: somebody shows a one-time code, and gets the till's journal key.
pub(super) async fn first_pin(State(app): Shared, Path(till): Path<String>, request: Request) -> Result<Response, Problem> {
    let (asking, bytes) = authenticate(&app, &till, request).await?;
    let ask: FirstPinRequest = decode(&bytes)?;
    asking.may_go_on()?;
    let now_ms = clock::now_ms();
    let (till, epoch) = (asking.till.id, asking.epoch.epoch);
    let limit = till.to_string();
    app.wrong_pin_codes.check(&limit, now_ms)?;
    let wrong = |fault| {
        app.wrong_pin_codes.wrong(&limit, now_ms);
        Problem::pin_code(fault)
    };
    let code = Code::parse(&ask.code).ok_or_else(|| wrong(CodeFault::Wrong))?;
    let shop = asking.shop.id;
    let open_escrow =
        |sealed: &[u8]| app.keys.sealing().open_direct(Sealed::Escrow, escrow_context(shop, till, epoch.0).as_bytes(), sealed);
    if open_escrow(&ask.proposed.0).map_or(0, |key| key.len()) != 32 {
        return Err(Problem::malformed("The proposed journal key is not 32 bytes sealed to this server for this till."));
    }

    let mut tx = app.store.write().await?;
    let shown = Shown { keys: &app.keys, shop, purpose: Purpose::FirstPin, code: &code, asker: sha256(&ask.reply_key.0), now_ms };
    let found = shown.find(&mut tx).await?.map_err(wrong)?;
    if found.till != till || found.staff != Some(ask.staff) {
        return Err(wrong(CodeFault::Wrong));
    }
    match found.again {
        Some(answered) if answered != epoch => return Err(wrong(CodeFault::Used)),
        Some(_) => {}
        None if shown.consume(&mut tx, epoch).await? => {}
        None => return Err(wrong(CodeFault::Used)),
    }
    let escrow = tills::escrow(&mut tx, shop, till, epoch, &ask.proposed.0).await?;
    let key = open_escrow(&escrow).map_err(|_| Problem::internal())?;
    let context = format!("{}|{}", escrow_context(shop, till, epoch.0), ask.staff);
    let sealed = direct::seal_to(&ask.reply_key.0, Sealed::FirstPin, context.as_bytes(), &key, &mut random::fill)
        .map_err(|_| Problem::malformed("The reply key is not an X25519 key."))?;
    tills::note_first_pin(&mut tx, shop, till, epoch, ask.staff, now_ms).await?;
    tx.commit().await.map_err(crate::store::StoreError::from)?;
    let reply = FirstPinReply { v: FORMAT, till, epoch, staff: ask.staff, sealed: Blob(sealed) };
    Ok(super::cbor(app.keys.sign(Domain::FirstPin, &encode(&reply)?)))
}

/// `POST /v1/tills/{till}/entries`: a batch in, a signed acknowledgement out.
pub(super) async fn entries(State(app): Shared, Path(till): Path<String>, request: Request) -> Result<Response, Problem> {
    let (asking, bytes) = authenticate(&app, &till, request).await?;
    // Only now, so that a stranger who sends slowly takes no till's room.
    let room = app.opening.try_acquire().map_err(|_| Problem::busy(2))?;
    let batch: Batch = decode(&bytes)?;
    if batch.till != asking.till.id {
        return Err(Problem::other_till());
    }
    // What no database column holds is no place in a journal; there must be room behind it for the whole batch, too.
    if [batch.head, batch.holds_from].iter().any(|seq| seq.0 > i64::MAX as u64 - BATCH_RECORDS_MAX as u64) {
        return Err(Problem::malformed("The batch names places that no journal has."));
    }
    if batch.records.len() > BATCH_RECORDS_MAX {
        return Err(Problem::too_large(barrow_core::wire::BODY_BYTES_MAX));
    }
    // Another life of the same till: an old black box that is handed in.
    let epoch = if batch.epoch == asking.epoch.epoch {
        asking.epoch
    } else {
        let mut conn = app.store.read().await?;
        let epoch = tills::epoch(&mut conn, asking.shop.id, batch.till, batch.epoch).await?.ok_or_else(Problem::unknown_till)?;
        if epoch.epoch > asking.signer {
            return Err(Problem::other_till());
        }
        epoch
    };
    let (shop, worker) = (asking.shop.id, Arc::clone(&app));
    let (batch, opened) = tokio::task::spawn_blocking(move || {
        let expected =
            Expected { keys: worker.keys.sealing(), shop, till: batch.till, epoch: batch.epoch, till_key: &epoch.till_key };
        let opened = ingest::open(&expected, &batch);
        (batch, opened)
    })
    .await
    .map_err(|_| Problem::internal())?;
    let delivery = Delivery { till: batch.till, signer: asking.signer, created_s: asking.created_s, batch, opened };
    let Taken { ack, stock, customers } = app.writer.take(delivery).await?;
    drop(room);
    app.wake.notify_one();
    app.mail_wake.notify_one();
    let news = if ack.fenced { None } else { payment_news(&app, shop, ack.till).await? };
    let ack = app.keys.sign(Domain::Ack, &encode(&ack)?);
    let stock = match stock {
        Some(stock) => Some(Blob(app.keys.sign(Domain::Stock, &encode(&stock)?))),
        None => None,
    };
    let customers = match customers {
        Some(news) => Some(Blob(app.keys.sign(Domain::Customers, &encode(&news)?))),
        None => None,
    };
    Ok(super::cbor(encode(&BatchReply { ack: Blob(ack), payments: news.map(Blob), stock, customers })?))
}

/// What became of the till's card payments and gift cards, signed, if its journal lacks something.
async fn payment_news(app: &App, shop: ShopId, till: TillId) -> Result<Option<Vec<u8>>, Problem> {
    let mut conn = app.store.read().await?;
    let decided = payments::untold(&mut conn, shop, till, PAYMENT_NEWS_MAX).await?;
    let overdrawn = gifts::untold(&mut conn, shop, till, PAYMENT_NEWS_MAX).await?;
    if decided.is_empty() && overdrawn.is_empty() {
        return Ok(None);
    }
    Ok(Some(app.keys.sign(Domain::Payments, &encode(&PaymentNews { v: FORMAT, shop, till, decided, overdrawn })?)))
}

/// `GET /v1/tills/{till}/hot-list`: the hot-card list that the configuration names.
pub(super) async fn hot_list(State(app): Shared, Path(till): Path<String>, request: Request) -> Result<Response, Problem> {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let (asking, _) = authenticate(&app, &till, request).await?;
    if asking.fenced() {
        return Err(Problem::till_fenced());
    }
    let found = processor::hot_list(&mut *app.store.read().await?, asking.shop.id).await?;
    let (hash, list) = found.ok_or_else(|| Problem::not_found("The card processor has no hot-card list."))?;
    let tag = HeaderValue::from_str(&format!("\"{hash}\"")).map_err(|_| Problem::internal())?;
    let same = known.is_some_and(|known| known == tag);
    let headers = [(header::ETAG, tag), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    if same {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, [(header::CONTENT_TYPE, "application/octet-stream")], list).into_response())
}

/// `GET /v1/tills/{till}/images/{hashes}`: pictures by their hashes, joined by commas: a CBOR array with those that there are.
pub(super) async fn images(
    State(app): Shared,
    Path((till, hashes)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let (asking, _) = authenticate(&app, &till, request).await?;
    if asking.fenced() {
        return Err(Problem::till_fenced());
    }
    let wanted: Option<Vec<Hash>> = hashes.split(',').take(IMAGES_MAX + 1).map(Hash::from_hex).collect();
    let wanted = wanted.filter(|wanted| wanted.len() <= IMAGES_MAX);
    let wanted = wanted.ok_or_else(|| Problem::malformed("Pictures are asked for by at most 32 hashes, joined by commas."))?;
    let mut conn = app.store.read().await?;
    let mut found = Vec::new();
    for hash in &wanted {
        found.extend(pictures::get(&mut conn, asking.shop.id, hash).await?.map(Blob));
    }
    Ok(super::cbor(encode(&found)?))
}

/// `GET /v1/tills/{till}/config`: the signed configuration.
pub(super) async fn config(State(app): Shared, Path(till): Path<String>, request: Request) -> Result<Response, Problem> {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let gzip = packed::takes_gzip(request.headers());
    let (asking, _) = authenticate(&app, &till, request).await?;
    if asking.fenced() {
        return Err(Problem::till_fenced());
    }
    let tag = format!("\"{}\"", asking.shop.config_version);
    let tag_value = HeaderValue::from_str(&tag).map_err(|_| Problem::internal())?;
    let headers = [(header::ETAG, tag_value), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let same = known.as_ref().and_then(|value| value.to_str().ok());
    if same.is_some_and(|tags| tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let mut conn = app.store.read().await?;
    let config = signed_config(&app, &mut conn, &asking.shop, &asking.till).await?;
    let mut response = packed::cbor(config, gzip).await?;
    response.headers_mut().extend(headers);
    Ok(response)
}

/// A till whose signature was checked.
pub(super) struct Asking {
    pub(super) shop: Shop,
    pub(super) till: TillRow,
    epoch: EpochRow,
    pub(super) signer: barrow_core::ids::Epoch,
    created_s: i64,
}

impl Asking {
    fn fenced(&self) -> bool {
        self.signer < self.till.epoch
    }

    pub(super) fn may_go_on(&self) -> Result<(), Problem> {
        if self.fenced() {
            return Err(Problem::till_fenced());
        }
        match self.till.state {
            TillState::Active => Ok(()),
            TillState::Revoked => Err(Problem::till_revoked()),
        }
    }
}

/// Checks who asks, and gives them with the request's body.
pub(super) async fn authenticate(app: &App, till: &str, request: Request) -> Result<(Asking, Vec<u8>), Problem> {
    let (method, path, headers) = (request.method().clone(), request.uri().path().to_owned(), request.headers().clone());
    let bytes = if method == Method::GET { Vec::new() } else { body::read(request, CBOR).await? };
    let claim = Claim::read(&method, &path, &headers, &bytes)?;
    if till.parse().ok().map(TillId) != Some(claim.till) {
        return Err(Problem::other_till());
    }
    let mut conn = app.store.read().await?;
    let shop = shop::get(&mut conn).await?;
    let row = tills::get(&mut conn, shop.id, claim.till).await?.ok_or_else(Problem::unknown_till)?;
    let epoch = tills::epoch(&mut conn, shop.id, claim.till, claim.epoch).await?.ok_or_else(Problem::unknown_till)?;
    claim.check(&epoch.till_key)?;
    Ok((Asking { shop, till: row, epoch, signer: claim.epoch, created_s: claim.created_s }, bytes))
}

/// What an escrowed journal key is bound to.
fn escrow_context(shop: ShopId, till: TillId, epoch: u32) -> String {
    format!("{shop}|{till}|{epoch}")
}

/// The root of the chain that begins, signed.
fn enrolment_record(app: &App, shop: &Shop, till: &TillRow, till_key: &Blob, at_ms: i64) -> Result<Vec<u8>, Problem> {
    let record = EnrolmentRecord {
        v: FORMAT,
        shop: shop.id,
        till: till.id,
        epoch: till.next_epoch,
        till_key: till_key.clone(),
        server_key: Blob(app.keys.public()),
        seal_keys: app.keys.seal_keys(),
        at_ms,
    };
    Ok(app.keys.sign(Domain::Enrolment, &encode(&record)?))
}

async fn signed_config(app: &App, conn: &mut Conn, shop: &Shop, till: &TillRow) -> Result<Vec<u8>, Problem> {
    let mut config = shop::config(conn, shop, till).await?;
    if shop.rules.gift.on {
        let key = app.keys.keyed_hash("gift cards", &shop.id.to_string());
        config.gifts = Some(Gifts { key: Blob(key.to_vec()), blocked: gifts::blocked(conn, shop.id).await? });
    }
    Ok(app.keys.sign(Domain::Config, &encode(&config)?))
}

pub(super) fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    cbor::from_slice(bytes).map_err(|fault| Problem::malformed(format!("The body cannot be read: {fault}.")))
}

pub(super) fn encode<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Problem> {
    cbor::to_vec(value).map_err(|fault| {
        eprintln!("barrow-server: an answer cannot be written: {fault}");
        Problem::internal()
    })
}
