//! Gift cards: looking at one, selling and loading it, paying with it, and what the server found of it.

use super::{Effect, Event, Panel, Purpose, Stage, Turn};
use crate::{
    cart::Cart,
    device::DeviceError,
    gift::{CartGift, GiftCode, GiftOverdrawn, GiftPaid, GiftRef, Issued, RANDOM_BYTES, Told},
    journal::{Alert, Body},
    money::{BadAmount, Minor},
    tender::Tender,
    till::{Asked, Form, GiftPanel, ShownGift},
    wire::GiftReply,
};

impl Turn<'_> {
    pub(super) fn gift(&mut self, event: Event) {
        match event {
            Event::GiftPressed => self.open_gifts(),
            Event::GiftCodeSubmitted(code) => match GiftCode::parse(&code) {
                Ok(code) => self.show_gift(code),
                Err(e) => self.fail(e),
            },
            Event::GiftSold { amount, random } => self.load_gift(Some(GiftCode::of(random)), &amount),
            Event::GiftLoaded { amount } => self.load_gift(None, &amount),
            Event::CartGiftRemoved(place) => self.change_cart(|cart, _| cart.remove_gift(place)),
            Event::GiftRedeemed { amount } => self.redeem(&amount),
            _ => {}
        }
    }

    fn key(&mut self) -> Option<Vec<u8>> {
        let key = self.desk.config.gifts.as_ref().map(|gifts| gifts.key.0.clone());
        if key.is_none() {
            self.fail("This shop has no gift cards. The owner can turn them on in the office.");
        }
        key
    }

    fn open_gifts(&mut self) {
        if self.key().is_some() && matches!(self.desk.stage, Stage::Selling(_) | Stage::Receipt(_) | Stage::Tendering(_)) {
            self.leave_card();
            self.desk.panel = Some(Panel::Gift(Box::default()));
        }
    }

    /// A gift card's code was scanned where nothing else was. False if it is none.
    pub(super) fn scanned_gift(&mut self, code: &str) -> bool {
        let Ok(code) = GiftCode::parse(code) else { return false };
        if self.desk.config.gifts.is_none() {
            return false;
        }
        self.open_gifts();
        self.show_gift(code);
        true
    }

    /// Puts a card on screen, and asks the server what is on it.
    pub(super) fn show_gift(&mut self, code: GiftCode) {
        let Some(key) = self.key() else { return };
        let card = code.reference(&key);
        let Some(Panel::Gift(panel)) = &mut self.desk.panel else { return };
        let asked = if self.status.online { Asked::Asking } else { Asked::NoAnswer };
        **panel = GiftPanel { shown: Some(ShownGift { code, card, asked }) };
        if asked == Asked::Asking {
            self.effects.push(Effect::AskGift(card));
        }
    }

    /// The server said what is on a card, or did not.
    pub(super) fn gift_told(&mut self, card: GiftRef, result: Result<GiftReply, DeviceError>) {
        let Some(Panel::Gift(panel)) = &mut self.desk.panel else { return };
        let Some(shown) = panel.shown.as_mut().filter(|shown| shown.card == card && shown.asked == Asked::Asking) else { return };
        match result {
            Ok(reply) => {
                let GiftReply { balance, blocked, until_ms, upto, .. } = reply;
                let told = Told { balance, upto, blocked, until_ms, at_ms: self.now_ms };
                let last4 = shown.code.last4();
                self.commit(Purpose::GiftCheck, vec![Body::GiftChecked { card, last4, told }]);
            }
            Err(_) => shown.asked = Asked::NoAnswer,
        }
    }

    /// The server's word is in the journal, or could not be written.
    pub(super) fn gift_checked(&mut self, written: bool) {
        if let Some(Panel::Gift(panel)) = &mut self.desk.panel
            && let Some(shown) = &mut panel.shown
        {
            shown.asked = if written { Asked::Told } else { Asked::NoAnswer };
        }
    }

    /// Money for a new card, or for the one on screen, goes into the order.
    fn load_gift(&mut self, new: Option<GiftCode>, amount: &str) {
        let Some(key) = self.key() else { return };
        let amount = match self.desk.config.currency.parse(amount) {
            Ok(Minor(0)) | Err(BadAmount) => return self.fail(BadAmount),
            Ok(amount) => amount,
        };
        let most = self.desk.config.rules.gift.load_max;
        if amount > most {
            let sentence = format!("At most {} is put on a card at a time.", self.desk.config.currency.format(most));
            return self.fail(sentence);
        }
        let Some(code) = new.or_else(|| self.desk.shown_gift().map(|shown| shown.code.clone())) else { return };
        let card = code.reference(&key);
        let known = self.desk.known_gift(card);
        let blocked = known.and_then(|known| known.told).is_some_and(|told| told.blocked);
        if blocked || self.desk.config.gifts.as_ref().is_some_and(|gifts| gifts.blocked.contains(&card)) {
            return self.fail("The office blocked this card. Sell another one.");
        }
        let top_up = known.is_some_and(|known| known.balance().is_some());
        if matches!(self.desk.stage, Stage::Receipt(_)) {
            self.desk.stage = Stage::Selling(Cart::default());
        }
        self.change_line(|cart, config| cart.add_gift(CartGift { code, card, amount, top_up }, config));
    }

    /// The card on screen pays; without an amount, as much as it can.
    fn redeem(&mut self, amount: &str) {
        let Some(shown) = self.desk.shown_gift().cloned() else { return };
        if shown.asked == Asked::Asking {
            return self.fail("The server is being asked what is on the card. Wait for its answer.");
        }
        let amount = match self.paid_by_gift(&shown, amount) {
            Ok(amount) => amount,
            Err(sentence) => return self.fail(sentence),
        };
        let Stage::Tendering(tendering) = &mut self.desk.stage else { return };
        if let Err(e) = tendering.take_cash_part() {
            return self.fail(e);
        }
        let offline = shown.asked != Asked::Told;
        tendering.tenders.push(Tender::gift(amount, GiftPaid { card: shown.card, last4: shown.code.last4(), offline }));
        self.desk.panel = None;
        self.leave_card();
        self.sell_if_paid();
    }

    /// What this card is to pay: as typed, or as much as it can.
    fn paid_by_gift(&self, shown: &ShownGift, typed: &str) -> Result<Minor, String> {
        let currency = &self.desk.config.currency;
        let most = self.desk.redeemable(shown, self.now_ms)?;
        match typed.trim() {
            "" => Ok(most),
            text => match currency.parse(text) {
                Ok(Minor(0)) | Err(BadAmount) => Err(BadAmount.to_string()),
                Ok(amount) if amount > most => Err(format!("This card pays at most {} of what is owed.", currency.format(most))),
                Ok(amount) => Ok(amount),
            },
        }
    }

    /// What the server found of cards that were taken here. It tells them again until they are in the journal.
    pub(super) fn gifts_overdrawn(&mut self, found: Vec<GiftOverdrawn>) {
        let noting = self.desk.pending.iter().any(|(_, purpose)| *purpose == Purpose::Decided);
        if noting || self.commit.is_some() || found.is_empty() {
            return;
        }
        let bodies = found.into_iter().map(|found| Body::AlertRaised(Alert::GiftOverdrawn(found))).collect();
        self.commit(Purpose::Decided, bodies);
    }

    /// Gives all that was chosen back as store credit on a new card.
    pub(super) fn give_credit(&mut self, reason: &str, random: [u8; RANDOM_BYTES]) {
        let Some(key) = self.key() else { return };
        let code = GiftCode::of(random);
        let card = code.reference(&key);
        let until_ms = self.desk.config.rules.gift.until_ms(self.now_ms);
        let issued = Issued { code, card, amount: Minor::ZERO, until_ms };
        self.refund(reason, Some(issued));
    }

    /// Cards whose codes the customer has not seen yet are shown: the sale's are on its receipt, store credit's stand alone.
    pub(in crate::till) fn show_issued(&mut self) {
        if !self.desk.issued.is_empty() && !matches!(self.desk.stage, Stage::Receipt(_)) {
            self.desk.panel = Some(Panel::Form(Form::Issued));
        }
    }

    /// Codes are on the receipt until somebody goes on. Then they are nowhere any more, if the receipt was printed; else they
    /// are shown until somebody says that the customer has them.
    pub(super) fn hand_over_issued(&mut self) {
        let waits = self.desk.panel.is_some() || self.desk.busy() || self.commit.is_some();
        if waits || self.desk.issued.is_empty() || matches!(self.desk.stage, Stage::Receipt(_)) {
            return;
        }
        // Whoever topped a card up holds it already.
        let sold = self.desk.ledger.last_sale.as_ref().map(|paid| paid.sale.gifts.as_slice()).unwrap_or_default();
        let is_held = |card: GiftRef| sold.iter().any(|sold| sold.card == card && sold.top_up);
        self.desk.issued.retain(|issued| !is_held(issued.card));
        if self.desk.printing.printed {
            self.desk.issued.clear();
        }
        self.show_issued();
        self.save_orders();
    }

    /// The customer has them.
    pub(in crate::till) fn issued_read(&mut self) {
        if matches!(self.desk.panel, Some(Panel::Form(Form::Issued))) {
            self.desk.panel = None;
            self.desk.issued.clear();
            self.save_orders();
        }
    }
}
