-- The conditions that a tile's rows must fulfil, one a line; NULL for none.
ALTER TABLE data_tile ADD COLUMN condition TEXT;
