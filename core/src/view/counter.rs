//! The panels of the counter: variants, what has to be asked, what is chosen, the whole order.

use super::PanelContent;
use crate::{
    catalogue::{Extra, Product},
    money::Milli,
    staff::Permission,
    stock::Mark,
    till::{Desk, Form},
};

/// A variant of a product.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantView {
    /// Its key.
    pub sku: String,
    /// What tells it from its sisters.
    pub name: String,
    /// Its price.
    pub price: String,
    /// That there is not plenty of it.
    pub stock: Option<Mark>,
}

/// What has to be asked before a product can be added.
#[derive(Clone, Debug, PartialEq)]
pub struct LineAsks {
    /// Its key.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Is its price asked?
    pub price: bool,
    /// Is its weight or volume asked? In this unit.
    pub measure: Option<&'static str>,
    /// What one costs, where that is known.
    pub unit: Option<String>,
}

/// Something that can be chosen with a line.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtraView {
    /// Its name and what it adds.
    pub words: String,
    /// It is chosen now.
    pub chosen: bool,
}

/// What is in the panel of `form`; nothing, where what it is about is gone.
pub(super) fn content(form: &Form, desk: &Desk) -> Option<PanelContent> {
    let currency = &desk.config.currency;
    let price = |product: &Product| match product.details.unit {
        Some(unit) => format!("{} / {}", currency.format(product.price), unit.sign()),
        None => currency.format(product.price),
    };
    Some(match form {
        Form::Variants { sku } => {
            let product = desk.config.product(sku)?;
            let option = |sister: &Product| VariantView {
                sku: sister.sku.clone(),
                name: sister.variant.clone().unwrap_or_else(|| sister.name.clone()),
                price: price(sister),
                stock: desk.shelf.mark(sister, Milli::ONE),
            };
            PanelContent::Variants { name: product.name.clone(), options: desk.config.sisters(product).map(option).collect() }
        }
        Form::Ask { sku } => {
            let product = desk.config.product(sku)?;
            PanelContent::Ask(LineAsks {
                sku: sku.clone(),
                name: product.title(),
                price: product.details.open_price,
                measure: product.details.unit.map(crate::catalogue::Unit::sign),
                unit: (!product.details.open_price).then(|| price(product)),
            })
        }
        Form::Extras { line: index } => {
            let line = desk.cart()?.lines().get(*index)?;
            let option = |extra: &Extra| ExtraView {
                words: match extra.price.0 {
                    0 => extra.name.clone(),
                    _ => format!("{} +{}", extra.name, currency.format(extra.price)),
                },
                chosen: line.extras.contains(extra),
            };
            let modifiers = line.product.details.modifiers.iter();
            PanelContent::Extras {
                line: *index,
                name: line.product.title(),
                modifiers: modifiers.map(|m| (m.name.clone(), m.one, m.options.iter().map(option).collect())).collect(),
                note: line.note.clone().unwrap_or_default(),
            }
        }
        Form::OrderDiscount => {
            let cart = desk.cart()?;
            PanelContent::OrderDiscount {
                price: currency.format(cart.before_order_discount(&desk.config).ok()?),
                percent_max: if desk.powers().has(Permission::Discount) { desk.powers().discount_percent_max } else { 0 },
                given: cart.order_off().is_some(),
            }
        }
        Form::Order => {
            let cart = desk.cart()?;
            let words = |text: Option<&str>| text.unwrap_or_default().to_owned();
            PanelContent::Order {
                name: words(cart.name()),
                note: words(cart.note()),
                coupon: words(cart.coupon()),
                coupons: desk.config.rules.promotions.iter().any(|promotion| promotion.coupon.is_some()),
            }
        }
        Form::Split => {
            let (lines, _) = desk.cart()?.reckon(&desk.config).ok()?;
            PanelContent::Split(
                lines
                    .iter()
                    .map(|line| (format!("{} × {}", currency.quantity(line.qty), line.name), currency.format(line.price)))
                    .collect(),
            )
        }
        Form::UnknownCode { code } => PanelContent::UnknownCode { code: code.clone() },
        _ => return None,
    })
}
