//! `GET /r/{reference}`: a receipt on the customer's phone. Plain HTML without any script, kept by nobody.
//!
//! The reference is sealed to this server (HPKE) and holds a part of the sale's hash, so nobody finds a receipt by guessing or
//! counting. Before the till has sent the sale, the page says so. What stands behind the `#` of the link (the proof for the shop's
//! other tills) never leaves the phone.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use barrow_core::{
    bytes::Hash,
    journal::{Body, Entry},
    ledger::{Ledger, Paid},
    money::Minor,
    proof::{link::Link, text},
    receipt::details,
    view::{ReceiptView, receipt_of},
};
use barrow_sealing::direct::Purpose;

use super::{App, Shared, problem::Problem};
use crate::{
    clock::{self, rfc3339},
    ingest::entry_of,
    limits::TooMany,
    store::{
        Conn, StoreError, exchanges,
        journal::{self, Chain},
        shop::{self, Shop},
        tills,
    },
};

/// The pages' only style.
const STYLE: &str = include_str!("receipt.css");
/// The longest reference that is looked at, characters.
const REFERENCE_MAX: usize = 200;

/// `GET /receipt.css`.
pub(super) async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, STYLE).into_response()
}

/// `GET /r/{reference}`.
pub(super) async fn receipt(State(app): Shared, Path(reference): Path<String>) -> Response {
    // So many at a time: receipts wait, tills do not.
    let Ok(_turn) = app.reading_receipts.acquire().await else { return Problem::busy(5).into_response() };
    match find(&app, &reference).await {
        Ok(Found::Sale(shown)) => page(StatusCode::OK, &shown.receipt.shop, &shown.html()),
        Ok(Found::NotYet(shop)) => page(
            StatusCode::NOT_FOUND,
            &shop,
            "<p class=\"state\" id=\"not-yet\">The till has not sent this sale yet, so its receipt is not here. Try again later.</p>",
        ),
        Ok(Found::Nothing) => page(
            StatusCode::NOT_FOUND,
            "Receipt",
            "<p class=\"state\">There is no receipt at this address. Scan the code on your receipt again, or ask the shop.</p>",
        ),
        Err(Fault::TooMany(TooMany { retry_after_s })) => {
            let body = "<p class=\"state\">Too many receipts that do not exist were asked for. Try again in a minute.</p>";
            let response = page(StatusCode::TOO_MANY_REQUESTS, "Receipt", body);
            ([(header::RETRY_AFTER, retry_after_s.to_string())], response).into_response()
        }
        Err(Fault::Store(fault)) => Problem::from(fault).into_response(),
    }
}

enum Found {
    Sale(Box<Shown>),
    /// Of this shop.
    NotYet(String),
    Nothing,
}

enum Fault {
    TooMany(TooMany),
    Store(StoreError),
}

impl From<StoreError> for Fault {
    fn from(fault: StoreError) -> Fault {
        Fault::Store(fault)
    }
}

async fn find(app: &Arc<App>, reference: &str) -> Result<Found, Fault> {
    let now_ms = clock::now_ms();
    let mut conn = app.store.read().await?;
    let shop = shop::get(&mut conn).await?;
    let Some(link) = open(app, &shop, reference) else {
        // Whoever holds a true receipt is not held up by those who make some up.
        app.wrong_receipts.check("", now_ms).map_err(Fault::TooMany)?;
        app.wrong_receipts.wrong("", now_ms);
        return Ok(Found::Nothing);
    };
    let of_sale = link.sale.to_string();
    app.wrong_receipts.check(&of_sale, now_ms).map_err(Fault::TooMany)?;
    let chain = Chain { shop: shop.id, till: link.sale.till, epoch: link.sale.epoch };
    let (till, life) =
        (tills::get(&mut conn, shop.id, chain.till).await?, tills::epoch(&mut conn, shop.id, chain.till, chain.epoch).await?);
    let (Some(till), Some(_), Ok(_)) = (till, life, i64::try_from(link.sale.seq.0)) else { return Ok(Found::Nothing) };
    let Some((hash, entry)) = entry_at(&mut conn, chain, &link).await? else { return Ok(Found::NotYet(shop.name)) };
    if !link.is_to(&hash) {
        app.wrong_receipts.wrong(&of_sale, now_ms);
        return Ok(Found::Nothing);
    }
    let Some((entry, sale)) = entry.and_then(|entry| match entry.body.clone() {
        Body::Sale(sale) => Some((entry, sale)),
        _ => None,
    }) else {
        return Ok(Found::Nothing);
    };
    let voided = journal::is_voided(&mut conn, chain, entry.seq).await?;
    let exchanged = exchanges::refund_for(&mut conn, chain, &sale).await?;
    let refunds = journal::refunds_of(&mut conn, shop.id, link.sale).await?;
    let back = refunds.iter().flat_map(|refund| &refund.body.tenders);
    let back = Minor(back.map(|tender| tender.amount_minor.saturating_neg()).fold(0, i64::saturating_add));
    let paid = Paid { voided, exchanged: exchanged.map(Box::new), hash: Some(hash), ..Paid::of(&entry, &sale) };
    let config = shop::receipt_config(&shop, &till);
    let receipt = receipt_of(&paid, &config, &Ledger::default());
    Ok(Found::Sale(Box::new(Shown { receipt, voided, back: (back.0 > 0).then(|| config.currency.format(back)) })))
}

