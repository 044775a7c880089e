//! What can happen at a till: what a person does, and what the device reports.

use super::{AuditFilter, Count, Form, Orders};
use crate::{
    card::{CardSeen, Decided, Reader},
    config::Config,
    customer::{Directory, Typed},
    device::{Boot, Committed, DeviceError, Locked, RosterEntry, Session, Status},
    gift::{GiftOverdrawn, GiftRef, RANDOM_BYTES},
    ids::{CustomerId, PaymentId, SaleId, StaffId},
    journal::{Alert, LockCause},
    money::{Minor, Style},
    printer::{Link, PrinterFailed, PrinterSeen, Settings},
    proof::SignedProof,
    staff::{LogInWay, PasskeyUse},
    stock::Base,
    wire::GiftReply,
};

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The device was looked at.
    Booted(Boot),
    /// Delivery or storage changed.
    StatusChanged(Status),
    /// Time passed.
    Ticked,
    /// An enrolment code was typed.
    EnrolSubmitted(String),
    /// Enrolment ended.
    EnrolDone(Result<Locked, DeviceError>),
    /// A person said who they are.
    StaffChosen(StaffId),
    /// Back to the list of people.
    StaffChoiceLeft,
    /// A one-time code and a new PIN, twice.
    FirstPinSubmitted {
        /// The code from the office.
        code: String,
        /// The PIN that was chosen.
        pin: String,
        /// And again.
        repeat: String,
    },
    /// A PIN was typed. Whether a passkey is to be shown with it, the roster says.
    PinSubmitted(String),
    /// Sign in with the passkey alone.
    PasskeyPressed,
    /// Signing in ended. The orders were decoded from the session's draft.
    SignedIn {
        /// How it was tried.
        way: LogInWay,
        /// How it ended.
        result: Result<(Box<Session>, Option<Box<Orders>>), DeviceError>,
    },
    /// The lock button, idle minutes, a page out of sight.
    LockPressed(LockCause),
    /// The keys are gone from memory.
    LockDone(Locked),
    /// A float was counted.
    ShiftOpenSubmitted(String),
    /// A product's tile, or its code.
    ProductTapped(String),
    /// A code was scanned, wherever the focus was.
    Scanned(String),
    /// What had to be asked before a product could be added.
    LineAsked {
        /// Which product.
        sku: String,
        /// The price of one, where it is asked.
        price: String,
        /// The weight or volume, where it is asked.
        qty: String,
    },
    /// What was chosen with a line, and what was said about it.
    LineNoted {
        /// Which line.
        line: usize,
        /// The product's modifiers and their options, by place.
        chosen: Vec<(usize, usize)>,
        /// What was said.
        note: String,
    },
    /// An amount off a line; nothing takes it away.
    AmountOffSubmitted {
        /// Which line.
        line: usize,
        /// What was typed.
        amount: String,
        /// Why.
        reason: String,
    },
    /// Something off the whole order; zero takes it away.
    OrderDiscountSubmitted {
        /// Was an amount typed? Else it is per cent.
        by_amount: bool,
        /// What was typed.
        off: String,
        /// Why.
        reason: String,
    },
    /// What the order is called, what the customer reads on the receipt, and the code that the customer showed.
    OrderNoted {
        /// Its name while it is put aside.
        name: String,
        /// The note.
        note: String,
        /// The coupon's code.
        coupon: String,
    },
    /// These lines become an order of their own, put aside.
    SplitSubmitted(Vec<usize>),
    /// An order that was put aside joins the one on screen.
    ParkedMerged(usize),
    /// A new quantity was typed for a line.
    QtyTyped {
        /// Which line.
        line: usize,
        /// What was typed.
        qty: String,
    },
    /// Plus or minus on a line.
    QtyStepped {
        /// Which line.
        line: usize,
        /// Pieces to add (negative: to take away).
        pieces: i64,
    },
    /// A line was taken out.
    LineRemoved(usize),
    /// The last change to the orders is to be undone.
    UndoPressed,
    /// The order was put aside.
    ParkPressed,
    /// An order that was put aside comes back; the one on screen, if any, takes its place.
    ParkedChosen(usize),
    /// To payment.
    ChargePressed,
    /// Back to the cart.
    TenderLeft,
    /// A quick-cash button: this much was handed over.
    CashGiven(Minor),
    /// An amount was typed.
    CashTyped(String),
    /// Take the payment.
    TenderConfirmed,
    /// The rest is to be paid by card.
    CardPressed {
        /// Sixteen random bytes.
        payment: PaymentId,
    },
    /// A tip was typed; nothing for none.
    TipTyped(String),
    /// One of the suggested tips, or none.
    TipChosen(Minor),
    /// How much the next card or terminal is to take was typed; nothing for all.
    PartTyped(String),
    /// Gift cards are to be seen, sold or taken.
    GiftPressed,
    /// A gift card's code was typed.
    GiftCodeSubmitted(String),
    /// The server said what is on a gift card, or could not.
    GiftTold {
        /// Which card.
        card: GiftRef,
        /// What it said.
        result: Result<GiftReply, DeviceError>,
    },
    /// Money for a new gift card.
    GiftSold {
        /// How much was typed.
        amount: String,
        /// What its code is made of.
        random: [u8; RANDOM_BYTES],
    },
    /// Money for the gift card on screen.
    GiftLoaded {
        /// How much was typed.
        amount: String,
    },
    /// Money for a gift card was taken out of the order.
    CartGiftRemoved(usize),
    /// The gift card on screen pays.
    GiftRedeemed {
        /// How much was typed; nothing for as much as it can.
        amount: String,
    },
    /// The customer has the codes that were shown.
    IssuedRead,
    /// More was spent of gift cards than was on them, the server found.
    GiftsOverdrawn(Vec<GiftOverdrawn>),
    /// No card after all.
    CardLeft,
    /// A reader has read a card; or could not, and this is what to do.
    CardRead(Result<Box<CardSeen>, String>),
    /// A terminal took the rest.
    ExternalSubmitted {
        /// The number on its slip, as it was typed.
        reference: String,
    },
    /// A part of the payment is taken out again.
    TenderRemoved(usize),
    /// Readers came or went: these are attached now. Nothing, where the browser reaches no readers.
    ReadersSeen(Option<Vec<Reader>>),
    /// A reader is to be connected.
    ReaderConnectPressed,
    /// That ended. (The readers themselves come with [`Event::ReadersSeen`].)
    ReaderConnected(Result<(), DeviceError>),
    /// What the tablet says of printers.
    PrinterSeen(PrinterSeen),
    /// Something was set for printing.
    PrinterSet(Settings),
    /// A printer is to be connected.
    PrinterConnectPressed(Link),
    /// That ended. (The printer itself comes with [`Event::PrinterSeen`].)
    PrinterConnected(Result<(), PrinterFailed>),
    /// What is on screen is to be printed: a receipt, a refund's slip, a report.
    PrintPressed,
    /// A test page is to be printed.
    TestPrintPressed,
    /// What was not printed is tried again.
    PrintAgainPressed,
    /// What was not printed is printed by the system.
    PrintBySystemPressed,
    /// That something was not printed was read.
    PrintTroubleRead,
    /// Printing ended.
    Printed {
        /// Of which job.
        job: u64,
        /// How.
        result: Result<(), PrinterFailed>,
    },
    /// Opening the drawer ended.
    DrawerOpened(Result<(), PrinterFailed>),
    /// The receipt of the sale on screen is to be sent to an e-mail address.
    MailSubmitted {
        /// What was typed.
        address: String,
        /// Sixteen random bytes.
        salt: [u8; 16],
    },
    /// Barcode scanners came or went: these are attached now, by name. Nothing, where the browser reaches none.
    ScannersSeen(Option<Vec<String>>),
    /// A scanner is to be connected.
    ScannerConnectPressed,
    /// That ended. (The scanners themselves come with [`Event::ScannersSeen`].)
    ScannerConnected(Result<(), DeviceError>),
    /// What the server has learnt of card payments.
    PaymentsDecided(Vec<Decided>),
    /// Somebody has dealt with what the till warns of.
    AlertAnswered {
        /// Of what.
        alert: Alert,
        /// What was done.
        note: String,
    },
    /// From the receipt to the next sale.
    NewSalePressed,
    /// Count the drawer.
    ShiftClosePressed,
    /// Back from counting.
    CountLeft,
    /// The drawer was counted.
    CountSubmitted(Count),
    /// A discount for a line; a rate of zero takes it away.
    DiscountSubmitted {
        /// Which line.
        line: usize,
        /// What was typed as per cent.
        percent: String,
        /// Why.
        reason: String,
    },
    /// Another price for a line.
    PriceSubmitted {
        /// Which line.
        line: usize,
        /// What was typed.
        price: String,
    },
    /// Take the sale on screen back; why.
    VoidSubmitted(String),
    /// The sales that the till holds are to be seen.
    OrdersPressed,
    /// Back from them to selling.
    OrdersLeft,
    /// One of them is to be seen.
    OrderChosen(SaleId),
    /// Back from a refund's form to its sale, or from a sale to the list.
    OrderLeft,
    /// Something of the sale is to be given back.
    RefundPressed,
    /// All that is left of it, or nothing yet.
    RefundAllChosen(bool),
    /// Another quantity of a line was typed.
    RefundQtyTyped {
        /// Which line of the sale.
        line: usize,
        /// What was typed.
        qty: String,
    },
    /// Plus or minus on a line.
    RefundQtyStepped {
        /// Which line of the sale.
        line: usize,
        /// Pieces to add (negative: to take away).
        pieces: i64,
    },
    /// Give back what was chosen; why.
    RefundSubmitted(String),
    /// What was chosen comes back, and something else is taken for it; why.
    ExchangeSubmitted(String),
    /// It does not come back after all: what is in the cart is sold as it is.
    ExchangeLeft,
    /// Goods that come back cannot be sold again, or can after all.
    RefundOffShelf(bool),
    /// The order is this customer's, or nobody's that is known.
    CustomerChosen(Option<CustomerId>),
    /// Somebody new is written down, and the order is theirs.
    CustomerSubmitted(Box<Typed>),
    /// The server told of customers.
    CustomersTold(Directory),
    /// An article is to be counted.
    CountChosen(String),
    /// It was.
    StockCounted {
        /// Which article.
        sku: String,
        /// What was typed.
        counted: String,
    },
    /// The server told levels of stock.
    StockTold(Base),
    /// Give what was chosen back as store credit.
    CreditSubmitted {
        /// Why.
        reason: String,
        /// What the new card's code is made of.
        random: [u8; RANDOM_BYTES],
    },
    /// Cash was put into the drawer, or taken out.
    CashSubmitted {
        /// Out of the drawer?
        out: bool,
        /// What was typed.
        amount: String,
        /// Why.
        reason: String,
    },
    /// The drawer is to be opened without a sale; why.
    NoSaleSubmitted(String),
    /// A form is to be filled in.
    FormOpened(Form),
    /// The X report is to be seen.
    XReportPressed,
    /// The audit trail is to be seen.
    AuditPressed,
    /// The journal was read for it.
    JournalRead(Result<Vec<Committed>, DeviceError>),
    /// A receipt's signature was looked at: is it the till's?
    ReceiptVerified {
        /// Which receipt.
        signed: Box<SignedProof>,
        /// How it went.
        result: Result<bool, DeviceError>,
    },
    /// The code of a sale's receipt was made, or could not be; then the receipt is without.
    ReceiptCoded {
        /// Which sale.
        sale: SaleId,
        /// What its QR holds.
        code: Option<String>,
    },
    /// Only these entries.
    AuditFiltered(AuditFilter),
    /// Back from what is open over the screen.
    PanelClosed,
    /// Somebody else is to approve what was refused.
    ApprovalSubmitted {
        /// Who.
        by: StaffId,
        /// Their PIN, unless they have a passkey in its place.
        pin: String,
    },
    /// Their proof was looked at.
    ApprovalDone {
        /// Who.
        by: StaffId,
        /// How it went.
        result: Result<(), DeviceError>,
    },
    /// The person who works here wants to sign in otherwise from now on.
    ProofSubmitted {
        /// Their PIN now, if they have one.
        pin: String,
        /// The PIN from now on (unless a passkey takes its place).
        new_pin: String,
        /// And again.
        repeat: String,
        /// A passkey from now on?
        passkey: Option<PasskeyUse>,
    },
    /// That ended.
    ProofChanged(Result<(), DeviceError>),
    /// A manager ends somebody's lock-out.
    LockOutEndPressed(StaffId),
    /// That ended.
    LockOutEnded {
        /// Whose.
        of: StaffId,
        /// How it went.
        result: Result<(), DeviceError>,
    },
    /// Who may sign in here, and how, has changed.
    RosterChanged(Vec<RosterEntry>),
    /// The Z report was read.
    ReportLeft,
    /// A commit ended.
    CommitDone {
        /// Which one.
        id: u64,
        /// How.
        result: Result<Vec<Committed>, DeviceError>,
    },
    /// The screen's language changed, and how amounts are written with it. A configuration that arrives brings its style along.
    StyleChosen(Option<Box<Style>>),
    /// A newer configuration arrived.
    ConfigArrived(Box<Config>),
    /// Something was typed into a field that is kept.
    FieldTyped {
        /// Its name.
        field: String,
        /// What stands in it now.
        text: String,
        /// It is in what is open over the screen.
        over: bool,
    },
    /// The error was read.
    ErrorDismissed,
}
