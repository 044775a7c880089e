-- How a product is sold, where that is not simply by the piece at its price: units, open prices, favourites, modifiers (JSON).
ALTER TABLE products ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
