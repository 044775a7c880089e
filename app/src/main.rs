//! The till's page. It draws the core's view and carries out the core's effects; it decides nothing about money.
//!
//! [`till`] runs the core; [`frame`] is what stands on every screen; each of [`screens`] draws one part of the view, each of
//! [`panels`] what is open over it.

mod customer;
mod frame;
mod language;
mod menu;
mod notices;
mod panels;
mod parts;
mod pictures;
mod printing;
mod scanner;
mod screens;
mod sheet;
mod shortcuts;
mod sounds;
mod stock;
mod stopped;
mod tablet;
mod till;
mod when;

// Its export is what the service worker calls: page and worker share one module.
use barrow_service_worker as _;

fn main() {
    if web_sys::window().is_none() {
        // In the service worker there is nothing to draw on.
        return;
    }
    stopped::show_when_stopped();
    barrow_browser::page::begin(async {
        language::load().await;
        leptos::mount::mount_to_body(|| frame::frame(till::Till::start()));
    });
}
