//! What the office changes of the counter: promotions, the shop's own labels, keyboard shortcuts. Each is left as it is where a
//! change does not name it.

use std::collections::BTreeMap;

use barrow_core::{
    config::{LabelHolds, Rules},
    promotion::{Deal, Promotion},
    shortcuts::{self, Action, Chord},
    tax::Ppm,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{BadRules, shortened};
use crate::store::word;

/// The most promotions: each is tried on each line whenever the cart changes.
pub(super) const PROMOTIONS_MAX: usize = 100;
/// The most categories and products that one promotion names.
const GOODS_MAX: usize = 500;

/// As it is sent.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct CounterForm {
    /// What is taken off by itself.
    #[serde(default)]
    pub(super) promotions: Option<Vec<Promotion>>,
    /// What the digits of the shop's own labels mean.
    #[serde(default)]
    pub(super) labels: Option<BTreeMap<u8, LabelHolds>>,
    /// Keys by action, or none for it; an action that is left out has its preset.
    #[serde(default)]
    pub(super) shortcuts: Option<BTreeMap<String, Option<String>>>,
}

/// What can be taken of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    promotions: Option<Vec<Promotion>>,
    labels: Option<BTreeMap<u8, LabelHolds>>,
    shortcuts: Option<shortcuts::Changed>,
}

impl CounterForm {
    /// Checks everything.
    ///
    /// # Errors
    /// [`BadRules`], the first that is found.
    pub fn check(self) -> Result<Counter, BadRules> {
        if self.promotions.as_ref().is_some_and(|promotions| promotions.len() > PROMOTIONS_MAX) {
            return Err(BadRules::Promotions);
        }
        if let Some(wrong) = self.promotions.iter().flatten().find(|promotion| !can_work(promotion)) {
            return Err(BadRules::Promotion(shortened(&wrong.name)));
        }
        if self.labels.iter().flatten().any(|(prefix, _)| *prefix != 2 && !(20..=29).contains(prefix)) {
            return Err(BadRules::Label);
        }
        let shortcuts = self.shortcuts.map(read_shortcuts).transpose()?;
        Ok(Counter { promotions: self.promotions, labels: self.labels, shortcuts })
    }
}

impl Counter {
    /// `rules` with what is named here.
    pub(super) fn over(self, rules: &mut Rules) {
        if let Some(promotions) = self.promotions {
            rules.promotions = promotions;
        }
        if let Some(labels) = self.labels {
            rules.labels = labels;
        }
        if let Some(shortcuts) = self.shortcuts {
            rules.shortcuts = shortcuts;
        }
    }
}

/// Every action with the key that it has, as the office reads it.
pub(super) fn shortcuts_json(rules: &Rules) -> Value {
    let keys = shortcuts::keys(&rules.shortcuts);
    Value::Object(keys.map(|(action, chord)| (word(action), Value::from(chord.map(String::from)))).collect::<Map<_, _>>())
}

fn read_shortcuts(sent: BTreeMap<String, Option<String>>) -> Result<shortcuts::Changed, BadRules> {
    let read = |(name, key): (String, Option<String>)| {
        let action = Action::ALL.into_iter().find(|action| word(*action) == name);
        let action = action.ok_or_else(|| BadRules::Action(shortened(&name)))?;
        Ok((action, key.map(|key| Chord::parse(&key)).transpose()?))
    };
    let wanted = sent.into_iter().map(read).collect::<Result<_, BadRules>>()?;
    Ok(shortcuts::checked(wanted)?)
}

/// Is this something that can be taken off?
fn can_work(promotion: &Promotion) -> bool {
    let words =
        |text: &str, max: usize| !text.trim().is_empty() && text.chars().count() <= max && !text.contains(char::is_control);
    let deal = match promotion.deal {
        Deal::NForM { take, pay } => (2..=100).contains(&take) && pay >= 1 && pay < take,
        Deal::Percent(rate) => rate > Ppm(0) && rate <= Ppm::WHOLE,
    };
    let (goods, when) = (&promotion.goods, &promotion.when);
    words(&promotion.name, 60)
        && promotion.coupon.as_deref().is_none_or(|coupon| words(coupon, 60))
        && deal
        && goods.categories.len() <= GOODS_MAX
        && goods.skus.len() <= GOODS_MAX
        && goods.skus.iter().all(|sku| words(sku, 120))
        && when.days.iter().all(|day| (1..=7).contains(day))
        && when.minutes.is_none_or(|(from, before)| from < before && before <= 24 * 60)
        && when.utc_offset_min.abs() <= 14 * 60
}
