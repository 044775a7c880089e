//! From what was agreed to what is owed: the same steps for the cart at the till and for the sale at the server.
//!
//! `qty × (unit + extras)`, rounded; less the promotion; less the line's discount; less the line's share of the order's
//! discount. What is left is the line's price, which is split into net, taxes and gross.

use super::{Discount, SaleLine};
use crate::{
    money::{Minor, OutOfRange},
    tax::{self, Ppm, Tax, TaxMode},
};

/// Reckons `lines` anew. Of each it takes quantity, unit price, extras, the promotion's amount, the discount's rate (or agreed
/// amount) and the tax rates; `order` is what is taken off the whole. No amount taken off is more than there is.
pub(crate) fn finish(
    mut lines: Vec<SaleLine>,
    mut order: Option<Discount>,
    mode: TaxMode,
) -> Result<(Vec<SaleLine>, Option<Discount>), OutOfRange> {
    let rests = lines.iter_mut().map(deduct).collect::<Result<Vec<_>, _>>()?;
    let off = settle(order.as_mut(), Minor::sum(rests.iter().copied())?)?;
    for ((line, rest), share) in lines.iter_mut().zip(&rests).zip(spread(off, &rests)) {
        close(line, *rest, share, mode)?;
    }
    Ok((lines, order))
}

/// Reckons one line anew without its sale: its share of the order's discount is taken as it stands.
pub(crate) fn alone(mut line: SaleLine, mode: TaxMode) -> Result<SaleLine, OutOfRange> {
    let rest = deduct(&mut line)?;
    let share = within(line.order_off, rest);
    close(&mut line, rest, share, mode)?;
    Ok(line)
}

/// Fills in what promotion and discount take off a line, and gives what is left.
fn deduct(line: &mut SaleLine) -> Result<Minor, OutOfRange> {
    let full = full_price(line)?;
    let promoted = line.promotion.as_mut().map_or(Minor::ZERO, |taken| {
        taken.amount = within(taken.amount, full);
        taken.amount
    });
    let base = full.minus(promoted)?;
    base.minus(settle(line.discount.as_mut(), base)?)
}

/// Takes the line's share of the order's discount off what is left, and splits that into net, taxes and gross.
fn close(line: &mut SaleLine, rest: Minor, share: Minor, mode: TaxMode) -> Result<(), OutOfRange> {
    line.order_off = share;
    line.price = rest.minus(share)?;
    let rates: Vec<Tax> = line.taxes.iter().map(|t| Tax { code: t.code.clone(), name: String::new(), rate: t.rate }).collect();
    let split = tax::split(line.price, &rates, mode)?;
    (line.net, line.taxes, line.gross) = (split.net, split.taxes, split.gross);
    Ok(())
}

/// What a line costs before anything is taken off.
pub(crate) fn full_price(line: &SaleLine) -> Result<Minor, OutOfRange> {
    let extras = Minor::sum(line.extras.iter().map(|extra| extra.price))?;
    line.qty.price(line.unit.plus(extras)?)
}

/// Which part of `whole` `amount` is, rounded up: 0 of nothing.
pub(crate) fn part(amount: Minor, whole: Minor) -> Ppm {
    if whole.0 <= 0 || amount.0 <= 0 {
        return Ppm(0);
    }
    let exact = (i128::from(amount.0) * i128::from(Ppm::WHOLE.0) + i128::from(whole.0) - 1) / i128::from(whole.0);
    Ppm(u32::try_from(exact).unwrap_or(u32::MAX)).min(Ppm::WHOLE)
}

/// Fills in what a discount comes to on `base`, and gives it.
fn settle(discount: Option<&mut Discount>, base: Minor) -> Result<Minor, OutOfRange> {
    let Some(discount) = discount else { return Ok(Minor::ZERO) };
    if discount.by_amount {
        discount.amount = within(discount.amount, base);
        discount.rate = part(discount.amount, base);
    } else {
        discount.rate = discount.rate.min(Ppm::WHOLE);
        discount.amount = discount.rate.of(base)?;
    }
    Ok(discount.amount)
}

/// `amount`, but not below zero nor above `most`.
fn within(amount: Minor, most: Minor) -> Minor {
    Minor(amount.0.clamp(0, most.0.max(0)))
}

/// Spreads `total` over `weights` in proportion, to the minor unit: each gets its share rounded down, and what is left goes to
/// the largest remainders, the earlier line first. No share is more than its weight where `total` is at most their sum.
pub(crate) fn spread(total: Minor, weights: &[Minor]) -> Vec<Minor> {
    let sum: i128 = weights.iter().map(|weight| i128::from(weight.0.max(0))).sum();
    if sum == 0 || total.0 <= 0 {
        return vec![Minor::ZERO; weights.len()];
    }
    let exact = |weight: &Minor| i128::from(total.0) * i128::from(weight.0.max(0));
    let mut shares: Vec<i128> = weights.iter().map(|weight| exact(weight) / sum).collect();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|place| std::cmp::Reverse(exact(&weights[*place]) % sum));
    let left = usize::try_from(i128::from(total.0) - shares.iter().sum::<i128>()).unwrap_or(0);
    for place in by_remainder.into_iter().take(left) {
        shares[place] += 1;
    }
    // Every share is at most `total`, which is in range.
    shares.into_iter().map(|share| Minor(i64::try_from(share).unwrap_or(0))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::AMOUNT_MAX;

    #[test]
    fn a_third_each_leaves_nothing_over() {
        let thirds = spread(Minor(100), &[Minor(1), Minor(1), Minor(1)]);
        assert_eq!(thirds, [Minor(34), Minor(33), Minor(33)]);
        assert_eq!(spread(Minor(5), &[Minor(0), Minor(-9), Minor(10)]), [Minor(0), Minor(0), Minor(5)]);
        assert_eq!(spread(Minor(5), &[]), []);
        assert_eq!(
            (part(Minor(1), Minor(3)), part(Minor(125), Minor(1250)), part(Minor(1), Minor(0))),
            (Ppm(333_334), Ppm(100_000), Ppm(0))
        );
    }

    proptest! {
        #[test]
        fn shares_are_the_whole_and_none_is_more_than_its_line(
            weights in prop::collection::vec(0..AMOUNT_MAX / 1000, 0..40), ppm in 0u32..=1_000_000,
        ) {
            let weights: Vec<Minor> = weights.into_iter().map(Minor).collect();
            let total = Ppm(ppm).of(Minor(weights.iter().map(|w| w.0).sum())).unwrap_or_default();
            let shares = spread(total, &weights);
            prop_assert_eq!(shares.iter().map(|s| s.0).sum::<i64>(), total.0);
            for (share, weight) in shares.iter().zip(&weights) {
                prop_assert!((0..=weight.0).contains(&share.0));
                let off = (i128::from(share.0) * 1_000_000 - i128::from(weight.0) * i128::from(ppm)).abs();
                prop_assert!(off <= 2_000_000, "within two minor units of its part");
            }
        }
    }
}
