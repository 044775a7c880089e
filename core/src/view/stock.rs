//! Counting stock, and how lines of the cart are marked that run out.

use crate::{
    cart::CartLine,
    money::Milli,
    stock::{Counted, Mark, Shelf},
    till::Desk,
};

/// Counting stock.
#[derive(Clone, Debug, PartialEq)]
pub struct CountView {
    /// The article that is to be counted; nothing while one is to be chosen.
    pub article: Option<ArticleView>,
    /// The article that was counted last.
    pub last: Option<CountedView>,
}

/// An article that is to be counted.
#[derive(Clone, Debug, PartialEq)]
pub struct ArticleView {
    /// Its key.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// What should be there, with its unit; nothing, where the till was never told.
    pub expected: Option<String>,
    /// In what it is counted, where not in pieces.
    pub measure: Option<&'static str>,
}

/// An article that was counted.
#[derive(Clone, Debug, PartialEq)]
pub struct CountedView {
    /// Its name.
    pub name: String,
    /// What should have been there.
    pub expected: String,
    /// What was.
    pub counted: String,
}

pub(super) fn count_view(sku: Option<&str>, last: Option<&Counted>, desk: &Desk) -> CountView {
    let currency = &desk.config.currency;
    let article = sku.and_then(|sku| desk.config.product(sku)).map(|product| ArticleView {
        sku: product.sku.clone(),
        name: product.title(),
        expected: desk.shelf.level(&product.sku).map(|level| currency.measured(level, product.details.unit)),
        measure: product.details.unit.map(crate::catalogue::Unit::sign),
    });
    let last = last.map(|counted| {
        let unit = desk.config.product(&counted.sku).and_then(|product| product.details.unit);
        CountedView {
            name: counted.name.clone(),
            expected: currency.measured(counted.expected, unit),
            counted: currency.measured(counted.counted, unit),
        }
    });
    CountView { article, last }
}

/// How each line is marked: all of an article that is in the cart is wanted together.
pub(super) fn marks(lines: &[CartLine], shelf: &Shelf) -> Vec<Option<Mark>> {
    let wanted = |sku: &str| {
        let same = lines.iter().filter(|line| line.product.sku == sku);
        Milli(same.fold(0, |sum: i64, line| sum.saturating_add(line.qty.0)))
    };
    lines.iter().map(|line| shelf.mark(&line.product, wanted(&line.product.sku))).collect()
}
