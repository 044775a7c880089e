//! `staff`.

use barrow_core::{
    ids::{ShopId, TillId},
    staff::Role,
};
use serde_json::json;

use super::{CliError, Place};
use crate::{
    names::Name,
    people::{self, Wish},
    store::{
        Conn,
        changes::COMMAND_LINE,
        shop::{self, Person},
        word,
    },
};

pub(super) async fn list(place: &Place, as_json: bool) -> Result<(), CliError> {
    let (_, store) = place.open().await?;
    let mut conn = store.read().await?;
    let shop = shop::get(&mut conn).await?.id;
    let people = shop::staff(&mut conn, shop).await?;
    if as_json {
        let list: Vec<_> = people
            .iter()
            .map(|p| json!({"id": p.member.id.0, "name": p.member.name, "role": p.member.role, "active": p.active}))
            .collect();
        println!("{}", serde_json::to_string(&list)?);
    } else {
        for person in people {
            let left = if person.active { "" } else { "  (left)" };
            println!("{:>4}  {:20} {}{left}", person.member.id, person.member.name, word(person.member.role));
        }
    }
    Ok(())
}

pub(super) async fn add(place: &Place, name: &str, role: Role) -> Result<(), CliError> {
    let (_, store) = place.open().await?;
    let name = Name::parse(name).map_err(|fault| CliError::Usage(fault.to_string()))?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    let id = people::add(&mut tx, shop, COMMAND_LINE, &name, role).await?.member.id;
    tx.commit().await?;
    println!("{name} is number {id}. `barrow-server staff code {id} --till N` makes a code for the first PIN.");
    Ok(())
}

pub(super) async fn code(place: &Place, person: &str, till: TillId) -> Result<(), CliError> {
    let (keys, store) = place.open().await?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    let id = find(&mut tx, shop, person).await?.member.id;
    let made = people::first_pin(&mut tx, &keys, shop, COMMAND_LINE, id, till).await?;
    tx.commit().await?;
    println!("{} types {} at till {till} (works once, for 24 hours).", made.person.member.name, made.code);
    Ok(())
}

pub(super) async fn role(place: &Place, person: &str, role: Role) -> Result<(), CliError> {
    let person = change(place, person, &Wish { role: Some(role), ..Wish::default() }).await?;
    println!("{} is {} once the tills have heard of it.", person.member.name, word(role));
    Ok(())
}

pub(super) async fn remove(place: &Place, person: &str) -> Result<(), CliError> {
    let person = change(place, person, &Wish { active: Some(false), ..Wish::default() }).await?;
    println!("{} can no longer sign in once the tills have heard of it.", person.member.name);
    Ok(())
}

async fn change(place: &Place, person: &str, wish: &Wish) -> Result<Person, CliError> {
    let (_, store) = place.open().await?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    let id = find(&mut tx, shop, person).await?.member.id;
    let person = people::change(&mut tx, shop, COMMAND_LINE, id, wish).await?;
    tx.commit().await?;
    Ok(person)
}

async fn find(conn: &mut Conn, shop: ShopId, wanted: &str) -> Result<Person, CliError> {
    let people = shop::staff(conn, shop).await?;
    let mut found = people.into_iter().filter(|p| p.member.id.to_string() == wanted || p.member.name == wanted);
    match (found.next(), found.next()) {
        (Some(person), None) => Ok(person),
        (Some(_), Some(_)) => Err(CliError::Usage(format!("more than one person is called {wanted}: say the number"))),
        (None, _) => Err(CliError::Nobody(wanted.to_owned())),
    }
}
