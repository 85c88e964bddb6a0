-- What was accepted and is not applied yet.

-- name: select
-- Transactions as Deferred wants them. Those that do not wait are read too: an order about them is rejected.
SELECT t.id, t.kind, t.status, t.reference, t.currency, t.precision, t.amount, t.source_id, t.destination_id,
       t.allow_overdraft, t.overdraft_limit, t.effective_at, t.description, t.expires_at, t.commits_at,
       t.allow_over_commit, t.parent_id, t.scheduled_at, t.batch_id, t.header_id, t.leg_count, t.request_json,
       clock_timestamp() AS now
FROM transactions t

-- name: counts
-- How much each of these is, its legs counted.
SELECT id, 1 + COALESCE(leg_count, 0) AS count FROM transactions WHERE id = ANY($1::text::uuid[])

-- name: queue_after
-- The oldest of what is to be applied as soon as can be, for each source in the order of acceptance. Ordered by
-- both columns of the index, though the first is null: else it is not seen that the index has this order.
SELECT d.seq, d.transaction_id FROM due d
WHERE d.due_at IS NULL AND d.seq > $1 ORDER BY d.due_at, d.seq LIMIT $2

-- name: is_queued
-- Whether anything is queued: asked many times a second, mostly of an empty queue. The first by the index needs no statistics.
SELECT d.seq FROM due d WHERE d.due_at IS NULL ORDER BY d.due_at, d.seq LIMIT 1

-- name: along_indexes
-- Without statistics tables are thought short: the queue would be sorted whole each time, and transactions found
-- by reading all of them.
SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off

-- name: fill
-- What waited is filled in, once: it must still stand as it was read. What stands for several legs has no figures.
UPDATE transactions t
SET status = f.status, recorded_at = f.recorded_at, amount = COALESCE(t.amount, f.amount),
    source_version = f.source_version, source_credit = f.source_credit, source_debit = f.source_debit,
    source_inflight_credit = f.source_inflight_credit, source_inflight_debit = f.source_inflight_debit,
    destination_version = f.destination_version, destination_credit = f.destination_credit,
    destination_debit = f.destination_debit, destination_inflight_credit = f.destination_inflight_credit,
    destination_inflight_debit = f.destination_inflight_debit,
    committed = CASE f.status WHEN 'INFLIGHT' THEN 0 END, voided = CASE f.status WHEN 'INFLIGHT' THEN 0 END,
    leg_count = COALESCE(t.leg_count, f.leg_count)
FROM unnest($1::text::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text::numeric[], $6::text::bigint[],
            $7::text::numeric[], $8::text::numeric[], $9::text::numeric[], $10::text::numeric[],
            $11::text::bigint[], $12::text::numeric[], $13::text::numeric[], $14::text::numeric[],
            $15::text::numeric[], $16::timestamptz[], $17::integer[])
    AS f(id, status, status_before, scheduled_before, amount, source_version, source_credit, source_debit,
         source_inflight_credit, source_inflight_debit, destination_version, destination_credit, destination_debit,
         destination_inflight_credit, destination_inflight_debit, recorded_at, leg_count)
WHERE t.id = f.id AND t.status = f.status_before AND t.scheduled_at IS NOT DISTINCT FROM f.scheduled_before

-- name: change
-- What waited has another status or time without having moved anything. It must still stand as it was read.
UPDATE transactions t
SET status = f.status, scheduled_at = f.scheduled_at, rejection = f.rejection
FROM unnest($1::text::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[])
    AS f(id, status, status_before, scheduled_before, scheduled_at, rejection)
WHERE t.id = f.id AND t.status = f.status_before AND t.scheduled_at IS NOT DISTINCT FROM f.scheduled_before

-- name: queued
-- What waits to leave and to reach balances, by way of the partial indexes. What takes all that is left has no amount
-- yet. Of a split its legs count.
SELECT b.id,
       COALESCE((SELECT sum(t.amount) FROM transactions t
                 WHERE t.source_id = b.id AND t.status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW')
                   AND t.leg_count IS NULL), 0) AS debit,
       COALESCE((SELECT sum(t.amount) FROM transactions t
                 WHERE t.destination_id = b.id AND t.status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW')
                   AND t.leg_count IS NULL), 0) AS credit
FROM unnest($1::text::uuid[]) AS b(id)

-- name: refunds_of_batches
-- What refunds of batches said that wait.
SELECT r.request_json FROM transactions r
WHERE r.source_id IS NULL AND r.status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW') AND r.kind = 'REFUND' AND r.parent_id IS NULL

-- name: count_of_balance
-- Of a split its legs count; and a refund of several counts for each balance that it may touch.
SELECT (SELECT count(*) FROM transactions
        WHERE source_id = $1 AND status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW') AND leg_count IS NULL)
     + (SELECT count(*) FROM transactions
        WHERE destination_id = $1 AND status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW') AND leg_count IS NULL)
     + (SELECT count(*) FROM transactions r
        WHERE r.source_id IS NULL AND r.status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW') AND r.kind = 'REFUND'
          AND EXISTS (SELECT FROM transactions l
                      WHERE l.header_id = r.parent_id AND $1 IN (l.source_id, l.destination_id)))
     + (SELECT count(DISTINCT l.batch_id) FROM transactions l
        WHERE l.batch_id = ANY($2::text::uuid[]) AND l.kind IN ('POSTING', 'HOLD') AND $1 IN (l.source_id, l.destination_id))

-- name: backlog
SELECT count(*) FROM transactions WHERE status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW')

-- name: statuses
SELECT id FROM transactions
WHERE id = ANY($1::uuid[]) AND status NOT IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW')
