//! Who works at the tills, and the rules for changing that, whoever asks: the office's page or the command line.
//!
//! Each function belongs in one transaction; it notes the change in the office's journal and gives the configuration its next
//! version, so that the tills hear of it.

use barrow_core::{
    config::TillState,
    ids::{ShopId, StaffId, TillId},
    staff::{Role, StaffMember},
};
use thiserror::Error;

use crate::{
    clock,
    codes::{Code, LIFETIME_MS, Purpose},
    keys::Keys,
    names::{self, Name},
    store::{
        Conn, StoreError,
        changes::{self, Author, Change},
        codes,
        shop::{self, Person},
        tills,
    },
};

/// Why nothing was changed.
#[derive(Debug, Error)]
pub enum PeopleFault {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody has this number.
    #[error("There is nobody with this number.")]
    Nobody,
    /// No till has this number.
    #[error("There is no till with this number.")]
    NoTill,
    /// Somebody who works here is called so.
    #[error("Somebody here is called {0} already. Receipts and reports must tell the two apart.")]
    NameTaken(String),
    /// Nobody could approve, or end a lock-out.
    #[error("{0} is the only manager. Make somebody else a manager first.")]
    LastManager(String),
    /// They need no code.
    #[error("{0} no longer works here, and gets no code.")]
    Left(String),
    /// No code works there.
    #[error("This till is out of use. Enrol a tablet as it first.")]
    TillRevoked,
}

/// What is to be different about a person; nothing leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Their name.
    pub name: Option<Name>,
    /// Their role.
    pub role: Option<Role>,
    /// Do they work here?
    pub active: Option<bool>,
}

/// A one-time code that was just made.
#[derive(Debug)]
pub struct FirstPin {
    /// The code, which is not kept anywhere.
    pub code: Code,
    /// Until when it works, milliseconds since 1970 UTC.
    pub expires_at_ms: i64,
    /// Whose it is.
    pub person: Person,
}

/// Adds a person.
///
/// # Errors
/// [`PeopleFault::NameTaken`], [`PeopleFault::Store`].
pub async fn add(conn: &mut Conn, shop: ShopId, by: Author<'_>, name: &Name, role: Role) -> Result<Person, PeopleFault> {
    shop::lock(conn, shop).await?;
    let people = shop::staff(conn, shop).await?;
    check_name(&people, None, name.as_str())?;
    let id = shop::insert_staff(conn, shop, name.as_str(), role).await?;
    let change = Change::StaffAdded { staff: id, name: name.to_string(), role };
    changes::note(conn, shop, by, change, clock::now_ms()).await?;
    shop::config_changed(conn, shop).await?;
    Ok(Person { member: StaffMember { id, name: name.to_string(), role }, active: true })
}

/// Changes a person. Who leaves is not in the tills' next configuration, and their open codes are void. What is so already
/// changes nothing.
///
/// # Errors
/// [`PeopleFault`].
pub async fn change(conn: &mut Conn, shop: ShopId, by: Author<'_>, id: StaffId, wish: &Wish) -> Result<Person, PeopleFault> {
    shop::lock(conn, shop).await?;
    let people = shop::staff(conn, shop).await?;
    let before = people.iter().find(|person| person.member.id == id).ok_or(PeopleFault::Nobody)?;
    let name = wish.name.as_ref().map_or_else(|| before.member.name.clone(), Name::to_string);
    let role = wish.role.unwrap_or(before.member.role);
    let active = wish.active.unwrap_or(before.active);
    if active && (name != before.member.name || !before.active) {
        check_name(&people, Some(id), &name)?;
    }
    let is_manager = |person: &Person| person.active && person.member.role == Role::Manager;
    let others = people.iter().any(|person| person.member.id != id && is_manager(person));
    if is_manager(before) && !others && !(active && role == Role::Manager) {
        return Err(PeopleFault::LastManager(before.member.name.clone()));
    }

    let mut noted = Vec::new();
    if name != before.member.name {
        noted.push(Change::StaffRenamed { staff: id, from: before.member.name.clone(), to: name.clone() });
    }
    if role != before.member.role {
        noted.push(Change::StaffRole { staff: id, name: name.clone(), from: before.member.role, to: role });
    }
    match (before.active, active) {
        (true, false) => noted.push(Change::StaffLeft { staff: id, name: name.clone() }),
        (false, true) => noted.push(Change::StaffBack { staff: id, name: name.clone() }),
        _ => {}
    }
    let after = Person { member: StaffMember { id, name, role }, active };
    if noted.is_empty() {
        return Ok(after);
    }
    shop::set_staff(conn, shop, &after).await?;
    if !active {
        codes::cancel(conn, shop, None, Some(id)).await?;
    }
    let now_ms = clock::now_ms();
    for change in noted {
        changes::note(conn, shop, by, change, now_ms).await?;
    }
    shop::config_changed(conn, shop).await?;
    Ok(after)
}

/// Makes a one-time code with which a person chooses a PIN at one till. It takes the place of an earlier one for them there.
///
/// # Errors
/// [`PeopleFault`].
pub async fn first_pin(
    conn: &mut Conn,
    keys: &Keys,
    shop: ShopId,
    by: Author<'_>,
    id: StaffId,
    till: TillId,
) -> Result<FirstPin, PeopleFault> {
    shop::lock(conn, shop).await?;
    let people = shop::staff(conn, shop).await?;
    let person = people.into_iter().find(|person| person.member.id == id).ok_or(PeopleFault::Nobody)?;
    if !person.active {
        return Err(PeopleFault::Left(person.member.name));
    }
    let till = tills::get(conn, shop, till).await?.ok_or(PeopleFault::NoTill)?;
    if till.state == TillState::Revoked {
        return Err(PeopleFault::TillRevoked);
    }
    let now_ms = clock::now_ms();
    codes::cancel_first_pins(conn, shop, till.id, id).await?;
    let code = codes::issue(conn, keys, shop, Purpose::FirstPin, till.id, Some(id), now_ms).await?;
    let change = Change::FirstPinCode { staff: id, name: person.member.name.clone(), till: till.id };
    changes::note(conn, shop, by, change, now_ms).await?;
    Ok(FirstPin { code, expires_at_ms: now_ms.saturating_add(LIFETIME_MS), person })
}

/// Nobody else who works here may look like `name`.
fn check_name(people: &[Person], own: Option<StaffId>, name: &str) -> Result<(), PeopleFault> {
    let taken = |person: &&Person| person.active && Some(person.member.id) != own && names::are_alike(name, &person.member.name);
    match people.iter().find(taken) {
        Some(person) => Err(PeopleFault::NameTaken(person.member.name.clone())),
        None => Ok(()),
    }
}
