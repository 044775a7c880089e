//! One adapter for each facility of the browser: storage, keys, locks, network, the page.
//!
//! What a till is made of meets in [`Device`]; [`page`] has what only concerns the screen. Neither knows how it is drawn.
//! Below them each facility has its module, and none of those knows what a sale is.

pub mod black_box;
pub mod camera;
pub mod display;
pub mod frames;
pub mod indexing;
pub mod page;
pub mod passkey;
pub mod printers;
pub mod readers;
pub mod scanners;
pub mod server;
pub mod sound;
pub mod store;
pub mod throwaway;
pub mod transport;
pub mod uploader;
pub mod vault;
pub mod webcrypto;

mod base64;
mod database;
mod device;
mod line;
mod locks;
mod news;
mod random;
mod scope;
mod wait;

pub use barrow_sealing::cbor;
pub use device::{Device, Parts};
pub use wait::{Later, now_ms};
