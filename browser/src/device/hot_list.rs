//! The hot-card list: fetched when the configuration names another one than is held, believed by its hash alone, kept sealed.

use barrow_core::{
    bytes::{Blob, Hash},
    card::{HotMatch, rules::HotListInfo},
    wire::HOT_LIST_BYTES_MAX,
};
use barrow_sealing::{
    Key as SecretKey,
    card::{CardRead, Token},
    cbor,
    hash::sha256,
    hot_list::HotList,
    local::{self, Namespace},
};
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;

use super::{Device, Till, sign_in::place};
use crate::{
    random,
    store::{Change, Key, Table},
};

/// Its name in [`Table::Meta`].
const HOT_LIST: &str = "hot-list";
/// How long after a list that was not the named one it is asked for again, milliseconds: it may be as long as four megabytes.
const AGAIN_MS: u64 = 60 * 60_000;

/// What is kept of a list, sealed under the journal key.
#[derive(Serialize, Deserialize)]
struct HotListRow {
    /// As the configuration named it. Its key belongs to this list, and the next list may come with another.
    info: HotListInfo,
    list: Blob,
}

/// A list that was believed, open.
pub(super) struct HeldList {
    info: HotListInfo,
    key: SecretKey,
    list: HotList,
}

impl HeldList {
    /// Reads a list, if it is the one that `info` names.
    fn read(info: HotListInfo, bytes: &[u8]) -> Option<HeldList> {
        if bytes.len() > HOT_LIST_BYTES_MAX || Hash(sha256(bytes)) != info.hash {
            return None;
        }
        let key = SecretKey::from_slice(&info.key.0).ok()?;
        let list = HotList::parse(bytes).ok()?;
        Some(HeldList { info, key, list })
    }

    /// What it says of a card: of a number that the reader hides it knows only what is shown.
    pub(super) fn says(&self, card: &CardRead) -> HotMatch {
        match card.token(&self.key) {
            Some(Token::Full(token)) if self.list.contains(&token) => HotMatch::Certain,
            Some(Token::Partial(token)) if self.list.contains(&token) => HotMatch::Possible,
            _ => HotMatch::No,
        }
    }
}

impl Device {
    /// The list that is kept, opened; nothing for one that does not open: it is fetched again.
    pub(super) async fn held_list(&self, till: &Till, key: &SecretKey) -> Option<HeldList> {
        let sealed = self.inner.parts.store.get(Table::Meta, &Key::Name(HOT_LIST.into())).await.ok()??;
        let plain = local::open(key, Namespace::HotList, &place(till, HOT_LIST, 0), &sealed).ok()?;
        let HotListRow { info, list } = cbor::from_slice(&plain).ok()?;
        HeldList::read(info, &list.0)
    }

    /// As [`barrow_core::device::Status::hot_list_ms`].
    pub(super) fn hot_list_ms(&self) -> Option<i64> {
        let open = self.inner.cards.open.borrow();
        let open = open.as_ref()?;
        open.cards.as_ref()?.hot_list.as_ref()?;
        Some(open.hot_list.as_ref().map_or(0, |held| held.info.made_at_ms))
    }

    /// Gets the list that the configuration names, if another one is held, and forgets one that it names no more. It goes on by
    /// itself: nothing waits for four megabytes on a slow network.
    pub(super) fn renew_hot_list(&self) {
        let Some((wanted, held)) = self.hot_list_wanted() else { return };
        let tried = &self.inner.cards.hot_list_tried;
        if wanted == held || tried.get().is_some_and(|(hash, again_ms)| hash == wanted && self.uptime_ms() < again_ms) {
            return;
        }
        // Whatever comes of it: the next exchange must not begin it again while it goes on.
        tried.set(Some((wanted, self.uptime_ms().saturating_add(AGAIN_MS))));
        let device = self.clone();
        spawn_local(async move {
            let done = match wanted {
                Some(hash) => device.fetch_hot_list(hash).await,
                None => device.forget_hot_list().await,
            };
            if done.is_some() {
                device.tell_listeners();
            }
        });
    }

    /// The hashes of the list that the configuration names and of the one that is held, while somebody is signed in.
    fn hot_list_wanted(&self) -> Option<(Option<Hash>, Option<Hash>)> {
        let open = self.inner.cards.open.borrow();
        let open = open.as_ref()?;
        let wanted = open.cards.as_ref().and_then(|cards| cards.hot_list.as_ref()).map(|info| info.hash);
        Some((wanted, open.hot_list.as_ref().map(|held| held.info.hash)))
    }

    async fn fetch_hot_list(&self, wanted: Hash) -> Option<()> {
        let till = self.till()?;
        let Ok(bytes) = till.server.hot_list().await else {
            // Not a wrong list, but none: it may come with the next exchange.
            self.inner.cards.hot_list_tried.set(None);
            return None;
        };
        let key = self.inner.session.borrow().as_ref().map(|open| open.key.clone())?;
        let info = self.hot_list_info().filter(|info| info.hash == wanted)?;
        let held = HeldList::read(info.clone(), &bytes)?;
        let row = cbor::to_vec(&HotListRow { info, list: Blob(bytes) }).ok()?;
        let sealed = local::seal(&key, Namespace::HotList, &place(&till, HOT_LIST, 0), random::bytes(), &row).ok()?;
        let change = Change::name(Table::Meta, HOT_LIST, sealed);
        self.inner.parts.store.transact(false, &[change]).await.ok()?;
        // Locked meanwhile, it is opened again with the next sign-in.
        if let Some(open) = self.inner.cards.open.borrow_mut().as_mut() {
            open.hot_list = Some(held);
        }
        Some(())
    }

    async fn forget_hot_list(&self) -> Option<()> {
        let change = Change::Delete(Table::Meta, Key::Name(HOT_LIST.into()));
        self.inner.parts.store.transact(false, &[change]).await.ok()?;
        if let Some(open) = self.inner.cards.open.borrow_mut().as_mut() {
            open.hot_list = None;
        }
        Some(())
    }

    fn hot_list_info(&self) -> Option<HotListInfo> {
        self.inner.cards.open.borrow().as_ref()?.cards.as_ref()?.hot_list.clone()
    }
}
