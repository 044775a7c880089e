//! `import FOLDER`: pictures of products, each file named by its product's SKU.

use std::{collections::HashSet, fs, path::Path};

use barrow_core::image;
use thiserror::Error;

use super::{CliError, Place, file_fault};
use crate::{
    clock,
    store::{
        changes::{self, COMMAND_LINE, Change},
        pictures::{self, Picture},
        shop,
    },
};

/// The endings of files that are looked at; all others are left.
const ENDINGS: [&str; 3] = ["webp", "jpg", "jpeg"];

/// Why pictures were not imported. None of them was.
#[derive(Debug, Error)]
pub(super) enum PicturesError {
    #[error("{file}: {fault} Make it smaller first; the office's page does that by itself.")]
    Picture { file: String, fault: image::BadImage },
    #[error("{0}: the shop has no product of this SKU")]
    NoProduct(String),
    #[error("the folder has no .webp, .jpg or .jpeg file")]
    None,
}

pub(super) async fn import(place: &Place, folder: &Path) -> Result<(), CliError> {
    let mut read = Vec::new();
    for entry in fs::read_dir(folder).map_err(file_fault(folder))? {
        let path = entry.map_err(file_fault(folder))?.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        let (Some(sku), true) = (path.file_stem().and_then(|stem| stem.to_str()), ENDINGS.contains(&ending.as_str())) else {
            continue;
        };
        // A file that is too long is not read to its end.
        let length = fs::metadata(&path).map_err(file_fault(&path))?.len();
        let too_large = || PicturesError::Picture { file: path.display().to_string(), fault: image::BadImage::TooLarge };
        if length > image::BYTES_MAX as u64 {
            return Err(too_large().into());
        }
        let bytes = fs::read(&path).map_err(file_fault(&path))?;
        let picture = Picture::read(bytes).map_err(|fault| PicturesError::Picture { file: path.display().to_string(), fault })?;
        read.push((sku.to_owned(), picture));
    }
    if read.is_empty() {
        return Err(PicturesError::None.into());
    }
    let (_, store) = place.open().await?;
    let mut tx = store.write().await?;
    let shop = shop::get(&mut tx).await?.id;
    let known: HashSet<String> = shop::products(&mut tx, shop).await?.into_iter().map(|product| product.sku).collect();
    for (sku, picture) in &read {
        if !known.contains(sku) {
            return Err(PicturesError::NoProduct(sku.clone()).into());
        }
        pictures::set(&mut tx, shop, sku, Some(picture)).await?;
    }
    let change = Change::PicturesImported { pictures: read.len() as u64 };
    changes::note(&mut tx, shop, COMMAND_LINE, change, clock::now_ms()).await?;
    shop::config_changed(&mut tx, shop).await?;
    tx.commit().await?;
    println!("{} pictures imported.", read.len());
    Ok(())
}
