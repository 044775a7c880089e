//! Taking payment: cash, a card, a terminal of its own, or several of them for one sale.

use super::{Effect, Event, Purpose, Stage, Turn};
use crate::{
    card::{
        CardSeen, open_payments,
        risk::{self, Circumstances},
        rules::CardRules,
    },
    cart::Cart,
    device::CardRequest,
    gift::{CartGift, GiftSold},
    ids::{Epoch, PaymentId, SaleId, Seq},
    journal::{Alert, Body},
    money::Minor,
    refund::RefundFault,
    sale::Sale,
    tender::{Reference, Tender, TenderKind},
    till::{CardStep, Tendering},
};

/// Nobody hands over so much that more than this many of the largest notes come back: it was mistyped.
const CHANGE_NOTES_MAX: i64 = 5;

impl Turn<'_> {
    pub(super) fn pay(&mut self, event: Event) {
        match event {
            Event::ChargePressed => self.charge(),
            Event::TenderLeft => self.leave(),
            Event::CashGiven(amount) => self.cash(Some(amount)),
            Event::CashTyped(text) => match self.desk.config.currency.parse(&text) {
                Ok(amount) => self.cash(Some(amount)),
                Err(e) => {
                    self.cash(None);
                    if !text.trim().is_empty() {
                        self.fail(e);
                    }
                }
            },
            Event::CardPressed { payment } => self.ask_for_card(payment),
            Event::TipTyped(_) | Event::TipChosen(_) | Event::PartTyped(_) => self.tip_or_part(event),
            Event::CardLeft => self.leave_card(),
            Event::ExternalSubmitted { reference } => self.external(&reference),
            Event::TenderRemoved(index) => self.remove_tender(index),
            Event::TenderConfirmed => self.confirm(),
            _ => {}
        }
    }

    fn charge(&mut self) {
        let Stage::Selling(cart) = &self.desk.stage else { return };
        if cart.lines().is_empty() && cart.gifts().is_empty() {
            return self.fail("There is nothing to charge yet.");
        }
        let tendering = match cart.reckon(&self.desk.config) {
            Ok((lines, totals)) => {
                let mut tendering = Tendering::of(cart.clone(), lines, totals);
                self.set_off(&mut tendering).map(|()| tendering)
            }
            Err(e) => Err(e.to_string()),
        };
        match tendering {
            Ok(tendering) => self.desk.stage = Stage::Tendering(Box::new(tendering)),
            Err(e) => self.fail(e),
        }
    }

    fn leave(&mut self) {
        let Stage::Tendering(tendering) = &mut self.desk.stage else { return };
        if tendering.tenders.iter().any(|tender| tender.reference.is_some()) {
            return self.fail("A terminal has taken a part of this already. Finish the sale, or take that part out first.");
        }
        let cart = std::mem::take(&mut tendering.cart);
        self.put_reader_down();
        self.desk.stage = Stage::Selling(cart);
        self.save_orders();
    }

    fn cash(&mut self, amount: Option<Minor>) {
        if let Stage::Tendering(tendering) = &mut self.desk.stage {
            tendering.cash = amount;
        }
        self.leave_card();
    }

    /// Arms the reader for what cash on the counter does not cover.
    fn ask_for_card(&mut self, payment: PaymentId) {
        let Stage::Tendering(tendering) = &mut self.desk.stage else { return };
        let Some(cards) = &self.desk.config.cards else {
            return self.fail("This shop takes no cards here. Take cash, or the terminal.");
        };
        if cards.key_at(self.now_ms).is_none() {
            return self.fail("No key of the card processor is valid now. Connect the till once, or take another payment.");
        }
        if self.desk.ledger.readers.is_empty() {
            return self.fail("No card reader is connected. Connect it, or take another payment.");
        }
        if tendering.remaining().0 <= 0 {
            return self.fail("Nothing is left to pay.");
        }
        if let Err(e) = tendering.take_cash_part() {
            return self.fail(e);
        }
        let amount = tendering.next_part();
        if amount.0 <= 0 {
            return self.fail("Nothing is left to pay by card.");
        }
        tendering.card = CardStep::Waiting { payment, amount };
        let currency = self.desk.config.currency.code.clone();
        self.effects.push(Effect::ReadCard(Some(CardRequest { payment, amount, currency })));
        self.save_orders();
    }

    pub(super) fn leave_card(&mut self) {
        if let Stage::Tendering(tendering) = &mut self.desk.stage
            && tendering.card != CardStep::Idle
        {
            tendering.card = CardStep::Idle;
            self.put_reader_down();
        }
    }

    fn put_reader_down(&mut self) {
        self.effects.push(Effect::ReadCard(None));
    }

    /// A reader has read a card, or could not.
    pub(super) fn card_read(&mut self, result: Result<Box<CardSeen>, String>) {
        let Stage::Tendering(tendering) = &self.desk.stage else { return };
        let CardStep::Waiting { payment, amount } = tendering.card else { return };
        let card = match result {
            Ok(card) if (card.payment, card.amount) == (payment, amount) => card,
            // Read for a payment that nobody waits for any more.
            Ok(_) => return,
            Err(sentence) => return self.fail(sentence),
        };
        self.desk.error = None;
        let Some(cards) = self.desk.config.cards.clone() else { return };
        if !cards.readers.is_empty()
            && !cards.readers.iter().any(|pinned| pinned.serial.is_empty() || pinned.serial == card.reader)
        {
            let known = self.desk.ledger.readers.iter().find(|reader| reader.serial == card.reader);
            let reader = known.cloned().unwrap_or_default();
            self.leave_card();
            if !self.desk.ledger.wrong_readers.contains(&reader) {
                self.commit(Purpose::Note, vec![Body::AlertRaised(Alert::WrongReader(reader))]);
            }
            return self.fail("This reader does not belong to this till. Do not use it, and tell a manager.");
        }
        let concerns = risk::assess(&card, &self.circumstances(&cards.rules));
        let tender_words = card.brand.with(&card.last4);
        if concerns.iter().any(|concern| concern.is_final()) {
            let refused = Body::CardRefused { card: tender_words, amount, concerns: concerns.clone() };
            self.commit(Purpose::Note, vec![refused]);
            self.leave_card();
            return self.fail(format!("{} Ask for another payment.", risk::sentences(&concerns)));
        }
        if let Stage::Tendering(tendering) = &mut self.desk.stage {
            tendering.card = CardStep::Seen { card, concerns };
        }
    }

    fn circumstances<'a>(&self, rules: &'a CardRules) -> Circumstances<'a> {
        let mut open = self.desk.ledger.open_cards.clone();
        let before = open.len();
        if let Stage::Tendering(tendering) = &self.desk.stage {
            let sale = SaleId { till: self.desk.config.till, epoch: Epoch(0), seq: Seq(0) };
            open.extend(open_payments(&tendering.tenders, sale, Some(self.desk.staff.id), self.now_ms));
        }
        let in_sale = Minor(open.iter().skip(before).map(|payment| payment.amount.0).fold(0, i64::saturating_add));
        Circumstances {
            rules,
            open,
            in_sale,
            staff: self.desk.staff.id,
            now_ms: self.now_ms,
            heard_ms: self.status.heard_ms,
            hot_list_ms: self.status.hot_list_ms,
        }
    }

    fn external(&mut self, reference: &str) {
        let Stage::Tendering(tendering) = &mut self.desk.stage else { return };
        if tendering.remaining().0 <= 0 {
            return self.fail("Nothing is left to pay.");
        }
        match Reference::parse(reference).map_err(|e| e.to_string()).and_then(|reference| {
            tendering.take_cash_part().map_err(|e| e.to_string())?;
            Ok(reference)
        }) {
            Ok(reference) => {
                let tender = Tender::external(tendering.next_part(), &reference);
                tendering.tenders.push(tender);
                tendering.part = None;
                self.desk.panel = None;
                self.leave_card();
                self.sell_if_paid();
            }
            Err(sentence) => self.fail(sentence),
        }
    }

    fn remove_tender(&mut self, index: usize) {
        let Stage::Tendering(tendering) = &mut self.desk.stage else { return };
        match tendering.tenders.get(index) {
            None => return,
            Some(tender) if tender.kind == TenderKind::Exchange => {
                return self.fail("Go back to the cart to take the exchange out.");
            }
            Some(_) => {}
        }
        let tender = tendering.tenders.remove(index);
        self.leave_card();
        let body = Body::TenderTakenOut { what: tender.words(), amount: tender.amount };
        self.commit(Purpose::Note, vec![body]);
        self.save_orders();
    }

    /// Takes what is on the counter: the card that was read, or the cash that was handed over.
    fn confirm(&mut self) {
        let Stage::Tendering(tendering) = &mut self.desk.stage else { return };
        match std::mem::take(&mut tendering.card) {
            CardStep::Seen { card, .. } => {
                tendering.tenders.push(Tender::card(card.amount, card.tender()));
                tendering.part = None;
                self.sell_if_paid();
            }
            CardStep::Waiting { payment, amount } => {
                tendering.card = CardStep::Waiting { payment, amount };
                self.fail("Swipe, insert or tap the card first.");
            }
            // A sale whose writing failed is tried again as it was.
            CardStep::Idle if tendering.remaining() == Minor::ZERO && !tendering.tenders.is_empty() => self.sell_if_paid(),
            CardStep::Idle => self.take_cash(),
        }
    }

    fn take_cash(&mut self) {
        let Stage::Tendering(tendering) = &self.desk.stage else { return };
        let currency = &self.desk.config.currency;
        let due = tendering.cash_due(currency);
        // What costs nothing (or less than the smallest coin) needs no payment.
        let nothing = (due == Minor::ZERO).then_some(Minor::ZERO);
        if tendering.cash.is_none() && nothing.is_some() {
            return self.sell(tendering.tenders.clone(), tendering.rounding(currency));
        }
        let Some(handed) = tendering.cash else {
            return self.fail("Type or tap how much cash was handed over.");
        };
        let short = due.0.saturating_sub(handed.0);
        if short > 0 {
            let sentence = format!("{} is still missing.", currency.format(Minor(short)));
            return self.fail(sentence);
        }
        match Tender::cash(due, handed) {
            Ok(tender) if currency.notes.last().is_some_and(|note| tender.change.0 / CHANGE_NOTES_MAX > note.0) => {
                let change = currency.format(tender.change);
                self.fail(format!("{change} of change cannot be right. Look at the amount that was handed over."));
            }
            Ok(tender) => {
                let tenders = tendering.tenders.iter().cloned().chain([tender]).collect();
                self.sell(tenders, tendering.rounding(currency));
            }
            Err(e) => self.fail(e),
        }
    }

    pub(super) fn sell_if_paid(&mut self) {
        // What was taken must not be forgotten, should the page go away now.
        self.save_orders();
        if let Stage::Tendering(tendering) = &self.desk.stage
            && tendering.remaining().0 <= 0
        {
            self.sell(tendering.tenders.clone(), Minor::ZERO);
        }
    }

    /// A tip, or how much the next card or terminal is to take.
    fn tip_or_part(&mut self, event: Event) {
        self.leave_card();
        let config = std::rc::Rc::clone(&self.desk.config);
        let currency = &config.currency;
        let Stage::Tendering(tendering) = &mut self.desk.stage else { return };
        let typed = |text: &str| if text.trim().is_empty() { Ok(Minor::ZERO) } else { currency.parse(text) };
        match event {
            Event::PartTyped(text) => match typed(&text) {
                Ok(part) if part > tendering.beside_cash() => self.fail("That is more than is owed."),
                Ok(part) => tendering.part = (part.0 > 0).then_some(part),
                Err(e) => self.fail(e),
            },
            Event::TipTyped(_) | Event::TipChosen(_) if !config.rules.tips.on => {}
            Event::TipTyped(text) => match typed(&text) {
                Ok(tip) => self.tip(tip),
                Err(e) => self.fail(e),
            },
            Event::TipChosen(tip) => self.tip(tip),
            _ => {}
        }
    }

    fn tip(&mut self, tip: Minor) {
        let Stage::Tendering(tendering) = &mut self.desk.stage else { return };
        if tendering.cart.exchange().is_some() {
            return self.fail("There is no tip in an exchange.");
        }
        let before = tendering.tip;
        let goods = Minor(tendering.owed().0.saturating_sub(before.0));
        if tip.0 < 0 || tip > goods || goods.plus(tip).is_err() {
            return self.fail("A tip is at most as much as what is paid for. Type it again.");
        }
        tendering.tip = tip;
        if tendering.remaining().0 < 0 || tendering.payable_by_gift().0 < 0 {
            tendering.tip = before;
            return self.fail("More than that was taken already. Take a part of the payment out first.");
        }
        self.save_orders();
    }

    /// The gift cards of an order, as its sale will hold them.
    fn gifts_of(&self, cart: &Cart) -> Vec<GiftSold> {
        let until_ms = self.desk.config.rules.gift.until_ms(self.now_ms);
        let sold = |gift: &CartGift| GiftSold {
            card: gift.card,
            last4: gift.code.last4(),
            amount: gift.amount,
            top_up: gift.top_up,
            until_ms,
        };
        cart.gifts().iter().map(sold).collect()
    }

    fn sell(&mut self, tenders: Vec<Tender>, rounding: Minor) {
        let Stage::Tendering(tendering) = &self.desk.stage else { return };
        let bodies = tendering.cart.reckon_order(&self.desk.config).map_err(RefundFault::from).and_then(|order| {
            let sale = Sale {
                currency: self.desk.config.currency.code.clone(),
                tax_mode: self.desk.config.tax_mode,
                lines: tendering.lines.clone(),
                totals: tendering.totals,
                rounding,
                tenders,
                turnover: Minor::ZERO,
                discount: order.discount,
                note: tendering.cart.note().map(str::to_owned),
                customer: tendering.cart.customer(),
                exchange: None,
                gifts: self.gifts_of(&tendering.cart),
                tip: tendering.tip,
            };
            self.with_return(tendering.cart.exchange(), sale)
        });
        match bodies {
            Ok(bodies) => self.commit(Purpose::Sell, self.with_taken_out(bodies)),
            Err(e) => self.fail(e),
        }
    }
}
