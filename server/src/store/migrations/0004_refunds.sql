-- Refunds stand among the sales, with amounts that are negative: a sum over both is net of what was given back.
-- of_*: the sale that a refund is of, which may be another till's and may not have arrived.
ALTER TABLE sales ADD COLUMN kind TEXT NOT NULL DEFAULT 'sale';
ALTER TABLE sales ADD COLUMN of_till BIGINT;
ALTER TABLE sales ADD COLUMN of_epoch BIGINT;
ALTER TABLE sales ADD COLUMN of_seq BIGINT;
ALTER TABLE sales ADD COLUMN reason TEXT;
CREATE INDEX sales_refunded ON sales (shop, of_till, of_epoch, of_seq);
