-- Customers. What is known of a person stands in `customer_records` alone, and is deleted when they ask for it; the journal's
-- entries hold an id and a salted digest.

-- version: goes up with every transaction that changes something; its row is the lock, as with stock.
CREATE TABLE customer_state (
    shop BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (shop)
);

-- leader: of all ids that are one person, the smallest. erased_at_ms: nothing is known of it any more, and nothing will be.
CREATE TABLE customers (
    shop BIGINT NOT NULL,
    id BYTES NOT NULL,
    leader BYTES NOT NULL,
    erased_at_ms BIGINT,
    version BIGINT NOT NULL,
    PRIMARY KEY (shop, id)
);
CREATE INDEX customers_led ON customers (shop, leader);
CREATE INDEX customers_changed ON customers (shop, version);

-- One for each entry `customer_saved`, as it came. *_key: the same address or number whatever its spelling; empty for none.
CREATE TABLE customer_records (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    customer BYTES NOT NULL,
    at_ms BIGINT NOT NULL,
    staff BIGINT,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    email_key TEXT NOT NULL,
    phone_key TEXT NOT NULL,
    salt BYTES NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq)
);
CREATE INDEX customer_records_of ON customer_records (shop, customer);
CREATE INDEX customer_records_email ON customer_records (shop, email_key);
CREATE INDEX customer_records_phone ON customer_records (shop, phone_key);

-- Whose a sale is; a column of its own, so that nothing has to look into bodies.
ALTER TABLE sales ADD COLUMN customer BYTES;
CREATE INDEX sales_of_customer ON sales (shop, customer);
