-- The server's tables. The same text serves SQLite and PostgreSQL: BYTES stands for BLOB or BYTEA.
--
-- Everything is keyed by shop first, so that a cluster can be spread by shop; there is no sequence across tills.
-- `entries` is the truth. `sales` and `shifts` are projections of it; `epochs` holds what is known of a chain's head.
-- A row in `entries` is never changed and never deleted. What cannot stand there stands in `quarantine`.

CREATE TABLE shops (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    tax_mode TEXT NOT NULL,
    taxes TEXT NOT NULL,
    receipt_head TEXT NOT NULL,
    receipt_foot TEXT NOT NULL,
    idle_lock_minutes BIGINT NOT NULL,
    config_version BIGINT NOT NULL,
    config_at_ms BIGINT NOT NULL,
    server_epoch BIGINT NOT NULL,
    backed_up BIGINT NOT NULL
);

CREATE TABLE categories (
    shop BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (shop, id)
);

CREATE TABLE products (
    shop BIGINT NOT NULL,
    sku TEXT NOT NULL,
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    variant TEXT,
    category BIGINT NOT NULL,
    price_minor BIGINT NOT NULL,
    taxes TEXT NOT NULL,
    barcodes TEXT NOT NULL,
    price_embedded BIGINT NOT NULL,
    PRIMARY KEY (shop, sku)
);

-- A person who left keeps their row: old entries name them.
CREATE TABLE staff (
    shop BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    active BIGINT NOT NULL,
    PRIMARY KEY (shop, id)
);

-- epoch: the newest enrolment, 0 while the till waits for its first. next_epoch jumps when a backup is restored, so that
-- an epoch that was given out after that backup is never given out again.
CREATE TABLE tills (
    shop BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    next_epoch BIGINT NOT NULL,
    PRIMARY KEY (shop, id)
);

-- One life of a till, and the head of its chain. `escrow` is the journal key, sealed to the server.
CREATE TABLE epochs (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    till_key BYTES NOT NULL,
    record BYTES NOT NULL,
    enrolled_at_ms BIGINT NOT NULL,
    escrow BYTES,
    head_seq BIGINT NOT NULL,
    head_hash BYTES NOT NULL,
    head_at_ms BIGINT NOT NULL,
    turnover BIGINT NOT NULL,
    open_shift BIGINT,
    safe_seq BIGINT NOT NULL,
    last_ack_at_ms BIGINT,
    last_created_s BIGINT NOT NULL,
    PRIMARY KEY (shop, till, epoch)
);

CREATE TABLE first_pins (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    staff BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, till, epoch, staff)
);

-- signed: the till's exact bytes. record: the sealed record as it came, kept where it could not be opened or verified.
CREATE TABLE entries (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTES NOT NULL,
    kind TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    staff BIGINT,
    flags TEXT NOT NULL,
    signed BYTES,
    record BYTES,
    received_at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq)
);

CREATE TABLE quarantine (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTES NOT NULL,
    reason TEXT NOT NULL,
    signed BYTES,
    record BYTES NOT NULL,
    received_at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq, hash)
);

-- Figures as the server reckoned them. body: lines and tenders, JSON.
CREATE TABLE sales (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    staff BIGINT,
    currency TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    net_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    rounding_minor BIGINT NOT NULL,
    flags TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq)
);

CREATE INDEX sales_newest ON sales (shop, received_at_ms, till, epoch, seq);

CREATE TABLE shifts (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    staff BIGINT,
    report TEXT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq)
);

CREATE TABLE alerts (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq, kind)
);

-- hash: HMAC of the code under a key that is not in the database. used_by: who asked, so that a lost answer can be given again.
CREATE TABLE codes (
    shop BIGINT NOT NULL,
    hash BYTES NOT NULL,
    purpose TEXT NOT NULL,
    till BIGINT NOT NULL,
    staff BIGINT,
    expires_at_ms BIGINT NOT NULL,
    used_at_ms BIGINT,
    used_by BYTES,
    used_epoch BIGINT,
    PRIMARY KEY (shop, hash)
);

CREATE TABLE owners (
    shop BIGINT NOT NULL,
    login TEXT NOT NULL,
    password TEXT NOT NULL,
    PRIMARY KEY (shop, login)
);

CREATE TABLE sessions (
    shop BIGINT NOT NULL,
    hash BYTES NOT NULL,
    login TEXT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, hash)
);
