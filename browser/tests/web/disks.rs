//! Both copies of the journal, and every way in which one of them fails.

use barrow_browser::{
    store::{StorageError, Store, Table},
    vault::{Vault, VaultChange},
};
use barrow_core::{
    device::{Boot, DeviceAlert, DeviceError},
    ids::Seq,
    journal::{Body, LockCause},
    money::Minor,
    staff::LogInWay,
};
use barrow_sealing::cbor;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    server::Fault,
    support::{ADA, Mishap, Tablet, alerts, commit, damage, delete_database, life, pause, pin, proof, sale, sales_at, sell},
};

#[wasm_bindgen_test]
async fn row_1_a_paid_sale_survives_the_page() {
    let (tablet, device) = Tablet::selling("row-1").await;
    tablet.server.always.set(Some(Fault::Unreachable));
    let seq = sell(&tablet, &device).await.unwrap();
    tablet.close(device).await;
    let (device, session) = tablet.unlocked().await;
    assert_eq!(session.ledger.last_sale.as_ref().map(|paid| paid.id.seq), Some(Seq(seq)));
    assert_eq!(session.ledger.turnover, Minor(450));
    assert_eq!(device.status().await.unsent, 1, "the sale; nobody locked");
    tablet.server.always.set(None);
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(sales_at(&tablet.server, 1), 1);
}

#[wasm_bindgen_test]
async fn row_5_a_second_tab_looks_on_until_the_first_is_gone() {
    let (tablet, device) = Tablet::selling("row-5").await;
    let (second, boot) = tablet.boot().await;
    assert_eq!(boot, Boot::SecondTab);
    assert_eq!(alerts(&second).await, ["second-tab"]);
    assert!(second.unlock(ADA, &proof()).await.is_err());
    let heard = std::rc::Rc::new(std::cell::Cell::new(false));
    let told = heard.clone();
    second.on_news(move || told.set(true));
    sell(&tablet, &device).await.unwrap();
    pause(20).await;
    assert!(!heard.get(), "the first is still there");
    device.close();
    for _ in 0..100 {
        if heard.get() {
            return;
        }
        pause(20).await;
    }
    panic!("nobody told the second tab");
}

#[wasm_bindgen_test]
async fn row_34_commits_at_once_stand_in_one_chain() {
    let (tablet, device) = Tablet::selling("row-34").await;
    let first =
        commit(&tablet, &device, vec![Body::LogIn { way: LogInWay::Pin }, Body::LogIn { way: LogInWay::Pin }]).await.unwrap();
    let running: Vec<_> = (0..5)
        .map(|_| {
            let (device, (done, wait)) = (device.clone(), channel());
            let draft = barrow_core::journal::Draft {
                at_ms: tablet.clock.get(),
                staff: Some(ADA),
                shift: None,
                body: Body::LogIn { way: LogInWay::Pin },
            };
            wasm_bindgen_futures::spawn_local(async move { done(device.commit(vec![draft]).await.unwrap()[0].entry.seq) });
            wait
        })
        .collect();
    let mut seqs = Vec::new();
    for wait in running {
        seqs.push(wait.await.0);
    }
    assert_eq!(seqs, (first + 1..=first + 5).collect::<Vec<_>>());
    device.sync_now().await;
    sales_at(&tablet.server, 1);
    assert_eq!(tablet.server.head(1), first + 5);
}

fn channel() -> (impl FnOnce(Seq), impl Future<Output = Seq>) {
    let slot = std::rc::Rc::new(std::cell::Cell::new(None));
    let filled = slot.clone();
    let wait = async move {
        loop {
            if let Some(seq) = slot.get() {
                return seq;
            }
            pause(5).await;
        }
    };
    (move |seq| filled.set(Some(seq)), wait)
}

