//! Coming back to where a person was, and keeping that.

use super::{Effect, Event, Stage, Turn};
use crate::till::{
    Desk, History, Opened, Panel, Step,
    place::{Doing, Over, Place},
};

impl Turn<'_> {
    /// Somebody types into a field of the screen, or of what is open over it.
    pub(super) fn typed(&mut self, field: String, text: String, over: bool) {
        let Desk { fields, panel, .. } = &mut *self.desk;
        match over {
            // What was over the screen has closed under the last letter.
            true if panel.is_none() => {}
            true => drop(fields.over.insert(field, text)),
            false => drop(fields.screen.insert(field, text)),
        }
    }

    /// Keeps where the person is now with the orders, if that is not where they were.
    pub(super) fn keep_place(&mut self, before: &Place) {
        self.desk.leave(before);
        let orders = || Effect::SaveOrders(Box::new(self.desk.orders()));
        if let Some(saving) = self.effects.iter_mut().find(|effect| matches!(effect, Effect::SaveOrders(_))) {
            // As they are at the end of the turn.
            *saving = orders();
        } else if self.desk.place() != *before {
            // Before the till is locked, while there is a key to keep them with.
            self.effects.insert(0, orders());
        }
    }

    /// Goes back to where a person was, as far as the one who works now may go there.
    pub(in crate::till) fn come_back(&mut self, place: Place) {
        if !self.come_back_to(place.doing) {
            return;
        }
        self.desk.fields.screen = place.fields.screen;
        match place.over {
            _ if self.desk.panel.is_some() => return,
            Some(Over::Form(form)) => self.act_if_allowed(Event::FormOpened(form)),
            Some(Over::Gift(code)) => {
                self.act_if_allowed(Event::GiftPressed);
                if let Some(code) = code {
                    self.show_gift(code);
                }
            }
            None => return,
        }
        if let Some(Panel::Form(_) | Panel::Gift(_)) = self.desk.panel {
            self.desk.fields.over = place.fields.over;
        }
    }

    /// Is that screen there again?
    fn come_back_to(&mut self, doing: Doing) -> bool {
        match (doing, &mut self.desk.stage) {
            (Doing::Selling, Stage::Selling(_)) | (Doing::Opening, Stage::NoShift) | (Doing::Receipt, Stage::Receipt(_)) => true,
            (Doing::Paying { cash, part }, Stage::Selling(_) | Stage::Tendering(_)) => {
                self.act_if_allowed(Event::ChargePressed);
                let Stage::Tendering(tendering) = &mut self.desk.stage else { return false };
                (tendering.cash, tendering.part) = (cash, part);
                true
            }
            (Doing::LookingBack { opened, known, off_shelf }, Stage::Selling(_)) => {
                self.act_if_allowed(Event::OrdersPressed);
                let Stage::History(history) = &mut self.desk.stage else { return false };
                **history = History { opened, known, off_shelf, ..std::mem::take(&mut **history) };
                true
            }
            (Doing::Counting, Stage::Selling(_)) => {
                self.act_if_allowed(Event::ShiftClosePressed);
                matches!(self.desk.stage, Stage::Counting(_))
            }
            (Doing::Report(report, head), Stage::NoShift) => {
                self.desk.stage = Stage::Report(report, head);
                true
            }
            _ => false,
        }
    }

    fn act_if_allowed(&mut self, event: Event) {
        let powers = self.desk.powers();
        if event.needs(self.desk).iter().all(|need| powers.allow(*need)) {
            self.act(event);
        }
    }
}

impl History {
    /// What was chosen before the page went away may have been given back since: then the sale itself says so.
    pub(super) fn look_again(&mut self) {
        let wanted = self.wanted();
        let Some(paid) = self.paid() else { return };
        let fits = wanted.iter().all(|(line, qty)| *qty <= paid.left(*line));
        if let (false, Some(opened)) = (fits, &mut self.opened) {
            *opened = Opened { sale: opened.sale, step: Step::Shown };
        }
    }
}
