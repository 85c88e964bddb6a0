-- migrate:up

-- Whether the run for what arrived ended without a result, and is begun again: once.
ALTER TABLE source_arrivals ADD COLUMN is_repeated boolean NOT NULL DEFAULT false;

-- migrate:down

ALTER TABLE source_arrivals DROP COLUMN is_repeated;
