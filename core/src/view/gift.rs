//! Gift cards as the screen shows them.

use super::{Money, money};
use crate::{
    gift::{CartGift, Issued, KnownCard},
    money::Minor,
    till::{Asked, Desk, GiftPanel, ShownGift, Stage, Tendering},
};

/// Gift cards.
#[derive(Clone, Debug, PartialEq)]
pub struct GiftView {
    /// A sale is being paid: the card that is shown is to pay.
    pub pays: bool,
    /// The card that was shown.
    pub shown: Option<GiftCardView>,
}

/// A gift card that was shown.
#[derive(Clone, Debug, PartialEq)]
pub struct GiftCardView {
    /// The last four symbols of its code.
    pub last4: String,
    /// What is on it, if that is known.
    pub balance: Option<Money>,
    /// What is known of it.
    pub state: GiftState,
    /// When what is known was last right, milliseconds since 1970, where the server was not asked just now.
    pub as_of_ms: Option<i64>,
    /// Until when it can be spent, milliseconds since 1970, if not for ever.
    pub until_ms: Option<i64>,
    /// What it pays of what is owed.
    pub pays: Option<Money>,
    /// Why it pays nothing, or cannot be loaded.
    pub why_not: Option<String>,
}

/// What is known of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiftState {
    /// The server is being asked.
    Asking,
    /// The server has just said so.
    Certain,
    /// The server has just said that it knows of no such card.
    New,
    /// The server cannot be asked, and this till has seen it.
    Remembered,
    /// The server cannot be asked, and this till has never seen it.
    Unseen,
}

impl GiftState {
    /// As in `data-state`.
    pub fn word(self) -> &'static str {
        match self {
            GiftState::Asking => "asking",
            GiftState::Certain => "certain",
            GiftState::New => "new",
            GiftState::Remembered => "remembered",
            GiftState::Unseen => "unseen",
        }
    }
}

/// Money for a card in the cart.
#[derive(Clone, Debug, PartialEq)]
pub struct CartGiftView {
    /// The last four symbols of its code.
    pub last4: String,
    /// There was money on it before.
    pub top_up: bool,
    /// How much.
    pub amount: String,
}

/// Money on a card, on its receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct IssuedView {
    /// The last four symbols of its code.
    pub last4: String,
    /// The whole code, while it is still known.
    pub code: Option<String>,
    /// There was money on it before.
    pub top_up: bool,
    /// It was given in place of money, and not sold.
    pub credit: bool,
    /// How much.
    pub amount: Money,
    /// Until when it can be spent, milliseconds since 1970, if not for ever.
    pub until_ms: Option<i64>,
}

/// A tip.
#[derive(Clone, Debug, PartialEq)]
pub struct TipView {
    /// What was chosen.
    pub chosen: Money,
    /// What is suggested: the part as people write it, and what it comes to.
    pub suggested: Vec<(String, Money)>,
}

pub(super) fn gift_view(panel: &GiftPanel, desk: &Desk, now_ms: i64) -> GiftView {
    GiftView {
        pays: matches!(desk.stage, Stage::Tendering(_)),
        shown: panel.shown.as_ref().map(|shown| card_view(shown, desk, now_ms)),
    }
}

fn card_view(shown: &ShownGift, desk: &Desk, now_ms: i64) -> GiftCardView {
    let known = desk.known_gift(shown.card);
    let balance = known.and_then(KnownCard::balance);
    let state = match (shown.asked, balance) {
        (Asked::Asking, _) => GiftState::Asking,
        (Asked::Told, Some(_)) => GiftState::Certain,
        (Asked::Told, None) => GiftState::New,
        (Asked::NoAnswer, Some(_)) => GiftState::Remembered,
        (Asked::NoAnswer, None) => GiftState::Unseen,
    };
    let pays = (state != GiftState::Asking && matches!(desk.stage, Stage::Tendering(_))).then(|| desk.redeemable(shown, now_ms));
    let currency = &desk.config.currency;
    GiftCardView {
        last4: shown.code.last4(),
        balance: balance.filter(|_| state != GiftState::Asking).map(|balance| money(currency, balance)),
        state,
        as_of_ms: known.filter(|_| state == GiftState::Remembered).map(KnownCard::as_of_ms),
        until_ms: known.and_then(|known| known.until_ms),
        pays: pays.as_ref().and_then(|pays| pays.as_ref().ok()).map(|most| money(currency, *most)),
        why_not: pays.and_then(Result::err),
    }
}

pub(super) fn cart_gifts(desk: &Desk) -> Vec<CartGiftView> {
    let currency = &desk.config.currency;
    let gifts = desk.cart().map(|cart| cart.gifts()).unwrap_or_default();
    let view =
        |gift: &CartGift| CartGiftView { last4: gift.code.last4(), top_up: gift.top_up, amount: currency.format(gift.amount) };
    gifts.iter().map(view).collect()
}

pub(super) fn tip_view(tendering: &Tendering, desk: &Desk) -> Option<TipView> {
    let (rules, currency) = (&desk.config.rules.tips, &desk.config.currency);
    let suggested = |goods: Minor| {
        let amounts = rules.percents.iter().filter_map(|part| Some((*part, part.of(goods).ok()?)));
        amounts
            .filter(|(_, amount)| amount.0 > 0)
            .map(|(part, amount)| (currency.percent(part), money(currency, amount)))
            .collect()
    };
    rules.on.then(|| TipView { chosen: money(currency, tendering.tip), suggested: suggested(tendering.totals.gross) })
}

/// What of the issued cards is shown: the codes of those that are still known.
pub(super) fn issued_views(desk: &Desk) -> Vec<IssuedView> {
    let sold = desk.ledger.last_sale.as_ref().map(|paid| paid.sale.gifts.as_slice()).unwrap_or_default();
    let view = |issued: &Issued| IssuedView {
        last4: issued.code.last4(),
        code: Some(issued.code.to_string()),
        top_up: false,
        credit: !sold.iter().any(|sold| sold.card == issued.card),
        amount: money(&desk.config.currency, issued.amount),
        until_ms: issued.until_ms,
    };
    desk.issued.iter().map(view).collect()
}
