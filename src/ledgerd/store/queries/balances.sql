-- Balances. Every statement that returns balances has the columns of "select" in this order, which
-- wire/encode.py relies on.

-- name: select
SELECT t.id, t.ledger_id, t.identity_id, t.indicator, t.currency, t.precision,
       t.version, t.credit, t.debit, t.inflight_credit, t.inflight_debit,
       t.floor, t.group_name, t.tag, t.track_fund_lineage, t.allocation_strategy, t.metadata,
       t.created_at, t.updated_at, t.state, t.ceiling
FROM balances t

-- name: ledger_exists
SELECT true FROM ledgers WHERE id = $1

-- name: lock_identity
-- Until commit nobody deletes the identity.
SELECT true FROM identities WHERE id = $1 FOR KEY SHARE

-- name: insert
INSERT INTO balances (id, ledger_id, identity_id, indicator, currency, precision, floor, group_name, tag,
                      track_fund_lineage, allocation_strategy, metadata, request_id, moved_at, created_at, updated_at,
                      ceiling)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $14, $15)

-- name: update
-- The version counts what decisions read: of these settings, the floor and the ceiling. An update that expected a
-- version ($11) counts as well, or another one could expect the same.
UPDATE balances
SET identity_id = $2, floor = $3, group_name = $4, tag = $5, track_fund_lineage = $6, allocation_strategy = $7,
    metadata = $8, updated_at = $9, ceiling = $10,
    version = version + (floor IS DISTINCT FROM $3 OR ceiling IS DISTINCT FROM $10 OR $11)::int
WHERE id = $1

-- name: set_state
-- It counts as a movement of its time: what moves later is not recorded as earlier, on any server.
UPDATE balances SET state = $2, version = version + 1, updated_at = $3, moved_at = GREATEST(moved_at, $3) WHERE id = $1

-- name: bump
-- Something that decisions read, other than figures, has changed: a monitor.
UPDATE balances SET version = version + 1 WHERE id = $1
