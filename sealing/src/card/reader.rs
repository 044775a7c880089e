//! Card readers over HID: which layout a reader speaks, and its reports parsed. Pure: every length is checked, and no bytes make it
//! panic (fuzzed in `tests/fuzz`). The report itself stays the caller's to overwrite.

use thiserror::Error;

use super::CardRead;

mod assembly;
mod cut;
pub mod emv;
pub mod idtech;
pub mod magtek;
pub mod msr;

pub use assembly::Assembly;

/// Which layout a reader's reports have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReaderModel {
    /// MagTek MagneSafe V5 in HID mode: encrypts.
    Magtek,
    /// MagTek SureSwipe, and ID TECH readers set up to speak like it: in clear.
    SureSwipe,
    /// ID TECH SecureMag and SecureHead: encrypts.
    IdTech,
    /// HID usage page 0x8E (magnetic stripe reader): in clear.
    Msr,
    /// EMV done in the reader: BER-TLV with encrypted card data.
    Emv,
}

impl ReaderModel {
    /// Does it send card data in clear? Such a reader is used only if a manager allows it.
    #[must_use]
    pub const fn is_clear(self) -> bool {
        matches!(self, Self::SureSwipe | Self::Msr)
    }
}

/// The layout by USB vendor, product and top-level HID usage page; `None` for a device that is no reader known here.
#[must_use]
pub const fn model_of(vendor: u16, product: u16, usage_page: u16) -> Option<ReaderModel> {
    const MAGTEK: u16 = 0x0801;
    const ID_TECH: u16 = 0x0acd;
    match (vendor, product, usage_page) {
        (MAGTEK, 0x0011, 0xff00) => Some(ReaderModel::Magtek),
        (MAGTEK, 0x0002, 0xff00) | (ID_TECH, 0x2020, _) => Some(ReaderModel::SureSwipe),
        (ID_TECH, 0x2010, _) => Some(ReaderModel::IdTech),
        // The VP3300. Others that do EMV by themselves speak the same TLV, and are added with their way of splitting it.
        (ID_TECH, 0x3530, _) => Some(ReaderModel::Emv),
        (_, _, 0x8e) => Some(ReaderModel::Msr),
        _ => None,
    }
}

/// Reads one report; for [`ReaderModel::Emv`] one whole message, as [`Assembly`] puts it together.
///
/// # Errors
/// [`ReadError`], whose text is for the cashier.
pub fn parse(model: ReaderModel, report: &[u8]) -> Result<CardRead, ReadError> {
    match model {
        ReaderModel::Magtek => magtek::magnesafe(report),
        ReaderModel::SureSwipe => magtek::sure_swipe(report),
        ReaderModel::IdTech => idtech::report(report),
        ReaderModel::Msr => msr::report(report),
        ReaderModel::Emv => emv::message(report),
    }
}

/// Why there is no card in a report. The text is what the cashier is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum ReadError {
    /// Not a report of this reader, or one whose lengths do not fit.
    #[error("The reader sent something that this till cannot read. Try again, or use another reader.")]
    Malformed,
    /// A check sum is wrong.
    #[error("The card's data was damaged on its way here. Swipe again.")]
    Damaged,
    /// The stripe could not be decoded.
    #[error("Swipe again, a little slower.")]
    NotDecoded,
    /// No stripe was seen.
    #[error("Nothing was read. Turn the card around and swipe again.")]
    Blank,
    /// A stripe, but not a payment card's.
    #[error("This is not a payment card. Ask for another card.")]
    NotPaymentCard,
    /// The reader has no DUKPT key left.
    #[error("This reader's keys are used up. Use another reader, and send this one back.")]
    KeysExhausted,
    /// The reader should encrypt and does not.
    #[error("This reader does not encrypt cards. Do not use it, and tell a manager.")]
    NotEncrypting,
    /// The reader wants to be authenticated first.
    #[error("This reader is locked until it has been set up again. Use another reader, and tell a manager.")]
    AuthenticationRequired,
    /// Set up for keys or formats that the processor is not sent.
    #[error("This reader is set up in a way that this till does not know. Use another reader, and tell a manager.")]
    Unsupported,
    /// A chip reader left a card number in clear.
    #[error("This reader sends card numbers in clear. Do not use it, and tell a manager.")]
    ClearPan,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_are_known_by_their_numbers() {
        for (vendor, product, usage_page, model) in [
            (0x0801, 0x0011, 0xff00, Some(ReaderModel::Magtek)),
            (0x0801, 0x0002, 0xff00, Some(ReaderModel::SureSwipe)),
            (0x0acd, 0x2010, 0xff00, Some(ReaderModel::IdTech)),
            (0x0acd, 0x2020, 0xff00, Some(ReaderModel::SureSwipe)),
            (0x1234, 0x5678, 0x8e, Some(ReaderModel::Msr)),
            (0x0801, 0x0001, 0x01, None),
            (0x1234, 0x5678, 0x8c, None),
        ] {
            assert_eq!(model_of(vendor, product, usage_page), model, "{vendor:04x}:{product:04x}");
        }
    }
}
