-- migrate:up

-- What is effective before closed_before takes no further movement. Null: nothing was ever closed.
-- A column without a default costs no rewrite, and servers that do not know it yet are not disturbed.
ALTER TABLE ledgers ADD COLUMN closed_before timestamptz;

-- migrate:down

ALTER TABLE ledgers DROP COLUMN closed_before;
