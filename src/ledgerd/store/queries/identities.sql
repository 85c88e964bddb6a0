-- Identities. The column attributes has the details of the person or organization and the address, by the names of
-- the contract; a detail that was not given is absent.

-- name: select
-- All columns of an identity that callers are shown.
SELECT t.id, t.identity_type, t.attributes, t.metadata, t.created_at, t.updated_at FROM identities t

-- name: insert
-- A new identity.
INSERT INTO identities (id, identity_type, attributes, metadata, request_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)

-- name: update
-- New settings of an identity. $2 are the attributes that change, $3 their new values; null metadata leaves the
-- column as it is.
UPDATE identities
SET attributes = (attributes - $2::text[]) || $3::jsonb, metadata = COALESCE($4::jsonb, metadata), updated_at = $5
WHERE id = $1

-- name: lock
-- The type of an identity, locked for an update.
SELECT identity_type FROM identities WHERE id = $1 FOR NO KEY UPDATE

-- name: lock_existence
-- Whether an identity exists. The lock keeps everybody from deleting it until this transaction commits.
SELECT true FROM identities WHERE id = $1 FOR KEY SHARE

-- name: lock_to_delete
-- Whether an identity exists, locked for its deletion. The lock waits for balances that are being linked, and keeps
-- further ones away.
SELECT true FROM identities WHERE id = $1 FOR UPDATE

-- name: count_balances
-- The number of balances that are linked to an identity.
SELECT count(*) FROM balances WHERE identity_id = $1

-- name: delete
-- The end of an identity.
DELETE FROM identities WHERE id = $1
