//! Wrong PINs, lock-outs and who ends them; approving on the spot.

use barrow_browser::Device;
use barrow_core::{
    device::DeviceError,
    ids::StaffId,
    journal::{Body, LockCause},
    staff::{LogInWay, Pin, Proof},
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    server::code,
    support::{ADA, BOB, Tablet, commit, pin, proof, sell},
};

const HALF_AN_HOUR_MS: u64 = 30 * 60_000;

fn wrong() -> Proof {
    Proof::Pin(Pin::parse("135790").unwrap())
}

fn bobs() -> Proof {
    Proof::Pin(Pin::choose("918273").unwrap())
}

/// A till where both have a PIN, and Ada is signed in.
async fn two_people(name: &str) -> (Tablet, Device) {
    let (tablet, device) = Tablet::selling(name).await;
    device.lock(LockCause::Switch).await;
    device.first_pin(BOB, &code(BOB), &Pin::choose("918273").unwrap()).await.unwrap();
    device.lock(LockCause::Switch).await;
    device.unlock(ADA, &proof()).await.unwrap();
    commit(&tablet, &device, vec![Body::LogIn { way: LogInWay::Pin }]).await.unwrap();
    (tablet, device)
}

/// Ten wrong PINs, each as soon as it may be tried.
async fn lock_out(tablet: &Tablet, device: &Device, staff: StaffId) {
    for count in 1..=10 {
        tablet.uptime.set(tablet.uptime.get() + HALF_AN_HOUR_MS);
        assert_eq!(device.unlock(staff, &wrong()).await.err(), Some(DeviceError::WrongPin { count }));
    }
}

fn is_locked_out(roster: &[barrow_core::device::RosterEntry], staff: StaffId) -> bool {
    roster.iter().find(|entry| entry.id == staff).unwrap().locked_out
}

#[wasm_bindgen_test]
async fn ten_wrong_pins_lock_out_for_half_an_hour_that_the_till_is_open() {
    let (tablet, device) = Tablet::selling("lock-out").await;
    device.lock(LockCause::Button).await;
    assert!(!is_locked_out(&device.roster().await, ADA));
    lock_out(&tablet, &device, ADA).await;
    let waits = async |device: &Device| device.unlock(ADA, &proof()).await.err();
    assert!(is_locked_out(&device.roster().await, ADA));
    assert_eq!(waits(&device).await, Some(DeviceError::Wait { ms: HALF_AN_HOUR_MS }), "the right PIN waits too");
    for days in [-3650, 6, 3650] {
        tablet.clock.set(tablet.clock.get() + days * 86_400_000);
        assert_eq!(waits(&device).await, Some(DeviceError::Wait { ms: HALF_AN_HOUR_MS }), "the clock {days} days off");
        tablet.clock.set(tablet.clock.get() - days * 86_400_000);
    }

    tablet.uptime.set(tablet.uptime.get() + 10 * 60_000);
    assert_eq!(waits(&device).await, Some(DeviceError::Wait { ms: 20 * 60_000 }));
    tablet.close(device).await;
    tablet.clock.set(tablet.clock.get() + 3_600_000);
    let (device, boot) = tablet.boot().await;
    let barrow_core::device::Boot::Locked(locked) = boot else { panic!("{boot:?}") };
    assert!(is_locked_out(&locked.roster, ADA), "across a restart");
    assert_eq!(
        waits(&device).await,
        Some(DeviceError::Wait { ms: 20 * 60_000 }),
        "what was served counts, the time away does not"
    );
    tablet.uptime.set(20 * 60_000 - 1);
    assert_eq!(waits(&device).await, Some(DeviceError::Wait { ms: 1 }));
    tablet.uptime.set(20 * 60_000);
    assert!(!is_locked_out(&device.roster().await, ADA));
    assert_eq!(device.unlock(ADA, &wrong()).await.err(), Some(DeviceError::WrongPin { count: 11 }));
    assert_eq!(waits(&device).await, Some(DeviceError::Wait { ms: HALF_AN_HOUR_MS }), "the eleventh begins it again");
    tablet.uptime.set(20 * 60_000 + HALF_AN_HOUR_MS);
    device.unlock(ADA, &proof()).await.unwrap();
    device.lock(LockCause::Button).await;
    assert_eq!(device.unlock(ADA, &wrong()).await.err(), Some(DeviceError::WrongPin { count: 1 }), "a right one begins anew");
}

#[wasm_bindgen_test]
async fn who_is_signed_in_ends_another_ones_lock_out() {
    let (tablet, device) = two_people("end-lock-out").await;
    device.lock(LockCause::Button).await;
    lock_out(&tablet, &device, BOB).await;
    assert_eq!(device.end_lock_out(BOB).await, Err(DeviceError::Locked), "somebody has to be signed in");
    assert!(matches!(device.unlock(BOB, &bobs()).await.err(), Some(DeviceError::Wait { .. })));
    device.unlock(ADA, &proof()).await.unwrap();
    assert!(is_locked_out(&device.roster().await, BOB));
    device.end_lock_out(BOB).await.unwrap();
    assert!(!is_locked_out(&device.roster().await, BOB));
    device.lock(LockCause::Switch).await;
    assert_eq!(device.unlock(BOB, &bobs()).await.unwrap().staff, BOB);
}

