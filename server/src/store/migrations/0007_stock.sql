-- Stock: a level for each article, which is the sum of its movements; nothing ever sets it.

-- version: goes up with every transaction that moves something; its row is the lock that all of them take, so that whoever has
-- seen a version has seen all that came before it. There is a row once stock of any article is kept.
CREATE TABLE stock_state (
    shop BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (shop)
);

-- low_milli: from there down it is marked; nothing, while no stock is kept of the article any more. version: of the last change.
CREATE TABLE stock_levels (
    shop BIGINT NOT NULL,
    sku TEXT NOT NULL,
    level_milli BIGINT NOT NULL,
    low_milli BIGINT,
    version BIGINT NOT NULL,
    PRIMARY KEY (shop, sku)
);
CREATE INDEX stock_changed ON stock_levels (shop, version, sku);

-- What moved a level: an entry of a till's journal, once; or the office, as till 0 and epoch 0, with the version as its place.
-- expected_milli, counted_milli, known: of a count, with the version of the levels that it was held against.
CREATE TABLE stock_moves (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    sku TEXT NOT NULL,
    delta_milli BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    staff BIGINT,
    by_login TEXT,
    reason TEXT NOT NULL,
    expected_milli BIGINT,
    counted_milli BIGINT,
    known BIGINT,
    version BIGINT NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq, sku)
);
CREATE INDEX stock_moves_of ON stock_moves (shop, sku, version);
