//! Cards: what a reader sends, parsed once, and what of it goes to the processor.
//!
//! [`reader::parse`] turns a report into a [`CardRead`]: a [`CardPayload`], which only the processor may ever open (it becomes the
//! plaintext of a [`crate::jwe`]), beside the little that may be shown and judged on the till. A PAN in clear comes only from
//! readers that do not encrypt, and leaves a [`CardRead`] only as a [`Token`]. The cardholder's name is never kept.

mod brand;
mod payload;
mod read;
pub mod reader;
pub mod tlv;
mod token;
pub mod track;

pub use brand::Brand;
pub use payload::{CardPayload, Cipher, PayloadError, Source};
pub use read::{CardRead, Cryptogram, EmvFacts, EntryMode, Expiry, Last4, ServiceCode};
pub use token::{Lead, Token, token_key};
