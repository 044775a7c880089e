//! What is open over the screen, and what can be opened.

use super::{
    Money, ReportView,
    counter::{self, ExtraView, LineAsks, VariantView},
    customers::{CustomersView, customers_view},
    gift::{GiftView, IssuedView, gift_view, issued_views},
    money,
    payment::give_back,
    stock::{CountView, count_view},
    tasks, x_report,
};
use crate::{
    audit::{self, Line},
    card::Reader,
    device::RosterEntry,
    ids::StaffId,
    journal::Alert,
    printer::PrinterSeen,
    shortcuts::{self, Action, Chord},
    staff::{PasskeyUse, Permission},
    till::{AuditFilter, Desk, Form, Panel, Stage, approvers},
};

/// Something else that can be done here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MenuItem {
    /// What.
    pub choice: MenuChoice,
    /// May the person who works here? If not, somebody else can approve it.
    pub allowed: bool,
}

/// What the menu offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuChoice {
    /// The sales that the till holds, and refunds.
    Orders,
    /// Gift cards.
    Gifts,
    /// Cash in or out.
    Cash,
    /// Count stock.
    CountStock,
    /// Open the drawer without a sale.
    NoSale,
    /// The X report.
    XReport,
    /// Count the drawer and end the shift.
    CloseShift,
    /// Who did what.
    Audit,
    /// Who is locked out.
    People,
    /// The card readers.
    Readers,
    /// The receipt printer.
    Printer,
    /// The barcode scanners.
    Scanners,
    /// The window that customers see.
    Display,
    /// Shortcuts, and how things are done.
    Help,
    /// Sounds on this tablet.
    Sounds,
    /// How I sign in.
    Proof,
    /// Somebody else takes over.
    Switch,
}

/// What is open over the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelView {
    /// What.
    pub content: PanelContent,
    /// Something is being written or looked at.
    pub busy: bool,
    /// What went wrong.
    pub error: Option<String>,
}

/// What is in it.
#[derive(Clone, Debug, PartialEq)]
pub enum PanelContent {
    /// A discount for a line.
    Discount {
        /// Which line.
        line: usize,
        /// The product's name.
        name: String,
        /// The line's price now.
        price: String,
        /// As far as the person may go alone, in per cent.
        percent_max: u8,
        /// There is one now.
        given: bool,
    },
    /// The variants of a product.
    Variants {
        /// The name that they share.
        name: String,
        /// Each.
        options: Vec<VariantView>,
    },
    /// The price or the weight of a product that is to be added.
    Ask(LineAsks),
    /// What is chosen with a line.
    Extras {
        /// Which line.
        line: usize,
        /// The product's name.
        name: String,
        /// What can be chosen, by modifier: its name, whether only one can be, and the options.
        modifiers: Vec<(String, bool, Vec<ExtraView>)>,
        /// What was said about it so far.
        note: String,
    },
    /// Something off the whole order.
    OrderDiscount {
        /// What the order comes to without it.
        price: String,
        /// As far as the person may go alone, in per cent.
        percent_max: u8,
        /// There is one now.
        given: bool,
    },
    /// The order's name, note and coupon.
    Order {
        /// Its name so far.
        name: String,
        /// Its note so far.
        note: String,
        /// Its coupon so far.
        coupon: String,
        /// Are there promotions that need a coupon?
        coupons: bool,
    },
    /// Which lines become an order of their own: name and price of each.
    Split(Vec<(String, String)>),
    /// A code that the shop does not know.
    UnknownCode {
        /// The code.
        code: String,
    },
    /// Another price for a line.
    Price {
        /// Which line.
        line: usize,
        /// The product's name.
        name: String,
        /// The catalogue's price of one.
        list: String,
    },
    /// Taking the sale on screen back.
    Void {
        /// What it came to.
        total: Money,
        /// What is to be done with what was paid.
        then: String,
    },
    /// Cash in or out.
    Cash,
    /// Whose the order is.
    Customer(CustomersView),
    /// Counting stock.
    CountStock(CountView),
    /// Opening the drawer.
    NoSale,
    /// The card readers that are attached.
    Readers(Vec<ReaderView>),
    /// The receipt printer: what the browser has, what is set, what is connected.
    Printer(PrinterSeen),
    /// The e-mail address that the receipt on screen goes to.
    Mail {
        /// Which sale.
        sale: String,
        /// Gift cards were sold with it, whose codes no e-mail holds.
        has_gifts: bool,
    },
    /// The barcode scanners that are attached, by name; nothing, where this browser reaches none.
    Scanners(Option<Vec<String>>),
    /// The slip's number of a terminal that took the payment.
    External {
        /// How much the terminal is to take.
        amount: Money,
    },
    /// Gift cards.
    Gift(GiftView),
    /// The codes of cards that were just given.
    Issued(Vec<IssuedView>),
    /// What was done about something that the till warns of.
    Alert {
        /// What it warns of.
        sentence: String,
        /// What is answered.
        alert: Alert,
    },
    /// How the person signs in.
    Proof {
        /// With which passkey now; with the PIN alone, without.
        passkey: Option<PasskeyUse>,
    },
    /// The help sheet: each action, and its key where it has one.
    Help(Vec<(Action, Option<Chord>)>),
    /// Everybody, and who is locked out.
    People(Vec<RosterEntry>),
    /// The X report.
    XReport(ReportView),
    /// Who did what, newest first.
    Audit {
        /// The lines; nothing while they are read.
        lines: Option<Vec<Line>>,
        /// Which are shown.
        filter: AuditFilter,
        /// Whom the filter can name.
        people: Vec<(StaffId, String)>,
    },
    /// Somebody else is to approve.
    Approval {
        /// What.
        what: String,
        /// What the person's role may not, as in "may not …".
        may_not: String,
        /// Who can approve it.
        approvers: Vec<RosterEntry>,
    },
}

