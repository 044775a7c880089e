//! One module for each screen of the core's view.

mod closed;
mod enrol;
mod exchange;
mod orders;
mod receipt;
mod selling;
mod shift;
mod sign_in;
mod tender;

pub use closed::closed;
pub use enrol::enrol;
pub use orders::orders;
pub use receipt::receipt;
pub use selling::{Finder, selling};
pub use shift::{count, figures, open_shift, report};
pub use sign_in::sign_in;
pub use tender::tender;
