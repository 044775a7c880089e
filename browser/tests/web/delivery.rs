//! From the outbox to the server, whatever stands between.

use std::rc::Rc;

use barrow_browser::{
    store::{Store, Table},
    transport::Transport,
    uploader::drain_in_background,
};
use barrow_core::{
    config::TillState,
    device::DeviceError,
    ids::Seq,
    journal::{Body, LockCause},
    money::Minor,
    staff::LogInWay,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::{
    server::Fault,
    support::{ADA, BOB, Tablet, alerts, commit, life, proof, sales_at, sell},
};

/// Unsent entries, and rows in the outbox.
async fn waiting(tablet: &Tablet, device: &barrow_browser::Device) -> (u64, u64) {
    (device.status().await.unsent, tablet.store.count(Table::Outbox, life(1), Seq(0)).await.unwrap())
}

#[wasm_bindgen_test]
async fn rows_3_and_4_a_lost_reply_counts_nothing_twice() {
    let (tablet, device) = Tablet::selling("row-3").await;
    sell(&tablet, &device).await.unwrap();
    tablet.server.faults.borrow_mut().push_back(Fault::ReplyLost);
    let status = device.sync_now().await;
    assert_eq!((status.unsent, status.online), (1, false));
    assert_eq!(tablet.server.head(1), 5, "the server has it");
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(sales_at(&tablet.server, 1), 1);
}

#[wasm_bindgen_test]
async fn rows_15_and_21_an_error_removes_nothing_and_delivery_goes_on_when_it_heals() {
    let (tablet, device) = Tablet::selling("row-15").await;
    sell(&tablet, &device).await.unwrap();
    let before = waiting(&tablet, &device).await;
    for fault in [Fault::Status(500), Fault::Status(404), Fault::Status(401), Fault::Unreachable] {
        tablet.server.faults.borrow_mut().push_back(fault);
        device.sync_now().await;
        assert_eq!(waiting(&tablet, &device).await, before, "{fault:?}");
    }
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(sales_at(&tablet.server, 1), 1);
}

#[wasm_bindgen_test]
async fn row_16_captive_portal_is_no_answer() {
    let (tablet, device) = Tablet::selling("row-16").await;
    sell(&tablet, &device).await.unwrap();
    let before = waiting(&tablet, &device).await;
    tablet.server.faults.borrow_mut().extend([Fault::Portal]);
    let status = device.sync_now().await;
    assert!(!status.online);
    assert!(alerts(&device).await.contains(&"not-our-server"));
    assert_eq!(waiting(&tablet, &device).await, before);
    // Signed, but not by the key that was pinned.
    tablet.server.faults.borrow_mut().extend([Fault::Forged]);
    device.sync_now().await;
    assert_eq!(waiting(&tablet, &device).await, before);
    let status = device.sync_now().await;
    assert_eq!((status.unsent, status.online), (0, true));
    assert!(!alerts(&device).await.contains(&"not-our-server"));
}

#[wasm_bindgen_test]
async fn row_14_a_limit_between_halves_the_batch_until_it_fits() {
    let (tablet, device) = Tablet::selling("row-14").await;
    for _ in 0..12 {
        sell(&tablet, &device).await.unwrap();
    }
    tablet.server.body_max.set(4_000);
    let seen = tablet.server.records_seen.get();
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(tablet.server.records_seen.get() - seen, 12, "each record arrives once");
    assert_eq!(sales_at(&tablet.server, 1), 12);
    // One that is alone too large waits, and is not thrown away.
    sell(&tablet, &device).await.unwrap();
    tablet.server.body_max.set(300);
    assert_eq!(device.sync_now().await.unsent, 1);
    assert!(device.next_sync_in_ms() > 0, "it does not ask again at once");
    tablet.server.body_max.set(100_000);
    assert_eq!(device.sync_now().await.unsent, 0);
}

#[wasm_bindgen_test]
async fn row_17_a_thousand_failures_delete_nothing() {
    let (tablet, device) = Tablet::selling("row-17").await;
    sell(&tablet, &device).await.unwrap();
    let before = waiting(&tablet, &device).await;
    tablet.server.always.set(Some(Fault::Status(500)));
    let (store, server): (Rc<dyn Store>, Rc<dyn Transport>) = (tablet.store.clone(), tablet.server.clone());
    for _ in 0..1000 {
        assert_eq!(device.sync_now().await.unsent, 1);
    }
    assert_eq!(drain_in_background(&tablet.name, store, server).await, Ok(false));
    assert_eq!(waiting(&tablet, &device).await, before);
    tablet.server.always.set(None);
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(sales_at(&tablet.server, 1), 1);
}

#[wasm_bindgen_test]
async fn row_20_the_server_says_when_to_come_back() {
    let (tablet, device) = Tablet::selling("row-20").await;
    sell(&tablet, &device).await.unwrap();
    assert_eq!(device.next_sync_in_ms(), 0);
    tablet.server.faults.borrow_mut().push_back(Fault::Busy(120));
    device.sync().await;
    assert!(device.next_sync_in_ms() > 110_000);
    let asked = tablet.server.requests.borrow().len();
    assert_eq!(device.sync().await.unsent, 1);
    assert_eq!(tablet.server.requests.borrow().len(), asked, "it keeps to it");
}

#[wasm_bindgen_test]
async fn row_7_many_wakers_one_drainer() {
    let (tablet, device) = Tablet::selling("row-7").await;
    for _ in 0..5 {
        sell(&tablet, &device).await.unwrap();
    }
    let seen = tablet.server.records_seen.get();
    let (store, server): (Rc<dyn Store>, Rc<dyn Transport>) = (tablet.store.clone(), tablet.server.clone());
    let mut all: Vec<std::pin::Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
    for _ in 0..3 {
        let device = device.clone();
        all.push(Box::pin(async move {
            device.sync_now().await;
        }));
    }
    let name = tablet.name.clone();
    all.push(Box::pin(async move {
        drain_in_background(&name, store, server).await.unwrap();
    }));
    std::future::poll_fn(|cx| {
        all.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    device.sync_now().await;
    assert_eq!(device.status().await.unsent, 0);
    assert_eq!(tablet.server.records_seen.get() - seen, 5, "no record was sent twice");
    assert_eq!(sales_at(&tablet.server, 1), 5);
}

/// The head and the rows are read one after the other: a sale in between is beyond the head that the batch names, and the
/// server's acknowledgement of it would look like one of another tablet's.
#[wasm_bindgen_test]
async fn row_7_a_sale_while_a_batch_is_put_together_makes_no_copy_of_the_till() {
    let (tablet, device) = Tablet::selling("row-7-between").await;
    let tablet = Rc::new(tablet);
    sell(&tablet, &device).await.unwrap();
    let (seller, till) = (tablet.clone(), device.clone());
    *tablet.store.before_batch.borrow_mut() = Some(Box::pin(async move {
        sell(&seller, &till).await.unwrap();
    }));
    let seen = tablet.server.records_seen.get();
    device.sync_now().await;
    assert!(tablet.store.before_batch.borrow().is_none(), "the sale was made in between");
    assert!(!alerts(&device).await.contains(&"copy"));
    sell(&tablet, &device).await.unwrap();
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(tablet.server.records_seen.get() - seen, 3, "each record arrives once");
    assert_eq!(sales_at(&tablet.server, 1), 3);
}

#[wasm_bindgen_test]
async fn promise_5_a_locked_till_and_a_closed_page_still_sync() {
    let (tablet, device) = Tablet::selling("promise-5").await;
    sell(&tablet, &device).await.unwrap();
    device.lock(LockCause::Button).await;
    sell_is_refused(&tablet, &device).await;
    assert_eq!(device.sync_now().await.unsent, 0);
    assert_eq!(sales_at(&tablet.server, 1), 1);
    device.unlock(ADA, &proof()).await.unwrap();
    sell(&tablet, &device).await.unwrap();
    tablet.close(device).await;
    let (store, server): (Rc<dyn Store>, Rc<dyn Transport>) = (tablet.store.clone(), tablet.server.clone());
    assert_eq!(drain_in_background(&tablet.name, store, server).await, Ok(true));
    assert_eq!(sales_at(&tablet.server, 1), 2);
}

async fn sell_is_refused(tablet: &Tablet, device: &barrow_browser::Device) {
    assert_eq!(commit(tablet, device, vec![Body::LogIn { way: LogInWay::Pin }]).await, Err(DeviceError::Locked));
}

#[wasm_bindgen_test]
async fn row_22_no_till_in_this_browser_is_nothing_to_send() {
    let tablet = Tablet::new("no-till");
    let (store, server): (Rc<dyn Store>, Rc<dyn Transport>) = (tablet.store.clone(), tablet.server.clone());
    assert_eq!(drain_in_background(&tablet.name, store, server).await, Ok(true));
    assert!(tablet.server.requests.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn row_37_a_restored_server_gets_again_what_it_lost() {
    let (tablet, device) = Tablet::selling("row-37").await;
    // In no backup yet: so the till keeps it, though it is acknowledged.
    tablet.server.backed_up.set(Some(4));
    for _ in 0..3 {
        sell(&tablet, &device).await.unwrap();
    }
    assert_eq!(device.sync_now().await.unsent, 0);
    tablet.server.restore(1, 5);
    device.sync_now().await;
    assert_eq!(device.status().await.unsent, 0);
    assert_eq!(tablet.server.head(1), 7);
    assert_eq!(sales_at(&tablet.server, 1), 3);
}

#[wasm_bindgen_test]
async fn row_37_what_a_copy_gave_a_restored_server_meanwhile_comes_to_light() {
    let (tablet, device) = Tablet::selling("row-37-copy").await;
    tablet.server.backed_up.set(Some(4));
    for _ in 0..3 {
        sell(&tablet, &device).await.unwrap();
    }
    device.sync_now().await;
    tablet.server.restore(1, 5);
    {
        // The copy was quicker: what stands at 6 and 7 is its.
        let mut lives = tablet.server.lives.borrow_mut();
        let life = lives.get_mut(&1).unwrap();
        for seq in [6, 7] {
            let entry = life.entries.values().next_back().unwrap().1.clone();
            life.entries.insert(seq, (barrow_core::bytes::Hash([seq as u8; 32]), entry));
        }
        life.known.head.seq = Seq(7);
        life.known.head.hash = barrow_core::bytes::Hash([7; 32]);
    }
    sell(&tablet, &device).await.unwrap();
    assert_eq!(device.sync_now().await.unsent, 0);
    let set_aside: Vec<u64> = tablet.server.lives.borrow()[&1].quarantine.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(set_aside, [6, 7], "both were sent again, though the server was not behind");
    device.sync_now().await;
    assert_eq!(tablet.server.lives.borrow()[&1].quarantine.len(), 2, "once");
}

#[wasm_bindgen_test]
async fn row_36_a_copy_is_told_so_sells_no_more_and_hands_in_what_it_sold() {
    let (tablet, device) = Tablet::selling("row-36").await;
    // Another tablet with this one's disk sold something else at the next place.
    let other = barrow_core::bytes::Hash([9; 32]);
    {
        let mut lives = tablet.server.lives.borrow_mut();
        let life = lives.get_mut(&1).unwrap();
        let entry = life.entries.values().next_back().unwrap().1.clone();
        life.entries.insert(5, (other, entry));
        life.known.head.seq = Seq(5);
        life.known.head.hash = other;
    }
    sell(&tablet, &device).await.unwrap();
    device.sync_now().await;
    assert!(alerts(&device).await.contains(&"copy"));
    assert_eq!(sell(&tablet, &device).await, Err(DeviceError::Copy));
    assert_eq!(device.status().await.unsent, 0);
    let lives = tablet.server.lives.borrow();
    assert_eq!(lives[&1].quarantine, [(5, barrow_core::sync::Anomaly::Fork)], "the server keeps both");
}

#[wasm_bindgen_test]
async fn a_revoked_till_sells_no_more_and_delivers_what_it_has() {
    let (tablet, device) = Tablet::selling("revoked").await;
    sell(&tablet, &device).await.unwrap();
    tablet.server.state.set(TillState::Revoked);
    assert_eq!(device.sync_now().await.unsent, 0);
    assert!(alerts(&device).await.contains(&"revoked"));
    assert_eq!(sell(&tablet, &device).await, Err(DeviceError::Revoked));
    commit(&tablet, &device, vec![Body::LogIn { way: LogInWay::Pin }]).await.unwrap();
    assert_eq!(device.sync_now().await.unsent, 0);
    tablet.server.state.set(TillState::Active);
    device.sync_now().await;
    sell(&tablet, &device).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_newer_configuration_arrives_locked_or_not() {
    let (tablet, device) = Tablet::selling("config").await;
    assert_eq!(device.take_new_config(), None);
    tablet.server.change_config(|config| config.products[0].price = Minor(500));
    device.sync_now().await;
    let config = device.take_new_config().unwrap();
    assert_eq!((config.version, config.products[0].price), (2, Minor(500)));
    assert_eq!(device.take_new_config(), None);

    device.lock(LockCause::Button).await;
    tablet.server.change_config(|config| config.staff.retain(|member| member.id == ADA));
    device.sync_now().await;
    assert_eq!(device.take_new_config(), None, "for the next person");
    let locked = device.lock(LockCause::Button).await;
    assert_eq!(locked.roster.iter().map(|entry| entry.id).collect::<Vec<_>>(), [ADA]);
    let session = device.unlock(ADA, &proof()).await.unwrap();
    assert_eq!(session.config.version, 3);
    assert!(device.unlock(BOB, &proof()).await.is_err());

    // Kept over a reload, with no network.
    tablet.server.always.set(Some(Fault::Unreachable));
    tablet.close(device).await;
    let (_, session) = tablet.unlocked().await;
    assert_eq!(session.config.version, 3);
}
