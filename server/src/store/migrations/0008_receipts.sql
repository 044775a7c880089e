-- Receipts that were asked for by e-mail: one row for each entry that asks, by its place.
-- address: NULL once the mail was sent or given up, and where it did not arrive with the entry. Nobody needs it any more, and the
-- journal holds only its hash.
CREATE TABLE mails (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTES NOT NULL,
    of_till BIGINT NOT NULL,
    of_epoch BIGINT NOT NULL,
    of_seq BIGINT NOT NULL,
    staff BIGINT,
    at_ms BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    address TEXT,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at_ms BIGINT NOT NULL,
    trouble TEXT NOT NULL,
    done_at_ms BIGINT,
    PRIMARY KEY (shop, till, epoch, seq)
);
CREATE INDEX mails_due ON mails (shop, state, next_at_ms);
-- The logo at the receipt's head, as barrow_core::receipt::Raster is written in JSON.
ALTER TABLE shops ADD COLUMN receipt_logo TEXT;
