//! Whose the order is: a customer that the till knows, or a new one.

use super::{Event, Purpose, Turn};
use crate::{
    customer::{Beside, Customer, Directory, Person},
    device::Committed,
    ids::CustomerId,
    journal::Body,
    till::Stage,
};

impl Turn<'_> {
    pub(super) fn customer(&mut self, event: Event) {
        match event {
            Event::CustomerChosen(chosen) => {
                let known = chosen.is_none_or(|id| self.desk.customers.find(id).is_some());
                if known {
                    self.attach(chosen);
                } else {
                    self.fail("This customer is not known here any more.");
                }
            }
            Event::CustomerSubmitted(typed) => match Person::parse(&typed.name, &typed.email, &typed.phone) {
                Ok(person) => {
                    let saved = Beside::of(typed.id, typed.salt, person);
                    self.commit(Purpose::SaveCustomer, vec![Body::CustomerSaved(saved)]);
                }
                Err(e) => self.fail(e),
            },
            _ => {}
        }
    }

    fn attach(&mut self, customer: Option<CustomerId>) {
        if let Stage::Selling(cart) = &mut self.desk.stage {
            cart.set_customer(customer);
            self.desk.panel = None;
            self.save_orders();
        }
    }

    /// A customer was written down: the order on screen is theirs.
    pub(super) fn customer_saved(&mut self, committed: &[Committed]) {
        for done in committed {
            let Body::CustomerSaved(saved) = &done.entry.body else { continue };
            let Some(beside) = &saved.beside else { continue };
            let before = self.desk.customers.find(saved.id).cloned();
            let new = Customer { id: saved.id, aliases: Vec::new(), person: beside.person.clone(), version: 0 };
            self.desk.customers.put(Customer { person: beside.person.clone(), ..before.unwrap_or(new) });
            self.attach(Some(saved.id));
        }
    }

    /// The server told of customers. An order of one who was erased is nobody's.
    pub(super) fn customers_told(&mut self, directory: Directory) {
        self.desk.customers = directory;
        let orphaned = |id: CustomerId| self.desk.customers.find(id).is_none();
        let mut changed = false;
        let open = match &mut self.desk.stage {
            Stage::Selling(cart) | Stage::Counting(cart) => Some(cart),
            _ => None,
        };
        let parked = self.desk.parked.iter_mut().map(|parked| &mut parked.cart);
        for cart in open.into_iter().chain(parked) {
            if cart.customer().is_some_and(orphaned) {
                cart.set_customer(None);
                changed = true;
            }
        }
        if changed {
            self.save_orders();
        }
    }
}
