//! Choosing whose the order is.

use crate::{
    customer::Person,
    ids::CustomerId,
    till::{Desk, Stage},
};

/// Customers that are offered while one is looked for.
const FOUND_MAX: usize = 8;

/// Choosing a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomersView {
    /// Those that fit what was typed.
    pub found: Vec<CustomerRow>,
    /// Nobody fits what was typed.
    pub nobody: bool,
    /// Whose the order is now.
    pub chosen: Option<CustomerRow>,
}

/// A customer.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerRow {
    /// Who.
    pub id: CustomerId,
    /// Their name.
    pub name: String,
    /// Address and number, as far as there are any: what tells two of one name apart.
    pub reach: String,
}

pub(super) fn customers_view(typed: &str, desk: &Desk) -> CustomersView {
    let typed = typed.trim();
    let row = |id: CustomerId, person: &Person| {
        let parts = [person.email.as_str(), person.phone.as_str()];
        let reach = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        CustomerRow { id, name: person.name.clone(), reach }
    };
    let found = if typed.is_empty() { Vec::new() } else { desk.customers.search(typed, FOUND_MAX) };
    let chosen = desk.cart().and_then(crate::cart::Cart::customer).and_then(|id| desk.customers.find(id));
    CustomersView {
        nobody: found.is_empty() && !typed.is_empty(),
        found: found.into_iter().map(|customer| row(customer.id, &customer.person)).collect(),
        chosen: chosen.filter(|_| matches!(desk.stage, Stage::Selling(_))).map(|customer| row(customer.id, &customer.person)),
    }
}

/// The name of whom something was sold to, as long as it is known here.
pub(super) fn name_of(customer: Option<CustomerId>, desk: &Desk) -> Option<String> {
    customer.and_then(|id| desk.customers.find(id)).map(|customer| customer.person.name.clone())
}
