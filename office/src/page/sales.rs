//! Sales, newest arrivals first; each opens to its lines, taxes and payments.

use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};

use super::{
    Office,
    feed::{Feed, Pace},
    paging::Pages,
    table::{Column, OnPhone, cell, chip, empty, flags, freshness, moment, person, table, till},
};
use crate::{
    amounts,
    answers::{Extra, Line, Sale, TaxShare, Tender, card_label},
    wording,
};

const PAGE: usize = 50;

const SALE: Column = Column::Words(key("Sale"));
const TIME: Column = Column::Words(key("Time"));
const TILL: Column = Column::Words(key("Till"));
const STAFF: Column = Column::Words(key("Sold by"));
const ITEMS: Column = Column::Figures(key("Items"));
const TOTAL: Column = Column::Key(key("Total"));

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let pages = Pages::of(PAGE);
    let feed = Feed::<Vec<Sale>>::of(office, Pace::Live, move || format!("/v1/office/sales?{}", pages.query()));
    let open = RwSignal::new(Option::<String>::None);
    let shown = move || feed.latest.get().unwrap_or_default();
    let list = For(ForProps::builder()
        .each(shown)
        .key(|sale| (sale.id.clone(), sale.flags.clone(), sale.voided.is_some(), sale.payment_states()))
        .children(move |sale| row(sale, open))
        .build());
    let is_empty = Memo::new(move |_| feed.latest.with(|latest| latest.as_ref().is_some_and(Vec::is_empty)));
    (
        figures(feed),
        move || is_empty.get().then(|| empty(t("No sale has arrived yet. A sale made at a till appears here by itself."))),
        html::div().class("sheet").attr("hidden", move || is_empty.get()).child(table(
            t("Sales"),
            OnPhone::Brief,
            &[SALE, TIME, TILL, STAFF, ITEMS, TOTAL],
            list.into_any(),
        )),
        pages.view(feed, |sale| sale.id.clone(), "office-sales"),
        freshness(feed),
    )
}

/// Number and sum of what is shown.
fn figures(feed: Feed<Vec<Sale>>) -> impl IntoView {
    let count = move || feed.latest.with(|sales| sales.as_ref().map(Vec::len));
    let sum = move || {
        feed.latest.with(|sales| {
            let sales = sales.as_deref().unwrap_or_default();
            let counted = sales.iter().filter(|sale| sale.voided.is_none());
            amounts::sums(counted.map(|sale| (sale.currency.as_str(), sale.total_minor)))
        })
    };
    let figure = |label: String, id: &'static str, value: AnyView| {
        html::div().child((html::dt().child(label), html::dd().attr("data-testid", id).child(value)))
    };
    html::dl().class("summary").child((
        figure(t("Sales shown"), "office-sales-count", (move || amounts::count(count().unwrap_or(0))).into_any()),
        figure(
            t("Sum of these, without voided and refunded"),
            "office-sales-sum",
            (move || {
                let sum = sum();
                if sum.is_empty() { "–".to_owned() } else { sum }
            })
            .into_any(),
        ),
    ))
}

fn row(sale: Sale, open: RwSignal<Option<String>>) -> impl IntoView {
    let id = sale.id.clone();
    let is_open = {
        let id = id.clone();
        Memo::new(move |_| open.with(|open| open.as_ref() == Some(&id)))
    };
    let toggle = {
        let id = id.clone();
        move |_| open.update(|open| *open = if open.as_ref() == Some(&id) { None } else { Some(id.clone()) })
    };
    let details = format!("sale-{id}");
    let button = html::button()
        .class("row-button")
        .r#type("button")
        .attr("aria-expanded", move || is_open.get().to_string())
        .attr("aria-controls", details.clone())
        .on(ev::click, toggle)
        .child(id.clone());
    let marks = (
        sale.voided.is_some().then(|| chip("serious", t("Voided"))),
        sale.of.as_ref().map(|of| chip("notice", tf("Refund of {}", &[&of]))),
        flags(&sale.flags),
    );
    let total = amounts::money(sale.total_minor, &sale.currency);
    let total = match sale.voided {
        // Struck through for eyes; the chip says it to everybody.
        Some(_) => html::s().class("quiet").child(total).into_any(),
        None => html::strong().child(total).into_any(),
    };
    let summary = html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-sale")
        .attr("data-sale", id)
        .attr("data-minor", sale.total_minor.to_string())
        .attr("data-late", sale.late.then_some("true"))
        .attr("data-of", sale.of.clone())
        .attr("data-voided", sale.voided.is_some().then_some("true"))
        .child((
            cell(SALE, (button, marks)),
            cell(TIME, moment(&sale.at)),
            cell(TILL, till(sale.till_name.as_deref(), sale.till)),
            cell(STAFF, person(sale.staff.as_ref())),
            cell(ITEMS, amounts::count(sale.items())),
            cell(TOTAL, total),
        ));
    let more = move || {
        is_open.get().then(|| {
            html::tr()
                .class("details")
                .id(details.clone())
                .attr("role", "row")
                .child(html::td().attr("colspan", "6").attr("role", "cell").child(contents(&sale)))
        })
    };
    html::tbody().attr("role", "rowgroup").child((summary, more))
}

