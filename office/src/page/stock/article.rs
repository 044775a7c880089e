//! One article: receiving, correcting, from where down it is low, and what moved it.

use barrow_core::money::Milli;
use barrow_language::{key, t, tf};

use super::*;

const WHEN: Column = Column::Words(key("When"));
const WHAT: Column = Column::Words(key("What"));
const WHO: Column = Column::Words(key("Who"));
const WHY: Column = Column::Named(key("Why"));
const MOVED: Column = Column::Key(key("Moved"));

#[derive(Serialize)]
struct Receipt {
    items: [Received; 1],
    note: String,
}

#[derive(Serialize)]
struct Received {
    sku: String,
    qty_milli: i64,
}

#[derive(Serialize)]
struct Correction {
    sku: String,
    expected_milli: i64,
    counted_milli: i64,
    reason: String,
}

#[derive(Serialize)]
struct Keep {
    sku: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    low_milli: Option<i64>,
}

/// What is drawn for the article that was chosen.
pub(super) fn page(office: Office, list: Feed<Vec<StockRow>>, sku: String, chosen: RwSignal<Option<String>>) -> AnyView {
    let of = sku.clone();
    let entry = Memo::new(move |last: Option<&Option<StockRow>>| {
        let found = list.latest.with(|rows| rows.as_ref().and_then(|rows| rows.iter().find(|row| row.sku == of).cloned()));
        found.or_else(|| last.and_then(Clone::clone))
    });
    let path = format!("/v1/office/stock/moves?sku={}", encoded(&sku));
    let moves = Feed::<Vec<StockMove>>::of(office, Pace::Live, move || path.clone());
    let name = move || entry.with(|entry| entry.as_ref().map(|entry| entry.name.clone()));
    let level = move || {
        entry.with(|entry| {
            let entry = entry.as_ref()?;
            Some(
                entry
                    .level_milli
                    .map_or_else(|| t("No stock is kept of it yet."), |level| tf("In stock: {}", &[&entry.amount(level)])),
            )
        })
    };
    let kept = Memo::new(move |_| entry.with(|entry| entry.as_ref().is_some_and(|entry| entry.level_milli.is_some())));
    let said = Said::nothing();
    let does = Does { office, entry, said, busy: RwSignal::new(false) };
    let (to_receive, to_correct, to_keep) = (sku.clone(), sku.clone(), sku.clone());
    html::section()
        .class("stack")
        .attr("aria-labelledby", "stock-article")
        .attr("data-testid", "office-stock-article")
        .attr("data-sku", sku)
        .child((
            html::div().class("card stack").child((
                html::h2().id("stock-article").child(name),
                html::p().child(html::strong().attr("data-testid", "office-stock-level").child(level)),
                form::button("", "office-stock-close", || t("Back to all articles"), does.busy, move || chosen.set(None)),
                said.view("office-stock"),
            )),
            move || {
                kept.get().then(|| {
                    let forms = (receive(does, to_receive.clone()), correct(does, to_correct.clone()));
                    html::div().class("pair-of-cards").child(forms)
                })
            },
            keep(does, to_keep, kept),
            move || {
                moves.latest.with(|moves| {
                    let moves = moves.as_ref()?;
                    let entry = entry.get()?;
                    Some(match moves.as_slice() {
                        [] => empty(t("Nothing has moved it yet.")),
                        moves => html::div()
                            .class("sheet")
                            .child(table(
                                t("What moved it"),
                                OnPhone::SpeltOut,
                                &[WHEN, WHAT, WHO, WHY, MOVED],
                                rows(moves.iter().map(|moved| row(moved, &entry)).collect()),
                            ))
                            .into_any(),
                    })
                })
            },
        ))
        .into_any()
}

fn row(moved: &StockMove, entry: &StockRow) -> AnyView {
    let signed = |milli: i64| {
        let sign = if milli > 0 { "+" } else { "" };
        format!("{sign}{}", entry.amount(milli))
    };
    let what = match moved.kind.as_str() {
        "sale" => t("Sold"),
        "void" => t("Sale voided"),
        "refund" => t("Came back"),
        "count" => t("Counted at the till"),
        "receipt" => t("Received"),
        _ => t("Corrected"),
    };
    let figures = moved.expected_milli.zip(moved.counted_milli).map(|(expected, counted)| {
        html::p().class("quiet").child(tf("{} in place of {}", &[&entry.amount(counted), &entry.amount(expected)]))
    });
    let unknown = moved.unknown_milli.filter(|unknown| *unknown != 0).map(|unknown| {
        html::p().class("error").attr("data-testid", "office-stock-unknown").child(tf("When this was counted, the till did not know of {} at other tills. If it was gone from the shelf already, correct the level by {}.", &[&signed(unknown), &signed(unknown.saturating_neg())]))
    });
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-stock-move")
        .attr("data-kind", moved.kind.clone())
        .child((
            cell(WHEN, moment(&moved.at)),
            cell(WHAT, (html::strong().child(what), figures, unknown)),
            cell(WHO, (moved.by.clone(), moved.till_name.clone().map(|till| html::p().class("quiet").child(till)))),
            cell(WHY, moved.reason.clone()),
            cell(MOVED, html::strong().child(signed(moved.delta_milli))),
        ))
        .into_any()
}

/// What the forms have in common.
#[derive(Clone, Copy)]
struct Does {
    office: Office,
    entry: Memo<Option<StockRow>>,
    said: Said,
    busy: RwSignal<bool>,
}

