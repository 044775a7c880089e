//! Customers at the till: written down beside the journal and never in it, found again, whose sales are, and forgotten.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use barrow_core::{
    customer::{BadPerson, Beside, Customer, Directory, Person, Typed},
    ids::CustomerId,
    journal::{Body, Entry},
    till::{Event, Form, Stage},
    view::{PanelContent, Screen, view},
};
use common::TestTill;

const ANNA: CustomerId = CustomerId([7; 16]);

fn write_down(till: &mut TestTill, id: CustomerId, name: &str, email: &str) {
    till.send(Event::FormOpened(Form::Customer));
    let (name, email) = (name.to_owned(), email.to_owned());
    till.send(Event::CustomerSubmitted(Box::new(Typed { id, salt: [9; 32], name, email, phone: String::new() })));
}

fn shown(till: &TestTill) -> Option<String> {
    let Screen::Selling(selling) = view(&till.model).screen else { panic!("selling") };
    selling.customer
}

#[test]
fn nothing_of_a_person_stands_in_the_journal() {
    let mut till = TestTill::open(3);
    till.tap("mug");
    write_down(&mut till, ANNA, " Anna Quitte ", "anna@example.org");
    let entry = till.journal.last().unwrap();
    let Body::CustomerSaved(saved) = &entry.body else { panic!("saved") };
    assert_eq!(saved.beside.as_ref().unwrap().person.name, "Anna Quitte", "on its way to the disks");
    let mut bytes = Vec::new();
    ciborium::into_writer(entry, &mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("Anna") && !text.contains("example.org"), "{text}");
    let read: Entry = ciborium::from_reader(bytes.as_slice()).unwrap();
    let Body::CustomerSaved(read) = read.body else { panic!("saved") };
    assert_eq!((read.id, read.proof, read.beside), (ANNA, saved.proof, None));
    assert!(!format!("{:?}", till.journal).contains("Anna"), "nor where somebody prints it");
    let typed = Typed { id: ANNA, salt: [9; 32], name: "Anna".into(), email: "anna@example.org".into(), phone: String::new() };
    assert!(!format!("{typed:?}").to_lowercase().contains("anna"), "nor what was typed");
}

#[test]
fn a_digest_says_nothing_without_its_salt() {
    let person = Person::parse("Anna", "anna@example.org", "").unwrap();
    let [one, other] = [[1; 32], [2; 32]].map(|salt| Beside::of(ANNA, salt, person.clone()).proof);
    assert_ne!(one, other);
    let moved = Person { name: "Annaanna@example.org".into(), ..Person::default() };
    assert_ne!(Beside::of(ANNA, [1; 32], moved).proof, one, "where a field ends is in it");
}

#[test]
fn an_order_and_its_sale_are_the_customers() {
    let mut till = TestTill::open(3);
    till.tap("mug");
    write_down(&mut till, ANNA, "Anna Quitte", "anna@example.org");
    assert_eq!(shown(&till).as_deref(), Some("Anna Quitte"));
    till.pay_exact();
    let Stage::Receipt(paid) = till.stage() else { panic!("receipt") };
    assert_eq!(paid.sale.customer, Some(ANNA));
    let Screen::Receipt(receipt) = view(&till.model).screen else { panic!("receipt") };
    assert_eq!(receipt.customer.as_deref(), Some("Anna Quitte"), "the name, and nothing else");
    till.send(Event::NewSalePressed);
    till.tap("mug");
    assert_eq!(shown(&till), None, "the next order is somebody else's");
    till.send(Event::FormOpened(Form::Customer));
    till.send(Event::FieldTyped { field: "customer-search".into(), text: "quit".into(), over: true });
    let PanelContent::Customer(found) = view(&till.model).panel.unwrap().content else { panic!("customers") };
    assert_eq!((found.found.len(), found.nobody, found.found[0].reach.as_str()), (1, false, "anna@example.org"));
    till.send(Event::CustomerChosen(Some(ANNA)));
    assert_eq!(shown(&till).as_deref(), Some("Anna Quitte"));
    till.send(Event::CustomerChosen(None));
    assert_eq!(shown(&till), None);
    till.send(Event::CustomerChosen(Some(CustomerId([8; 16]))));
    assert!(till.error().unwrap().contains("not known"));
}

#[test]
fn who_was_erased_is_on_no_order_any_more() {
    let mut till = TestTill::open(3);
    till.tap("mug");
    write_down(&mut till, ANNA, "Anna", "");
    till.send(Event::ParkPressed);
    till.tap("mug");
    till.send(Event::CustomersTold(Directory::default()));
    till.send(Event::ParkedChosen(0));
    assert_eq!(shown(&till), None);
    assert_eq!(till.saved.as_ref().unwrap().cart.customer(), None);
    till.pay_exact();
    let Stage::Receipt(paid) = till.stage() else { panic!("receipt") };
    assert_eq!(paid.sale.customer, None);
}

#[test]
fn two_ids_that_are_one_person_lead_to_them() {
    let person = |name: &str| Person { name: name.into(), ..Person::default() };
    let customer = |id: u8, aliases: Vec<CustomerId>, name: &str| Customer {
        id: CustomerId([id; 16]),
        aliases,
        person: person(name),
        version: 1,
    };
    let mut directory = Directory::of([customer(2, vec![], "A. Quitte")]);
    directory.put(customer(1, vec![CustomerId([2; 16])], "Anna Quitte"));
    assert_eq!(directory.all().count(), 1);
    assert_eq!(directory.find(CustomerId([2; 16])).unwrap().person.name, "Anna Quitte");
    directory.remove(CustomerId([1; 16]));
    assert!(directory.find(CustomerId([2; 16])).is_none());
    assert_eq!(directory.all().count(), 0, "nothing is kept of who was erased");
}

#[test]
fn what_is_no_person_is_refused_in_a_sentence() {
    for (name, email, phone, why) in [
        ("", "", "", Some(BadPerson::Name)),
        ("a\u{7}", "", "", Some(BadPerson::Name)),
        ("Anna", "anna", "", Some(BadPerson::Email)),
        ("Anna", "a@b@c", "", Some(BadPerson::Email)),
        ("Anna", "a b@c.de", "", Some(BadPerson::Email)),
        ("Anna", "ana@exa", "", Some(BadPerson::Email)),
        ("Anna", "ana@.de", "", Some(BadPerson::Email)),
        ("Anna", "ana@exa.", "", Some(BadPerson::Email)),
        ("Anna", "", "12", Some(BadPerson::Phone)),
        ("Anna", "", "call me", Some(BadPerson::Phone)),
        ("Anna", "a@b.c", "+49 (30) 1234-567", None),
    ] {
        assert_eq!(Person::parse(name, email, phone).err(), why, "{name} {email} {phone}");
    }
    let one = Person::parse("Anna", "Anna@Example.org", "+49 30 1234567").unwrap();
    let other = Person::parse("A.", "anna@example.ORG", "0049-30/1234567").unwrap();
    assert_eq!((one.email_key(), one.phone_key()), (other.email_key(), other.phone_key()));
    let mut till = TestTill::open(3);
    till.tap("mug");
    let before = till.journal.len();
    write_down(&mut till, ANNA, "", "");
    assert!(till.error().unwrap().contains("name"));
    assert_eq!(till.journal.len(), before);
}