#[wasm_bindgen_test]
async fn approving_opens_no_session_and_keeps_no_key() {
    let (tablet, device) = two_people("approve").await;
    let before = device.read_journal().await.unwrap();
    device.approve(BOB, &bobs()).await.unwrap();
    assert_eq!(device.read_journal().await.unwrap(), before, "the till itself writes nothing of it, and nobody was locked");
    sell(&tablet, &device).await.unwrap();
    // The session is still Ada's: what it writes when it ends says so.
    device.lock(LockCause::Button).await;
    device.unlock(ADA, &proof()).await.unwrap();
    let journal = device.read_journal().await.unwrap();
    assert_eq!(journal.last().unwrap().entry.staff, Some(ADA));
    assert_eq!(journal.last().unwrap().entry.body, Body::Locked { cause: LockCause::Button });
    device.lock(LockCause::Button).await;
    assert_eq!(device.approve(BOB, &bobs()).await, Err(DeviceError::Locked), "nothing to approve on a locked till");
    assert_eq!(device.commit(Vec::new()).await, Err(DeviceError::Locked), "no key was left");
    assert_eq!(device.read_journal().await.err(), Some(DeviceError::Locked));
}

#[wasm_bindgen_test]
async fn a_wrong_approval_counts_like_a_wrong_sign_in() {
    let (tablet, device) = two_people("approve-wrong").await;
    for count in 1..=10 {
        tablet.uptime.set(tablet.uptime.get() + HALF_AN_HOUR_MS);
        assert_eq!(device.approve(BOB, &wrong()).await, Err(DeviceError::WrongPin { count }));
    }
    assert_eq!(device.approve(BOB, &bobs()).await, Err(DeviceError::Wait { ms: HALF_AN_HOUR_MS }));
    let failed = |body: &Body| matches!(body, Body::LogInFailed { as_staff: BOB, .. });
    let journal = device.read_journal().await.unwrap();
    assert_eq!(journal.iter().filter(|done| failed(&done.entry.body)).count(), 10);
    sell(&tablet, &device).await.unwrap();
    device.sync_now().await;
    assert_eq!(tablet.server.entries(1).iter().filter(|entry| failed(&entry.body)).count(), 10);
    assert_eq!(crate::support::sales_at(&tablet.server, 1), 1);
    device.lock(LockCause::Switch).await;
    assert!(matches!(device.unlock(BOB, &bobs()).await.err(), Some(DeviceError::Wait { .. })), "signing in waits too");
    device.unlock(ADA, &proof()).await.unwrap();
    device.end_lock_out(BOB).await.unwrap();
    device.approve(BOB, &bobs()).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_changed_pin_opens_and_the_old_one_does_not() {
    let (tablet, device) = Tablet::selling("change-pin").await;
    let new = Proof::Pin(Pin::choose("482615").unwrap());
    assert_eq!(device.change_proof(&wrong(), &new).await, Err(DeviceError::WrongPin { count: 1 }), "the old one is looked at");
    device.change_proof(&proof(), &new).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    device.lock(LockCause::Button).await;
    assert_eq!(device.change_proof(&new, &proof()).await, Err(DeviceError::Locked));
    tablet.close(device).await;
    let (device, _) = tablet.boot().await;
    assert_eq!(device.unlock(ADA, &Proof::Pin(pin())).await.err(), Some(DeviceError::WrongPin { count: 1 }));
    assert_eq!(device.unlock(ADA, &new).await.unwrap().ledger.turnover.0, 450);
}

#[wasm_bindgen_test]
async fn the_journal_is_read_back_whole_and_checked() {
    let (tablet, device) = Tablet::selling("read-journal").await;
    device.lock(LockCause::Hidden).await;
    device.unlock(ADA, &wrong()).await.unwrap_err();
    device.unlock(ADA, &proof()).await.unwrap();
    commit(&tablet, &device, vec![Body::LogIn { way: LogInWay::Pin }]).await.unwrap();
    let sold = sell(&tablet, &device).await.unwrap();
    device.sync_now().await;
    let journal = device.read_journal().await.unwrap();
    let entries: Vec<_> = journal.iter().map(|done| done.entry.clone()).collect();
    assert_eq!(entries, tablet.server.entries(1), "what the server has, with the enrolment and the wrong PIN among it");
    assert!(entries.iter().any(|entry| entry.body == Body::Locked { cause: LockCause::Hidden }));
    assert!(entries.windows(2).zip(&journal).all(|(pair, done)| pair[1].prev == done.hash));

    // A row that somebody changed is not shown; its neighbours are.
    crate::support::damage(&*tablet.store, barrow_browser::store::Table::Journal, sold - 1).await;
    let without: Vec<u64> = device.read_journal().await.unwrap().iter().map(|done| done.entry.seq.0).collect();
    assert_eq!(without, (1..=sold).filter(|seq| *seq != sold - 1).collect::<Vec<_>>());
}