/// A card reader.
#[derive(Clone, Debug, PartialEq)]
pub struct ReaderView {
    /// Its name and serial number.
    pub words: String,
    /// Its firmware, if it tells.
    pub firmware: Option<String>,
    /// `ready`, `wrong` (it belongs to another till), or `clear` (it sends card numbers in clear).
    pub state: &'static str,
    /// The same for people.
    pub sentence: &'static str,
}

fn reader_view(reader: &Reader, desk: &Desk) -> ReaderView {
    let (state, sentence) = if desk.config.cards.as_ref().is_some_and(|cards| !cards.own(reader)) {
        ("wrong", "Does not belong to this till: no card is taken from it.")
    } else if reader.clear {
        ("clear", "Sends card numbers in clear over its cable. Replace it by one that encrypts.")
    } else {
        ("ready", "Ready; it encrypts cards by itself.")
    };
    let firmware = Some(reader.firmware.clone()).filter(|firmware| !firmware.is_empty());
    ReaderView { words: reader.words(), firmware, state, sentence }
}

pub(super) fn menu(desk: &Desk) -> Vec<MenuItem> {
    use MenuChoice::*;
    let powers = desk.powers();
    let with_shift = matches!(desk.stage, Stage::Selling(_) | Stage::Receipt(_));
    let at_rest = with_shift || matches!(desk.stage, Stage::NoShift);
    let item = |choice: MenuChoice| {
        let (here, permission) = match choice {
            Orders => (with_shift, Some(Permission::Sell)),
            Gifts => (with_shift && desk.config.gifts.is_some(), Some(Permission::Sell)),
            Cash => (with_shift, Some(Permission::MoveCash)),
            CountStock => (at_rest && desk.shelf.holds_any(), Some(Permission::CountStock)),
            NoSale => (with_shift, Some(Permission::NoSale)),
            XReport => (with_shift, Some(Permission::SeeReports)),
            CloseShift => (with_shift, Some(Permission::CloseShift)),
            Audit => (at_rest, Some(Permission::SeeAudit)),
            People => (at_rest, Some(Permission::EndLockout)),
            Readers => (at_rest && desk.config.cards.is_some() && desk.readers_possible, None),
            Scanners => (at_rest, Some(Permission::Sell)),
            Printer | Display | Help | Sounds | Proof | Switch => (at_rest, None),
        };
        let allowed = permission.is_none_or(|permission| powers.has(permission));
        let offered = here && (allowed || permission.is_some_and(Permission::can_be_approved));
        offered.then_some(MenuItem { choice, allowed })
    };
    [
        Orders, Gifts, Cash, CountStock, NoSale, XReport, CloseShift, Audit, People, Readers, Scanners, Printer, Display, Sounds,
        Help, Proof, Switch,
    ]
    .into_iter()
    .filter_map(item)
    .collect()
}

