//! What lies on the disk gives nobody power: changed by a byte, it is refused; left behind, it has expired; and of a PIN there is
//! nothing but the keys that it wraps.

use barrow_browser::{
    Device,
    store::{Change, Key, Store, Table},
    vault::VaultChange,
};
use barrow_core::{
    bytes::Blob,
    device::{DeviceAlert, DeviceError},
    journal::LockCause,
    staff::{Failures, PasskeyUse, Permission, Pin, Proof, Role},
};
use barrow_sealing::cbor;
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    server::{Fault, code},
    support::{ADA, BEGINNING_MS, BOB, Tablet, pin, proof, sell},
};

const DAY_MS: i64 = 86_400_000;

/// The rows as they should be, and nothing else in them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrap {
    v: u8,
    salt: Blob,
    rounds: u32,
    sealed: Blob,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Passkey {
    credential: Blob,
    salt: Blob,
    used: PasskeyUse,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    version: u64,
    sealed: Blob,
}

/// Where the value of a field stands in a CBOR map with text keys, and every place in it.
fn places_of(row: &[u8], field: &str, length: usize) -> Vec<usize> {
    let name: Vec<u8> = [&[0x60 | field.len() as u8], field.as_bytes()].concat();
    let at = row.windows(name.len()).position(|window| window == name).unwrap() + name.len();
    vec![at, at + length / 2, at + length - 1]
}

async fn row(tablet: &Tablet, name: &str) -> Vec<u8> {
    tablet.vault().await.get(name).await.unwrap().unwrap()
}

async fn put(tablet: &Tablet, name: &str, bytes: Vec<u8>) {
    tablet.vault().await.change(vec![VaultChange::Put(name.into(), bytes)]).await.unwrap();
}

/// Signing in with each of these bytes changed alone is refused, and with all as they were it works.
async fn refused_with_any_changed(tablet: &Tablet, device: &Device, name: &str, places: &[usize], proof: &Proof) {
    let whole = row(tablet, name).await;
    for place in places {
        let mut changed = whole.clone();
        changed[*place] ^= 1;
        put(tablet, name, changed).await;
        // Nobody waits here.
        tablet.vault().await.change(vec![VaultChange::Delete("failures/7".into())]).await.unwrap();
        let answer = device.unlock(ADA, proof).await.map(|session| session.staff);
        let refusal = matches!(answer, Err(DeviceError::WrongPin { .. } | DeviceError::Damaged | DeviceError::Passkey));
        assert!(refusal, "{name}, byte {place}: {answer:?}");
        assert_eq!(device.commit(Vec::new()).await, Err(DeviceError::Locked));
    }
    put(tablet, name, whole).await;
    tablet.vault().await.change(vec![VaultChange::Delete("failures/7".into())]).await.unwrap();
    device.unlock(ADA, proof).await.unwrap();
}

#[wasm_bindgen_test]
async fn one_changed_byte_of_a_wrapped_key_is_refused() {
    let (tablet, device) = Tablet::selling("bent-wrap").await;
    device.lock(LockCause::Button).await;
    let wrap = row(&tablet, "wrap/7").await;
    let mut places = vec![0];
    for (field, length) in [("v", 1), ("salt", 17), ("rounds", 5), ("sealed", 63)] {
        places.extend(places_of(&wrap, field, length));
    }
    refused_with_any_changed(&tablet, &device, "wrap/7", &places, &proof()).await;
}

#[wasm_bindgen_test]
async fn one_changed_byte_of_a_passkeys_record_is_refused() {
    let (tablet, device) = Tablet::selling("bent-passkey").await;
    device.change_proof(&proof(), &Proof::Passkey).await.unwrap();
    device.lock(LockCause::Button).await;
    let passkey = row(&tablet, "passkey/7").await;
    let mut places = vec![0];
    for (field, length) in [("credential", 17), ("salt", 34), ("used", 6)] {
        places.extend(places_of(&passkey, field, length));
    }
    refused_with_any_changed(&tablet, &device, "passkey/7", &places, &Proof::Passkey).await;
    device.lock(LockCause::Button).await;
    let wrap = row(&tablet, "wrap/7").await;
    let places: Vec<usize> = [("salt", 17), ("rounds", 5), ("sealed", 63)]
        .iter()
        .flat_map(|(field, length)| places_of(&wrap, field, *length))
        .collect();
    refused_with_any_changed(&tablet, &device, "wrap/7", &places, &Proof::Passkey).await;
}

