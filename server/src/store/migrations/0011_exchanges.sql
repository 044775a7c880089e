-- What the last entry of an epoch, the refund of an exchange, leaves to be paid for by the sale that must follow it.
ALTER TABLE epochs ADD COLUMN set_off_minor BIGINT NOT NULL DEFAULT 0;
