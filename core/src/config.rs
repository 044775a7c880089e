//! What the office decides, delivered to the tills signed by the server. Versions only go up.

use serde::{Deserialize, Serialize};

use crate::{
    catalogue::{Category, Product},
    ids::{ShopId, TillId},
    money::Currency,
    staff::StaffMember,
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
    /// The shop's money.
    pub currency: Currency,
    /// Are prices with or without tax?
    pub tax_mode: TaxMode,
    /// The shop's taxes.
    pub taxes: Vec<Tax>,
    /// In the order in which they are shown.
    pub categories: Vec<Category>,
    /// In the order in which they are shown.
    pub products: Vec<Product>,
    /// Who may work at the till.
    pub staff: Vec<StaffMember>,
    /// Lock after so many idle minutes; 0 is never.
    pub idle_lock_minutes: u32,
}

impl Config {
    /// The product with this SKU.
    pub fn product(&self, sku: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.sku == sku)
    }

    /// The taxes that `product` bears, in its order; a code that the shop does not know is left out.
    pub fn taxes_of(&self, product: &Product) -> Vec<Tax> {
        product.taxes.iter().filter_map(|code| self.taxes.iter().find(|tax| tax.code == *code)).cloned().collect()
    }
}
