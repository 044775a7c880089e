//! One suite for every store: what holds of memory has to hold of IndexedDB.

use std::rc::Rc;

use barrow_browser::{
    Parts,
    store::{Change, Key, Life, MemoryStore, StorageError, Store, Table},
};
use barrow_core::ids::Seq;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{default_factory, delete_database, factories, hollow, life, request, script};

fn indexed(name: &str) -> (String, Rc<dyn Store>) {
    let mut number = [0; 4];
    crate::support::fill(&mut number);
    let name = format!("store-{name}-{}", u32::from_le_bytes(number));
    let store = Parts::of_browser(&name, &script()).unwrap().store;
    (name, store)
}

fn place(seq: u64) -> Key {
    Key::Place(life(2), Seq(seq))
}

async fn conforms(store: &dyn Store) {
    let put = |seq: u64| Change::place(Table::Outbox, life(2), Seq(seq), vec![seq as u8]);
    assert_eq!(store.get(Table::Outbox, &place(1)).await, Ok(None));
    store.transact(true, &[put(3), put(1), put(2), put(300)]).await.unwrap();
    store.transact(true, &[Change::place(Table::Outbox, life(3), Seq(1), vec![9])]).await.unwrap();
    store.transact(true, &[Change::place(Table::Journal, life(2), Seq(1), vec![8])]).await.unwrap();

    // By number, not by text; one epoch and one table at a time.
    let seqs = [1, 2, 3, 300].map(Seq);
    assert_eq!(store.place_keys(Table::Outbox, life(2), Seq(0)).await, Ok(seqs.to_vec()));
    assert_eq!(store.places(Table::Outbox, life(2), Seq(2), 2).await, Ok(vec![(Seq(2), vec![2]), (Seq(3), vec![3])]));
    assert_eq!(store.count(Table::Outbox, life(2), Seq(3)).await, Ok(2));
    assert_eq!(store.count(Table::Outbox, life(4), Seq(0)).await, Ok(0));

    // Twice is once.
    store.transact(false, &[put(1), put(1)]).await.unwrap();
    assert_eq!(store.count(Table::Outbox, life(2), Seq(0)).await, Ok(4));

    store
        .transact(true, &[Change::DeleteUpTo(Table::Outbox, life(2), Seq(2)), Change::Delete(Table::Outbox, place(300))])
        .await
        .unwrap();
    assert_eq!(store.place_keys(Table::Outbox, life(2), Seq(0)).await, Ok(vec![Seq(3)]));
    assert_eq!(store.count(Table::Outbox, life(3), Seq(0)).await, Ok(1));
    let other = Life { till: barrow_core::ids::TillId(6), ..life(3) };
    assert_eq!(store.count(Table::Outbox, other, Seq(0)).await, Ok(0), "another till's epochs are not this one's");
    assert_eq!(store.count(Table::Journal, life(2), Seq(0)).await, Ok(1));

    let names = [("ack/1", 1u8), ("head/1", 2), ("head/2", 3), ("heads", 4)];
    let changes: Vec<Change> = names.iter().map(|(name, value)| Change::name(Table::Meta, *name, vec![*value])).collect();
    store.transact(true, &changes).await.unwrap();
    assert_eq!(store.names(Table::Meta, "head/").await, Ok(vec![("head/1".to_owned(), vec![2]), ("head/2".to_owned(), vec![3])]));
    assert_eq!(store.names(Table::Meta, "").await.unwrap().len(), 4);
    store.transact(true, &[]).await.unwrap();
}

#[wasm_bindgen_test]
async fn memory_conforms() {
    conforms(&MemoryStore::default()).await;
}

#[wasm_bindgen_test]
async fn indexed_db_conforms() {
    let (_, store) = indexed("conforms");
    conforms(&*store).await;
}

#[wasm_bindgen_test]
async fn row_25_a_lost_connection_is_opened_again() {
    let (_, store) = indexed("lost");
    let change = |value| [Change::place(Table::Outbox, life(2), Seq(1), vec![value])];
    store.transact(true, &change(1)).await.unwrap();
    let before = store.generation();
    store.close();
    assert_eq!(store.get(Table::Outbox, &place(1)).await, Ok(Some(vec![1])));
    store.close();
    store.transact(true, &change(2)).await.unwrap();
    assert_eq!(store.get(Table::Outbox, &place(1)).await, Ok(Some(vec![2])));
    assert!(store.generation() > before, "who wrote before can tell that the connection is another one");
}

#[wasm_bindgen_test]
async fn row_27_an_upgrade_elsewhere_is_let_through_and_row_28_a_newer_schema_is_refused() {
    let (name, store) = indexed("upgrade");
    store.transact(true, &[Change::place(Table::Outbox, life(2), Seq(1), vec![1])]).await.unwrap();
    // Another tab's newer version: it does not wait for us for ever.
    let newer: web_sys::IdbDatabase =
        request(&default_factory().open_with_u32(&name, 99).unwrap()).await.unwrap().unchecked_into();
    assert_eq!(store.get(Table::Outbox, &place(1)).await, Err(StorageError::Newer));
    assert_eq!(
        store.transact(true, &[Change::Delete(Table::Outbox, place(1))]).await,
        Err(StorageError::Newer),
        "nothing is deleted, recreated or written"
    );
    let objects = newer.transaction_with_str("outbox").unwrap().object_store("outbox").unwrap();
    let rows = request(&objects.get_all().unwrap()).await.unwrap();
    assert_eq!(js_sys::Array::from(&rows).length(), 1);
    newer.close();
}

#[wasm_bindgen_test]
async fn a_database_that_was_deleted_under_us_is_noticed() {
    let (name, store) = indexed("deleted");
    store.transact(true, &[Change::place(Table::Outbox, life(2), Seq(1), vec![1])]).await.unwrap();
    let before = store.generation();
    delete_database(&name).await;
    assert_eq!(store.get(Table::Outbox, &place(1)).await, Ok(None));
    assert!(store.generation() > before);
}

#[wasm_bindgen_test]
async fn row_26_a_database_that_is_damaged_goes_on_beside_it_and_everybody_finds_it_there() {
    let (name, store) = indexed("damaged");
    let again = || Parts::of_browser(&name, &script()).unwrap().store;
    let put = |seq: u64| [Change::place(Table::Outbox, life(2), Seq(seq), vec![seq as u8])];
    store.transact(true, &put(1)).await.unwrap();
    let before = store.generation();
    store.close();
    hollow(&default_factory(), &name).await;
    assert_eq!(store.get(Table::Outbox, &place(1)).await, Ok(None), "it answers, though what it had is gone");
    assert!(store.generation() > before, "who wrote before can tell");
    store.transact(true, &put(2)).await.unwrap();
    let other = again();
    assert_eq!(other.get(Table::Outbox, &place(2)).await, Ok(Some(vec![2])));

    // The first place seems to be in order again.
    delete_database(&name).await;
    let later = again();
    assert_eq!(later.get(Table::Outbox, &place(2)).await, Ok(Some(vec![2])));

    // And the second is damaged, too.
    [store, other, later].iter().for_each(|store| store.close());
    let beside = format!("{name}-beside-1");
    hollow(factories(&beside).await.last().unwrap(), &beside).await;
    again().transact(true, &put(3)).await.unwrap();
    assert_eq!(again().place_keys(Table::Outbox, life(2), Seq(0)).await, Ok(vec![Seq(3)]));
}
