//! What the office decides, delivered to the tills signed by the server. Versions only go up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Blob,
    card::rules::Cards,
    catalogue::{Category, Product, Products},
    gift::{GiftRules, Gifts, TipRules},
    ids::{Epoch, ShopId, StaffId, TillId},
    money::{Currency, Minor},
    promotion::Promotion,
    receipt::Raster,
    shortcuts,
    staff::{Powers, Role, StaffMember},
    tax::{Tax, TaxMode},
};

/// Whether a till may sell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TillState {
    /// It may.
    #[default]
    Active,
    /// The owner took its right to sell away. What it still holds is taken in; nothing new is sold.
    Revoked,
}

/// A whole configuration of one till: the payload of the message `barrow/config/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Format; 1.
    pub v: u8,
    /// Whose it is.
    pub shop: ShopId,
    /// For which till.
    pub till: TillId,
    /// Goes up with every change; a till never applies a lower one.
    pub version: u64,
    /// When the server made it, milliseconds since 1970 UTC.
    pub issued_at_ms: i64,
    /// May the till sell?
    pub state: TillState,
    /// The shop's name on screen and receipt.
    pub shop_name: String,
    /// The till's name on screen and receipt.
    pub till_name: String,
    /// Lines at the receipt's head (address, tax number) and foot (thanks).
    pub receipt_head: Vec<String>,
    /// Lines at the receipt's foot.
    pub receipt_foot: Vec<String>,
    /// The logo at the receipt's head, if the shop has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_logo: Option<Raster>,
    /// The shop's money.
    pub currency: Currency,
    /// Are prices with or without tax?
    pub tax_mode: TaxMode,
    /// The shop's taxes.
    pub taxes: Vec<Tax>,
    /// In the order in which they are shown.
    pub categories: Vec<Category>,
    /// In the order in which they are shown.
    pub products: Products,
    /// Who may work at the till.
    pub staff: Vec<StaffMember>,
    /// Lock after so many idle minutes; 0 is never.
    pub idle_lock_minutes: u32,
    /// What people may do, and what happens when they do not.
    #[serde(default)]
    pub rules: Rules,
    /// How cards are taken, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cards: Option<Cards>,
    /// How gift cards are handled, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gifts: Option<Gifts>,
    /// The keys of the shop's tills, so that each can check what another one signed ([`crate::proof`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tills: Vec<TillKey>,
}

/// With what key a till signs in one of its lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillKey {
    /// Which till.
    pub till: TillId,
    /// In which of its lives.
    pub epoch: Epoch,
    /// Its name for people.
    pub name: String,
    /// Its public key: P-256, SEC 1 uncompressed, 65 bytes.
    pub key: Blob,
    /// The owner took it out of use: what it signed is not taken on its word alone.
    #[serde(default, skip_serializing_if = "crate::catalogue::is_false")]
    pub revoked: bool,
}

/// The shop's rules for people and cash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Roles whose powers differ from their preset ([`Role::preset`]).
    pub roles: BTreeMap<Role, Powers>,
    /// Lock as soon as the page is out of sight.
    pub lock_when_hidden: bool,
    /// For how many days nobody has to have heard from the server before sign-ins are refused; 0 is for ever. A person who
    /// left is cut off by then, even on a tablet that is kept off the network.
    pub credential_days: u32,
    /// Nobody sees what the drawer should hold before it is counted.
    pub blind_count: bool,
    /// A shift whose count differs by more than this needs somebody who may accept it, in minor units.
    pub difference_max: Minor,
    /// What the digits of a label that the shop prints itself mean, by the label's first two digits (20 to 29; 2 for `02`).
    /// Without one, they are the price where [`Product::price_embedded`] says so.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<u8, LabelHolds>,
    /// What is taken off by itself, in the order in which it is tried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<Promotion>,
    /// Keys that do something else than the preset says.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub shortcuts: shortcuts::Changed,
    /// Gift cards and store credit.
    pub gift: GiftRules,
    /// Whether a tip is asked for.
    pub tips: TipRules,
}

/// What digits 8 to 12 of an in-store EAN-13 hold (GS1 General Specifications, 2.1.12: the meaning is the shop's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelHolds {
    /// The price, minor units.
    Price,
    /// The quantity, thousandths of a kilogram or litre.
    Weight,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            roles: BTreeMap::new(),
            lock_when_hidden: false,
            credential_days: 7,
            blind_count: false,
            difference_max: Minor(1000),
            labels: BTreeMap::new(),
            promotions: Vec::new(),
            shortcuts: BTreeMap::new(),
            gift: GiftRules::default(),
            tips: TipRules::default(),
        }
    }
}

impl Config {
    /// What `role` may do in this shop.
    pub fn powers(&self, role: Role) -> Powers {
        self.rules.roles.get(&role).cloned().unwrap_or_else(|| role.preset())
    }

    /// A person's name; "somebody who left" for one who is on the list no more.
    pub fn name_of(&self, id: StaffId) -> &str {
        self.staff.iter().find(|member| member.id == id).map_or("somebody who left", |member| member.name.as_str())
    }

    /// What a till of this shop is called.
    pub fn name_of_till(&self, id: TillId) -> String {
        self.tills.iter().find(|till| till.till == id).map_or_else(|| format!("till {id}"), |till| till.name.clone())
    }

    /// Is the server's last word, of `heard_ms`, too old at `now_ms` to let anybody sign in?
    pub fn has_expired(&self, heard_ms: i64, now_ms: i64) -> bool {
        let heard_ms = heard_ms.max(self.issued_at_ms);
        let valid_ms = i64::from(self.rules.credential_days).saturating_mul(24 * 60 * 60 * 1000);
        valid_ms > 0 && now_ms.saturating_sub(heard_ms) > valid_ms
    }

    /// The product with this SKU.
    pub fn product(&self, sku: &str) -> Option<&Product> {
        self.products.with_sku(sku)
    }

    /// The variants of `product`'s name in its category, itself among them.
    pub fn sisters(&self, product: &Product) -> impl Iterator<Item = &Product> {
        let (name, category) = (product.name.clone(), product.category);
        let is_sister = move |other: &&Product| other.category == category && other.variant.is_some() && other.name == name;
        self.products.iter().filter(is_sister)
    }

    /// The taxes that `product` bears, in its order; a code that the shop does not know is left out.
    pub fn taxes_of(&self, product: &Product) -> Vec<Tax> {
        product.taxes.iter().filter_map(|code| self.taxes.iter().find(|tax| tax.code == *code)).cloned().collect()
    }
}
