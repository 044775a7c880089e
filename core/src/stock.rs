//! How much of each article there is: what every entry moves, and what a till makes of it.
//!
//! A level is a sum of movements and nothing else, so tills and server may add them in any order and come to the same. The server
//! adds those of all tills. A till knows what the server's sum was at some place of its own journal ([`Base`]), and adds what its
//! entries behind that place move ([`Own`]); together they are its [`Shelf`].

use std::{collections::BTreeMap, rc::Rc};

use serde::{Deserialize, Serialize};

use crate::{
    catalogue::{Product, Unit},
    ids::{Epoch, SaleId, Seq, ShopId, TillId},
    journal::{Body, Entry},
    money::Milli,
    refund::Refund,
    sale::Sale,
};

/// The largest level that is counted or received at once, in thousandths: a million pieces.
pub const LEVEL_MAX: Milli = Milli(1_000_000_000);
/// The most levels in one [`StockNews`]: some 150 KB.
pub const NEWS_MAX: usize = 5_000;
/// Into how many parts a [`Base`] is divided, so that one that changes is not copied and written whole.
pub const PARTS: usize = 64;

/// An article of which stock is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// From this level down it is marked as low, in thousandths.
    pub low: Milli,
}

/// What was counted of an article. What it moves is the difference: what other tills sold meanwhile moves the level by itself,
/// before or after, and is not lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The article.
    pub sku: String,
    /// Its name at the time.
    pub name: String,
    /// The level by what the till knew.
    pub expected: Milli,
    /// What is there.
    pub counted: Milli,
    /// What the till knew: the server's levels of this version ([`Cursor::version`]) …
    pub version: u64,
    /// … which contained this till's entries up to here, and all of its own entries since.
    pub upto: Seq,
}

impl Counted {
    /// By how much it moves the level.
    pub fn delta(&self) -> Milli {
        Milli(self.counted.0.saturating_sub(self.expected.0))
    }
}

/// What one entry moves, by article; what comes to nothing is left out.
pub type Moves = BTreeMap<String, Milli>;

/// What a sale takes out.
pub fn sold(sale: &Sale) -> Moves {
    sum(sale.lines.iter().map(|line| (line.sku.as_str(), line.qty.0.saturating_neg())))
}

/// What a void brings back: all of its sale.
pub fn voided(sale: &Sale) -> Moves {
    sum(sale.lines.iter().map(|line| (line.sku.as_str(), line.qty.0)))
}

/// What a refund brings back, unless the goods cannot be sold again.
pub fn returned(refund: &Refund) -> Moves {
    let lines = if refund.off_shelf { &[] } else { refund.lines.as_slice() };
    sum(lines.iter().map(|line| (line.sold.sku.as_str(), line.qty.0)))
}

/// What a count corrects.
pub fn corrected(counted: &Counted) -> Moves {
    sum([(counted.sku.as_str(), counted.delta().0)].into_iter())
}

fn sum<'a>(each: impl Iterator<Item = (&'a str, i64)>) -> Moves {
    let mut moves = Moves::new();
    for (sku, delta) in each {
        let sum = moves.entry(sku.to_owned()).or_insert(Milli(0));
        sum.0 = sum.0.saturating_add(delta);
    }
    moves.retain(|_, delta| delta.0 != 0);
    moves
}

/// Where in the server's levels a till has come to: each change of a level has a version, and those of one version go by article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The server's epoch: after a restore, everything is told anew.
    pub server_epoch: u32,
    /// The last version that was told, whole or up to `sku`.
    pub version: u64,
    /// The last article that was told of that version.
    pub sku: String,
}

