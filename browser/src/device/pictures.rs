//! Products' pictures: fetched when the configuration names them, believed by their hash alone, kept sealed one by one, and opened when
//! the screen asks. Nothing waits for them; what is missing comes with a later exchange.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
};

use barrow_core::{
    bytes::{Blob, Hash},
    config::Config,
    image,
    wire::IMAGES_MAX,
};
use barrow_sealing::{
    cbor,
    hash::sha256,
    local::{self, Namespace},
};
use wasm_bindgen_futures::spawn_local;

use super::{Device, sign_in::place};
use crate::{
    random,
    store::{Change, Key, StorageError, Table},
    wait::sleep,
};

/// What the names of pictures in [`Table::Meta`] begin with; their hash follows.
const PREFIX: &str = "picture/";
/// The name of the list of those that are kept, sealed.
const LIST: &str = "pictures";
/// The most pictures that a till keeps: 60 MB.
const KEPT_MAX: usize = 5_000;
/// Between two requests, milliseconds: sales go first.
const PAUSE_MS: u32 = 200;

/// A till's dealings with pictures.
#[derive(Default)]
pub(super) struct Pictures {
    /// By the newest configuration, while somebody is signed in.
    wanted: RefCell<BTreeSet<Hash>>,
    fetching: Cell<bool>,
    /// All that the server has is here, as this configuration wants it.
    settled: Cell<bool>,
}

impl Device {
    /// The picture of this hash, if it is here: a WebP or JPEG file. Nothing while locked.
    pub async fn picture(&self, hash: Hash) -> Option<(image::Encoding, Vec<u8>)> {
        let (till, key) = (self.till()?, self.session_key()?);
        let sealed = self.inner.parts.store.get(Table::Meta, &name(&hash)).await.ok()??;
        let at = hash.to_string();
        let mut place = place(&till, LIST, 0);
        place.store = &at;
        let plain = local::open(&key, Namespace::Picture, &place, &sealed).ok()?;
        let encoding = image::check(&plain).ok()?;
        Some((encoding, plain.to_vec()))
    }

    /// The configuration was opened, or a newer one came.
    pub(super) fn pictures_wanted(&self, config: &Config) {
        let wanted = config.products.iter().filter_map(|product| product.details.image).take(KEPT_MAX).collect();
        let pictures = &self.inner.pictures;
        *pictures.wanted.borrow_mut() = wanted;
        pictures.settled.set(false);
    }

    /// Fetches what is wanted and not kept, and forgets what is kept and not wanted. It goes on by itself.
    pub(super) fn renew_pictures(&self) {
        let pictures = &self.inner.pictures;
        if self.session_key().is_none() || pictures.settled.get() || pictures.fetching.replace(true) {
            return;
        }
        // Unless a newer configuration comes meanwhile.
        pictures.settled.set(true);
        let device = self.clone();
        spawn_local(async move {
            let brought = device.bring_pictures().await;
            device.inner.pictures.fetching.set(false);
            match brought {
                Some(true) => device.tell_listeners(),
                Some(false) => {}
                // It goes on with the next exchange.
                None => device.inner.pictures.settled.set(false),
            }
        });
    }

    /// Is there anything new?
    async fn bring_pictures(&self) -> Option<bool> {
        let till = self.till()?;
        let mut kept = self.kept_pictures().await;
        let wanted = self.inner.pictures.wanted.borrow().clone();
        let over: Vec<Hash> = kept.difference(&wanted).copied().collect();
        if !over.is_empty() {
            kept.retain(|hash| wanted.contains(hash));
            let gone = over.iter().map(|hash| Change::Delete(Table::Meta, name(hash)));
            self.keep_pictures(&kept, gone.collect()).await?;
        }
        let missing: Vec<Hash> = wanted.into_iter().filter(|hash| !kept.contains(hash)).collect();
        for asked in missing.chunks(IMAGES_MAX) {
            let images = till.server.images(asked).await.ok()?;
            // Locked meanwhile: the rest comes after the next sign-in.
            let key = self.session_key()?;
            let mut changes = Vec::new();
            for Blob(bytes) in images {
                let hash = Hash(sha256(&bytes));
                if !asked.contains(&hash) || image::check(&bytes).is_err() {
                    continue;
                }
                let at = hash.to_string();
                let mut place = place(&till, LIST, 0);
                place.store = &at;
                let sealed = local::seal(&key, Namespace::Picture, &place, random::bytes(), &bytes).ok()?;
                changes.push(Change::Put(Table::Meta, name(&hash), sealed));
                kept.insert(hash);
            }
            self.keep_pictures(&kept, changes).await?;
            sleep(PAUSE_MS).await;
        }
        Some(!missing.is_empty())
    }

    /// Which pictures are kept. A list that does not open is that of an older life: they are fetched again.
    async fn kept_pictures(&self) -> BTreeSet<Hash> {
        let read = async {
            let (till, key) = (self.till()?, self.session_key()?);
            let sealed = self.inner.parts.store.get(Table::Meta, &Key::Name(LIST.into())).await.ok()??;
            let plain = local::open(&key, Namespace::Picture, &place(&till, LIST, 0), &sealed).ok()?;
            cbor::from_slice(&plain).ok()
        };
        read.await.unwrap_or_default()
    }

    /// Writes the list with what changes in it, all or nothing.
    async fn keep_pictures(&self, kept: &BTreeSet<Hash>, mut changes: Vec<Change>) -> Option<()> {
        let (till, key) = (self.till()?, self.session_key()?);
        let plain = cbor::to_vec(kept).ok()?;
        let sealed = local::seal(&key, Namespace::Picture, &place(&till, LIST, 0), random::bytes(), &plain).ok()?;
        changes.push(Change::name(Table::Meta, LIST, sealed));
        self.inner.parts.store.transact(false, &changes).await.ok()
    }

    /// Forgets all: they were sealed under another life's key.
    pub(super) async fn forget_pictures(&self) -> Result<(), StorageError> {
        let store = &self.inner.parts.store;
        let names = store.names(Table::Meta, PREFIX).await?.into_iter().map(|(name, _)| name).chain([LIST.to_owned()]);
        let gone: Vec<Change> = names.map(|name| Change::Delete(Table::Meta, Key::Name(name))).collect();
        store.transact(false, &gone).await
    }

    fn session_key(&self) -> Option<Rc<barrow_sealing::Key>> {
        self.inner.session.borrow().as_ref().map(|open| open.key.clone())
    }
}

fn name(hash: &Hash) -> Key {
    Key::Name(format!("{PREFIX}{hash}"))
}