#[wasm_bindgen_test]
async fn row_23_a_full_disk_stops_the_sale_and_leaves_no_ghost() {
    let (tablet, device) = Tablet::selling("row-23").await;
    tablet.store.mishaps.borrow_mut().push_back(Mishap::Store(StorageError::Full));
    assert_eq!(sell(&tablet, &device).await, Err(DeviceError::StorageFull));
    let next = sell(&tablet, &device).await.unwrap();
    tablet.store.mishaps.borrow_mut().push_back(Mishap::Store(StorageError::Failed("UnknownError".into())));
    assert_eq!(sell(&tablet, &device).await, Err(DeviceError::WriteFailed));
    tablet.close(device).await;
    let (device, session) = tablet.unlocked().await;
    assert_eq!(session.ledger.last_sale.map(|paid| paid.id.seq), Some(Seq(next)), "the refused ones did not turn up");
    assert!(!alerts(&device).await.contains(&"recovered"));
    device.sync_now().await;
    assert_eq!(sales_at(&tablet.server, 1), 1);
}

#[wasm_bindgen_test]
async fn row_29_a_store_that_wrote_and_never_said_so_is_asked() {
    let (tablet, device) = Tablet::selling("row-29").await;
    tablet.store.mishaps.borrow_mut().push_back(Mishap::StoreSilent);
    sell(&tablet, &device).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    device.sync_now().await;
    assert_eq!(sales_at(&tablet.server, 1), 2);
}

#[wasm_bindgen_test]
async fn a_black_box_that_fails_once_is_tried_again() {
    let (tablet, device) = Tablet::selling("box-once").await;
    tablet.black_box.failures.set(1);
    sell(&tablet, &device).await.unwrap();
    tablet.close(device).await;
    delete_database(&tablet.name).await;
    let (_, session) = tablet.unlocked().await;
    assert_eq!(session.ledger.turnover, Minor(450), "it is in the second copy");
}

#[wasm_bindgen_test]
async fn a_sale_that_only_one_disk_took_is_taken_back() {
    let (tablet, device) = Tablet::selling("box-fails").await;
    tablet.black_box.failures.set(2);
    assert_eq!(sell(&tablet, &device).await, Err(DeviceError::WriteFailed));
    assert_eq!(device.sync_now().await.unsent, 0, "nothing of it waits");
    sell(&tablet, &device).await.unwrap();
    tablet.close(device).await;
    let (device, session) = tablet.unlocked().await;
    assert_eq!(session.ledger.turnover, Minor(450));
    device.sync_now().await;
    assert_eq!(sales_at(&tablet.server, 1), 1);
}

#[wasm_bindgen_test]
async fn what_can_be_neither_finished_nor_taken_back_stops_the_till_until_it_says_what_happened() {
    let (tablet, device) = Tablet::selling("unsure").await;
    // The store refuses, and the black box cannot be cut.
    tablet.store.mishaps.borrow_mut().push_back(Mishap::Store(StorageError::Full));
    tablet.black_box.stuck.set(true);
    assert_eq!(sell(&tablet, &device).await, Err(DeviceError::Unsure));
    assert_eq!(sell(&tablet, &device).await, Err(DeviceError::Unsure), "nothing more is written");
    tablet.black_box.stuck.set(false);
    tablet.close(device).await;
    let (device, session) = tablet.unlocked().await;
    assert_eq!(session.ledger.turnover, Minor(450), "the black box had it");
    assert!(device.status().await.alerts.contains(&DeviceAlert::Recovered { entries: 1 }), "and the cashier is told");
    sell(&tablet, &device).await.unwrap();
    device.sync_now().await;
    assert_eq!(sales_at(&tablet.server, 1), 2);
}

#[wasm_bindgen_test]
async fn row_26_a_wiped_database_comes_back_from_the_black_box() {
    let (tablet, device) = Tablet::selling("row-26").await;
    tablet.server.always.set(Some(Fault::Unreachable));
    for _ in 0..3 {
        sell(&tablet, &device).await.unwrap();
    }
    let entries = device.entries(None).await.unwrap();
    tablet.close(device).await;
    delete_database(&tablet.name).await;

    let (device, session) = tablet.unlocked().await;
    assert_eq!(session.ledger.turnover, Minor(1350), "sales, shift and turnover are what they were");
    assert!(session.ledger.shift.is_some());
    assert_eq!(device.entries(None).await.unwrap(), entries);
    assert!(alerts(&device).await.contains(&"recovered"));
    sell(&tablet, &device).await.unwrap();
    tablet.server.always.set(None);
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(sales_at(&tablet.server, 1), 4);
    assert!(
        tablet.server.entries(1).iter().any(|entry| matches!(entry.body, Body::Recovered { entries } if entries >= 3)),
        "and the journal says so"
    );
}