/// Levels that changed since a [`Cursor`], as the server sends them: signed, domain `barrow/stock/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockNews {
    /// Format.
    pub v: u8,
    /// Whose.
    pub shop: ShopId,
    /// Which till's.
    pub till: TillId,
    /// Which life's.
    pub epoch: Epoch,
    /// This life's entries up to here are in these levels, and none behind.
    pub upto: Seq,
    /// What they were asked since; the default for everything.
    pub since: Cursor,
    /// Where they go up to.
    pub now: Cursor,
    /// There are more.
    pub more: bool,
    /// At most [`NEWS_MAX`] articles and their levels.
    pub levels: Vec<(String, Milli)>,
}

/// A level that the server told, and up to which of the till's own entries it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The level.
    pub level: Milli,
    /// The till's entries up to here are in it.
    pub upto: Seq,
}

/// One of the parts of a [`Base`], by article.
pub type Part = BTreeMap<String, Told>;

/// The server's levels as a till knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// In which life of the till they were told: places of another one mean nothing here.
    pub epoch: Epoch,
    /// Where they go up to.
    pub now: Cursor,
    /// When everything was told the last time, the till's entries up to here were in it.
    pub settled: Seq,
    parts: Vec<Rc<Part>>,
}

impl Base {
    /// Nothing was told yet in this life.
    pub fn empty(epoch: Epoch) -> Base {
        Base { epoch, now: Cursor::default(), settled: Seq(0), parts: vec![Rc::default(); PARTS] }
    }

    /// From its parts, as they were kept.
    pub fn of(epoch: Epoch, now: Cursor, settled: Seq, parts: Vec<Part>) -> Base {
        let mut parts: Vec<Rc<Part>> = parts.into_iter().map(Rc::new).collect();
        parts.resize(PARTS, Rc::default());
        Base { epoch, now, settled, parts }
    }

    /// Its parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().map(Rc::as_ref)
    }

    /// Takes news in, and says which parts changed. Nothing, if they do not follow on what is known: they are asked for again.
    pub fn take(&mut self, news: &StockNews) -> Option<Vec<usize>> {
        let anew = news.since == Cursor::default();
        if news.epoch != self.epoch || !(anew || news.since == self.now) {
            return None;
        }
        let mut changed = vec![false; PARTS];
        if anew {
            *self = Base::empty(self.epoch);
            changed.fill(true);
        }
        for (sku, level) in &news.levels {
            let place = part_of(sku);
            if let (Some(part), Some(changed)) = (self.parts.get_mut(place), changed.get_mut(place)) {
                Rc::make_mut(part).insert(sku.clone(), Told { level: *level, upto: news.upto });
                *changed = true;
            }
        }
        self.now = news.now.clone();
        if !news.more {
            self.settled = self.settled.max(news.upto);
        }
        Some(changed.into_iter().enumerate().filter(|(_, changed)| *changed).map(|(place, _)| place).collect())
    }

    /// What was told of an article.
    pub fn told(&self, sku: &str) -> Option<Told> {
        self.parts.get(part_of(sku))?.get(sku).copied()
    }
}

/// FNV-1a, so that the parts are about the same size whatever articles are called.
fn part_of(sku: &str) -> usize {
    let hash = sku.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash as usize % PARTS
}

/// What the till's own entries move, by article and place, as far as the server's levels may lack it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Own(BTreeMap<String, Vec<(Seq, Milli)>>);

impl Own {
    /// Adds what the entry at `seq` moves.
    pub fn add(&mut self, seq: Seq, moves: Moves) {
        for (sku, delta) in moves {
            self.0.entry(sku).or_default().push((seq, delta));
        }
    }

    /// Forgets what is in the server's levels.
    pub fn settle(&mut self, upto: Seq) {
        self.0.retain(|_, moves| {
            moves.retain(|(seq, _)| *seq > upto);
            !moves.is_empty()
        });
    }

    /// Is nothing in it?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn since(&self, sku: &str, upto: Seq) -> i64 {
        let moves = self.0.get(sku).map(Vec::as_slice).unwrap_or_default();
        moves.iter().filter(|(seq, _)| *seq > upto).fold(0, |sum, (_, delta)| sum.saturating_add(delta.0))
    }
}

