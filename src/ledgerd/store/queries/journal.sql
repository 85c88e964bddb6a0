-- The journal: placing commits, and reading on from a cursor.

-- name: head
-- The head of the journal, and the hash of the chain at two positions: the last known position, and a position that a
-- caller names.
SELECT epoch, position, chain,
       (SELECT p.chain FROM positions p WHERE p.position = $1) AS chain_known,
       (SELECT p.chain FROM positions p WHERE p.position = $2) AS chain_requested
FROM journal_head

-- name: channel
-- The name of a ledger's wake-ups inside its database. A channel's name has at most 63 bytes.
SELECT 'ledgerd_head_' || CASE WHEN octet_length(current_schema()) <= 50 THEN current_schema()
                               ELSE md5(current_schema()) END

-- name: take_head
-- The head of the journal, locked for placing commits; no row while another process places them.
SELECT epoch, position, chain, (SELECT p.chain FROM positions p WHERE p.position = $1) AS chain_known
FROM journal_head FOR UPDATE SKIP LOCKED

-- name: take_unplaced
-- Every commit that is visible and not placed, in order-key order. A commit that depends on another one has the
-- higher key and cannot be visible before it, so the order respects what caused what.
WITH next AS (
    SELECT order_key FROM journal_unplaced ORDER BY order_key LIMIT $1
), taken AS (
    DELETE FROM journal_unplaced u USING next WHERE u.order_key = next.order_key
    RETURNING u.order_key, u.journal_id
)
SELECT j.id, j.entries, j.digest FROM taken JOIN journal j ON j.id = taken.journal_id ORDER BY taken.order_key

-- name: place
-- The positions of commits, the new head, and one wake-up, however many commits are placed.
WITH placed AS (
    INSERT INTO positions (position, journal_id, chain)
    SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[])
), moved AS (
    UPDATE journal_head SET position = $4, chain = $5
)
SELECT pg_notify($6, $4::text)

-- name: commits_from
-- The next commits from a cursor. The commit at which the cursor stands comes first: it proves that the cursor is of
-- this history. The head may have gone back behind it.
SELECT p.position, p.chain, j.id, j.entries
FROM positions p JOIN journal j ON j.id = p.journal_id
WHERE p.position >= $1 AND p.position <= GREATEST($1, $2)
ORDER BY p.position LIMIT $3

-- name: commit
-- The commit with this id, if it has a position.
SELECT h.epoch, p.position, p.chain, j.entries
FROM journal_head h, journal j JOIN positions p ON p.journal_id = j.id
WHERE j.id = $1

-- name: transitions_between
-- The transitions of some commits, in order.
SELECT r.id AS transition_id, r.kind AS transition_kind, r.status AS status_then,
       r.committed AS committed_then, r.voided AS voided_then, r.refunded AS refunded_then, r.recorded_at AS transition_at,
       r.transaction_id, r.caused_by, r.details
FROM unnest($1::uuid[], $2::uuid[]) AS part(low, high)
CROSS JOIN LATERAL (
    SELECT * FROM transitions WHERE id >= part.low AND id <= part.high ORDER BY id LIMIT 16777215
) AS r

-- name: events_between
-- The events of the kinds $3 of some commits, in order.
SELECT e.id, e.kind, e.payload, e.recorded_at
FROM unnest($1::uuid[], $2::uuid[]) AS part(low, high)
CROSS JOIN LATERAL (
    SELECT * FROM events WHERE id >= part.low AND id <= part.high AND kind = ANY($3::text[]) ORDER BY id LIMIT 16777215
) AS e

-- name: renew_epoch
-- A new name of this history: cursors of the old one are rejected from here on.
UPDATE journal_head SET epoch = replace(gen_random_uuid()::text, '-', '')