/// The entry at the sale's place, and its hash; without the entry where that could not be read.
async fn entry_at(conn: &mut Conn, chain: Chain, link: &Link) -> Result<Option<(Hash, Option<Entry>)>, StoreError> {
    let before = barrow_core::ids::Seq(link.sale.seq.0.saturating_sub(1));
    let stored = journal::entries(conn, chain, before, 1).await?.into_iter().find(|stored| stored.seq == link.sale.seq);
    Ok(stored.map(|stored| (stored.hash, stored.signed.filter(|_| stored.whole).and_then(|signed| entry_of(&signed)))))
}

fn open(app: &App, shop: &Shop, reference: &str) -> Option<Link> {
    if reference.len() > REFERENCE_MAX {
        return None;
    }
    let sealed = text::decode(reference)?;
    let opened = app.keys.sealing().open_direct(Purpose::Receipt, shop.id.to_string().as_bytes(), &sealed).ok()?;
    Link::read(&opened)
}

/// All that the page shows: what the till's own receipt shows, but for the person who sold, whom the paper names for who was there.
struct Shown {
    receipt: ReceiptView,
    voided: bool,
    /// What was given back of it, if anything.
    back: Option<String>,
}

impl Shown {
    fn html(&self) -> String {
        let sale = &self.receipt;
        let mut out = centred(&sale.head);
        out.push_str(&format!("<p class=\"centred\">{} · {}</p>", escape(&when(sale.at_ms)), escape(&sale.till)));
        if self.voided {
            out.push_str("<p class=\"state\">This sale was voided: everything was given back.</p>");
        } else if let Some(back) = &self.back {
            out.push_str(&format!("<p class=\"state\">{} of it was given back.</p>", escape(back)));
        }
        out.push_str("<table><tbody>");
        sale.lines.iter().for_each(|line| out.push_str(&row_over(&line.name, &details(line), &line.price)));
        for gift in &sale.gifts {
            let what = if gift.top_up { "Gift card, topped up" } else { "Gift card" };
            let until: Vec<String> = gift.until_ms.map(|until| format!("Good until {}", when(until))).into_iter().collect();
            out.push_str(&row_over(&format!("{what} ····{}", gift.last4), &until, &gift.amount.text));
        }
        if let Some(back) = &sale.exchange {
            out.push_str(&row(&format!("Came back of sale {}", back.of), ""));
            back.lines.iter().chain(&back.given).for_each(|(name, amount)| out.push_str(&row(name, &amount.text)));
        }
        let facts = [
            ("Off the whole order", &sale.order_off),
            ("Discounts in it", &sale.discounts),
            ("Tip", &sale.tip),
            ("Cash rounding", &sale.rounding),
        ];
        for (name, amount) in facts {
            out.extend(amount.as_ref().map(|amount| row(name, amount)));
        }
        let total = escape(&sale.total.text);
        out.push_str(&format!("<tr class=\"total\"><th scope=\"row\">Total</th><td id=\"total\">{total}</td></tr>"));
        sale.tenders.iter().for_each(|part| out.push_str(&row(&part.what, &part.amount.text)));
        out.extend(sale.handed.as_ref().map(|handed| row("Cash handed over", handed)));
        if sale.change.minor != 0 {
            out.push_str(&row("Change", &sale.change.text));
        }
        out.push_str(&row("Net", &sale.net));
        for (name, net, tax) in &sale.taxes {
            out.push_str(&row(&format!("{name} on {net}"), tax));
        }
        out.push_str("</tbody></table>");
        out.extend(sale.note.as_ref().map(|note| format!("<p class=\"centred\">{}</p>", escape(note))));
        out.push_str(&centred(&sale.foot));
        out.push_str(&format!("<p class=\"centred\" id=\"sale\">Sale {}</p>", escape(&sale.id)));
        if let Some(chain) = &sale.chain {
            out.push_str(&format!("<p class=\"centred\" id=\"journal\">Journal {}</p>", escape(chain)));
        }
        out
    }
}

/// With small print under the name.
fn row_over(name: &str, under: &[String], value: &str) -> String {
    let under: String = under.iter().map(|words| format!("<small>{}</small>", escape(words))).collect();
    format!("<tr><th scope=\"row\">{}{under}</th><td>{}</td></tr>", escape(name), escape(value))
}

fn row(name: &str, value: &str) -> String {
    row_over(name, &[], value)
}

fn centred(lines: &[String]) -> String {
    lines.iter().map(|line| format!("<p class=\"centred\">{}</p>", escape(line))).collect()
}

/// The till's clock in the only zone that the server knows of it.
fn when(at_ms: i64) -> String {
    let text = rfc3339(at_ms);
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         <link rel=\"stylesheet\" href=\"/receipt.css\"></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    (status, headers, html).into_response()
}

/// Text as HTML, also within quotes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_typed_stays_text() {
        assert_eq!(escape("<b a='1' b=\"2\">&"), "&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;");
        assert_eq!(when(0), "1970-01-01 00:00 UTC");
        assert!(row("<i>", "1").contains("&lt;i&gt;"));
    }
}
