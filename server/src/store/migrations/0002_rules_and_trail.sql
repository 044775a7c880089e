-- The shop's rules; what the audit trail is filtered by; sales that were taken back; the office's own journal.

-- An empty object is the presets. The tills are to fetch it, so the configuration gets its next version.
ALTER TABLE shops ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';
UPDATE shops SET config_version = config_version + 1;

-- Both follow from the signed bytes, which stay the truth. about: the person beside the one who did it.
ALTER TABLE entries ADD COLUMN topic TEXT NOT NULL DEFAULT 'tablet';
ALTER TABLE entries ADD COLUMN about BIGINT;
UPDATE entries SET topic = CASE
    WHEN kind IN ('log_in', 'log_in_failed', 'locked') THEN 'sign-in'
    WHEN kind = 'sale' THEN 'sales'
    WHEN kind IN ('shift_opened', 'shift_closed') THEN 'cash'
    WHEN kind = 'config_applied' THEN 'settings'
    ELSE 'tablet' END
WHERE record IS NULL;
CREATE INDEX entries_newest ON entries (shop, received_at_ms, till, epoch, seq);

ALTER TABLE shifts ADD COLUMN opened_by BIGINT;

-- Keyed by the sale, so that it is voided once; void_seq is the entry that did it. A sale may turn up after its void.
CREATE TABLE voids (
    shop BIGINT NOT NULL,
    till BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    void_seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    staff BIGINT,
    reason TEXT NOT NULL,
    PRIMARY KEY (shop, till, epoch, seq)
);

-- What was changed in the office. record: the exact JSON; hash: its SHA-256, which the next record names as `prev`.
-- about: the person concerned. A row is never changed and never deleted.
CREATE TABLE office_changes (
    shop BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    about BIGINT,
    record TEXT NOT NULL,
    hash BYTES NOT NULL,
    PRIMARY KEY (shop, seq)
);
