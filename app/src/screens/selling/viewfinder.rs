//! The camera's picture beside the products: what it reads goes into the cart like any scan. The camera is on only while this is on
//! screen: it goes off when it is closed, the till locks, another screen takes its place, or the page is hidden.

use barrow_browser::{camera::Camera, now_ms};
use barrow_core::{
    scan::{code, sight::Sight},
    till::Event,
};
use leptos::{ev, html, prelude::*, task::spawn_local};

use crate::{
    language::t,
    parts::{draw, icon},
    till::Till,
};

/// The button beside the search that opens it, and closes it again.
pub fn button(open: RwSignal<bool>) -> impl IntoView {
    html::button()
        .attr("class", "button quiet icon-only")
        .attr("type", "button")
        .attr("data-testid", "camera-scan")
        .attr("aria-label", t("Scan with the camera"))
        .attr("aria-expanded", move || if open.get() { "true" } else { "false" })
        .on(ev::click, move |_| open.update(|open| *open = !*open))
        .child(draw(icon::BARCODE))
}

/// The viewfinder, while it is open.
pub fn viewfinder(till: Till, open: RwSignal<bool>) -> impl IntoView {
    move || open.get().then(|| looking(till, open))
}

fn looking(till: Till, open: RwSignal<bool>) -> impl IntoView {
    // Dropped with this part of the screen, it lets the camera go.
    let camera = StoredValue::new_local(None::<Camera>);
    let sight = StoredValue::new_local(Sight::default());
    let state = RwSignal::new("starting");
    let failure = RwSignal::new(None::<String>);
    let has_torch = RwSignal::new(false);
    let lit = RwSignal::new(false);
    let last = RwSignal::new(None::<(u32, String)>);
    let fail = move |why: String| {
        // The till may have been locked meanwhile, and all of this is gone.
        let _ = failure.try_set(Some(why));
        let _ = state.try_set("failed");
    };
    let read = move |text: String| {
        let is_scan = sight.try_update_value(|sight| sight.sees(&text, now_ms())).unwrap_or(false);
        if is_scan {
            // What it is, where the shop knows it.
            let title = till.shop.with_untracked(|shop| Some(code::find(&text, shop.as_ref()?)?.product().title()));
            let shown = title.unwrap_or_else(|| code::without_symbology(&text).to_owned());
            let _ = last.try_update(|last| {
                let count = last.as_ref().map_or(1, |(count, _)| count + 1);
                *last = Some((count, shown));
            });
            till.send(Event::Scanned(text));
        }
    };
    let video = NodeRef::<html::Video>::new();
    video.on_load(move |video| {
        spawn_local(async move {
            match Camera::open(video.into(), read, move |why| fail(why.to_string())).await {
                Ok(opened) => {
                    let _ = has_torch.try_set(opened.has_torch());
                    let _ = state.try_set("looking");
                    // Closed meanwhile, it is dropped here.
                    let _ = camera.try_set_value(Some(opened));
                }
                Err(why) => fail(why.to_string()),
            }
        });
    });
    let hidden = window_event_listener_untyped("visibilitychange", move |_| {
        if document().hidden() {
            open.set(false);
        }
    });
    on_cleanup(move || hidden.remove());
    html::section()
        .attr("class", "viewfinder")
        .attr("aria-label", t("Camera"))
        .attr("data-testid", "viewfinder")
        .attr("data-state", move || state.get())
        .on(ev::keydown, move |event| {
            if event.key() == "Escape" {
                open.set(false);
            }
        })
        .child((
            html::div().class("viewfinder-picture").attr("hidden", move || failure.with(Option::is_some).then_some("")).child((
                html::video()
                    .node_ref(video)
                    .attr("playsinline", "")
                    .attr("muted", "")
                    .prop("muted", true)
                    .attr("aria-label", t("What the camera sees")),
                html::div().class("viewfinder-frame").attr("aria-hidden", "true"),
                // Made anew with each scan, so that it lights up again.
                move || {
                    last.get().map(|(count, _)| {
                        html::div().class("viewfinder-flash").attr("aria-hidden", "true").attr("data-count", count.to_string())
                    })
                },
            )),
            html::div().class("viewfinder-foot").child((
                html::div().class("viewfinder-said").attr("role", "status").child(move || match (failure.get(), last.get()) {
                    (Some(why), _) => {
                        html::p().class("sentence").attr("data-testid", "viewfinder-error").child(t(&why)).into_any()
                    }
                    (None, Some((count, text))) => html::p()
                        .attr("data-testid", "viewfinder-code")
                        .attr("data-count", count.to_string())
                        .child((draw(icon::BARCODE), html::bdi().child(text)))
                        .into_any(),
                    (None, None) if state.get() == "starting" => html::p().child(t("The camera is starting…")).into_any(),
                    (None, None) => html::p().child(t("Hold a barcode or QR code into the frame.")).into_any(),
                }),
                move || {
                    has_torch.get().then(|| {
                        html::button()
                            .attr("class", "button quiet icon-only")
                            .attr("type", "button")
                            .attr("data-testid", "viewfinder-torch")
                            .attr("aria-label", t("Light"))
                            .attr("aria-pressed", move || if lit.get() { "true" } else { "false" })
                            .on(ev::click, move |_| {
                                lit.update(|lit| *lit = !*lit);
                                camera.with_value(|camera| camera.iter().for_each(|camera| camera.light(lit.get_untracked())));
                            })
                            .child(draw(icon::TORCH))
                    })
                },
                html::button()
                    .attr("class", "button quiet icon-only")
                    .attr("type", "button")
                    .attr("data-testid", "viewfinder-close")
                    .attr("aria-label", t("Close the camera"))
                    .on(ev::click, move |_| open.set(false))
                    .child(draw(icon::CLOSE)),
            )),
        ))
}