#[wasm_bindgen_test]
async fn row_24_a_database_that_vanishes_while_the_till_is_open_comes_back() {
    let (tablet, device) = Tablet::selling("row-24").await;
    tablet.server.always.set(Some(Fault::Unreachable));
    sell(&tablet, &device).await.unwrap();
    delete_database(&tablet.name).await;
    sell(&tablet, &device).await.unwrap();
    tablet.server.always.set(None);
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(sales_at(&tablet.server, 1), 2, "the one before it vanished, too");
}

#[wasm_bindgen_test]
async fn row_26_a_damaged_row_is_healed_from_the_second_copy() {
    let (tablet, device) = Tablet::selling("row-26-row").await;
    let seq = sell(&tablet, &device).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    tablet.close(device).await;
    damage(&*tablet.store, Table::Journal, seq).await;
    tablet.store.close();
    let (device, session) = tablet.unlocked().await;
    assert_eq!(session.ledger.turnover, Minor(900));
    let status = device.status().await;
    assert!(status.alerts.contains(&DeviceAlert::Recovered { entries: 1 }));
    assert_eq!(status.quarantined, 0, "the other copy was whole");
}

#[wasm_bindgen_test]
async fn row_30_half_a_catalogue_is_never_shown_but_fetched_again() {
    let (tablet, device) = Tablet::selling("row-30").await;
    tablet.close(device).await;
    let vault = Vault::open(&tablet.name).await.unwrap();
    let whole = vault.get("config").await.unwrap().unwrap();
    vault.change(vec![VaultChange::Put("config".into(), whole[..whole.len() / 2].to_vec())]).await.unwrap();
    vault.close();
    tablet.server.always.set(Some(Fault::Unreachable));
    let (device, _) = tablet.boot().await;
    for _ in 0..2 {
        assert_eq!(
            device.unlock(ADA, &proof()).await.err(),
            Some(DeviceError::Offline),
            "no prices are better than half of them"
        );
    }
    assert_eq!(device.status().await.quarantined, 1, "kept aside, once");
    tablet.server.always.set(None);
    let session = device.unlock(ADA, &proof()).await.unwrap();
    assert_eq!(session.config, *tablet.server.config.borrow());
    assert!(session.ledger.shift.is_some());
}

#[wasm_bindgen_test]
async fn a_row_that_no_copy_can_give_is_set_aside_and_selling_goes_on() {
    let (tablet, device) = Tablet::selling("quarantine").await;
    tablet.server.always.set(Some(Fault::Unreachable));
    let seq = sell(&tablet, &device).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    tablet.close(device).await;
    damage(&*tablet.store, Table::Journal, seq).await;
    tablet.store.close();
    // The second copy is gone altogether.
    tablet.black_box_lost().await;
    let (device, _) = tablet.unlocked().await;
    assert_eq!(device.status().await.quarantined, 1);
    assert!(alerts(&device).await.contains(&"quarantined"));
    let file: std::collections::BTreeMap<String, barrow_core::bytes::Blob> =
        cbor::from_slice(&device.export_quarantine().await.unwrap()).unwrap();
    assert_eq!(file.len(), 1);
    assert!(file.values().all(|bytes| bytes.0.len() > 100), "the bytes are kept as they were found");
    commit(&tablet, &device, vec![Body::LogIn { way: LogInWay::Pin }]).await.unwrap();
    tablet.close(device).await;
    let (device, _) = tablet.unlocked().await;
    assert_eq!(device.status().await.quarantined, 1, "and not found again every time");
    // The server's own copy of it was never damaged.
    tablet.server.always.set(None);
    device.sync_now().await;
    assert_eq!(sales_at(&tablet.server, 1), 2);
    assert!(tablet.server.entries(1).iter().any(|entry| matches!(entry.body, Body::Quarantined { .. })));
}

