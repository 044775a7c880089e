-- What of a sale's total was no turnover: gift cards that were sold with it, and the tip.
ALTER TABLE sales ADD COLUMN gifts_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sales ADD COLUMN tip_minor BIGINT NOT NULL DEFAULT 0;

-- card: HMAC of the code under the shop's key, cut to 16 bytes. The code itself is nowhere here.
CREATE TABLE gift_cards (
    shop BIGINT NOT NULL,
    card BYTES NOT NULL,
    last4 TEXT NOT NULL,
    until_ms BIGINT,
    blocked_at_ms BIGINT,
    blocked_by TEXT,
    PRIMARY KEY (shop, card)
);

-- A card's balance is the sum of these, in whatever order they came. seq is the sale, refund, or the sale that a void took back;
-- kind and part tell several things of one entry apart.
CREATE TABLE gift_entries (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    part BIGINT NOT NULL,
    card BYTES NOT NULL,
    amount_minor BIGINT NOT NULL,
    offline BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    staff BIGINT,
    received_at_ms BIGINT NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq, kind, part)
);
CREATE INDEX gift_entries_card ON gift_entries (shop, card);

-- What a till is to be told of: it took more from a card than was on it. told: its journal has it.
CREATE TABLE gift_overdrawn (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    card BYTES NOT NULL,
    over_minor BIGINT NOT NULL,
    told BIGINT NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq, card)
);
