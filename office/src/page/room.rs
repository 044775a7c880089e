//! The office's rooms. The address names the room, so that reload, back and bookmarks work.

use barrow_language::key;
use leptos::prelude::*;

/// A room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Sales,
    Tills,
    Alerts,
    Audit,
    Shifts,
    Staff,
    Rules,
    Products,
    Promotions,
    Stock,
    Customers,
    Payments,
    Gifts,
    Mails,
    Cards,
}

impl Room {
    /// In the order of the navigation.
    pub const ALL: [Room; 15] = [
        Room::Sales,
        Room::Payments,
        Room::Gifts,
        Room::Mails,
        Room::Tills,
        Room::Alerts,
        Room::Shifts,
        Room::Products,
        Room::Promotions,
        Room::Stock,
        Room::Customers,
        Room::Staff,
        Room::Rules,
        Room::Cards,
        Room::Audit,
    ];

    /// Its name in addresses and test ids.
    pub fn id(self) -> &'static str {
        match self {
            Room::Sales => "sales",
            Room::Tills => "tills",
            Room::Alerts => "alerts",
            Room::Audit => "audit",
            Room::Shifts => "shifts",
            Room::Staff => "staff",
            Room::Rules => "rules",
            Room::Products => "products",
            Room::Promotions => "promotions",
            Room::Stock => "stock",
            Room::Customers => "customers",
            Room::Payments => "payments",
            Room::Gifts => "gifts",
            Room::Mails => "mails",
            Room::Cards => "cards",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Room::Sales => key("Sales"),
            Room::Tills => key("Tills"),
            Room::Alerts => key("Alerts"),
            Room::Audit => key("Audit log"),
            Room::Shifts => key("Shifts"),
            Room::Staff => key("People"),
            Room::Rules => key("Roles & rules"),
            Room::Products => key("Products"),
            Room::Promotions => key("Promotions"),
            Room::Stock => key("Stock"),
            Room::Customers => key("Customers"),
            Room::Payments => key("Payments"),
            Room::Gifts => key("Gift cards"),
            Room::Mails => key("Receipts by e-mail"),
            Room::Cards => key("Cards"),
        }
    }

    /// What it shows, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Room::Sales => key("Newest arrivals first. Select a sale to see its lines, taxes and payments."),
            Room::Tills => key(
                "Every till of the shop. What a till has not sent yet only the till itself can tell: its status line shows it.",
            ),
            Room::Alerts => key("What the server found wrong with the tills’ journals, the serious first."),
            Room::Audit => {
                key("Every entry of every till, newest arrivals first. Each is signed by its till and chained to the one before.")
            }
            Room::Shifts => {
                key("Every till’s shifts: the open ones as they stand, then the Z reports of the closed ones, the newest first.")
            }
            Room::Staff => {
                key("Who may sign in at a till, and as what. Select a person to change or take off, or for a one-time code.")
            }
            Room::Rules => {
                key("What each role may do at the tills, the shop’s rules for locking and counting, and its keyboard shortcuts.")
            }
            Room::Products => key("What the tills sell."),
            Room::Customers => key(
                "Whom the tills wrote down. Select somebody to see what they bought, to hand out or to erase what is known of them.",
            ),
            Room::Promotions => key(
                "What is taken off by itself. A line takes part in one promotion: the first that fits it. The till says which on the line.",
            ),
            Room::Stock => key(
                "How much there is of each article, what runs out first. Select one to see what moved it, to receive goods or to correct it.",
            ),
            Room::Mails => {
                key("What customers asked for at the tills, newest first. An address is forgotten once its receipt was sent.")
            }
            Room::Payments => {
                key("Card payments and how far each has come, newest first; and what was paid at terminals beside the tills.")
            }
            Room::Gifts => key(
                "What is on each card, as all tills have told, the one that was used last first. Select a card to see what happened to it.",
            ),
            Room::Cards => {
                key("How far tills go without the bank’s word, which readers are theirs, and what the processor has published.")
            }
        }
    }
}

/// The room that the address names, kept up to date; sales if it names none.
pub(super) fn from_address() -> ReadSignal<Room> {
    let read = || location_hash().and_then(|hash| Room::ALL.into_iter().find(|room| room.id() == hash));
    let (room, set_room) = signal(read().unwrap_or(Room::Sales));
    let listening = window_event_listener_untyped("hashchange", move |_| {
        if let Some(named) = read() {
            set_room.set(named);
        }
    });
    on_cleanup(move || listening.remove());
    room
}
