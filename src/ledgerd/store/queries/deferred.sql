-- Deferred transactions: accepted and not applied yet. store/sql.py replaces is_deferred() when it reads the file.

-- name: select
-- Transactions as Deferred wants them. Those that are not deferred are read too: an amendment of them is rejected.
SELECT t.id, t.kind, t.status, t.reference, t.currency, t.precision, t.amount, t.source_id, t.destination_id,
       t.allow_overdraft, t.overdraft_limit, t.effective_at, t.description, t.expires_at, t.commits_at,
       t.allow_over_commit, t.parent_id, t.scheduled_at, t.batch_id, t.header_id, t.leg_count, t.request_json,
       clock_timestamp() AS now, t.created_by, t.group_name, t.tag
FROM transactions t

-- name: members
-- The deferred transactions of batches, in the order of acceptance. Legs follow their splits.
SELECT batch_id, id FROM transactions
WHERE batch_id = ANY($1::text::uuid[]) AND header_id IS NULL AND is_deferred(status) ORDER BY id

-- name: counts
-- The number of transactions that each of these counts for: itself and its legs, or its shares where it divides late.
SELECT id, 1 + COALESCE(leg_count, CASE WHEN kind = 'SPLIT' THEN
                        COALESCE(json_array_length(request_json::json -> 'sources'), 0)
                        + COALESCE(json_array_length(request_json::json -> 'destinations'), 0) END, 0) AS count
FROM transactions WHERE id = ANY($1::text::uuid[])

-- name: queue_after
-- The oldest transactions that are to be applied as soon as possible, in the order of acceptance for each source. The
-- order names both columns of the index, though the first is null: otherwise the planner does not see that the index
-- has this order.
SELECT d.seq, d.transaction_id FROM due d
WHERE d.due_at IS NULL AND d.seq > $1 ORDER BY d.due_at, d.seq LIMIT $2

-- name: is_queued
-- The first queued transaction, if there is any. The query runs many times a second, mostly on an empty queue. The
-- first row of the index needs no statistics.
SELECT d.seq FROM due d WHERE d.due_at IS NULL ORDER BY d.due_at, d.seq LIMIT 1

-- name: along_indexes
-- Plans that follow indexes. A table without statistics looks short to the planner: it would sort the whole queue
-- each time, and find transactions by reading all of them.
SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off

-- name: apply
-- The figures of a deferred transaction that was applied, once: it must still stand as it was read. A header has no
-- figures.
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
-- Another status or time of a deferred transaction that moved nothing. It must still stand as it was read.
UPDATE transactions t
SET status = f.status, scheduled_at = f.scheduled_at, rejection = f.rejection
FROM unnest($1::text::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[])
    AS f(id, status, status_before, scheduled_before, scheduled_at, rejection)
WHERE t.id = f.id AND t.status = f.status_before AND t.scheduled_at IS NOT DISTINCT FROM f.scheduled_before

-- name: queued
-- The sums that deferred transactions will take from balances and bring to them, by way of the partial indexes. A
-- transaction that takes the remainder has no amount yet. Of a split its legs count, if it has them yet.
SELECT b.id,
       COALESCE((SELECT sum(t.amount) FROM transactions t
                 WHERE t.source_id = b.id AND is_deferred(t.status)
                   AND t.kind <> 'SPLIT'), 0) AS debit,
       COALESCE((SELECT sum(t.amount) FROM transactions t
                 WHERE t.destination_id = b.id AND is_deferred(t.status)
                   AND t.kind <> 'SPLIT'), 0) AS credit
FROM unnest($1::text::uuid[]) AS b(id)

-- name: refunds_of_batches
-- The requests of deferred refunds of batches.
SELECT r.request_json FROM transactions r
WHERE r.source_id IS NULL AND is_deferred(r.status) AND r.kind = 'REFUND' AND r.parent_id IS NULL

-- name: count_of_balance
-- The number of deferred transactions of a balance. Of a split its legs count, and one that divides late counts for each
-- balance that it names; $3 is the balance as shares name it. A compound refund counts for each balance that it may
-- touch.
SELECT (SELECT count(*) FROM transactions
        WHERE source_id = $1 AND is_deferred(status) AND kind <> 'SPLIT')
     + (SELECT count(*) FROM transactions
        WHERE destination_id = $1 AND is_deferred(status) AND kind <> 'SPLIT')
     + (SELECT count(*) FROM transactions
        WHERE kind = 'SPLIT' AND leg_count IS NULL AND is_deferred(status)
          AND ($1 IN (source_id, destination_id)
               OR request_json::jsonb -> 'sources' @> jsonb_build_array(jsonb_build_object('balance', $3::text))
               OR request_json::jsonb -> 'destinations' @> jsonb_build_array(jsonb_build_object('balance', $3::text))))
     + (SELECT count(*) FROM transactions r
        WHERE r.source_id IS NULL AND is_deferred(r.status) AND r.kind = 'REFUND'
          AND EXISTS (SELECT FROM transactions l
                      WHERE l.header_id = r.parent_id AND $1 IN (l.source_id, l.destination_id)))
     + (SELECT count(DISTINCT l.batch_id) FROM transactions l
        WHERE l.batch_id = ANY($2::text::uuid[]) AND l.kind IN ('POSTING', 'HOLD') AND $1 IN (l.source_id, l.destination_id))

-- name: backlog
-- The number of deferred transactions.
SELECT count(*) FROM transactions WHERE is_deferred(status)

-- name: statuses
-- The transactions of these that are no longer deferred.
SELECT id FROM transactions
WHERE id = ANY($1::uuid[]) AND NOT is_deferred(status)
