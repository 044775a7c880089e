//! Keeps the processor's public keys and its hot-card list, so that the tills' signed configuration can have them.

use std::{sync::Arc, time::Duration};

use barrow_core::{
    bytes::{Blob, Hash},
    card::rules::{HotListInfo, ProcessorKey},
    wire::HOT_LIST_BYTES_MAX,
};
use tokio::sync::watch;

use super::processor::{Fault, HotList, Processor, PublicKey};
use crate::{
    clock,
    store::{Store, StoreError, processor as kept, shop},
};

const DAY_MS: i64 = 24 * 3600 * 1000;
/// For how long tills may seal to a key after the processor last published it: longer than a till may be off the network.
const KEY_MS: i64 = 30 * DAY_MS;
/// A key's end is moved on when it is nearer than this, and not each time, because each time is a new configuration.
const KEY_MS_MIN: i64 = 20 * DAY_MS;
/// A key may be used from so long before it was first seen: a till's clock may be behind, and no till can use what it does not have.
const BEHIND_MS: i64 = DAY_MS;
/// How often the processor is asked.
const EVERY: Duration = Duration::from_secs(3600);
/// How soon it is asked again after it did not answer.
const AGAIN: Duration = Duration::from_secs(15);
/// RSA moduli, bytes: 2048 to 8192 bits.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// Asks at once and then hourly, until `stop` says so.
pub async fn run<P: Processor>(store: Store, processor: Arc<P>, mut stop: watch::Receiver<bool>) {
    let mut last_fault = String::new();
    loop {
        let pause = match once(&store, processor.as_ref()).await {
            Ok(()) => {
                last_fault.clear();
                EVERY
            }
            Err(fault) => {
                if fault != last_fault {
                    eprintln!("barrow-server: the processor's keys and hot-card list: {fault}");
                }
                last_fault = fault;
                AGAIN
            }
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Asks once. What does not come leaves what is there.
///
/// # Errors
/// A sentence for the log.
pub async fn once<P: Processor>(store: &Store, processor: &P) -> Result<(), String> {
    let keys = processor.keys().await;
    let list = processor.hot_list().await;
    keep(store, keys.as_deref().ok(), list.as_ref().ok()).await.map_err(|fault| fault.to_string())?;
    let refused = |fault: Fault| fault.to_string();
    keys.map_err(refused)?;
    list.map_err(refused)?;
    Ok(())
}

async fn keep(store: &Store, keys: Option<&[PublicKey]>, list: Option<&Option<HotList>>) -> Result<(), StoreError> {
    let now_ms = clock::now_ms();
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    shop::lock(&mut tx, shop).await?;
    let mut changed = false;
    if let Some(published) = keys {
        let before = kept::keys(&mut tx, shop).await?;
        let after = followed(&before, published, now_ms);
        if after != before {
            kept::set_keys(&mut tx, shop, &after).await?;
            changed = true;
        }
    }
    if let Some(list) = list {
        let list = list.as_ref().and_then(|list| Some((info(list)?, list.filter.as_slice())));
        if kept::hot_list_info(&mut tx, shop).await? != list.as_ref().map(|(info, _)| info.clone()) {
            kept::set_hot_list(&mut tx, shop, list.as_ref().map(|(info, filter)| (info, *filter))).await?;
            changed = true;
        }
    }
    if changed {
        shop::config_changed(&mut tx, shop).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn info(list: &HotList) -> Option<HotListInfo> {
    let fits = list.filter.len() <= HOT_LIST_BYTES_MAX && list.key.0.len() == 32;
    fits.then(|| HotListInfo {
        hash: Hash::of(&list.filter),
        bytes: u32::try_from(list.filter.len()).unwrap_or(u32::MAX),
        entries: list.entries,
        made_at_ms: list.made_at_ms,
        key: list.key.clone(),
    })
}

/// The keys after the processor has published `now`, the newest first. One that it no longer publishes ends at once: it could not be
/// opened any more.
fn followed(before: &[ProcessorKey], published: &[PublicKey], now_ms: i64) -> Vec<ProcessorKey> {
    let mut after: Vec<ProcessorKey> = Vec::new();
    // The last one published is the oldest; each begins after those behind it, so that tills use the first.
    for key in published.iter().rev().filter(|key| MODULUS_BYTES.contains(&key.n.len())) {
        let known = before.iter().find(|known| known.kid == key.kid && known.n.0 == key.n && known.e.0 == key.e);
        let newest_ms = after.iter().map(|key| key.from_ms).max();
        let from_ms = known.map_or(now_ms.saturating_sub(BEHIND_MS), |known| known.from_ms);
        let from_ms = newest_ms.map_or(from_ms, |newest_ms| from_ms.max(newest_ms + 1));
        let until_ms = known.map(|known| known.until_ms).filter(|until_ms| *until_ms >= now_ms.saturating_add(KEY_MS_MIN));
        after.push(ProcessorKey {
            kid: key.kid.clone(),
            n: Blob(key.n.clone()),
            e: Blob(key.e.clone()),
            from_ms,
            until_ms: until_ms.unwrap_or_else(|| now_ms.saturating_add(KEY_MS)),
        });
    }
    after.reverse();
    after
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use barrow_core::card::rules::Cards;

    use super::*;

    fn key(kid: &str) -> PublicKey {
        PublicKey { kid: kid.into(), n: vec![0xc5; 256], e: vec![1, 0, 1] }
    }

    fn used(keys: &[ProcessorKey], at_ms: i64) -> Option<String> {
        let cards = Cards { keys: keys.to_vec(), ..Cards::default() };
        cards.key_at(at_ms).map(|key| key.kid.clone())
    }

    #[test]
    fn the_first_key_is_used_and_the_one_before_stays_for_a_while() {
        let first = followed(&[], &[key("a")], DAY_MS);
        assert_eq!((used(&first, 0).as_deref(), first[0].until_ms), (Some("a"), DAY_MS + KEY_MS), "also where a clock is behind");
        assert_eq!(followed(&first, &[key("a")], 2 * DAY_MS), first, "nothing new is no new configuration");
        let later = followed(&first, &[key("a")], 12 * DAY_MS);
        assert_eq!((later[0].from_ms, later[0].until_ms), (0, 42 * DAY_MS));
        let rotated = followed(&first, &[key("b"), key("a")], 5 * DAY_MS);
        assert_eq!(rotated.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!((used(&rotated, 4 * DAY_MS - 1).as_deref(), used(&rotated, 4 * DAY_MS).as_deref()), (Some("a"), Some("b")));
        let alone = followed(&rotated, &[key("b")], 6 * DAY_MS);
        assert_eq!(alone, rotated[..1]);
    }

    #[test]
    fn a_first_look_at_several_keys_uses_the_first_of_them() {
        let keys = followed(&[], &[key("c"), key("b"), key("a")], DAY_MS);
        assert_eq!(used(&keys, 2).as_deref(), Some("c"));
        let again = followed(&keys, &[key("c"), key("b"), key("a")], DAY_MS + 5);
        assert_eq!(again, keys);
        let back = followed(&keys, &[key("a"), key("c")], DAY_MS + 5);
        assert_eq!(used(&back, DAY_MS).as_deref(), Some("a"), "the processor went back to an older one");
    }

    #[test]
    fn a_key_that_is_too_short_or_was_swapped_under_its_name_is_not_taken_for_the_old_one() {
        let short = PublicKey { n: vec![0xc5; 128], ..key("a") };
        assert_eq!(followed(&[], &[short], 0), []);
        let first = followed(&[], &[key("a")], DAY_MS);
        let swapped = followed(&first, &[PublicKey { n: vec![0xc7; 256], ..key("a") }], 3 * DAY_MS);
        assert_eq!((swapped[0].from_ms, swapped[0].n.0[0]), (2 * DAY_MS, 0xc7));
    }
}
