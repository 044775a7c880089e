//! What is open over the screen: one dialog, which holds what the core's view says.

mod alert;
mod approval;
mod ask;
mod audit;
mod cash;
mod customer;
mod discount;
mod external;
mod extras;
mod form;
mod gift;
mod help;
mod mail;
mod no_sale;
mod order;
mod people;
mod price;
mod printer;
mod proof;
mod readers;
mod reason;
mod scanners;
mod stock;
mod unknown;
mod variants;
mod void;
mod x_report;

pub use gift::printed as gift_on_paper;
pub use reason::reason as ask_why;

use barrow_core::{
    till::Event,
    view::{PanelContent, PanelView},
};
use leptos::{ev, html, prelude::*};

use crate::{
    language::t,
    parts::{draw, icon, on_backdrop, sentence},
    till::Till,
};

/// Draws the dialog, and keeps it open for as long as the core has something in it.
pub fn panels(till: Till) -> impl IntoView {
    let kind = Memo::new(move |_| till.view.with(|view| view.panel.as_ref().map(|panel| Kind::of(&panel.content))));
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let (Some(dialog), wanted) = (dialog.get(), kind.with(Option::is_some)) else { return };
        match (wanted, dialog.open()) {
            // Only a dialog outside of the document refuses.
            (true, false) => drop(dialog.show_modal()),
            // Closing gives the focus back to what had it.
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    // Whether it closes, the core decides: it stays open while something is being written.
    let leave = move || till.send(Event::PanelClosed);
    html::dialog()
        .node_ref(dialog)
        .attr("class", "dialog panel-dialog")
        .attr("aria-labelledby", "panel-title")
        .attr("data-wide", move || kind.get().is_some_and(Kind::is_wide).then_some("true"))
        .on(ev::Custom::<web_sys::Event>::new("cancel"), move |event| {
            event.prevent_default();
            leave();
        })
        .on(ev::keydown, move |event| {
            if event.key() == "Escape" {
                event.prevent_default();
                leave();
            }
        })
        .on(ev::click, move |event| {
            // A tap beside a form would lose what was typed into it.
            if on_backdrop(&event) && kind.get_untracked().is_some_and(Kind::is_only_looked_at) {
                leave();
            }
        })
        .on(ev::close, move |_| {
            // A browser that closed it all the same: a second press on "back" cannot be prevented.
            if kind.with_untracked(Option::is_some) {
                leave();
            }
            if kind.with_untracked(Option::is_some)
                && let Some(dialog) = dialog.get_untracked()
            {
                drop(dialog.show_modal());
            }
        })
        .child(move || kind.get().map(|kind| panel(till, kind)))
}

fn panel(till: Till, kind: Kind) -> impl IntoView {
    html::section().attr("class", "panel").attr("data-testid", "panel").attr("data-kind", kind.word()).child((
        html::header().class("panel-head").child((
            title(kind),
            html::button()
                .attr("class", "button quiet icon-only")
                .attr("type", "button")
                .attr("data-testid", "panel-close")
                .attr("aria-label", t("Close"))
                .on(ev::click, move |_| till.send(Event::PanelClosed))
                .child(draw(icon::CLOSE)),
        )),
        match kind {
            Kind::Discount(line) => discount::discount(till, discount::Of::Line(line)),
            Kind::OrderDiscount => discount::discount(till, discount::Of::Order),
            Kind::Variants => variants::variants(till).into_any(),
            Kind::Ask => ask::ask(till),
            Kind::Extras(line) => extras::extras(till, line),
            Kind::Order => order::order(till),
            Kind::Split => order::split(till),
            Kind::UnknownCode => unknown::unknown(till).into_any(),
            Kind::Price(line) => price::price(till, line),
            Kind::Void => void::void(till),
            Kind::Cash => cash::cash(till),
            Kind::Customer => customer::customer(till).into_any(),
            Kind::CountStock => stock::count_stock(till).into_any(),
            Kind::NoSale => no_sale::no_sale(till),
            Kind::Readers => readers::readers(till).into_any(),
            Kind::Scanners => scanners::scanners(till).into_any(),
            Kind::Gift => gift::gift(till),
            Kind::Issued => gift::issued(till),
            Kind::Printer => printer::printer(till).into_any(),
            Kind::Mail => mail::mail(till),
            Kind::External => external::external(till),
            Kind::Alert => alert::alert(till),
            Kind::Help => help::help(till).into_any(),
            Kind::Proof => proof::proof(till).into_any(),
            Kind::People => people::people(till).into_any(),
            Kind::XReport => x_report::x_report(till).into_any(),
            Kind::Audit => audit::audit(till).into_any(),
            Kind::Approval => approval::approval(till).into_any(),
        },
    ))
}

/// What went wrong, above the buttons of a form.
fn error(till: Till) -> impl IntoView {
    let error = till.panel_part(|panel| Some(panel.error.clone()));
    let place = NodeRef::<html::Div>::new();
    // In sight wherever a long panel was scrolled to.
    Effect::new(move |_| {
        if error.with(|error| matches!(error, Some(Some(_))))
            && let Some(place) = place.get()
        {
            request_animation_frame(move || place.scroll_into_view_with_bool(false));
        }
    });
    html::div().node_ref(place).child(sentence("panel-error", move || error.get().flatten()))
}

/// The heading, focused so that a screen reader begins there, and that nothing is pressed by an Enter that is still held.
fn title(kind: Kind) -> impl IntoView {
    let title = NodeRef::<html::H2>::new();
    title.on_load(|title| {
        request_animation_frame(move || {
            // Only an element outside of the document refuses; a field that begins to be typed in keeps the focus.
            let within = document().active_element().is_some_and(|focused| focused.tag_name() == "INPUT");
            if !within {
                let _ = title.focus();
            }
        });
    });
    html::h2().node_ref(title).attr("class", "title").attr("id", "panel-title").attr("tabindex", "-1").child(kind.title())
}

/// Is something being written or looked at?
fn busy(till: Till) -> impl Fn() -> bool + Copy + Send + Sync + 'static {
    let busy = till.panel_part(|panel: &PanelView| Some(panel.busy));
    move || busy.get() == Some(true)
}

