//! Passkeys beside and in place of the PIN: made, shown, closed, lost, replaced. The authenticator is a fake; the real one is
//! met end to end.

use barrow_browser::vault::VaultChange;
use barrow_core::{
    device::{DeviceError, RosterEntry},
    journal::LockCause,
    staff::{PasskeyUse, Pin, Proof},
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    server::code,
    support::{ADA, Tablet, pin, proof, sell},
};

fn both() -> Proof {
    Proof::PinAndPasskey(pin())
}

fn ada(roster: &[RosterEntry]) -> &RosterEntry {
    roster.iter().find(|entry| entry.id == ADA).unwrap()
}

#[wasm_bindgen_test]
async fn a_passkey_in_place_of_the_pin_leaves_no_pin() {
    let (tablet, device) = Tablet::selling("passkey-alone").await;
    sell(&tablet, &device).await.unwrap();
    assert!(device.passkeys_possible().await);
    device.change_proof(&proof(), &Proof::Passkey).await.unwrap();
    assert_eq!(*tablet.passkeys.made_for.borrow(), ["Ada Marchetti"]);
    let roster = device.lock(LockCause::Button).await.roster;
    assert_eq!((ada(&roster).passkey, ada(&roster).has_pin), (Some(PasskeyUse::Alone), true));
    tablet.close(device).await;
    let (device, _) = tablet.boot().await;
    for not_hers in [proof(), both()] {
        assert_eq!(device.unlock(ADA, &not_hers).await.err(), Some(DeviceError::Passkey));
    }
    assert_eq!(device.unlock(ADA, &Proof::Passkey).await.unwrap().ledger.turnover.0, 450);

    // Without the passkey's record, the PIN is tried on the wrap: it opens nothing.
    device.lock(LockCause::Button).await;
    tablet.vault().await.change(vec![VaultChange::Delete("passkey/7".into())]).await.unwrap();
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::WrongPin { count: 1 }));
}

#[wasm_bindgen_test]
async fn a_passkey_beside_the_pin_takes_both() {
    let (tablet, device) = Tablet::selling("passkey-both").await;
    tablet.passkeys.at_once.set(true);
    device.change_proof(&proof(), &both()).await.unwrap();
    assert_eq!(tablet.passkeys.dialogs.get(), 1, "made and asked in one dialog, where the authenticator can");
    let roster = device.lock(LockCause::Button).await.roster;
    assert_eq!(ada(&roster).passkey, Some(PasskeyUse::WithPin));
    for half in [proof(), Proof::Passkey] {
        assert_eq!(device.unlock(ADA, &half).await.err(), Some(DeviceError::Passkey));
    }
    let wrong = Proof::PinAndPasskey(Pin::parse("135790").unwrap());
    assert_eq!(device.unlock(ADA, &wrong).await.err(), Some(DeviceError::WrongPin { count: 1 }));
    tablet.passkeys.wrong.set(true);
    assert_eq!(device.unlock(ADA, &both()).await.err(), Some(DeviceError::WrongPin { count: 2 }), "another passkey's output");
    tablet.passkeys.wrong.set(false);
    device.unlock(ADA, &both()).await.unwrap();

    // Another PIN with the same passkey.
    let new = Proof::PinAndPasskey(Pin::choose("482615").unwrap());
    device.change_proof(&both(), &new).await.unwrap();
    assert_eq!(tablet.passkeys.made_for.borrow().len(), 1, "no second passkey");
    device.lock(LockCause::Button).await;
    assert_eq!(device.unlock(ADA, &both()).await.err(), Some(DeviceError::WrongPin { count: 1 }));
    device.unlock(ADA, &new).await.unwrap();

    // And back to the PIN alone.
    device.change_proof(&new, &proof()).await.unwrap();
    assert_eq!(ada(&device.lock(LockCause::Button).await.roster).passkey, None);
    device.unlock(ADA, &proof()).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_closed_dialog_is_no_wrong_proof_and_another_output_is() {
    let (tablet, device) = Tablet::selling("passkey-closed").await;
    tablet.passkeys.dismissed.set(true);
    assert_eq!(device.change_proof(&proof(), &Proof::Passkey).await, Err(DeviceError::Passkey));
    tablet.passkeys.dismissed.set(false);
    assert_eq!(ada(&device.roster().await).passkey, None, "nothing changed");
    device.change_proof(&proof(), &Proof::Passkey).await.unwrap();
    device.lock(LockCause::Button).await;

    tablet.passkeys.dismissed.set(true);
    for _ in 0..12 {
        assert_eq!(device.unlock(ADA, &Proof::Passkey).await.err(), Some(DeviceError::Passkey));
    }
    assert_eq!(tablet.vault().await.get("failures/7").await.unwrap(), None);
    tablet.passkeys.dismissed.set(false);
    tablet.passkeys.wrong.set(true);
    for _ in 0..5 {
        assert_eq!(device.unlock(ADA, &Proof::Passkey).await.err(), Some(DeviceError::Passkey));
    }
    tablet.passkeys.wrong.set(false);
    let dialogs = tablet.passkeys.dialogs.get();
    assert_eq!(device.unlock(ADA, &Proof::Passkey).await.err(), Some(DeviceError::Wait { ms: 30_000 }));
    assert_eq!(tablet.passkeys.dialogs.get(), dialogs, "nobody is asked while they wait");
    tablet.uptime.set(tablet.uptime.get() + 30_000);
    device.unlock(ADA, &Proof::Passkey).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_lost_passkey_costs_a_code_and_a_new_one_takes_its_place() {
    let (tablet, device) = Tablet::selling("passkey-lost").await;
    sell(&tablet, &device).await.unwrap();
    device.change_proof(&proof(), &Proof::Passkey).await.unwrap();
    device.lock(LockCause::Button).await;
    tablet.passkeys.lose_all();
    assert_eq!(device.unlock(ADA, &Proof::Passkey).await.err(), Some(DeviceError::Passkey));
    let session = device.first_pin(ADA, &code(ADA), &pin()).await.unwrap();
    assert_eq!(session.ledger.turnover.0, 450, "nothing was lost but the passkey");
    assert_eq!(ada(&session.roster).passkey, None);
    assert_eq!(tablet.vault().await.get("passkey/7").await.unwrap(), None);

    device.change_proof(&proof(), &both()).await.unwrap();
    assert_eq!(tablet.passkeys.made_for.borrow().len(), 2);
    device.lock(LockCause::Button).await;
    device.unlock(ADA, &both()).await.unwrap();
}

#[wasm_bindgen_test]
async fn where_there_are_no_passkeys_the_pin_stays() {
    let (tablet, device) = Tablet::selling("passkey-none").await;
    tablet.passkeys.missing.set(true);
    assert!(!device.passkeys_possible().await);
    for to in [Proof::Passkey, both()] {
        assert_eq!(device.change_proof(&proof(), &to).await, Err(DeviceError::NoPasskeys));
    }
    assert_eq!(tablet.passkeys.dialogs.get(), 0);
    device.lock(LockCause::Button).await;
    device.unlock(ADA, &proof()).await.unwrap();
}

/// The browser's own, as far as it goes without a person: it answers, and says no rather than fail.
#[wasm_bindgen_test]
async fn the_browsers_own_passkeys_answer() {
    use barrow_browser::passkey::{BrowserPasskeys, Passkeys};
    let _either = BrowserPasskeys.possible().await;
}
