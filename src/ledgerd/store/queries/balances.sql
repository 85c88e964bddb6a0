-- Balances. Every statement that returns balances has the columns of "select" in this order: wire/encode.py relies on
-- it.

-- name: select
-- All columns of a balance that callers are shown.
SELECT t.id, t.ledger_id, t.identity_id, t.indicator, t.currency, t.precision,
       t.version, t.credit, t.debit, t.inflight_credit, t.inflight_debit,
       t.floor, t.group_name, t.tag, t.track_fund_lineage, t.allocation_strategy, t.metadata,
       t.created_at, t.updated_at, t.status, t.ceiling, t.revision
FROM balances t

-- name: insert
-- A new balance, without figures.
INSERT INTO balances (id, ledger_id, identity_id, indicator, currency, precision, floor, group_name, tag,
                      track_fund_lineage, allocation_strategy, metadata, request_id, moved_at, created_at, updated_at,
                      ceiling)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $14, $15)

-- name: update
-- New settings of a balance. The revision counts every change of settings, the version those that decisions read: the
-- floor and the ceiling. No row where nothing changes.
UPDATE balances
SET identity_id = $2, floor = $3, group_name = $4, tag = $5, track_fund_lineage = $6, allocation_strategy = $7,
    metadata = $8, updated_at = $9, ceiling = $10,
    revision = revision + 1, version = version + (floor IS DISTINCT FROM $3 OR ceiling IS DISTINCT FROM $10)::int
WHERE id = $1
  AND (identity_id, floor, group_name, tag, track_fund_lineage, allocation_strategy, metadata, ceiling)
      IS DISTINCT FROM ($2, $3, $4, $5, $6, $7, $8, $10)
RETURNING true

-- name: set_status
-- A new status of a balance: open, frozen or closed. The change counts as a movement of its time, so that no server
-- records a later movement with an earlier time.
UPDATE balances
SET status = $2, revision = revision + 1, version = version + 1, updated_at = $3, moved_at = GREATEST(moved_at, $3)
WHERE id = $1

-- name: bump
-- A new version of a balance because a monitor of it changed: decisions read monitors.
UPDATE balances SET version = version + 1 WHERE id = $1