#[wasm_bindgen_test]
async fn row_33_lost_keys_are_named_and_the_old_life_is_handed_in() {
    let (tablet, device) = Tablet::selling("row-33").await;
    tablet.server.always.set(Some(Fault::Unreachable));
    sell(&tablet, &device).await.unwrap();
    tablet.close(device).await;
    let vault = barrow_browser::vault::Vault::open(&tablet.name).await.unwrap();
    vault.lose_keys().await.unwrap();
    vault.close();
    // And the rest with them, as when a browser evicts an origin but for its files.
    delete_database(&tablet.name).await;
    tablet.server.always.set(None);

    let (device, boot) = tablet.boot().await;
    assert_eq!(boot, Boot::NotEnrolled { keys_lost: true });
    assert!(alerts(&device).await.contains(&"keys-lost"));
    device.enrol("ENROL").await.unwrap();
    let session = device.first_pin(ADA, &crate::server::code(ADA), &pin()).await.unwrap();
    *tablet.ledger.borrow_mut() = session.ledger;
    commit(&tablet, &device, vec![Body::ShiftOpened { float: Minor(0) }]).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(sales_at(&tablet.server, 2), 1);
    let old = tablet.server.entries(1);
    assert!(matches!(old.last().unwrap().body, Body::Sale(_)), "the unsent sale of the old life arrived");
    assert_eq!(tablet.store.count(Table::Outbox, life(1), Seq(0)).await, Ok(0), "and is forgotten here");
}

#[wasm_bindgen_test]
async fn a_server_that_was_set_up_anew_gets_no_strangers_entries() {
    let (mut tablet, device) = Tablet::selling("new-server").await;
    tablet.server.always.set(Some(Fault::Unreachable));
    sell(&tablet, &device).await.unwrap();
    tablet.close(device).await;
    barrow_browser::vault::Vault::open(&tablet.name).await.unwrap().lose_keys().await.unwrap();
    // Shop 3, till 5, epoch 1 once more, and yet nothing of what was.
    tablet.server = Default::default();
    let (device, boot) = tablet.boot().await;
    assert_eq!(boot, Boot::NotEnrolled { keys_lost: true });
    device.enrol("ENROL").await.unwrap();
    assert_eq!(device.status().await.quarantined, 1, "the unsent sale is kept aside");
    device.first_pin(ADA, &crate::server::code(ADA), &pin()).await.unwrap();
    tablet.close(device).await;
    let (device, session) = tablet.unlocked().await;
    assert_eq!(session.ledger.turnover, Minor(0));
    commit(&tablet, &device, vec![Body::ShiftOpened { float: Minor(0) }]).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(sales_at(&tablet.server, 1), 1);
}

#[wasm_bindgen_test]
async fn a_till_that_lost_both_copies_waits_for_the_server() {
    let (tablet, device) = Tablet::selling("both-lost").await;
    sell(&tablet, &device).await.unwrap();
    device.sync_now().await;
    tablet.close(device).await;
    delete_database(&tablet.name).await;
    tablet.black_box_lost().await;
    tablet.server.always.set(Some(Fault::Unreachable));
    let (device, _) = tablet.boot().await;
    device.unlock(ADA, &proof()).await.unwrap();
    assert_eq!(
        commit(&tablet, &device, vec![Body::LogIn { way: LogInWay::Pin }]).await,
        Err(DeviceError::Offline),
        "no number is given out that may be taken"
    );
    tablet.server.always.set(None);
    assert_eq!(commit(&tablet, &device, vec![Body::LogIn { way: LogInWay::Pin }]).await, Err(DeviceError::Copy));
    tablet.close(device).await;
    let (_, boot) = tablet.boot().await;
    assert_eq!(boot, Boot::NotEnrolled { keys_lost: true });
}

