-- migrate:up

-- How often the settings of a resource were changed. Etags are made of it, so it never falls.

ALTER TABLE ledgers ADD COLUMN revision bigint NOT NULL DEFAULT 1;
ALTER TABLE identities ADD COLUMN revision bigint NOT NULL DEFAULT 1;
ALTER TABLE balances ADD COLUMN revision bigint NOT NULL DEFAULT 1;
ALTER TABLE monitors ADD COLUMN revision bigint NOT NULL DEFAULT 1;

-- migrate:down

ALTER TABLE ledgers DROP COLUMN revision;
ALTER TABLE identities DROP COLUMN revision;
ALTER TABLE balances DROP COLUMN revision;
ALTER TABLE monitors DROP COLUMN revision;