#[wasm_bindgen_test]
async fn another_persons_wrap_is_nobodys_power() {
    let (tablet, device) = Tablet::selling("swapped-wrap").await;
    device.lock(LockCause::Switch).await;
    device.first_pin(BOB, &code(BOB), &Pin::choose("918273").unwrap()).await.unwrap();
    device.lock(LockCause::Switch).await;
    // The cashier puts their own wrapped key in the manager's place.
    let bobs = row(&tablet, "wrap/8").await;
    put(&tablet, "wrap/7", bobs).await;
    let as_ada = device.unlock(ADA, &Proof::Pin(Pin::choose("918273").unwrap())).await;
    assert_eq!(as_ada.err(), Some(DeviceError::WrongPin { count: 1 }));
}

#[wasm_bindgen_test]
async fn one_changed_byte_of_the_stored_rules_is_refused() {
    let (tablet, device) = Tablet::selling("bent-config").await;
    tablet.server.change_config(|config| {
        let mut powers = Role::Cashier.preset();
        powers.permissions.remove(&Permission::Sell);
        config.rules.roles.insert(Role::Cashier, powers);
    });
    device.sync_now().await;
    assert!(!device.take_new_config().unwrap().powers(Role::Cashier).has(Permission::Sell));
    device.lock(LockCause::Button).await;
    let whole = row(&tablet, "config").await;
    let mut places = places_of(&whole, "version", 1);
    // The sealed part: its version, its nonce, the permissions somewhere inside, its tag.
    let sealed = places_of(&whole, "sealed", 4)[0] + 3;
    places.extend([sealed, sealed + 5, sealed + 200, whole.len() - 1]);
    for place in places {
        tablet.server.always.set(Some(Fault::Unreachable));
        let mut changed = whole.clone();
        changed[place] ^= 1;
        put(&tablet, "config", changed).await;
        assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::Offline), "byte {place}");
        assert_eq!(device.commit(Vec::new()).await, Err(DeviceError::Locked));
        // With the server, the right one comes back.
        tablet.server.always.set(None);
        let session = device.unlock(ADA, &proof()).await.unwrap();
        assert!(!session.config.powers(Role::Cashier).has(Permission::Sell));
        device.lock(LockCause::Button).await;
    }
}

#[wasm_bindgen_test]
async fn who_left_is_cut_off_by_the_next_configuration() {
    let (tablet, device) = Tablet::selling("left").await;
    let bobs = Proof::Pin(Pin::choose("918273").unwrap());
    device.lock(LockCause::Switch).await;
    device.first_pin(BOB, &code(BOB), &Pin::choose("918273").unwrap()).await.unwrap();
    device.change_proof(&bobs, &Proof::PinAndPasskey(Pin::choose("918273").unwrap())).await.unwrap();
    device.lock(LockCause::Switch).await;
    tablet.passkeys.wrong.set(true);
    device.unlock(BOB, &Proof::PinAndPasskey(Pin::choose("918273").unwrap())).await.unwrap_err();
    tablet.passkeys.wrong.set(false);
    let of_bob = ["wrap/8", "passkey/8", "failures/8"];
    let mut kept = Vec::new();
    for name in of_bob {
        kept.push((name, row(&tablet, name).await));
    }
    tablet.server.change_config(|config| config.staff.retain(|member| member.id != BOB));
    device.sync_now().await;
    for name in of_bob {
        assert_eq!(tablet.vault().await.get(name).await.unwrap(), None, "{name}");
    }
    assert!(tablet.vault().await.get("wrap/7").await.unwrap().is_some(), "who stays keeps theirs");
    assert!(!device.roster().await.iter().any(|entry| entry.id == BOB));
    let as_bob = Proof::PinAndPasskey(Pin::choose("918273").unwrap());
    assert_eq!(device.unlock(BOB, &as_bob).await.err(), Some(DeviceError::NoPin));

    // Somebody kept a copy of the rows and puts them back, and the till is off the network.
    for (name, bytes) in kept {
        put(&tablet, name, bytes).await;
    }
    device.unlock(ADA, &proof()).await.unwrap();
    assert!(matches!(device.approve(BOB, &as_bob).await, Err(DeviceError::Refused(_))));
    device.lock(LockCause::Switch).await;
    tablet.server.always.set(Some(Fault::Unreachable));
    assert!(matches!(device.unlock(BOB, &as_bob).await.err(), Some(DeviceError::Refused(_))));
    assert_eq!(device.commit(Vec::new()).await, Err(DeviceError::Locked));
}

