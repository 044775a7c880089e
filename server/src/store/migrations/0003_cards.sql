-- Card payments on their way to the processor; what the processor publishes; payments at terminals that are not connected.

-- settings: how cards are taken here (JSON); an empty object is "not at all". The tills are to fetch it.
ALTER TABLE shops ADD COLUMN cards TEXT NOT NULL DEFAULT '{}';
UPDATE shops SET config_version = config_version + 1;

-- One card payment of one sale. `payment` (16 bytes) is its identity for till, server and processor, and the idempotency key.
-- jwe: the card, sealed to the processor; gone once there is nothing left to ask. The signed entry keeps its own copy.
-- state: waiting (the processor never got it), asking (a server asks now, until next_at_ms), unknown (it may have got it),
--   approved, declined, held (not asked, `reason` says why), cancelled (its sale was voided first), reversing, reversed.
-- attempts: goes up with each try, so that a server that comes back late does not overwrite a newer one's work.
-- told: the till's journal has the outcome.
CREATE TABLE payments (
    shop BIGINT NOT NULL,
    payment BYTES NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    staff BIGINT,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    brand TEXT NOT NULL,
    last4 TEXT NOT NULL,
    mode TEXT NOT NULL,
    kid TEXT NOT NULL,
    jwe TEXT,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at_ms BIGINT NOT NULL,
    decided_at_ms BIGINT,
    authorization_code TEXT,
    reason TEXT,
    told BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, payment)
);

CREATE INDEX payments_due ON payments (shop, state, next_at_ms);
CREATE INDEX payments_untold ON payments (shop, till, told, state);
CREATE INDEX payments_of_sale ON payments (shop, till, epoch, seq);
CREATE INDEX payments_newest ON payments (shop, received_at_ms, payment);

-- The processor's public keys, as last published.
CREATE TABLE processor_keys (
    shop BIGINT NOT NULL,
    kid TEXT NOT NULL,
    n BYTES NOT NULL,
    e BYTES NOT NULL,
    from_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, kid)
);

CREATE TABLE hot_lists (
    shop BIGINT NOT NULL,
    hash BYTES NOT NULL,
    list BYTES NOT NULL,
    bytes BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    key BYTES NOT NULL,
    made_at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop)
);

-- Readers that tills have told of, to choose from when one is pinned.
CREATE TABLE readers_seen (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    vendor BIGINT NOT NULL,
    product BIGINT NOT NULL,
    serial TEXT NOT NULL,
    name TEXT NOT NULL,
    firmware TEXT NOT NULL,
    clear BIGINT NOT NULL,
    last_at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, till, vendor, product, serial)
);

-- A projection, as `sales` is: tenders of the kind `external`. n: the tender's place in its sale.
CREATE TABLE terminal_payments (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    n BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    staff BIGINT,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq, n)
);

CREATE INDEX terminal_payments_by_time ON terminal_payments (shop, at_ms);

-- What a terminal's own batch report said for a day, and what the tills had noted then. A row is never changed.
CREATE TABLE terminal_totals (
    shop BIGINT NOT NULL,
    day TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    by_login TEXT NOT NULL,
    reported_minor BIGINT NOT NULL,
    noted_minor BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (shop, day, at_ms)
);

-- An alert may be about one of several things at its place, say what exactly, and be answered.
CREATE TABLE alerts_new (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    detail TEXT NOT NULL,
    answered_at_ms BIGINT,
    answered_by TEXT,
    answer TEXT,
    PRIMARY KEY (shop, till, epoch, seq, kind, about)
);
INSERT INTO alerts_new (shop, till, epoch, seq, kind, about, at_ms, detail)
    SELECT shop, till, epoch, seq, kind, '', at_ms, '' FROM alerts;
DROP TABLE alerts;
ALTER TABLE alerts_new RENAME TO alerts;
