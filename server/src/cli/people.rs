//! `staff`.

use barrow_core::{
    ids::{ShopId, TillId},
    staff::Role,
};
use serde_json::json;

use super::{CliError, Place, name_of};
use crate::{
    clock,
    codes::Purpose,
    store::{
        Conn, codes,
        shop::{self, Person},
        tills,
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
            let role = serde_json::to_value(person.member.role)?;
            let left = if person.active { "" } else { "  (left)" };
            println!("{:>4}  {:20} {}{left}", person.member.id, person.member.name, role.as_str().unwrap_or_default());
        }
    }
    Ok(())
}

pub(super) async fn add(place: &Place, name: &str, role: Role) -> Result<(), CliError> {
    let (_, store) = place.open().await?;
    let name = name_of(name, "a person's name")?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    let id = shop::insert_staff(&mut tx, shop, &name, role).await?;
    shop::config_changed(&mut tx, shop).await?;
    tx.commit().await?;
    println!("{name} is number {id}. `barrow-server staff code {id} --till N` makes a code for the first PIN.");
    Ok(())
}

pub(super) async fn code(place: &Place, person: &str, till: TillId) -> Result<(), CliError> {
    let (keys, store) = place.open().await?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    tills::get(&mut tx, shop, till).await?.ok_or(CliError::NoTill(till))?;
    let person = find(&mut tx, shop, person).await?;
    if !person.active {
        return Err(CliError::Left(person.member.name));
    }
    let staff = Some(person.member.id);
    let code = codes::issue(&mut tx, &keys, shop, Purpose::FirstPin, till, staff, clock::now_ms()).await?;
    tx.commit().await?;
    println!("{} types {code} at till {till} (works once, for 24 hours).", person.member.name);
    Ok(())
}

pub(super) async fn revoke(place: &Place, person: &str) -> Result<(), CliError> {
    let (_, store) = place.open().await?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    let person = find(&mut tx, shop, person).await?;
    shop::revoke_staff(&mut tx, shop, person.member.id).await?;
    codes::cancel(&mut tx, shop, None, Some(person.member.id)).await?;
    shop::config_changed(&mut tx, shop).await?;
    tx.commit().await?;
    println!("{} can no longer sign in once the tills have heard of it.", person.member.name);
    Ok(())
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
