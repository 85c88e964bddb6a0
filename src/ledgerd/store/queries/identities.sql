-- Identities. attributes has the details of the person or organization and the address, by the
-- names of the contract; what was not given is left out.

-- name: select
SELECT t.id, t.identity_type, t.attributes, t.metadata, t.created_at, t.updated_at FROM identities t

-- name: insert
INSERT INTO identities (id, identity_type, attributes, metadata, request_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)

-- name: update
-- $2 are the attributes that change, $3 their new values; null metadata stays as it is.
UPDATE identities
SET attributes = (attributes - $2::text[]) || $3::jsonb, metadata = COALESCE($4::jsonb, metadata), updated_at = $5
WHERE id = $1

-- name: lock
SELECT identity_type FROM identities WHERE id = $1 FOR NO KEY UPDATE

-- name: lock_to_delete
-- Waits for balances that are being linked, and keeps others from it.
SELECT true FROM identities WHERE id = $1 FOR UPDATE

-- name: count_balances
SELECT count(*) FROM balances WHERE identity_id = $1

-- name: delete
DELETE FROM identities WHERE id = $1