/// Which panel is open. What is in it changes without drawing all of it again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Discount(usize),
    OrderDiscount,
    Variants,
    Ask,
    Extras(usize),
    Order,
    Split,
    UnknownCode,
    Price(usize),
    Void,
    Cash,
    Customer,
    CountStock,
    NoSale,
    Readers,
    Scanners,
    Gift,
    Issued,
    Printer,
    Mail,
    External,
    Alert,
    Help,
    Proof,
    People,
    XReport,
    Audit,
    Approval,
}

impl Kind {
    fn of(content: &PanelContent) -> Kind {
        match content {
            PanelContent::Discount { line, .. } => Kind::Discount(*line),
            PanelContent::OrderDiscount { .. } => Kind::OrderDiscount,
            PanelContent::Variants { .. } => Kind::Variants,
            PanelContent::Ask(_) => Kind::Ask,
            PanelContent::Extras { line, .. } => Kind::Extras(*line),
            PanelContent::Order { .. } => Kind::Order,
            PanelContent::Split(_) => Kind::Split,
            PanelContent::UnknownCode { .. } => Kind::UnknownCode,
            PanelContent::Price { line, .. } => Kind::Price(*line),
            PanelContent::Void { .. } => Kind::Void,
            PanelContent::Cash => Kind::Cash,
            PanelContent::Customer(_) => Kind::Customer,
            PanelContent::CountStock(_) => Kind::CountStock,
            PanelContent::NoSale => Kind::NoSale,
            PanelContent::Readers(_) => Kind::Readers,
            PanelContent::Scanners(_) => Kind::Scanners,
            PanelContent::Gift(_) => Kind::Gift,
            PanelContent::Issued(_) => Kind::Issued,
            PanelContent::Printer(_) => Kind::Printer,
            PanelContent::Mail { .. } => Kind::Mail,
            PanelContent::External { .. } => Kind::External,
            PanelContent::Alert { .. } => Kind::Alert,
            PanelContent::Help(_) => Kind::Help,
            PanelContent::Proof { .. } => Kind::Proof,
            PanelContent::People(_) => Kind::People,
            PanelContent::XReport(_) => Kind::XReport,
            PanelContent::Audit { .. } => Kind::Audit,
            PanelContent::Approval { .. } => Kind::Approval,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Discount(_) => "discount",
            Kind::OrderDiscount => "order-discount",
            Kind::Variants => "variants",
            Kind::Ask => "ask",
            Kind::Extras(_) => "extras",
            Kind::Order => "order",
            Kind::Split => "split",
            Kind::UnknownCode => "unknown-code",
            Kind::Price(_) => "price",
            Kind::Void => "void",
            Kind::Cash => "cash",
            Kind::Customer => "customer",
            Kind::CountStock => "count-stock",
            Kind::NoSale => "no-sale",
            Kind::Readers => "readers",
            Kind::Scanners => "scanners",
            Kind::Gift => "gift",
            Kind::Issued => "issued",
            Kind::Printer => "printer",
            Kind::Mail => "mail",
            Kind::External => "external",
            Kind::Alert => "alert",
            Kind::Help => "help",
            Kind::Proof => "proof",
            Kind::People => "people",
            Kind::XReport => "x-report",
            Kind::Audit => "audit",
            Kind::Approval => "approval",
        }
    }

    fn title(self) -> String {
        match self {
            Kind::Discount(_) => t("Discount"),
            Kind::OrderDiscount => t("Discount for the order"),
            Kind::Variants => t("Which one?"),
            Kind::Ask => t("How much?"),
            Kind::Extras(_) => t("Options and note"),
            Kind::Order => t("This order"),
            Kind::Split => t("Split the order"),
            Kind::UnknownCode => t("Unknown code"),
            Kind::Price(_) => t("Price"),
            Kind::Void => t("Void this sale"),
            Kind::Cash => t("Cash in or out"),
            Kind::Customer => t("Customer"),
            Kind::CountStock => t("Count stock"),
            Kind::NoSale => t("Open the drawer"),
            Kind::Readers => t("Card readers"),
            Kind::Scanners => t("Barcode scanners"),
            Kind::Gift => t("Gift card"),
            Kind::Issued => t("For the customer"),
            Kind::Printer => t("Printer"),
            Kind::Mail => t("Receipt by e-mail"),
            Kind::External => t("Paid by terminal"),
            Kind::Alert => t("To be dealt with"),
            Kind::Help => t("Help"),
            Kind::Proof => t("My PIN and passkey"),
            Kind::People => t("People and lock-outs"),
            Kind::XReport => t("X report"),
            Kind::Audit => t("Audit trail"),
            Kind::Approval => t("Needs a manager"),
        }
    }

    fn is_wide(self) -> bool {
        matches!(self, Kind::Audit | Kind::Help)
    }

    fn is_only_looked_at(self) -> bool {
        matches!(
            self,
            Kind::Variants
                | Kind::UnknownCode
                | Kind::Help
                | Kind::People
                | Kind::Printer
                | Kind::Readers
                | Kind::Scanners
                | Kind::XReport
                | Kind::Audit
        )
    }
}
