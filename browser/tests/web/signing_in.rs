//! Enrolment, people and PINs.

use barrow_core::{
    device::{Boot, DeviceError},
    journal::{Body, LockCause},
    staff::{LogInWay, Pin, Proof},
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    server::{Fault, code},
    support::{ADA, BOB, SECRETS, Tablet, commit, pin, proof, sell},
};

fn wrong() -> Proof {
    Proof::Pin(Pin::parse("135790").unwrap())
}

#[wasm_bindgen_test]
async fn a_tablet_becomes_a_till_and_shows_names_while_locked() {
    let tablet = Tablet::new("enrol");
    let (device, boot) = tablet.boot().await;
    assert_eq!(boot, Boot::NotEnrolled { keys_lost: false });
    assert_eq!(device.enrol("NOPE").await, Err(DeviceError::Refused("This code is not known.".into())));
    tablet.server.faults.borrow_mut().push_back(Fault::Portal);
    assert_eq!(device.enrol("ENROL").await, Err(DeviceError::NotOurServer));
    tablet.server.faults.borrow_mut().push_back(Fault::Unreachable);
    assert_eq!(device.enrol("ENROL").await, Err(DeviceError::Offline));
    let locked = device.enrol(" ENROL ").await.unwrap();
    assert_eq!((locked.shop_name.as_str(), locked.till_name.as_str()), ("Harbour Bakery", "Window Till"));
    assert_eq!(locked.roster.iter().map(|entry| entry.has_pin).collect::<Vec<_>>(), [false, false]);

    tablet.close(device).await;
    let (device, boot) = tablet.boot().await;
    assert_eq!(boot, Boot::Locked(locked), "the same after a reload");
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::NoPin));
    assert_eq!(device.commit(Vec::new()).await, Err(DeviceError::Locked));
    // The configuration was in memory only: it is fetched again.
    let session = device.first_pin(ADA, &code(ADA), &pin()).await.unwrap();
    assert_eq!(session.config.products[0].name, "Sourdough");
    device.sync_now().await;
    assert!(matches!(tablet.server.entries(1)[0].body, Body::Enrolled { .. }));
}

#[wasm_bindgen_test]
async fn everybody_has_the_same_journal_and_a_code_is_proved_by_the_server_alone() {
    let (tablet, device) = Tablet::selling("second-person").await;
    sell(&tablet, &device).await.unwrap();
    device.lock(LockCause::Button).await;
    assert_eq!(device.first_pin(BOB, "CODE-7", &pin()).await.err(), Some(DeviceError::Refused("This code is not known.".into())));
    tablet.server.always.set(Some(Fault::Unreachable));
    assert_eq!(device.first_pin(BOB, &code(BOB), &pin()).await.err(), Some(DeviceError::Offline));
    tablet.server.always.set(None);
    let session = device.first_pin(BOB, &code(BOB), &Pin::choose("918273").unwrap()).await.unwrap();
    assert_eq!(session.staff, BOB);
    assert_eq!(session.ledger.turnover.0, 450);
    assert!(session.ledger.shift.is_some());
    // A forgotten PIN loses nothing: with a new code, the same journal opens under a new one.
    device.lock(LockCause::Button).await;
    let session = device.first_pin(ADA, &code(ADA), &Pin::choose("482615").unwrap()).await.unwrap();
    assert_eq!(session.ledger.turnover.0, 450);
    device.lock(LockCause::Button).await;
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::WrongPin { count: 1 }));
}