pub(super) fn panel_view(desk: &Desk, unsent: u64, now_ms: i64) -> Option<PanelView> {
    let currency = &desk.config.currency;
    let mut busy = desk.busy();
    let content = match desk.panel.as_ref()? {
        Panel::Form(Form::Discount { line }) => {
            let (lines, _) = desk.cart()?.reckon(&desk.config).ok()?;
            let shown = lines.get(*line)?;
            PanelContent::Discount {
                line: *line,
                name: shown.name.clone(),
                price: currency.format(shown.price),
                percent_max: if desk.powers().has(Permission::Discount) { desk.powers().discount_percent_max } else { 0 },
                given: shown.discount.is_some(),
            }
        }
        Panel::Form(
            form @ (Form::Variants { .. }
            | Form::Ask { .. }
            | Form::Extras { .. }
            | Form::OrderDiscount
            | Form::Order
            | Form::Split
            | Form::UnknownCode { .. }),
        ) => counter::content(form, desk)?,
        Panel::Form(Form::Price { line }) => {
            let product = &desk.cart()?.lines().get(*line)?.product;
            PanelContent::Price { line: *line, name: product.title(), list: currency.format(product.price) }
        }
        Panel::Form(Form::Void) => {
            let paid = desk.shown_sale()?;
            let total = money(currency, paid.sale.due().ok()?);
            PanelContent::Void { total, then: give_back(&paid.sale.tenders, currency) }
        }
        Panel::Form(Form::Cash) => PanelContent::Cash,
        Panel::Form(Form::Customer) => {
            PanelContent::Customer(customers_view(desk.fields.get("customer-search").unwrap_or_default(), desk))
        }
        Panel::Form(Form::CountStock { sku, last }) => PanelContent::CountStock(count_view(sku.as_deref(), last.as_ref(), desk)),
        Panel::Form(Form::NoSale) => PanelContent::NoSale,
        Panel::Form(Form::Readers) => {
            PanelContent::Readers(desk.ledger.readers.iter().map(|reader| reader_view(reader, desk)).collect())
        }
        Panel::Form(Form::Printer) => PanelContent::Printer(desk.printing.seen.clone()),
        Panel::Form(Form::Mail) => {
            let paid = desk.shown_sale()?;
            PanelContent::Mail { sale: paid.id.to_string(), has_gifts: !paid.sale.gifts.is_empty() }
        }
        Panel::Form(Form::Scanners) => PanelContent::Scanners(desk.scanners.clone()),
        Panel::Form(Form::External) => {
            let Stage::Tendering(tendering) = &desk.stage else { return None };
            PanelContent::External { amount: money(currency, tendering.next_part()) }
        }
        Panel::Form(Form::Issued) => PanelContent::Issued(issued_views(desk)),
        Panel::Gift(panel) => PanelContent::Gift(gift_view(panel, desk, now_ms)),
        Panel::Form(Form::Alert(alert)) => {
            let task = tasks(desk).into_iter().find(|task| task.answers.as_ref() == Some(alert))?;
            PanelContent::Alert { sentence: task.sentence, alert: alert.clone() }
        }
        Panel::Form(Form::Proof) => {
            busy |= desk.proof_is_changing();
            let me = desk.roster.iter().find(|entry| entry.id == desk.staff.id);
            PanelContent::Proof { passkey: me.and_then(|entry| entry.passkey) }
        }
        Panel::Form(Form::Help) => PanelContent::Help(shortcuts::keys(&desk.config.rules.shortcuts).collect()),
        Panel::Form(Form::People) => PanelContent::People(desk.roster.clone()),
        Panel::XReport(report) => PanelContent::XReport(x_report(report, desk, unsent)),
        Panel::Audit { entries, filter } => PanelContent::Audit {
            lines: entries.as_ref().map(|entries| {
                let shown = entries.iter().filter(|committed| filter.shows(committed));
                shown.map(|committed| audit::line(&committed.entry, currency, |id| desk.config.name_of(id))).collect()
            }),
            filter: *filter,
            people: desk.config.staff.iter().map(|member| (member.id, member.name.clone())).collect(),
        },
        Panel::Approval(refused) => {
            busy |= refused.busy;
            let can: Vec<StaffId> = approvers(desk, refused.need).collect();
            PanelContent::Approval {
                what: refused.shown.clone(),
                may_not: refused.need.permission().refusal().to_owned(),
                approvers: desk.roster.iter().filter(|entry| can.contains(&entry.id)).cloned().collect(),
            }
        }
    };
    Some(PanelView { content, busy, error: desk.error.clone() })
}
