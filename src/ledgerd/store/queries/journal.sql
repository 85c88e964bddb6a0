-- The journal: placing commits, and reading on from a cursor.

-- name: head
SELECT epoch, position FROM journal_head

-- name: take_head
SELECT position, chain FROM journal_head FOR UPDATE SKIP LOCKED

-- name: take_unplaced
-- Every commit that is visible and not placed, in order-key order. A commit that depends on another
-- has the higher key and cannot be visible before it, so the order respects what caused what.
WITH next AS (
    SELECT order_key FROM journal_unplaced ORDER BY order_key LIMIT $1
), taken AS (
    DELETE FROM journal_unplaced u USING next WHERE u.order_key = next.order_key
    RETURNING u.order_key, u.journal_id
)
SELECT j.id, j.entries, j.digest FROM taken JOIN journal j ON j.id = taken.journal_id ORDER BY taken.order_key

-- name: place
-- One wake-up per tick, however many commits it places.
WITH placed AS (
    INSERT INTO positions (position, journal_id, chain)
    SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[])
), moved AS (
    UPDATE journal_head SET position = $4, chain = $5
)
SELECT pg_notify('ledgerd_head', $4::text)

-- name: commits_after
SELECT p.position, j.id, j.entries
FROM positions p JOIN journal j ON j.id = p.journal_id
WHERE p.position >= $1 AND p.position <= $2 AND (p.position > $1 OR j.entries > $3)
ORDER BY p.position LIMIT $4

-- name: transitions_between
SELECT r.id AS transition_id, r.kind AS transition_kind, r.status AS status_then,
       r.committed AS committed_then, r.voided AS voided_then, r.refunded AS refunded_then, r.recorded_at AS transition_at,
       r.transaction_id, r.caused_by, r.details
FROM unnest($1::uuid[], $2::uuid[]) AS part(low, high)
CROSS JOIN LATERAL (
    SELECT * FROM transitions WHERE id >= part.low AND id <= part.high ORDER BY id LIMIT 16777215
) AS r

-- name: events_between
SELECT e.id, e.kind, e.subject_id, e.balance_id, e.payload, e.recorded_at
FROM unnest($1::uuid[], $2::uuid[]) AS part(low, high)
CROSS JOIN LATERAL (
    SELECT * FROM events WHERE id >= part.low AND id <= part.high ORDER BY id LIMIT 16777215
) AS e
