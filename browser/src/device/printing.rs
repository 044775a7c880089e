//! What is set for printing at this tablet. It names a way and a width, and no secret: it stands in clear beside the heads, so that
//! it outlives the till's lives and needs no key.

use barrow_core::{device::DeviceError, printer::Settings};
use barrow_sealing::cbor;

use super::{Device, write_failed};
use crate::store::{Change, Key, Table};

/// Its name in [`Table::Meta`].
const PRINTER: &str = "printer";

impl Device {
    /// What was set; the default where nothing was, or what stands there cannot be read.
    pub async fn printer_settings(&self) -> Settings {
        let stored = self.inner.parts.store.get(Table::Meta, &Key::Name(PRINTER.into())).await;
        stored.ok().flatten().and_then(|bytes| cbor::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Keeps what is set.
    ///
    /// # Errors
    /// [`DeviceError::WriteFailed`], [`DeviceError::StorageFull`]: it is forgotten with this page.
    pub async fn keep_printer_settings(&self, settings: &Settings) -> Result<(), DeviceError> {
        let bytes = cbor::to_vec(settings).map_err(|_| DeviceError::WriteFailed)?;
        let change = Change::name(Table::Meta, PRINTER, bytes);
        self.inner.parts.store.transact(false, &[change]).await.map_err(|error| write_failed(&error))
    }
}
