-- Identities. The column attributes has the details of the person or organization and the address, by the names of
-- the contract; a detail that was not given is absent.

-- name: select
-- All columns of an identity that callers are shown.
SELECT t.id, t.identity_type, t.attributes, t.metadata, t.created_at, t.updated_at, t.revision FROM identities t

-- name: insert
-- A new identity.
INSERT INTO identities (id, identity_type, attributes, metadata, request_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)

-- name: update
-- New settings of an identity. $2 are the attributes that change, $3 their new values; null metadata leaves the
-- column as it is. No row where nothing changes.
UPDATE identities t
SET attributes = (attributes - $2::text[]) || $3::jsonb, metadata = COALESCE($4::jsonb, metadata), updated_at = $5,
    revision = revision + 1
WHERE t.id = $1
  AND (attributes, metadata) IS DISTINCT FROM ((attributes - $2::text[]) || $3::jsonb, COALESCE($4::jsonb, metadata))
RETURNING t.id, t.identity_type, t.attributes, t.metadata, t.created_at, t.updated_at, t.revision

-- name: lock_existence
-- Whether an identity exists. The lock keeps everybody from deleting it until this transaction commits.
SELECT true FROM identities WHERE id = $1 FOR KEY SHARE

-- name: lock_to_delete
-- An identity's revision, locked for its deletion. The lock waits for balances and transactions that are being linked,
-- and keeps further ones away.
SELECT id, revision FROM identities WHERE id = $1 FOR UPDATE

-- name: count_balances
-- The number of balances that are linked to an identity, as far as a bound.
SELECT count(*) FROM (SELECT FROM balances WHERE identity_id = $1 LIMIT $2) AS linked

-- name: count_transactions
-- The number of transactions that concern an identity, as far as a bound.
SELECT count(*) FROM (SELECT FROM transaction_identities WHERE identity_id = $1 LIMIT $2) AS linked

-- name: delete
-- The end of an identity.
DELETE FROM identities WHERE id = $1
