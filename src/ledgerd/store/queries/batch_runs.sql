-- Batches that are applied in the background.

-- name: load
-- The number of accepted batches that are not finished, and the bytes of their payloads.
SELECT count(*) AS runs, COALESCE(sum(octet_length(payload)), 0)::bigint AS bytes FROM batch_runs

-- name: accept
-- A batch that was accepted, with its operations.
INSERT INTO batch_runs (id, mode, payload, operations, rejected, accepted_at, metadata)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: lease
-- Leases of batches that nobody has a lease of, the oldest first. A batch for which a commit is under way is locked,
-- and passed over.
WITH free AS MATERIALIZED (
    SELECT id FROM batch_runs WHERE leased_until IS NULL OR leased_until < clock_timestamp()
    ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE batch_runs r SET lease_token = $1, leased_until = clock_timestamp() + $2, status = 'RUNNING'
FROM free WHERE r.id = free.id
RETURNING r.id

-- name: read
-- A batch, for the process that has the lease.
SELECT mode, payload, operations, next_index, accepted_at, metadata FROM batch_runs WHERE id = $1 AND lease_token = $2

-- name: rejected_indexes
-- The places of a batch's operations that were rejected.
SELECT index FROM batch_rejections WHERE batch_id = $1

-- name: renew
-- A longer time for leases that a process still has.
UPDATE batch_runs r SET leased_until = clock_timestamp() + $3
FROM unnest($1::uuid[], $2::uuid[]) AS lease(id, token)
WHERE r.id = lease.id AND r.lease_token = lease.token

-- name: release
-- The end of leases that a process still has.
UPDATE batch_runs r SET lease_token = NULL, leased_until = NULL
FROM unnest($1::uuid[], $2::uuid[]) AS lease(id, token)
WHERE r.id = lease.id AND r.lease_token = lease.token

-- name: stand
-- The current lease of each of these batches. The rows stay locked to the end of the transaction: the commit of a
-- piece and the takeover of the batch by another process come one after the other.
SELECT r.id, r.lease_token FROM batch_runs r WHERE r.id = ANY($1::text::uuid[]) ORDER BY r.id FOR SHARE

-- name: reject
-- The rejections of operations of a batch.
INSERT INTO batch_rejections (batch_id, index, reference, rejection)
SELECT $1, index, reference, rejection FROM unnest($2::int[], $3::text[], $4::text[])
    AS rejected(index, reference, rejection)

-- name: advance
-- The progress of a batch, counted from what is recorded and not added up: a process that died may have recorded a
-- piece without saying so. An operation that was neither recorded nor rejected repeats one that others recorded.
WITH counted AS (
    SELECT (SELECT count(*) FROM transactions t WHERE t.batch_id = $1 AND t.header_id IS NULL) AS posted,
           count(*) AS rejected, count(*) FILTER (WHERE index < $3) AS rejected_before
    FROM batch_rejections WHERE batch_id = $1
)
UPDATE batch_runs r
SET next_index = $3, posted = c.posted, rejected = c.rejected, replayed = $3 - c.posted - c.rejected_before
FROM counted c WHERE r.id = $1 AND r.lease_token = $2
RETURNING r.posted, r.replayed, r.rejected

-- name: rejections_digest
-- The digest of a batch's rejections. verify.sql computes the same.
SELECT encode(sha256(convert_to(string_agg(format('%s %s %s', index, reference, rejection), E'\n' ORDER BY index),
                                'UTF8')), 'hex')
FROM batch_rejections WHERE batch_id = $1

-- name: finish
-- The end of a batch's run, for the process that has the lease.
DELETE FROM batch_runs WHERE id = $1 AND lease_token = $2 RETURNING id

-- name: rejections
-- A page of a batch's rejections, in the order of the operations.
SELECT index, reference, rejection FROM batch_rejections WHERE batch_id = $1 AND index > $2 ORDER BY index LIMIT $3
