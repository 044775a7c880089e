//! The customers that this till knows: each a row of its own, sealed under the journal key, written with the entry that made it,
//! and deleted when the server says that they were erased.

use barrow_core::{
    customer::{Customer, Directory, Place, Saved},
    ids::CustomerId,
};
use barrow_sealing::{
    Key as SecretKey, cbor,
    local::{self, Binding, Namespace},
};

use super::{Device, Till};
use crate::{
    random,
    store::{Change, Key, Table},
};

/// What their names in [`Table::Meta`] begin with; the id follows, in hexadecimal.
const CUSTOMER: &str = "customer/";
/// The name of the [`Place`] up to which the server told.
const TOLD: &str = "customers";

/// What a session knows of customers.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownCustomers {
    told: Place,
    directory: Directory,
}

impl Device {
    /// The customers that are kept. A row that does not open is of another life of this till, or damaged: the server tells again.
    pub(super) async fn open_customers(&self, till: &Till, key: &SecretKey) -> Directory {
        let store = &self.inner.parts.store;
        let open = |store: &str, sealed: &[u8]| local::open(key, Namespace::Customer, &place(till, store), sealed).ok();
        let told = store.get(Table::Meta, &Key::Name(TOLD.into())).await.ok().flatten();
        let told: Option<Place> = told.and_then(|sealed| cbor::from_slice(&open(TOLD, &sealed)?).ok());
        let rows = store.names(Table::Meta, CUSTOMER).await.unwrap_or_default();
        let read: Vec<Option<Customer>> =
            rows.iter().map(|(name, sealed)| cbor::from_slice(&open(&store_name(name), sealed)?).ok()).collect();
        let whole = read.iter().all(Option::is_some);
        let directory = Directory::of(read.into_iter().flatten());
        let told = told.filter(|_| whole).unwrap_or_default();
        *self.inner.customers.borrow_mut() = Some(KnownCustomers { told, directory: directory.clone() });
        directory
    }

    pub(super) fn close_customers(&self) {
        self.inner.customers.take();
        self.inner.new_customers.take();
        if let Some(till) = self.till() {
            till.uploader.customers.ask(None);
        }
    }

    /// What is kept of a customer, to be written with the entry: the row, and what takes it back.
    pub(super) async fn customer_row(&self, till: &Till, key: &SecretKey, saved: &Saved) -> Option<(Change, Change)> {
        let beside = saved.beside.as_ref()?;
        let known = self.inner.customers.borrow().as_ref().and_then(|known| known.directory.find(saved.id).cloned());
        let customer = match known {
            Some(known) => Customer { person: beside.person.clone(), ..known },
            None => Customer { id: saved.id, aliases: Vec::new(), person: beside.person.clone(), version: 0 },
        };
        let name = Key::Name(row_name(customer.id));
        let before = self.inner.parts.store.get(Table::Meta, &name).await.ok().flatten();
        let undo = match before {
            Some(before) => Change::Put(Table::Meta, name, before),
            None => Change::Delete(Table::Meta, name),
        };
        Some((put(till, key, &customer)?, undo))
    }

    /// The entry is on both disks: so is the customer.
    pub(super) fn customer_written(&self, saved: &Saved) {
        let mut customers = self.inner.customers.borrow_mut();
        let (Some(beside), Some(known)) = (&saved.beside, customers.as_mut()) else { return };
        let before = known.directory.find(saved.id).cloned();
        let base = before.unwrap_or(Customer { id: saved.id, aliases: Vec::new(), person: beside.person.clone(), version: 0 });
        known.directory.put(Customer { person: beside.person.clone(), ..base });
    }

    /// Lets the next batches ask for what changed.
    pub(super) fn ask_for_customers(&self, till: &Till) {
        till.uploader.customers.ask(self.inner.customers.borrow().as_ref().map(|known| known.told));
    }

    /// Takes in what came. Those who were erased go first, and at once.
    pub(super) async fn hear_of_customers(&self, till: &Till) {
        let news = till.uploader.customers.take();
        let key = self.inner.session.borrow().as_ref().map(|open| open.key.clone());
        let (Some(key), false) = (key, news.is_empty()) else { return };
        let mut changes = Vec::new();
        {
            let mut customers = self.inner.customers.borrow_mut();
            let Some(known) = customers.as_mut() else { return };
            for news in news {
                if news.now == known.told {
                    continue;
                }
                for id in news.erased {
                    known.directory.remove(id);
                    changes.push(delete(id));
                }
                for customer in news.changed {
                    changes.extend(customer.aliases.iter().copied().map(delete));
                    changes.extend(put(till, &key, &customer));
                    known.directory.put(customer);
                }
                for id in known.directory.too_many() {
                    known.directory.remove(id);
                    changes.push(delete(id));
                }
                known.told = news.now;
                changes.extend(cbor::to_vec(&known.told).ok().and_then(|told| sealed(till, &key, TOLD, TOLD.into(), &told)));
            }
            if changes.is_empty() {
                return;
            }
            *self.inner.new_customers.borrow_mut() = Some(known.directory.clone());
        }
        // What cannot be written now is told again: the place that was kept is the old one.
        let _ = self.inner.parts.store.transact(true, &changes).await;
        self.tell_listeners();
    }
}

fn put(till: &Till, key: &SecretKey, customer: &Customer) -> Option<Change> {
    let name = row_name(customer.id);
    sealed(till, key, &store_name(&name), name, &cbor::to_vec(customer).ok()?)
}

fn delete(id: CustomerId) -> Change {
    Change::Delete(Table::Meta, Key::Name(row_name(id)))
}

fn sealed(till: &Till, key: &SecretKey, store: &str, name: String, plain: &[u8]) -> Option<Change> {
    let sealed = local::seal(key, Namespace::Customer, &place(till, store), random::bytes(), plain).ok()?;
    Some(Change::name(Table::Meta, name, sealed))
}

fn row_name(id: CustomerId) -> String {
    format!("{CUSTOMER}{id}")
}

/// The store's name in the binding of the row of this name.
fn store_name(name: &str) -> String {
    name.replace('/', ".")
}

fn place<'a>(till: &Till, store: &'a str) -> Binding<'a> {
    let record = &till.identity.record;
    Binding { shop: record.shop.0, till: record.till.0, store, seq: 0 }
}
