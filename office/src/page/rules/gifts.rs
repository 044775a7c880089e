//! Gift cards and tips, in the form of the rules.

use barrow_language::{key, t, tf};
use leptos::{html, prelude::*};

use super::{Sheet, place, switch};
use crate::{
    page::form::{self, Holds, Text},
    rules::{Field, GiftDraft, GiftField},
};

/// Draws both cards of fields.
pub(super) fn view(sheet: Sheet) -> impl IntoView {
    let symbol = sheet
        .typing
        .with_untracked(|typing| typing.as_ref().map(|typing| typing.base.currency.symbol.clone()).unwrap_or_default());
    let field = move |of: GiftField,
                      label: String,
                      hint: &'static str,
                      testid: &'static str,
                      holds: Holds,
                      read: fn(&GiftDraft) -> &String,
                      write: fn(&mut GiftDraft) -> &mut String| {
        form::text(
            Text {
                id: place(Field::Gift(of)),
                label,
                hint,
                testid,
                holds,
                value: Signal::derive(move || sheet.read(|draft| read(&draft.gifts).clone())),
                error: sheet.error(Field::Gift(of)),
            },
            move |typed| sheet.write(|draft| *write(&mut draft.gifts) = typed),
        )
    };
    let gifts = (
        switch(
            t("Gift cards and store credit are sold and taken"),
            "office-rule-gifts",
            move || sheet.read(|draft| draft.gifts.on),
            move |on| sheet.write(|draft| draft.gifts.on = on),
        ),
        field(
            GiftField::LoadMax,
            tf("Most that is put on a card at a time ({})", &[&symbol]),
            "",
            "office-rule-gift-load",
            Holds::Amount,
            |gifts| &gifts.load_max,
            |gifts| &mut gifts.load_max,
        ),
        field(
            GiftField::OfflineCard,
            tf("Most from one card without the server ({})", &[&symbol]),
            key("While the server cannot be asked for the balance. 0 is nothing."),
            "office-rule-gift-offline-card",
            Holds::Amount,
            |gifts| &gifts.offline_card_max,
            |gifts| &mut gifts.offline_card_max,
        ),
        field(
            GiftField::OfflineShift,
            tf("Most from all cards in a shift without the server ({})", &[&symbol]),
            key("What two tills take from one card while neither can ask is found when they are online again."),
            "office-rule-gift-offline-shift",
            Holds::Amount,
            |gifts| &gifts.offline_shift_max,
            |gifts| &mut gifts.offline_shift_max,
        ),
        field(
            GiftField::Months,
            t("Months until a card expires"),
            key("Counted from when it was last loaded, a month as 31 days. 0 is never."),
            "office-rule-gift-months",
            Holds::Number,
            |gifts| &gifts.expiry_months,
            |gifts| &mut gifts.expiry_months,
        ),
    );
    let tips = (
        switch(
            t("Ask for a tip at the payment"),
            "office-rule-tips",
            move || sheet.read(|draft| draft.gifts.tips_on),
            move |on| sheet.write(|draft| draft.gifts.tips_on = on),
        ),
        field(
            GiftField::Tips,
            t("Suggested tips in %"),
            key("At most 4, with commas between them. A tip is the staff’s: no turnover and no tax."),
            "office-rule-tip-percents",
            Holds::List,
            |gifts| &gifts.tip_percents,
            |gifts| &mut gifts.tip_percents,
        ),
    );
    html::div().class("pair-of-cards").child((
        html::section().class("card stack").child((html::h2().child(t("Gift cards")), gifts)),
        html::section().class("card stack").child((html::h2().child(t("Tips")), tips)),
    ))
}
