//! Randomness is handed in: a browser has its own source, a server another, a simulator a seed.

use std::convert::Infallible;

use hpke::rand_core::{TryCryptoRng, TryRng};

/// A source of bytes that nobody can guess. Any `FnMut(&mut [u8])` is one.
pub trait Random {
    /// Fills all of `out` with fresh random bytes.
    fn fill(&mut self, out: &mut [u8]);
}

impl<F: FnMut(&mut [u8])> Random for F {
    fn fill(&mut self, out: &mut [u8]) {
        self(out);
    }
}

/// The same source in the shape that the `hpke` crate asks for.
pub(crate) struct Handed<'a>(pub(crate) &'a mut dyn Random);

impl TryRng for Handed<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl TryCryptoRng for Handed<'_> {}
