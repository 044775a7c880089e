//! Money for gift cards in an order: beside its lines, so that no discount, promotion or tax touches it.

use super::{Cart, CartError};
use crate::{config::Config, gift::CartGift, money::Minor};

/// The most gift cards that one sale may load.
pub const GIFTS_MAX: usize = 20;

impl Cart {
    /// Money for gift cards that is in the order.
    pub fn gifts(&self) -> &[CartGift] {
        &self.gifts
    }

    /// Puts money for a card into the order.
    ///
    /// # Errors
    /// [`CartError`].
    pub fn add_gift(&mut self, gift: CartGift, config: &Config) -> Result<(), CartError> {
        self.change(config, |cart| {
            if cart.gifts.len() >= GIFTS_MAX {
                return Err(CartError::Full);
            }
            if cart.gifts.iter().any(|other| other.card == gift.card) {
                return Err(CartError::SameGift);
            }
            cart.gifts.push(gift);
            Ok(())
        })
    }

    /// Takes money for a card out of the order.
    ///
    /// # Errors
    /// [`CartError::NoLine`].
    pub fn remove_gift(&mut self, place: usize) -> Result<(), CartError> {
        if place >= self.gifts.len() {
            return Err(CartError::NoLine);
        }
        self.gifts.remove(place);
        Ok(())
    }

    /// The sum of it. It was in range when each was added.
    pub fn gifts_sum(&self) -> Minor {
        Minor(self.gifts.iter().map(|gift| gift.amount.0).fold(0, i64::saturating_add))
    }
}
