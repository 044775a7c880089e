//! What entries do to gift cards: written down whatever it is, since the money is gone. What does not fit is told to office and till.

use barrow_core::{
    gift::GiftRef,
    ids::SaleId,
    journal::{Alert, Body, Entry},
    money::{AMOUNT_MAX, Minor},
    sale::Sale,
};

use crate::store::{
    Conn, StoreError,
    alerts::{self, Answer, NewAlert},
    gifts::{self, Kind, NewMove},
    journal::{self, Chain},
    shop::Shop,
};

/// More was spent of a card than was on it.
pub(crate) const OVERDRAWN: &str = "gift-overdrawn";
/// A card paid that no till is known to have loaded. It may still be on its way.
pub(crate) const UNKNOWN: &str = "gift-unknown";
/// A card paid that the office had blocked.
pub(crate) const BLOCKED: &str = "gift-blocked";

/// Takes note of what an entry does to gift cards. Called once for each entry that is stored, after what it is of.
pub(super) async fn entry(conn: &mut Conn, shop: &Shop, chain: Chain, entry: &Entry, now_ms: i64) -> Result<(), StoreError> {
    let here = (entry.seq, entry.at_ms, entry.staff);
    let moves = match &entry.body {
        Body::Sale(sale) => of_sale(sale),
        Body::Refund(refund) => refund
            .tenders
            .iter()
            .enumerate()
            .filter_map(|(part, given)| {
                let gift = given.gift.as_ref()?;
                let kind = if gift.credit { Kind::Credit } else { Kind::Refund };
                let (card, last4, until_ms) = (gift.card, gift.last4.as_str(), gift.until_ms);
                Some(NewMove { card, last4, until_ms, kind, part, amount: given.amount, offline: false })
            })
            .collect(),
        Body::SaleVoided(void) if (void.sale.till, void.sale.epoch) == (chain.till, chain.epoch) => {
            let cards = gifts::take_back(conn, chain, void.sale.seq, (entry.at_ms, entry.staff), now_ms).await?;
            return judge_all(conn, shop, chain, entry, &cards, now_ms).await;
        }
        Body::AlertRaised(Alert::GiftOverdrawn(found)) => return gifts::told(conn, chain.shop, chain.till, found).await,
        _ => return Ok(()),
    };
    // What no till can have written moves no sum: it is flagged as what it stands in.
    let moves: Vec<NewMove<'_>> = moves.into_iter().filter(|new| (1..=AMOUNT_MAX).contains(&new.amount.0.abs())).collect();
    for new in &moves {
        gifts::insert(conn, chain, here, new, now_ms).await?;
    }
    if !moves.is_empty() && matches!(entry.body, Body::Sale(_)) && journal::is_voided(conn, chain, entry.seq).await? {
        gifts::take_back(conn, chain, entry.seq, (entry.at_ms, entry.staff), now_ms).await?;
    }
    let mut cards: Vec<GiftRef> = moves.iter().map(|new| new.card).collect();
    cards.sort_unstable();
    cards.dedup();
    for new in moves.iter().filter(|new| new.kind == Kind::Redeem) {
        judge_redeemed(conn, shop, chain, entry, new, now_ms).await?;
    }
    judge_all(conn, shop, chain, entry, &cards, now_ms).await
}

fn of_sale(sale: &Sale) -> Vec<NewMove<'_>> {
    let sold = sale.gifts.iter().enumerate().map(|(part, sold)| NewMove {
        card: sold.card,
        last4: &sold.last4,
        until_ms: sold.until_ms,
        kind: if sold.top_up { Kind::TopUp } else { Kind::Issue },
        part,
        amount: sold.amount,
        offline: false,
    });
    let paid = sale.tenders.iter().enumerate().filter_map(|(part, tender)| {
        let gift = tender.gift.as_ref()?;
        Some(NewMove {
            card: gift.card,
            last4: &gift.last4,
            until_ms: None,
            kind: Kind::Redeem,
            part,
            amount: Minor(tender.amount.0.saturating_neg()),
            offline: gift.offline,
        })
    });
    sold.chain(paid).collect()
}

/// A card paid: may it, as far as is known here?
async fn judge_redeemed(
    conn: &mut Conn,
    shop: &Shop,
    chain: Chain,
    entry: &Entry,
    new: &NewMove<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Some(card) = gifts::get(conn, chain.shop, new.card).await? else { return Ok(()) };
    let amount = shop.currency.format(Minor(new.amount.0.saturating_neg()));
    let sale = SaleId { till: chain.till, epoch: chain.epoch, seq: entry.seq };
    let (kind, detail) = if card.blocked_at_ms.is_some_and(|blocked| blocked <= now_ms) {
        (BLOCKED, format!("{amount} of sale {sale} was paid with gift card ····{}, which is blocked.", card.last4))
    } else if !card.known {
        let detail = format!(
            "{amount} of sale {sale} was paid with gift card ····{}, which no till is known to have sold. Perhaps the till that sold it \
             has not been online since.",
            card.last4
        );
        (UNKNOWN, detail)
    } else {
        return Ok(());
    };
    let about = new.card.to_string();
    alerts::raise(conn, chain, &NewAlert { seq: entry.seq, kind, about: &about, detail: &detail }, now_ms).await
}

/// Was more spent of these cards than was on them? A card that no till has loaded yet is only unknown.
async fn judge_all(
    conn: &mut Conn,
    shop: &Shop,
    chain: Chain,
    entry: &Entry,
    cards: &[GiftRef],
    now_ms: i64,
) -> Result<(), StoreError> {
    for card in cards {
        let Some(found) = gifts::get(conn, chain.shop, *card).await?.filter(|card| card.known) else { continue };
        let about = card.to_string();
        let note = "The till that sold the card has told of it.";
        let answer = Answer { at_ms: entry.at_ms, by: "the server".into(), note: note.into() };
        alerts::answer_everywhere(conn, chain.shop, (UNKNOWN, &about), &answer).await?;
        if found.balance >= Minor::ZERO {
            continue;
        }
        // The sale that asked too much is the last that arrived; its till is told.
        let Some((sale, taken)) = gifts::last_redeemed(conn, chain.shop, *card).await? else { continue };
        let in_all = Minor(found.balance.0.saturating_neg());
        // What was too much before it, other sales were told.
        let over = in_all.min(taken);
        gifts::tell(conn, chain.shop, sale, *card, over).await?;
        let last4 = &found.last4;
        let [more, in_all] = [over, in_all].map(|amount| shop.currency.format(amount));
        let detail = if more == in_all {
            format!("{more} more was spent of gift card ····{last4} than was on it, found with sale {sale}. The sale stands.")
        } else {
            format!(
                "{more} more was spent of gift card ····{last4} than was on it, found with sale {sale}. With other sales it is {in_all} in \
                 all. The sale stands."
            )
        };
        let of = Chain { shop: chain.shop, till: sale.till, epoch: sale.epoch };
        alerts::raise(conn, of, &NewAlert { seq: sale.seq, kind: OVERDRAWN, about: &about, detail: &detail }, now_ms).await?;
    }
    Ok(())
}
