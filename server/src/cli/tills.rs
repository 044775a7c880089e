//! `enrol-code`, `revoke-till`.

use barrow_core::{
    config::TillState,
    ids::{ShopId, TillId},
};

use super::{CliError, Place, StaffCode, name_of};
use crate::{
    clock,
    codes::Purpose,
    keys::Keys,
    store::{
        Conn, StoreError,
        changes::{self, COMMAND_LINE, Change},
        codes, shop, tills,
    },
};

pub(super) async fn enrol_code(place: &Place, till: Option<TillId>, new_till: Option<&str>, json: bool) -> Result<(), CliError> {
    let (keys, store) = place.open().await?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    let till = match (till, new_till) {
        (Some(till), _) => tills::get(&mut tx, shop, till).await?.ok_or(CliError::NoTill(till))?.id,
        (None, Some(name)) => {
            let till = tills::insert(&mut tx, shop, &name_of(name, "a till's name")?).await?;
            shop::config_changed(&mut tx, shop).await?;
            till
        }
        (None, None) => {
            let all = tills::all(&mut tx, shop).await?;
            let waiting = all.iter().find(|till| !till.enrolled());
            waiting.map(|till| till.id).ok_or_else(|| {
                CliError::Usage("every till is enrolled: say --new-till NAME for another, or --till N to enrol one again".into())
            })?
        }
    };
    let code = enrolment(&mut tx, &keys, shop, till).await?;
    let staff = first_pins(&mut tx, &keys, shop, till).await?;
    changes::note(&mut tx, shop, COMMAND_LINE, Change::EnrolCode { till }, clock::now_ms()).await?;
    tx.commit().await?;
    if json {
        println!("{}", serde_json::json!({"till": till.0, "enrol_code": code, "staff": staff}));
    } else {
        println!("Till {till}: type {code} on the tablet (works once, for 24 hours).");
        println!("First-PIN codes at this till:");
        for person in staff {
            println!("  {:20} {}", person.name, person.first_pin_code);
        }
    }
    Ok(())
}

pub(super) async fn revoke(place: &Place, till: TillId) -> Result<(), CliError> {
    let (_, store) = place.open().await?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    tills::get(&mut tx, shop, till).await?.ok_or(CliError::NoTill(till))?;
    tills::set_state(&mut tx, shop, till, TillState::Revoked).await?;
    codes::cancel(&mut tx, shop, Some(till), None).await?;
    changes::note(&mut tx, shop, COMMAND_LINE, Change::TillRevoked { till }, clock::now_ms()).await?;
    shop::config_changed(&mut tx, shop).await?;
    tx.commit().await?;
    println!("Till {till} is out of use. What it still holds is taken in; an enrolment code brings it back.");
    Ok(())
}

/// A fresh enrolment code for people to read.
pub(super) async fn enrolment(conn: &mut Conn, keys: &Keys, shop: ShopId, till: TillId) -> Result<String, StoreError> {
    Ok(codes::issue(conn, keys, shop, Purpose::Enrol, till, None, clock::now_ms()).await?.to_string())
}

/// A fresh first-PIN code for everybody who works here.
pub(super) async fn first_pins(conn: &mut Conn, keys: &Keys, shop: ShopId, till: TillId) -> Result<Vec<StaffCode>, StoreError> {
    let mut list = Vec::new();
    for person in shop::staff(conn, shop).await?.into_iter().filter(|person| person.active) {
        let id = person.member.id;
        let code = codes::issue(conn, keys, shop, Purpose::FirstPin, till, Some(id), clock::now_ms()).await?;
        list.push(StaffCode { name: person.member.name, first_pin_code: code.to_string(), id });
    }
    Ok(list)
}
