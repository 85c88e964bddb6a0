-- Ledgers. Every statement returns whole rows, with the columns of "select".

-- name: select
SELECT id, name, metadata, created_at, updated_at FROM ledgers

-- name: find
SELECT id, name, metadata, created_at, updated_at FROM ledgers WHERE id = $1

-- name: insert
INSERT INTO ledgers (id, name, metadata, request_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $5)
RETURNING id, name, metadata, created_at, updated_at

-- name: update
-- A null leaves the column as it is.
UPDATE ledgers
SET name = COALESCE($2, name), metadata = COALESCE($3, metadata), updated_at = $4
WHERE id = $1
RETURNING id, name, metadata, created_at, updated_at