#[wasm_bindgen_test]
async fn promise_7_what_the_server_has_is_forgotten_when_the_shift_is_closed() {
    let (tablet, device) = Tablet::selling("promise-7").await;
    for _ in 0..3 {
        sell(&tablet, &device).await.unwrap();
    }
    assert_eq!(device.sync_now().await.unsent, 0);
    let kept = tablet.store.count(Table::Journal, life(1), Seq(0)).await.unwrap();
    assert!(kept >= 6, "the open shift is kept");
    let session_ledger = {
        device.lock(LockCause::Button).await;
        device.unlock(ADA, &proof()).await.unwrap().ledger
    };
    let report = session_ledger.shift.as_ref().unwrap().report(Minor(6350), Vec::new(), &session_ledger).unwrap();
    commit(&tablet, &device, vec![Body::ShiftClosed(report)]).await.unwrap();
    let before = tablet.black_box_bytes();
    device.snapshot(&Default::default()).await.unwrap();
    assert!(tablet.store.count(Table::Journal, life(1), Seq(0)).await.unwrap() > 0, "not before the server has it");
    // A plain answer forgets nothing; neither does an acknowledgement of what is not yet in a backup.
    tablet.server.backed_up.set(Some(0));
    assert_eq!(device.sync_now().await.unsent, 0);
    assert!(tablet.store.count(Table::Outbox, life(1), Seq(0)).await.unwrap() > 0);
    tablet.server.backed_up.set(None);
    device.sync_now().await;
    assert_eq!(tablet.store.count(Table::Journal, life(1), Seq(0)).await, Ok(0));
    assert_eq!(tablet.store.count(Table::Outbox, life(1), Seq(0)).await, Ok(0));
    assert!(tablet.black_box_bytes() < before / 2, "{} of {before}", tablet.black_box_bytes());

    tablet.close(device).await;
    delete_database(&tablet.name).await;
    let (device, session) = tablet.unlocked().await;
    assert_eq!(session.ledger.turnover, Minor(1350), "the turnover never resets");
    assert!(session.ledger.shift.is_none());
    commit(&tablet, &device, vec![Body::ShiftOpened { float: Minor(0) }]).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    device.sync_now().await;
    assert_eq!(sales_at(&tablet.server, 1), 4);
}

#[wasm_bindgen_test]
async fn row_38_a_clock_that_went_back_is_written_down_once_and_order_stays() {
    let (tablet, device) = Tablet::selling("row-38").await;
    let ten_years = 10 * 365 * 86_400_000;
    sell(&tablet, &device).await.unwrap();
    tablet.clock.set(tablet.clock.get() - ten_years);
    let sold = sell(&tablet, &device).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    assert!(alerts(&device).await.contains(&"clock-back"));
    tablet.clock.set(tablet.clock.get() + 2 * ten_years);
    sell(&tablet, &device).await.unwrap();
    assert!(!alerts(&device).await.contains(&"clock-back"));
    device.sync_now().await;
    let entries = tablet.server.entries(1);
    let back: Vec<_> = entries.iter().filter(|entry| matches!(entry.body, Body::ClockBack { .. })).collect();
    assert_eq!(back.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(), [sold - 1]);
    assert!(entries.windows(2).all(|pair| pair[0].seq.next() == pair[1].seq));
    assert_eq!(entries.iter().filter(|entry| matches!(entry.body, Body::Sale(_))).count(), 4);
}

#[wasm_bindgen_test]
async fn a_throw_away_till_writes_and_reads_and_two_share_nothing() {
    use barrow_browser::throwaway::Throwaway;
    let names = [Tablet::new("bench").name, Tablet::new("bench").name];
    let script = crate::support::script();
    let (one, other) = (Throwaway::open(&names[0], &script).await.unwrap(), Throwaway::open(&names[1], &script).await.unwrap());
    let sold = one.put(vec![sale(&one.session.ledger)]).await.unwrap();
    let many = one.put((0..50).map(|_| sale(&one.session.ledger)).collect()).await.unwrap();
    assert_eq!(many.len(), 50);
    assert_eq!(one.read(None).await.unwrap()[1], sold[0].entry, "behind the enrolment");
    assert_eq!(one.read(Some(2)).await.unwrap(), [many[48].entry.clone(), many[49].entry.clone()]);
    assert_eq!(other.read(None).await.unwrap().len(), 1, "no more than its own enrolment");
    one.close();
    // A second life of the same name is a new till.
    pause(50).await;
    let again = Throwaway::open(&names[0], &script).await.unwrap();
    assert!(!again.read(None).await.unwrap().iter().any(|entry| matches!(entry.body, Body::Sale(_))), "it sold nothing yet");
}
