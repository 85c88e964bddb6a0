-- Reconciliation statements that are kept.

-- name: select
-- Statements without the items of their lists.
SELECT t.id, t.source_id, t.currency, t.day, t.status, t.figures, t.moment, t.digest, t.created_by, t.created_at,
       t.confirmed_by, t.confirmed_at, t.confirm_reason, (SELECT h.epoch FROM journal_head h) AS epoch
FROM reconciliation_statements t

-- name: lock
-- The lock of a statement until the end of the transaction.
SELECT true FROM reconciliation_statements WHERE id = $1 FOR UPDATE

-- name: insert
-- A new statement.
INSERT INTO reconciliation_statements (id, source_id, currency, day, basis, figures, moment, digest, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: add_items
-- Items of the lists of a statement: $2 names the list of each, $3 its place.
INSERT INTO reconciliation_statement_items (statement_id, list, place, item)
SELECT $1, a.list, a.place, a.item FROM unnest($2::text[], $3::integer[], $4::json[]) AS a(list, place, item)

-- name: items
-- The first items of each list of a statement, at most $2 of each.
SELECT list, item FROM reconciliation_statement_items WHERE statement_id = $1 AND place < $2 ORDER BY list, place

-- name: confirm
-- Somebody confirms a statement.
UPDATE reconciliation_statements SET status = 'CONFIRMED', confirmed_by = $2, confirmed_at = $3, confirm_reason = $4
WHERE id = $1
