//! The shift's beginning and end: counting the float, counting the drawer, the Z report.

mod count;
mod open;
mod report;

pub use count::count;
pub use open::open_shift;
pub use report::{figures, report};
