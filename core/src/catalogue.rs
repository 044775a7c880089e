//! What the shop sells.

use serde::{Deserialize, Serialize};

use crate::{bytes::Hash, money::Minor, stock::Kept};

mod products;

pub use products::Products;

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
    /// How it is sold, where that is not simply by the piece at its price.
    #[serde(default, skip_serializing_if = "Details::is_plain")]
    pub details: Details,
}

/// How a product is sold, where that is not simply by the piece at its price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// Sold by weight or volume: the price is that of one unit, and the quantity is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// The price is asked each time.
    #[serde(skip_serializing_if = "is_false")]
    pub open_price: bool,
    /// Shown among the favourites.
    #[serde(skip_serializing_if = "is_false")]
    pub favourite: bool,
    /// Its stock is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock: Option<Kept>,
    /// What can be chosen with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<Modifier>,
    /// SHA-256 of its picture ([`crate::image`]), which comes by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Hash>,
}

/// What a price is for, where it is not for one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A kilogram.
    Kg,
    /// A litre.
    L,
}

/// A question about a product, with its answers: `Milk`, `oat` or `soy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modifier {
    /// What is asked.
    pub name: String,
    /// At most one answer?
    #[serde(default, skip_serializing_if = "is_false")]
    pub one: bool,
    /// The answers.
    pub options: Vec<Extra>,
}

/// An answer, and what it adds to the price of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extra {
    /// Its name for people.
    pub name: String,
    /// What it adds, zero or more.
    pub price: Minor,
}

impl Details {
    fn is_plain(&self) -> bool {
        *self == Details::default()
    }
}

impl Unit {
    /// Its sign (SI Brochure, tables 2 and 8).
    pub fn sign(self) -> &'static str {
        match self {
            Unit::Kg => "kg",
            Unit::L => "l",
        }
    }

    /// The unit of this sign.
    pub fn of(sign: &str) -> Option<Unit> {
        [Unit::Kg, Unit::L].into_iter().find(|unit| unit.sign() == sign)
    }
}

pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

impl Product {
    /// Must something be asked before it can be sold?
    pub fn asks(&self) -> bool {
        self.details.open_price || self.details.unit.is_some()
    }

    /// Name with its variant, as a tile, a line and a receipt show it.
    pub fn title(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{}, {variant}", self.name),
            None => self.name.clone(),
        }
    }
}
