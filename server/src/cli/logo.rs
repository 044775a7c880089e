//! The logo on receipts, from a picture file.

use std::path::Path;

use barrow_core::receipt::Raster;

use super::{CliError, Place, file_fault};
use crate::{
    clock,
    store::{
        StoreError,
        changes::{self, COMMAND_LINE, Change},
        shop,
    },
};

pub(super) async fn logo(place: &Place, file: Option<&Path>) -> Result<(), CliError> {
    let raster = match file {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(file_fault(path))?;
            Some(pbm(&bytes).ok_or_else(|| {
                CliError::Usage(format!(
                    "{}: this is no black and white picture (PBM, P4) of at most {} × {} dots",
                    path.display(),
                    Raster::WIDTH_MAX,
                    Raster::HEIGHT_MAX
                ))
            })?)
        }
        None => None,
    };
    let (_, store) = place.open().await?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    shop::set_logo(&mut tx, shop, raster.as_ref()).await?;
    shop::config_changed(&mut tx, shop).await?;
    changes::note(&mut tx, shop, COMMAND_LINE, Change::LogoChanged { has_one: raster.is_some() }, clock::now_ms()).await?;
    tx.commit().await.map_err(StoreError::from)?;
    println!("{}", if raster.is_some() { "Receipts have this logo from now on." } else { "Receipts have no logo any more." });
    Ok(())
}

/// A picture as the PBM format (P4) has it: `P4`, width, height, each behind space or a comment, one space, then rows of bits, 1
/// black. What a receipt printer takes is the same.
fn pbm(bytes: &[u8]) -> Option<Raster> {
    let mut rest = bytes.strip_prefix(b"P4")?;
    let mut number = || -> Option<u16> {
        loop {
            match rest {
                [b'#', ..] => rest = rest.get(rest.iter().position(|byte| *byte == b'\n')?..)?,
                [first, tail @ ..] if first.is_ascii_whitespace() => rest = tail,
                _ => break,
            }
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, tail) = rest.split_at_checked(digits)?;
        rest = tail;
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let (width, height) = (number()?, number()?);
    let [space, bits @ ..] = rest else { return None };
    let raster = Raster { width, height, bits: bits.to_vec().into() };
    (space.is_ascii_whitespace() && raster.is_whole()).then_some(raster)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_read_and_anything_else_is_not() {
        let raster = pbm(b"P4\n# made by hand\n12 2\n\xff\xf0\x80\x10");
        assert_eq!(raster, Some(Raster { width: 12, height: 2, bits: vec![0xff, 0xf0, 0x80, 0x10].into() }));
        for bad in
            [&b""[..], b"P4", b"P1\n1 1\n1", b"P4 12 2\n\xff", b"P4 9999 1\n", b"P4 0 0\n", b"P4 8 1 ", b"P4 -8 1\n\0", b"P4#"]
        {
            assert_eq!(pbm(bad), None, "{bad:?}");
        }
    }
}
