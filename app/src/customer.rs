//! Feeds the customer's window, for as long as one is open somewhere.

use std::cell::{Cell, RefCell};

use barrow_browser::display::Display;
use barrow_core::{
    till::Model,
    view::{CustomerView, Scene, customer},
};

/// The till's end.
pub struct Customer {
    display: Display,
    /// A window has asked: without one, nothing is reckoned for it.
    watched: Cell<bool>,
    shown: RefCell<Option<CustomerView>>,
}

impl Customer {
    /// `asked` is called when a window wants to know what to show; answer with [`Customer::answer`].
    pub fn new(asked: impl Fn() + 'static) -> Customer {
        Customer { display: Display::open(asked), watched: Cell::new(false), shown: RefCell::new(None) }
    }

    /// Tells a window that asked.
    pub fn answer(&self, model: &Model) {
        self.watched.set(true);
        if let Some(view) = customer(model) {
            self.display.show(&view);
            self.shown.replace(Some(view));
        }
    }

    /// Tells the windows, if there are any and something changed.
    pub fn follow(&self, model: &Model) {
        if !self.watched.get() {
            return;
        }
        if let Some(view) = customer(model)
            && self.shown.borrow().as_ref() != Some(&view)
        {
            self.display.show(&view);
            self.shown.replace(Some(view));
        }
    }

    /// The page goes away: nobody's order stays on the customer's screen.
    pub fn leave(&self) {
        if let Some(view) = self.shown.borrow_mut().take() {
            self.display.show(&CustomerView { scene: Scene::Idle, ..view });
        }
    }
}