/// Lines, taxes and payments of a sale.
fn contents(sale: &Sale) -> AnyView {
    let code = sale.currency.clone();
    let lines: Vec<_> = sale.lines.iter().map(|line| line_item(line, &code)).collect();
    let mut sums: Vec<AnyView> = sale.taxes().iter().map(|tax| tax_item(tax, &code)).collect();
    if sale.rounding_minor != 0 {
        sums.push(pair(t("Cash rounding"), amounts::money(sale.rounding_minor, &code)));
    }
    for gift in &sale.gifts {
        let name = if gift.top_up { t("Gift card topped up") } else { t("Gift card sold") };
        sums.push(pair(format!("{name} ····{}", gift.last4), amounts::money(gift.amount_minor, &code)));
    }
    if sale.tip_minor != 0 {
        sums.push(pair(t("Tip"), amounts::money(sale.tip_minor, &code)));
    }
    let tenders: Vec<AnyView> = sale.tenders.iter().flat_map(|tender| tender_items(tender, &code)).collect();
    let part = |title: String, content: AnyView| html::section().child((html::h2().child(title), content));
    let voided = sale.voided.as_ref().map(|voided| {
        let by = voided.by.as_ref().map(|name| format!(" {}", tf("by {}", &[&name])));
        html::p().class("whole voided").attr("data-testid", "office-sale-voided").child((
            html::strong().child(t("Voided")),
            " ",
            moment(&voided.at),
            by,
            format!(": {}", voided.reason),
        ))
    });
    let refunded = sale.of.as_ref().map(|of| {
        let why = sale.reason.as_ref().map(|reason| format!(": {reason}"));
        html::p()
            .class("whole")
            .attr("data-testid", "office-refund")
            .child((html::strong().child(tf("Refund of sale {}", &[&of])), why))
    });
    html::div()
        .class("contents")
        .child((
            voided,
            refunded,
            part(t("Lines"), html::ul().class("lines").attr("role", "list").child(lines).into_any()),
            part(
                if sale.gifts.is_empty() && sale.tip_minor == 0 { t("Taxes in the total") } else { t("In the total") },
                html::dl().class("pairs").child(sums).into_any(),
            ),
            part(t("Paid"), html::dl().class("pairs").child(tenders).into_any()),
        ))
        .into_any()
}

fn line_item(line: &Line, code: &str) -> impl IntoView {
    let taxes: Vec<&str> = line.taxes.iter().map(|tax| tax.code.as_str()).collect();
    let unit = line.measure.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let how = format!("{}{unit} × {}", amounts::quantity(line.qty_milli), amounts::money(line.unit_minor, code));
    let under = if taxes.is_empty() {
        format!("{how} · {}", line.sku)
    } else {
        tf("{} · {} · tax {}", &[&how, &line.sku, &taxes.join(", ")])
    };
    let list_price = line.list_unit_minor.map(|list| {
        let sentence = tf("Price changed: {} in the catalogue", &[&amounts::money(list, code)]);
        html::small().class("off").attr("data-testid", "office-line-price").child(sentence)
    });
    let discount = line.discount.as_ref().map(|discount| {
        let (off, rate) = (amounts::money(discount.amount_minor, code), amounts::rate(discount.rate_ppm));
        html::small()
            .class("off")
            .attr("data-testid", "office-line-discount")
            .child(tf("{} off, {}: {}", &[&rate, &off, &discount.reason]))
    });
    let quiet = |words: String| html::small().class("quiet").child(words);
    let with_price = |extra: &Extra| match extra.price_minor {
        0 => extra.name.clone(),
        price => format!("{} {}", extra.name, amounts::money(price, code)),
    };
    let order_off = (line.order_off_minor != 0).then(|| {
        let sentence = tf("Share of the order's discount: {}", &[&amounts::money(line.order_off_minor, code)]);
        html::small().class("off").attr("data-testid", "office-line-order-off").child(sentence)
    });
    html::li().attr("data-sku", line.sku.clone()).child((
        html::div().child((
            html::span().child(line.name.clone()),
            html::small().class("quiet").child(under),
            line.extras.iter().map(with_price).map(quiet).collect::<Vec<_>>(),
            line.note.clone().map(quiet),
            list_price,
            line.promotion.as_ref().map(|taken| html::small().class("off").child(with_price(taken))),
            discount,
            order_off,
        )),
        html::span().class("amount").child(amounts::money(line.gross_minor, code)),
    ))
}

fn tax_item(tax: &TaxShare, code: &str) -> AnyView {
    pair(format!("{} · {}", tax.code, amounts::rate(tax.rate_ppm)), amounts::money(tax.amount_minor, code))
}

fn tender_items(tender: &Tender, code: &str) -> Vec<AnyView> {
    let name = match (&tender.card, &tender.gift, &tender.reference) {
        (None, Some(gift), _) if gift.credit => tf("Store credit ····{}", &[&gift.last4]),
        (None, Some(gift), _) => tf("Gift card ····{}", &[&gift.last4]),
        (Some(card), ..) => {
            let state = card.state.as_deref().map(|state| format!(" · {}", wording::payment_state(state).1)).unwrap_or_default();
            format!("{}, {}{state}", card_label(&card.brand, &card.last4), t(&card.mode))
        }
        (None, None, Some(reference)) => tf("External terminal · slip {}", &[&reference]),
        (None, None, None) => wording::plain(&tender.kind),
    };
    let mut items = vec![pair(name, amounts::money(tender.amount_minor, code))];
    if tender.change_minor != 0 {
        items.push(pair(t("Handed over"), amounts::money(tender.tendered_minor, code)));
        items.push(pair(t("Change"), amounts::money(tender.change_minor, code)));
    }
    items
}

/// A name and its figure, of a `dl.pairs`.
pub(super) fn pair(name: impl Into<String>, figure: String) -> AnyView {
    html::div().child((html::dt().child(name.into()), html::dd().child(figure))).into_any()
}
