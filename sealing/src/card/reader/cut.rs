//! Cutting fields off the front of a report.

use super::ReadError;

/// What of a report is not read yet.
#[derive(Clone, Copy)]
pub(super) struct Cut<'a>(pub(super) &'a [u8]);

impl<'a> Cut<'a> {
    /// The next `count` bytes; [`ReadError::Malformed`] if there are fewer.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(ReadError::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(ReadError::Malformed)?;
        self.0 = rest;
        Ok(*taken)
    }

    /// The next `width` bytes, of which `used` count.
    pub(super) fn field(&mut self, width: usize, used: u8) -> Result<&'a [u8], ReadError> {
        self.take(width)?.get(..usize::from(used)).ok_or(ReadError::Malformed)
    }
}