#[wasm_bindgen_test]
async fn wrong_pins_are_counted_across_restarts_slow_down_and_are_written_down() {
    let (tablet, device) = Tablet::selling("wrong-pin").await;
    device.lock(LockCause::Button).await;
    for count in 1..=3 {
        assert_eq!(device.unlock(ADA, &wrong()).await.err(), Some(DeviceError::WrongPin { count }));
    }
    tablet.close(device).await;
    let (device, _) = tablet.boot().await;
    for count in 4..=5 {
        assert_eq!(device.unlock(ADA, &wrong()).await.err(), Some(DeviceError::WrongPin { count }));
    }
    tablet.close(device).await;
    let (device, _) = tablet.boot().await;
    assert_eq!(device.unlock(ADA, &proof()).await.err(), Some(DeviceError::Wait { ms: 30_000 }), "the right one waits too");
    for hours in [-1, 1_000_000] {
        tablet.clock.set(tablet.clock.get() + hours * 3_600_000);
        let again = device.unlock(ADA, &proof()).await.err();
        assert_eq!(again, Some(DeviceError::Wait { ms: 30_000 }), "setting the clock does not help");
        tablet.clock.set(tablet.clock.get() - hours * 3_600_000);
    }
    tablet.uptime.set(30_000);
    device.unlock(ADA, &proof()).await.unwrap();
    device.lock(LockCause::Button).await;
    assert_eq!(device.unlock(ADA, &wrong()).await.err(), Some(DeviceError::WrongPin { count: 1 }), "it begins anew");

    device.sync_now().await;
    let counts: Vec<u32> = tablet
        .server
        .entries(1)
        .iter()
        .filter_map(|entry| match entry.body {
            Body::LogInFailed { as_staff: ADA, count } => Some(count),
            _ => None,
        })
        .collect();
    assert_eq!(counts, [1, 2, 3, 4, 5, 1]);
}

#[wasm_bindgen_test]
async fn locking_takes_the_key_and_what_is_written_meanwhile_is_read_later() {
    let (tablet, device) = Tablet::selling("lock").await;
    device.save_draft(Some(b"half an order of Sourdough".to_vec())).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    let locked = device.lock(LockCause::Idle).await;
    assert_eq!(locked.roster.iter().map(|entry| entry.has_pin).collect::<Vec<_>>(), [true, false]);
    assert_eq!(sell_result(&tablet, &device).await, Err(DeviceError::Locked));
    assert_eq!(device.save_draft(Some(vec![1])).await, Err(DeviceError::Locked));
    device.unlock(ADA, &wrong()).await.unwrap_err();
    let session = device.unlock(ADA, &proof()).await.unwrap();
    assert_eq!(session.draft.as_deref(), Some(b"half an order of Sourdough".as_slice()));
    assert_eq!(session.ledger.turnover.0, 450);
    commit(&tablet, &device, vec![Body::LogIn { way: LogInWay::Pin }]).await.unwrap();
    device.save_draft(None).await.unwrap();
    tablet.close(device).await;
    let (device, session) = tablet.unlocked().await;
    assert_eq!(session.draft, None);
    assert_eq!(device.status().await.quarantined, 0);
    let journal = device.read_journal().await.unwrap();
    assert!(journal.windows(2).all(|pair| pair[0].entry.seq.next() == pair[1].entry.seq), "none is left out");
    assert!(journal.iter().any(|done| done.entry.body == Body::LogInFailed { as_staff: ADA, count: 1 }));
    device.sync_now().await;
    assert_eq!(crate::support::sales_at(&tablet.server, 1), 1);
}

async fn sell_result(tablet: &Tablet, device: &barrow_browser::Device) -> Result<u64, DeviceError> {
    commit(tablet, device, vec![crate::support::sale(&Default::default())]).await
}

#[wasm_bindgen_test]
async fn promise_3_nothing_readable_stands_on_the_disk() {
    let (tablet, device) = Tablet::selling("promise-3").await;
    device.save_draft(Some(b"half an order of Sourdough".to_vec())).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    tablet.server.change_config(|config| config.products[0].name = "Sourdough, large".into());
    device.sync_now().await;
    device.lock(LockCause::Button).await;
    tablet.server.change_config(|config| config.shop_name = "Harbour Bakery II".into());
    tablet.clock.set(tablet.clock.get() + 60_000);
    device.sync_now().await;
    tablet.close(device).await;
    let disk = tablet.disk().await;
    assert!(disk.len() > 5_000, "there is something to search: {} bytes", disk.len());
    assert!(find(&disk, "head/5.1") && find(&disk, "BBX1"), "the search finds what is there");
    for secret in SECRETS.into_iter().chain([pin().expose()]) {
        assert!(!find(&disk, secret), "{secret} stands on the disk");
    }
}

fn find(disk: &[u8], text: &str) -> bool {
    let wide: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
    disk.windows(text.len()).any(|window| window == text.as_bytes()) || disk.windows(wide.len()).any(|window| window == wide)
}
