-- migrate:up

-- The journal tells digests of settings from now on; that of an identity is salted, and the salt goes with the row.
ALTER TABLE identities ADD COLUMN salt uuid NOT NULL DEFAULT gen_random_uuid();

-- migrate:down

ALTER TABLE identities DROP COLUMN salt;