/// What is there, as far as a till can know.
#[derive(Clone, Debug)]
pub struct Shelf {
    base: Base,
    own: Rc<Own>,
}

impl Shelf {
    /// What the server told, and what the till did since.
    pub fn of(base: Base, own: &Own) -> Shelf {
        Shelf { base, own: Rc::new(own.clone()) }
    }

    /// The same levels of the server's, with what the till has done by now.
    pub fn with(&self, own: &Own) -> Shelf {
        if *self.own == *own { self.clone() } else { Shelf::of(self.base.clone(), own) }
    }

    /// Was any level told?
    pub fn holds_any(&self) -> bool {
        self.base.parts().any(|part| !part.is_empty())
    }

    /// The level of an article; nothing, where the server never told one.
    pub fn level(&self, sku: &str) -> Option<Milli> {
        let told = self.base.told(sku)?;
        Some(Milli(told.level.0.saturating_add(self.own.since(sku, told.upto))))
    }

    /// What a count of an article is held against; nothing, where the server never told its level.
    pub fn count(&self, product: &Product, counted: Milli) -> Option<Counted> {
        Some(Counted {
            sku: product.sku.clone(),
            name: product.title(),
            expected: self.level(&product.sku)?,
            counted,
            version: self.base.now.version,
            upto: self.base.told(&product.sku)?.upto,
        })
    }

    /// How an article is marked when `wanted` of it is about to be sold: low, or not enough. Nothing, for one of which there is
    /// plenty, or no stock is kept.
    pub fn mark(&self, product: &Product, wanted: Milli) -> Option<Mark> {
        let kept = product.details.stock?;
        let left = self.level(&product.sku)?;
        let state = if left.0 <= 0 {
            State::SoldOut
        } else if left < wanted {
            State::Short
        } else if left <= kept.low {
            State::Low
        } else {
            return None;
        };
        Some(Mark { state, left, unit: product.details.unit })
    }

    /// Is it the same as `other`, by what it is made of?
    pub fn is(&self, other: &Shelf) -> bool {
        Rc::ptr_eq(&self.own, &other.own)
            && self.base.now == other.base.now
            && self.base.settled == other.base.settled
            && self.base.parts.iter().zip(&other.base.parts).all(|(one, other)| Rc::ptr_eq(one, other))
    }
}

/// That an article runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// How far.
    pub state: State,
    /// What is left; zero or less, when it is sold out.
    pub left: Milli,
    /// What `left` is of, where not of pieces.
    pub unit: Option<Unit>,
}

/// How far an article has run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Little is left.
    Low,
    /// Less is left than is wanted.
    Short,
    /// Nothing is left.
    SoldOut,
}

impl Mark {
    /// Its name, as in `data-stock`.
    pub fn kind(&self) -> &'static str {
        match self.state {
            State::Low => "low",
            State::Short => "short",
            State::SoldOut => "sold-out",
        }
    }

    /// How much is left, with its unit where it has one: `3`, `0.4 kg`.
    pub fn amount(&self) -> String {
        amount(self.left, self.unit)
    }
}

/// A level with its unit where it has one.
pub fn amount(level: Milli, unit: Option<Unit>) -> String {
    match unit {
        Some(unit) => format!("{level} {}", unit.sign()),
        None => level.to_string(),
    }
}

/// What `entry` moves. `sale_of` gives the sale that a void takes back.
pub fn moves<'a>(entry: &Entry, sale_of: impl FnOnce(SaleId) -> Option<&'a Sale>) -> Moves {
    match &entry.body {
        Body::Sale(sale) => sold(sale),
        Body::SaleVoided(void) => sale_of(void.sale).map(voided).unwrap_or_default(),
        Body::Refund(refund) => returned(refund),
        Body::StockCounted(counted) => corrected(counted),
        _ => Moves::new(),
    }
}
