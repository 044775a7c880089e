-- Products' pictures: small WebP or JPEG files (core::image) by their SHA-256, and which product has which. A product that leaves the
-- catalogue and comes back with the next import has its picture again.
CREATE TABLE pictures (
    shop BIGINT NOT NULL,
    hash BYTES NOT NULL,
    picture BYTES NOT NULL,
    PRIMARY KEY (shop, hash)
);

CREATE TABLE product_pictures (
    shop BIGINT NOT NULL,
    sku TEXT NOT NULL,
    hash BYTES NOT NULL,
    PRIMARY KEY (shop, sku)
);