/// A till that has been off the network since the beginning, with an approver.
async fn offline(name: &str) -> (Tablet, Device) {
    let (tablet, device) = Tablet::selling(name).await;
    device.lock(LockCause::Button).await;
    device.sync_now().await;
    tablet.server.always.set(Some(Fault::Unreachable));
    (tablet, device)
}

#[wasm_bindgen_test]
async fn sign_ins_end_when_the_server_was_not_heard_for_a_week() {
    let (tablet, device) = offline("expiry").await;
    let at = |days: f64| tablet.clock.set(BEGINNING_MS + (days * DAY_MS as f64) as i64);
    let ends = async |device: &Device| device.status().await.alerts.into_iter().find(|alert| alert.kind() == "sign-in-ends");
    at(5.9);
    device.unlock(ADA, &proof()).await.unwrap();
    assert_eq!(ends(&device).await, None);
    at(6.25);
    assert_eq!(ends(&device).await, Some(DeviceAlert::SignInEnds { hours: 18 }));
    // Who is signed in goes on.
    at(7.5);
    sell(&tablet, &device).await.unwrap();
    assert_eq!(device.approve(ADA, &proof()).await, Err(DeviceError::Expired), "an approval is a sign-in too");
    device.lock(LockCause::Button).await;
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::Expired));
    assert_eq!(device.commit(Vec::new()).await, Err(DeviceError::Locked));
    for days in [6.0, 0.0, -1000.0] {
        at(days);
        assert_eq!(
            device.unlock(ADA, &proof()).await.err(),
            Some(DeviceError::Expired),
            "back to day {days}: it was later already"
        );
    }
    tablet.close(device).await;
    let (device, _) = tablet.boot().await;
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::Expired), "after a restart too");

    // One contact, and it is well again: asked for by the sign-in itself.
    at(8.0);
    tablet.server.now_ms.set(tablet.clock.get());
    tablet.server.always.set(None);
    device.unlock(ADA, &proof()).await.unwrap();
    assert_eq!(ends(&device).await, None);
    device.lock(LockCause::Button).await;
    device.sync_now().await;
    tablet.server.always.set(Some(Fault::Unreachable));
    at(14.0);
    device.unlock(ADA, &proof()).await.unwrap();
    device.lock(LockCause::Button).await;
    at(15.5);
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::Expired));
}

#[wasm_bindgen_test]
async fn a_clock_that_stands_still_does_not_stop_the_week_while_the_till_is_open() {
    let (tablet, device) = offline("expiry-frozen").await;
    device.unlock(ADA, &proof()).await.unwrap();
    device.lock(LockCause::Button).await;
    tablet.uptime.set(tablet.uptime.get() + 8 * DAY_MS as u64);
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::Expired));
}

#[wasm_bindgen_test]
async fn a_clock_set_ahead_only_locks_out() {
    let (tablet, device) = offline("expiry-ahead").await;
    tablet.clock.set(BEGINNING_MS + 400 * DAY_MS);
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::Expired));
    tablet.clock.set(BEGINNING_MS + DAY_MS);
    device.unlock(ADA, &proof()).await.unwrap();
    // A sale at a wrong time, too, costs one contact and no more.
    tablet.clock.set(BEGINNING_MS + 400 * DAY_MS);
    sell(&tablet, &device).await.unwrap();
    tablet.clock.set(BEGINNING_MS + 2 * DAY_MS);
    device.lock(LockCause::Button).await;
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::Expired));
    tablet.server.now_ms.set(BEGINNING_MS + 2 * DAY_MS);
    tablet.server.always.set(None);
    // A clock that is still years ahead is known for what it is as soon as the server answers.
    tablet.clock.set(BEGINNING_MS + 400 * DAY_MS);
    device.unlock(ADA, &proof()).await.unwrap();
    tablet.clock.set(BEGINNING_MS + 2 * DAY_MS);
    device.lock(LockCause::Button).await;
    device.sync_now().await;
    tablet.server.always.set(Some(Fault::Unreachable));
    device.unlock(ADA, &proof()).await.unwrap();
}

