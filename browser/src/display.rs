//! The customer's window: a page of this origin that knows nothing of the till but what comes through this channel.
//!
//! Nothing of it is kept anywhere: a broadcast goes from memory to memory.

use barrow_core::view::{Bill, CustomerView, Scene};
use js_sys::{Array, Object};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::scope::{object, property};

/// The channel's name, as in `public/display.js`.
const CHANNEL: &str = "barrow-display";

/// The till's end of the channel.
pub struct Display(Option<BroadcastChannel>);

impl Display {
    /// Opens it; `asked` is called when a customer's window wants to know what to show.
    pub fn open(asked: impl Fn() + 'static) -> Display {
        let channel = BroadcastChannel::new(CHANNEL).ok();
        if let Some(channel) = &channel {
            let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                if property(&event.data(), "ask").as_bool() == Some(true) {
                    asked();
                }
            });
            channel.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
        }
        Display(channel)
    }

    /// Tells every customer's window what to show.
    pub fn show(&self, view: &CustomerView) {
        if let Some(channel) = &self.0 {
            // Plain data can always be copied.
            let _ = channel.post_message(&message(view));
        }
    }
}

fn message(view: &CustomerView) -> Object {
    let text = |text: &str| JsValue::from_str(text);
    let may = |text: &Option<String>| text.as_deref().map_or(JsValue::NULL, JsValue::from_str);
    let with_bill = |scene: &str, bill: &Bill, rest: &[(&str, JsValue)]| {
        let lines = bill.lines.iter().map(|line| {
            object(&[
                ("qty", text(&line.qty)),
                ("name", text(&line.name)),
                ("under", line.under.iter().map(|words| text(words)).collect::<Array>().into()),
                ("price", text(&line.price)),
            ])
        });
        let back = bill.back.iter().map(|(name, price)| object(&[("name", text(name)), ("price", text(price))]));
        let fields = [
            ("shop", text(&view.shop)),
            ("scene", text(scene)),
            ("lines", lines.collect::<Array>().into()),
            ("back", back.collect::<Array>().into()),
            ("off", may(&bill.off)),
            ("gifts", may(&bill.gifts)),
            ("tip", may(&bill.tip)),
            ("total", text(&bill.total)),
            ("toPay", may(&bill.to_pay)),
            ("getBack", may(&bill.get_back)),
            ("tax", text(&bill.tax)),
            ("included", bill.tax_included.into()),
        ];
        object(&[&fields, rest].concat())
    };
    match &view.scene {
        Scene::Idle => object(&[("shop", text(&view.shop)), ("scene", text("idle"))]),
        Scene::Order(bill) => with_bill("order", bill, &[]),
        Scene::Pay { bill, due, given, remaining, change } => with_bill(
            "pay",
            bill,
            &[("due", text(due)), ("given", may(given)), ("remaining", text(remaining)), ("change", may(change))],
        ),
        Scene::Thanks { paid, change, get_back } => object(&[
            ("shop", text(&view.shop)),
            ("scene", text("thanks")),
            ("paid", may(paid)),
            ("change", may(change)),
            ("getBack", may(get_back)),
        ]),
    }
}
