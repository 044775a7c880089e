//! What the shop sells.

use serde::{Deserialize, Serialize};

use crate::money::Minor;

/// A group of products, shown as a tile of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its number in the shop.
    pub id: u32,
    /// Its name for people.
    pub name: String,
}

/// One thing that can be sold. A variant (a size, a colour) is a product of its own with the same `name`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The shop's own key; unique in the catalogue.
    pub sku: String,
    /// Name for people.
    pub name: String,
    /// What tells this variant from its sisters, such as `M, navy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// The [`Category::id`] under which it is shown.
    pub category: u32,
    /// Price of one piece, in minor units, with or without tax as the shop's [`crate::tax::TaxMode`] says.
    pub price: Minor,
    /// Codes of the taxes that it bears.
    pub taxes: Vec<String>,
    /// Its barcodes, digits only. One of 13 digits that ends in `00000` plus check digit, with
    /// [`price_embedded`](Self::price_embedded) set, stands for every label of that article.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barcodes: Vec<String>,
    /// The scanned EAN-13 carries the price in its digits 8 to 12 (in-store labels, prefix 20–29).
    #[serde(default, skip_serializing_if = "is_false")]
    pub price_embedded: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Product {
    /// Name with its variant, as a tile, a line and a receipt show it.
    pub fn title(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{}, {variant}", self.name),
            None => self.name.clone(),
        }
    }
}