impl Does {
    /// Sends `body`; `done` once the server has it.
    fn send(self, path: &'static str, body: impl Serialize + 'static, done: impl FnOnce() + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.said.clear();
        self.busy.set(true);
        spawn_local(async move {
            let answer = server::send::<Vec<StockRow>>(Method::Post, path, &body).await;
            let _ = self.busy.try_set(false);
            match answer {
                Ok(_) => {
                    done();
                    self.said.good(t("Kept."));
                    self.office.refresh();
                }
                Err(Failure::SignedOut(why)) => self.office.signed_out(Some(why)),
                Err(failure) => self.said.bad(failure.to_string()),
            }
        });
    }
}

/// A typed quantity in thousandths.
fn quantity(text: &str) -> Option<i64> {
    Milli::parse(text).map(|milli| milli.0)
}

fn receive(does: Does, sku: String) -> AnyView {
    let (typed, note, wrong) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(qty_milli) = quantity(&typed.get_untracked()).filter(|qty| *qty > 0) else {
            wrong.set(t("Type how much came in, such as 12."));
            return form::focus("stock-received");
        };
        wrong.set(String::new());
        let items = [Received { sku: sku.clone(), qty_milli }];
        does.send("/v1/office/stock/receive", Receipt { items, note: note.get_untracked() }, move || {
            let _ = (typed.try_set(String::new()), note.try_set(String::new()));
        });
    };
    let fields = (
        form::text(
            Text {
                id: "stock-received".to_owned(),
                label: t("Goods came in: how much"),
                hint: "",
                testid: "office-stock-received",
                holds: Holds::Amount,
                value: typed.into(),
                error: wrong.into(),
            },
            move |text| typed.set(text),
        ),
        form::text(
            Text {
                id: "stock-note".to_owned(),
                label: t("Delivery note, if there is one"),
                hint: "",
                testid: "office-stock-note",
                holds: Holds::Name,
                value: note.into(),
                error: Signal::derive(String::new),
            },
            move |text| note.set(text),
        ),
    );
    whole(t("Receive"), "office-stock-receive", does, fields, submit)
}

fn correct(does: Does, sku: String) -> AnyView {
    let (typed, why) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (wrong, no_reason) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(counted_milli) = quantity(&typed.get_untracked()) else {
            wrong.set(t("Type what is there, such as 12."));
            return form::focus("stock-counted");
        };
        wrong.set(String::new());
        if why.with_untracked(|why| why.trim().is_empty()) {
            no_reason.set(t("Say why in a few words."));
            return form::focus("stock-reason");
        }
        no_reason.set(String::new());
        // What is on screen is what the person compared with.
        let Some(expected_milli) = does.entry.with_untracked(|entry| entry.as_ref().and_then(|entry| entry.level_milli)) else {
            return;
        };
        let body = Correction { sku: sku.clone(), expected_milli, counted_milli, reason: why.get_untracked() };
        does.send("/v1/office/stock/correct", body, move || {
            let _ = (typed.try_set(String::new()), why.try_set(String::new()));
        });
    };
    let fields = (
        form::text(
            Text {
                id: "stock-counted".to_owned(),
                label: t("Correct: how much is there"),
                hint: "",
                testid: "office-stock-counted",
                holds: Holds::Amount,
                value: typed.into(),
                error: wrong.into(),
            },
            move |text| typed.set(text),
        ),
        form::text(
            Text {
                id: "stock-reason".to_owned(),
                label: t("Why"),
                hint: "",
                testid: "office-stock-reason",
                holds: Holds::Name,
                value: why.into(),
                error: no_reason.into(),
            },
            move |text| why.set(text),
        ),
    );
    whole(t("Correct"), "office-stock-correct", does, fields, submit)
}

fn keep(does: Does, sku: String, kept: Memo<bool>) -> AnyView {
    let low = does.entry.with_untracked(|entry| entry.as_ref().and_then(|entry| entry.low_milli));
    let typed = RwSignal::new(low.map(crate::amounts::quantity).unwrap_or_default());
    let wrong = RwSignal::new(String::new());
    let no_more = sku.clone();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(low_milli) = quantity(&typed.get_untracked()) else {
            wrong.set(t("Type from where down it is low, such as 5; 0 marks only what is sold out."));
            return form::focus("stock-low");
        };
        wrong.set(String::new());
        does.send("/v1/office/stock/keep", Keep { sku: sku.clone(), low_milli: Some(low_milli) }, || {});
    };
    let fields = (
        form::text(
            Text {
                id: "stock-low".to_owned(),
                label: t("The tills mark it as low from here down"),
                hint: "",
                testid: "office-stock-low",
                holds: Holds::Amount,
                value: typed.into(),
                error: wrong.into(),
            },
            move |text| typed.set(text),
        ),
        move || {
            let sku = no_more.clone();
            kept.get().then(|| {
                let stop = move || does.send("/v1/office/stock/keep", Keep { sku: sku.clone(), low_milli: None }, || {});
                form::button("", "office-stock-stop", || t("Keep no stock of it any more"), does.busy, stop)
            })
        },
    );
    whole(t("Keep stock of it"), "office-stock-keep", does, fields, submit)
}

fn whole(
    label: String,
    testid: &'static str,
    does: Does,
    fields: impl IntoView + 'static,
    submit: impl Fn(ev::SubmitEvent) + 'static,
) -> AnyView {
    html::form()
        .class("card stack")
        .attr("novalidate", "")
        .on(ev::submit, submit)
        .child((
            fields,
            html::button()
                .class("primary")
                .r#type("submit")
                .attr("data-testid", testid)
                .attr("aria-disabled", move || does.busy.get().then_some("true"))
                .child(label),
        ))
        .into_any()
}
