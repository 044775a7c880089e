//! Products' pictures on the screen: each is opened when it is first drawn, and shown from an object URL, which goes with the till's lock
//! or with the product. What is not here yet is asked for again when there is news; nothing waits for it.

use std::collections::{BTreeMap, BTreeSet};

use barrow_browser::page;
use barrow_core::bytes::Hash;
use leptos::{html, prelude::*, task::spawn_local};

use crate::till::Till;

/// A handle on the page's pictures.
#[derive(Clone, Copy)]
pub struct Pictures {
    till: Till,
    /// The object URLs of those that were opened.
    urls: RwSignal<BTreeMap<Hash, String>, LocalStorage>,
    inside: StoredValue<Inside, LocalStorage>,
}

#[derive(Default)]
struct Inside {
    asked: BTreeSet<Hash>,
    waiting: Vec<Hash>,
    opening: bool,
}

impl Pictures {
    /// The page's one handle; the first call makes it.
    pub fn of(till: Till) -> Pictures {
        use_context().unwrap_or_else(|| {
            let page = std::iter::successors(Owner::current(), Owner::parent).last().unwrap_or_default();
            page.with(|| {
                let pictures = Pictures::follow(till);
                provide_context(pictures);
                pictures
            })
        })
    }

    fn follow(till: Till) -> Pictures {
        let pictures =
            Pictures { till, urls: RwSignal::new_local(BTreeMap::new()), inside: StoredValue::new_local(Inside::default()) };
        Effect::new(move |_| {
            let wanted: BTreeSet<Hash> = till.shop.with(|shop| {
                shop.iter().flat_map(|shop| shop.products.iter()).filter_map(|product| product.details.image).collect()
            });
            pictures.let_go(|hash| !wanted.contains(hash));
        });
        Effect::new(move |_| {
            till.news.track();
            pictures.ask_again();
        });
        pictures
    }

    /// The picture of a product, if it has one and it is here.
    pub fn draw(self, class: &'static str, image: Option<Hash>) -> impl IntoView + use<> {
        move || {
            let url = self.url(image?)?;
            // The name stands beside it.
            Some(html::img().attr("class", class).attr("data-testid", "product-picture").attr("alt", "").attr("src", url))
        }
    }

    /// As [`Pictures::draw`], of the product with this SKU.
    pub fn draw_for(self, class: &'static str, sku: &str) -> impl IntoView + use<> {
        let image = self.till.shop.with_untracked(|shop| shop.as_ref()?.product(sku)?.details.image);
        self.draw(class, image)
    }

    fn url(self, hash: Hash) -> Option<String> {
        let url = self.urls.with(|urls| urls.get(&hash).cloned());
        if url.is_none() {
            self.ask(hash);
        }
        url
    }

    fn ask(self, hash: Hash) {
        let begin = self.inside.try_update_value(|inside| {
            if inside.asked.insert(hash) {
                inside.waiting.push(hash);
            }
            !inside.waiting.is_empty() && !std::mem::replace(&mut inside.opening, true)
        });
        if begin == Some(true) {
            spawn_local(self.open());
        }
    }

    /// Opens what waits, and shows all of it at once: each tile listens to all pictures.
    async fn open(self) {
        while let Some(next) =
            self.inside.try_update_value(|inside| std::mem::take(&mut inside.waiting)).filter(|next| !next.is_empty())
        {
            let mut opened = Vec::new();
            for hash in next {
                if let Some((encoding, bytes)) = self.till.picture(hash).await {
                    opened.extend(page::object_url(encoding.media_type(), &bytes).map(|url| (hash, url)));
                }
            }
            // Locked meanwhile, there is nobody to show them to.
            if self.till.shop.with_untracked(Option::is_none) {
                opened.iter().for_each(|(_, url)| page::revoke_url(url));
            } else if !opened.is_empty() {
                self.urls.update(|urls| urls.extend(opened));
            }
        }
        self.inside.update_value(|inside| inside.opening = false);
    }

    fn let_go(self, gone: impl Fn(&Hash) -> bool) {
        if self.urls.with_untracked(|urls| urls.keys().any(&gone)) {
            self.urls.update(|urls| {
                urls.retain(|hash, url| {
                    let stays = !gone(hash);
                    if !stays {
                        page::revoke_url(url);
                    }
                    stays
                });
            });
        }
        self.ask_again();
    }

    /// What was asked for and was not here, is asked for again where it is drawn.
    fn ask_again(self) {
        let here: BTreeSet<Hash> = self.urls.with_untracked(|urls| urls.keys().copied().collect());
        let missing = self.inside.try_update_value(|inside| {
            let before = inside.asked.len();
            inside.asked.retain(|hash| here.contains(hash) || inside.waiting.contains(hash));
            before > inside.asked.len()
        });
        if missing == Some(true) {
            self.urls.notify();
        }
    }
}
