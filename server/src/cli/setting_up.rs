//! `init`, `owner-password`: a shop without a demo.

use barrow_core::{
    config::Rules,
    ids::ShopId,
    money::Currency,
    tax::{Ppm, Tax, TaxMode},
};
use clap::Args;

use super::{CliError, Place, name_of, tills as till_commands};
use crate::{
    clock,
    codes::{Code, Purpose},
    passwords,
    store::{
        StoreError, owners,
        shop::{self, CardSettings, Shop},
        tills,
    },
};

/// What a new shop needs.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// The shop's name on screen and receipt
    #[arg(long, value_name = "NAME")]
    shop: String,
    /// ISO 4217 code, such as EUR, USD, GBP, CHF or JPY
    #[arg(long, default_value = "EUR")]
    currency: String,
    /// A tax: code and percentage, such as A=19; may be given several times
    #[arg(long = "tax", value_name = "CODE=PERCENT")]
    taxes: Vec<String>,
    /// Prices are without tax, and tax comes on top
    #[arg(long)]
    prices_without_tax: bool,
    /// The owner's login for the office
    #[arg(long, default_value = "owner")]
    login: String,
    /// The first till's name
    #[arg(long, value_name = "NAME", default_value = "Till 1")]
    till: String,
}

pub(super) async fn init(place: &Place, init: &Init) -> Result<(), CliError> {
    let shop = Shop {
        id: ShopId(1),
        name: name_of(&init.shop, "a shop's name")?,
        currency: currency(&init.currency)?,
        tax_mode: if init.prices_without_tax { TaxMode::Exclusive } else { TaxMode::Inclusive },
        taxes: init.taxes.iter().map(|text| tax(text)).collect::<Result<_, _>>()?,
        receipt_head: vec![],
        receipt_foot: vec![],
        receipt_logo: None,
        idle_lock_minutes: 2,
        rules: Rules::default(),
        cards: CardSettings::default(),
        config_version: 1,
        config_at_ms: clock::now_ms(),
        server_epoch: 1,
        backed_up: false,
    };
    let (keys, store) = place.open().await?;
    let mut tx = store.write().await?;
    match shop::get(&mut tx).await {
        Err(StoreError::NoShop) => {}
        Ok(_) => return Err(CliError::ShopExists),
        Err(fault) => return Err(fault.into()),
    }
    shop::insert(&mut tx, &shop).await?;
    let till = tills::insert(&mut tx, shop.id, &name_of(&init.till, "a till's name")?).await?;
    let password = new_password();
    owners::set_password(&mut tx, shop.id, &init.login, &passwords::hash(&password)?).await?;
    let code = till_commands::enrolment(&mut tx, &keys, shop.id, till).await?;
    tx.commit().await?;
    println!("{} is ready.", shop.name);
    println!("Office: login {}, password {password}", init.login);
    println!("Till {till}: enrolment code {code}. Add people with `barrow-server staff add NAME`.");
    Ok(())
}

pub(super) async fn owner_password(place: &Place, login: &str) -> Result<(), CliError> {
    let (_, store) = place.open().await?;
    let login = name_of(login, "a login")?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    let password = new_password();
    owners::set_password(&mut tx, shop, &login, &passwords::hash(&password)?).await?;
    tx.commit().await?;
    println!("login {login}, password {password}");
    Ok(())
}

/// 82 random bits that can be read out loud.
pub(super) fn new_password() -> String {
    format!("{}-{}", Code::make(Purpose::Enrol), Code::make(Purpose::FirstPin)).to_lowercase()
}

fn currency(code: &str) -> Result<Currency, CliError> {
    Currency::of(code).ok_or_else(|| {
        let codes: Vec<&str> = Currency::codes().collect();
        CliError::Usage(format!("{code} is not one of {}", codes.join(", ")))
    })
}

/// Reads `A=19` or `GST=8.875`.
fn tax(text: &str) -> Result<Tax, CliError> {
    let wrong = || CliError::Usage(format!("{text}: write a tax as CODE=PERCENT, such as A=19 or GST=8.875"));
    let (code, percent) = text.split_once('=').ok_or_else(wrong)?;
    let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let fits = !whole.is_empty() && whole.len() <= 2 && part.len() <= 4 && digits(whole) && digits(part);
    if code.is_empty() || code.len() > 8 || !code.bytes().all(|b| b.is_ascii_alphanumeric()) || !fits {
        return Err(wrong());
    }
    let ppm: u32 = format!("{whole}{part:0<4}").parse().map_err(|_| wrong())?;
    Ok(Tax { code: code.to_owned(), name: format!("{code} {percent}%"), rate: Ppm(ppm) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn taxes_are_read_exactly() {
        for (text, ppm) in [("A=19", 190_000), ("GST=8.875", 88_750), ("Z=0", 0), ("C=0.375", 3750)] {
            assert_eq!(tax(text).unwrap().rate, Ppm(ppm), "{text}");
        }
        for text in ["", "A", "A=", "=19", "A=-1", "A=100", "A=1.23456", "A=1e1"] {
            assert!(tax(text).is_err(), "{text}");
        }
    }
}