#[wasm_bindgen_test]
async fn an_acknowledgement_that_somebody_changed_is_not_heard() {
    let (tablet, device) = offline("expiry-forged").await;
    // The server is heard again on day 6, and knows our configuration.
    tablet.clock.set(BEGINNING_MS + 6 * DAY_MS);
    tablet.server.now_ms.set(tablet.clock.get());
    tablet.server.always.set(None);
    device.sync_now().await;
    tablet.server.always.set(Some(Fault::Unreachable));
    tablet.clock.set(BEGINNING_MS + 9 * DAY_MS);
    device.unlock(ADA, &proof()).await.unwrap();
    device.lock(LockCause::Button).await;
    device.status().await;
    let name = Key::Name("ack/5.1".into());
    let mut ack = tablet.store.get(Table::Meta, &name).await.unwrap().unwrap();
    *ack.last_mut().unwrap() ^= 1;
    tablet.store.transact(true, &[Change::Put(Table::Meta, name, ack)]).await.unwrap();
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::Expired), "the configuration is nine days old");
}

#[wasm_bindgen_test]
async fn a_shop_may_let_sign_ins_last_for_ever() {
    let (tablet, device) = Tablet::selling("expiry-never").await;
    tablet.server.change_config(|config| config.rules.credential_days = 0);
    device.sync_now().await;
    device.lock(LockCause::Button).await;
    tablet.server.always.set(Some(Fault::Unreachable));
    tablet.clock.set(BEGINNING_MS + 4000 * DAY_MS);
    device.unlock(ADA, &proof()).await.unwrap();
    assert!(!device.status().await.alerts.iter().any(|alert| alert.kind() == "sign-in-ends"));
}

#[wasm_bindgen_test]
async fn of_a_pin_nothing_is_kept_but_the_keys_that_it_wraps() {
    let (tablet, device) = Tablet::selling("dump").await;
    device.lock(LockCause::Switch).await;
    device.first_pin(BOB, &code(BOB), &Pin::choose("918273").unwrap()).await.unwrap();
    let bobs = Proof::Pin(Pin::choose("918273").unwrap());
    device.change_proof(&bobs, &Proof::PinAndPasskey(Pin::choose("918273").unwrap())).await.unwrap();
    device.save_draft(Some(b"half an order".to_vec())).await.unwrap();
    device.lock(LockCause::Switch).await;
    device.unlock(ADA, &Proof::Pin(Pin::parse("135790").unwrap())).await.unwrap_err();
    tablet.close(device).await;

    let vault = tablet.vault().await;
    let names = vault.names("").await.unwrap();
    assert_eq!(names, ["config", "enrolment", "failures/7", "passkey/8", "roster", "wrap/7", "wrap/8"]);
    for name in ["wrap/7", "wrap/8"] {
        let wrap: Wrap = cbor::from_slice(&row(&tablet, name).await).unwrap();
        assert_eq!((wrap.v, wrap.salt.0.len(), wrap.rounds, wrap.sealed.0.len()), (1, 16, 600_000, 1 + 12 + 32 + 16), "{name}");
    }
    let passkey: Passkey = cbor::from_slice(&row(&tablet, "passkey/8").await).unwrap();
    assert_eq!((passkey.credential.0.len(), passkey.salt.0.len(), passkey.used), (16, 32, PasskeyUse::WithPin));
    let failures: Failures = cbor::from_slice(&row(&tablet, "failures/7").await).unwrap();
    assert_eq!(failures, Failures { count: 1, served_ms: 0 });
    let config: Sealed = cbor::from_slice(&row(&tablet, "config").await).unwrap();
    assert_eq!((config.version, config.sealed.0[0]), (1, 1), "sealed, version 1");
    let meta = tablet.store.names(Table::Meta, "").await.unwrap();
    let meta: Vec<&str> = meta.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(meta, ["ack/5.1", "draft", "head/5.1", "sent/5.1"]);
    let local = crate::support::get(&js_sys::global(), "localStorage");
    assert_eq!(crate::support::get(&local, "length").as_f64(), Some(0.0), "Local Storage is not used");
    // And the PINs themselves stand nowhere, in any of the ways that they could be written.
    let disk = tablet.disk().await;
    for digits in [pin().expose(), "918273", "135790"] {
        let plain = [digits.as_bytes().to_vec(), digits.bytes().map(|digit| digit - b'0').collect()];
        let hash = barrow_sealing::hash::sha256(digits.as_bytes()).to_vec();
        for pattern in plain.into_iter().chain([hash]) {
            assert!(!disk.windows(pattern.len()).any(|window| window == pattern), "{digits}");
        }
    }
}
