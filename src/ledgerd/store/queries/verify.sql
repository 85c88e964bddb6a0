-- The books, proved from what was written. Every statement returns what is wrong: no rows, no fault.

-- name: balances_differ
-- Every balance recomputed from its transactions.
WITH moved AS (
    SELECT source_id AS id, kind, amount, COALESCE(released, amount) AS held, 1 AS debits, 0 AS credits
    FROM transactions WHERE source_version IS NOT NULL
    UNION ALL
    SELECT destination_id, kind, amount, COALESCE(released, amount), 0, 1 FROM transactions
    WHERE source_version IS NOT NULL
), summed AS (
    SELECT id,
           sum(amount * credits) FILTER (WHERE kind IN ('POSTING', 'COMMIT', 'REFUND')) AS credit,
           sum(amount * debits) FILTER (WHERE kind IN ('POSTING', 'COMMIT', 'REFUND')) AS debit,
           sum(held * credits * CASE kind WHEN 'HOLD' THEN 1 WHEN 'POSTING' THEN 0 WHEN 'REFUND' THEN 0 ELSE -1 END) AS inflight_credit,
           sum(held * debits * CASE kind WHEN 'HOLD' THEN 1 WHEN 'POSTING' THEN 0 WHEN 'REFUND' THEN 0 ELSE -1 END) AS inflight_debit
    FROM moved GROUP BY id
)
SELECT COALESCE(b.id, s.id) AS id,
       format('recorded %s/%s/%s/%s, recomputed %s/%s/%s/%s', b.credit, b.debit, b.inflight_credit, b.inflight_debit,
              s.credit, s.debit, s.inflight_credit, s.inflight_debit) AS fault
FROM balances b FULL JOIN summed s ON s.id = b.id
WHERE b.id IS NULL
   OR (b.credit, b.debit, b.inflight_credit, b.inflight_debit) IS DISTINCT FROM
      (COALESCE(s.credit, 0), COALESCE(s.debit, 0), COALESCE(s.inflight_credit, 0), COALESCE(s.inflight_debit, 0))

-- name: currencies_do_not_cancel
SELECT currency, precision,
       format('settled %s, held %s', sum(credit - debit), sum(inflight_credit - inflight_debit)) AS fault
FROM balances GROUP BY currency, precision
HAVING sum(credit - debit) <> 0 OR sum(inflight_credit - inflight_debit) <> 0

-- name: sides_disagree
-- Both sides and the transaction itself have one currency and one precision.
SELECT t.id, 'currency or precision differs between the sides' AS fault
FROM transactions t JOIN balances s ON s.id = t.source_id JOIN balances d ON d.id = t.destination_id
WHERE (t.currency, t.precision) IS DISTINCT FROM (s.currency, s.precision)
   OR (t.currency, t.precision) IS DISTINCT FROM (d.currency, d.precision)

-- name: pools_differ
-- What is held on each side is what the open holds still hold.
WITH open AS (
    SELECT source_id AS id, GREATEST(0, amount - committed - voided) AS debit, 0 AS credit FROM transactions WHERE kind = 'HOLD' AND source_version IS NOT NULL
    UNION ALL
    SELECT destination_id, 0, GREATEST(0, amount - committed - voided) FROM transactions WHERE kind = 'HOLD' AND source_version IS NOT NULL
), held AS (
    SELECT id, sum(debit) AS debit, sum(credit) AS credit FROM open GROUP BY id
)
SELECT b.id, format('held %s/%s, open holds %s/%s', b.inflight_credit, b.inflight_debit, h.credit, h.debit) AS fault
FROM balances b LEFT JOIN held h ON h.id = b.id
WHERE (b.inflight_credit, b.inflight_debit) IS DISTINCT FROM (COALESCE(h.credit, 0), COALESCE(h.debit, 0))

-- name: holds_differ
-- A hold's settled amounts are those of its commits and voids.
WITH settled AS (
    SELECT parent_id AS id, sum(amount) FILTER (WHERE kind = 'COMMIT') AS committed,
           sum(amount) FILTER (WHERE kind = 'VOID') AS voided
    FROM transactions WHERE kind IN ('COMMIT', 'VOID') AND source_version IS NOT NULL GROUP BY parent_id
)
SELECT t.id, format('recorded %s/%s, children %s/%s', t.committed, t.voided, s.committed, s.voided) AS fault
FROM transactions t LEFT JOIN settled s ON s.id = t.id
WHERE t.kind = 'HOLD' AND t.source_version IS NOT NULL
  AND (t.committed, t.voided) IS DISTINCT FROM (COALESCE(s.committed, 0), COALESCE(s.voided, 0))

-- name: refunds_differ
-- What was given back of a transaction is the sum of its refunds.
WITH given AS (
    SELECT parent_id AS id, sum(amount) AS refunded FROM transactions
    WHERE kind = 'REFUND' AND source_version IS NOT NULL GROUP BY parent_id
)
SELECT COALESCE(t.id, g.id) AS id, format('recorded %s, refunds %s', t.refunded, g.refunded) AS fault
FROM (SELECT id, refunded FROM transactions WHERE refunded IS NOT NULL AND kind <> 'SPLIT') AS t
FULL JOIN given g ON g.id = t.id
WHERE t.refunded IS DISTINCT FROM g.refunded

-- name: leads_differ
-- A lead has as many legs as it says, of the kind that its own asks for, on its sides, and they make its amount.
-- What became of a split is what became of its legs; they move all or none. A refund that waited has no sides of its own.
WITH legs AS (
    SELECT part_of AS id, count(*) AS legs, sum(amount) AS amount, sum(committed) AS committed, sum(voided) AS voided,
           NULLIF(sum(COALESCE(refunded, 0)), 0) AS refunded, min(kind) AS kind, max(kind) AS other_kind,
           count(DISTINCT (currency, precision)) AS currencies, min(currency) AS currency, min(precision) AS precision,
           CASE WHEN count(DISTINCT source_id) = 1 THEN min(source_id::text)::uuid END AS source_id,
           CASE WHEN count(DISTINCT destination_id) = 1 THEN min(destination_id::text)::uuid END AS destination_id,
           count(*) FILTER (WHERE source_version IS NULL) AS unmoved
    FROM transactions WHERE part_of IS NOT NULL GROUP BY part_of
)
SELECT COALESCE(t.id, l.id) AS id,
       format('recorded %s legs of %s, %s/%s/%s; found %s of %s, %s/%s/%s', t.leg_count, t.amount, t.committed, t.voided,
              t.refunded, l.legs, l.amount, l.committed, l.voided, l.refunded) AS fault
FROM (SELECT * FROM transactions WHERE leg_count IS NOT NULL) AS t FULL JOIN legs l ON l.id = t.id
WHERE t.leg_count IS DISTINCT FROM l.legs OR l.kind <> l.other_kind
   OR l.unmoved <> CASE WHEN t.accepted_as IS NOT NULL AND t.recorded_at IS NULL THEN t.leg_count ELSE 0 END
   OR l.kind IS DISTINCT FROM CASE WHEN t.kind <> 'SPLIT' THEN t.kind
                                   WHEN (t.asked::json ->> 'inflight')::boolean IS TRUE THEN 'HOLD' ELSE 'POSTING' END
   OR CASE WHEN t.kind = 'REFUND' AND t.accepted_as IS NOT NULL
           THEN t.currency IS NOT NULL AND (t.currency, t.precision, t.amount) IS DISTINCT FROM
                (l.currency, l.precision, CASE WHEN l.currencies = 1 AND l.amount < 1e36 THEN l.amount END)
           ELSE (t.source_id, t.destination_id) IS DISTINCT FROM (l.source_id, l.destination_id)
                OR (t.currency, t.precision, t.amount) IS DISTINCT FROM
                   (CASE WHEN l.currencies = 1 AND l.amount < 1e36 THEN l.currency END,
                    CASE WHEN l.currencies = 1 AND l.amount < 1e36 THEN l.precision END,
                    CASE WHEN l.currencies = 1 AND l.amount < 1e36 THEN l.amount END)
      END
   OR (t.kind = 'SPLIT' AND (t.committed, t.voided, t.refunded) IS DISTINCT FROM (l.committed, l.voided, l.refunded))

-- name: legs_astray
-- A leg came with its lead, or, of a refund that waited, when that was given; and is about what the lead is about: a
-- leg of a split is its child; one of a commit, void or refund is the child of a leg of the lead's split, or of
-- something that came with a batch.
SELECT g.id, format('a leg of %s, which is not its lead', t.id) AS fault
FROM transactions g JOIN transactions t ON t.id = g.part_of LEFT JOIN transactions p ON p.id = g.parent_id
WHERE g.batch_id IS DISTINCT FROM t.batch_id
   OR overlay(g.id::text PLACING '000000' FROM 31) IS DISTINCT FROM overlay(
          CASE WHEN t.kind = 'REFUND' AND t.accepted_as IS NOT NULL
               THEN (SELECT r.id FROM transitions r WHERE r.transaction_id = t.id AND r.kind = 'APPLIED')
               ELSE t.id END::text PLACING '000000' FROM 31)
   OR NOT CASE WHEN t.kind = 'SPLIT' THEN g.parent_id = t.id
               WHEN t.parent_id IS NOT NULL THEN p.part_of IS NOT DISTINCT FROM t.parent_id
               ELSE p.batch_id IS NOT NULL END

-- name: running_totals_differ
-- Along its versions a balance's running totals add up, movement by movement, to what it holds.
WITH moved AS (
    SELECT id, source_id AS balance_id, source_version AS version, recorded_at, source_credit AS credit,
           source_debit AS debit, source_inflight_credit AS inflight_credit, source_inflight_debit AS inflight_debit,
           0 AS plus_credit, CASE WHEN kind IN ('POSTING', 'COMMIT', 'REFUND') THEN amount ELSE 0 END AS plus_debit,
           0 AS plus_held_credit,
           COALESCE(released, amount) * CASE kind WHEN 'HOLD' THEN 1 WHEN 'POSTING' THEN 0 WHEN 'REFUND' THEN 0 ELSE -1 END AS plus_held_debit
    FROM transactions WHERE source_version IS NOT NULL
    UNION ALL
    SELECT id, destination_id, destination_version, recorded_at, destination_credit, destination_debit,
           destination_inflight_credit, destination_inflight_debit,
           CASE WHEN kind IN ('POSTING', 'COMMIT', 'REFUND') THEN amount ELSE 0 END, 0,
           COALESCE(released, amount) * CASE kind WHEN 'HOLD' THEN 1 WHEN 'POSTING' THEN 0 WHEN 'REFUND' THEN 0 ELSE -1 END, 0
    FROM transactions WHERE source_version IS NOT NULL
), added AS (
    SELECT *, sum(plus_credit) OVER along AS sum_credit, sum(plus_debit) OVER along AS sum_debit,
           sum(plus_held_credit) OVER along AS sum_held_credit, sum(plus_held_debit) OVER along AS sum_held_debit,
           lag(version) OVER along AS version_before, lag(recorded_at) OVER along AS recorded_before
    FROM moved WINDOW along AS (PARTITION BY balance_id ORDER BY version)
)
SELECT id, format('running totals of a side differ at version %s', version) AS fault
FROM added
WHERE (credit, debit, inflight_credit, inflight_debit) IS DISTINCT FROM
      (sum_credit, sum_debit, sum_held_credit, sum_held_debit)
   OR version = version_before OR recorded_at < recorded_before
UNION ALL
SELECT b.id, format('stands at version %s, moved at version %s', b.version, max(m.version))
FROM balances b JOIN moved m ON m.balance_id = b.id
GROUP BY b.id HAVING b.version < max(m.version)

-- name: batches_differ
-- A batch's record is what its event told, and it posted the transactions that say so. What is kept of operations
-- that a batch refused in the background is what its event proves. Batches under way have a check of their own.
WITH told AS (
    SELECT subject_id AS id, payload FROM events WHERE kind = 'BATCH_FINISHED'
), counted AS (
    SELECT batch_id AS id, count(*) AS posted FROM transactions WHERE batch_id IS NOT NULL AND part_of IS NULL GROUP BY batch_id
), refused AS (
    SELECT batch_id AS id, count(*) AS count,
           encode(sha256(convert_to(string_agg(format('%s %s %s', index, reference, rejection), E'\n' ORDER BY index),
                                    'UTF8')), 'hex') AS digest
    FROM batch_rejections GROUP BY batch_id
)
SELECT COALESCE(b.id, t.id, c.id, r.id) AS id,
       format('recorded %s, told %s, %s transactions, %s refused', row_to_json(b), t.payload, COALESCE(c.posted, 0),
              COALESCE(r.count, 0)) AS fault
FROM batches b FULL JOIN told t ON t.id = b.id FULL JOIN counted c ON c.id = COALESCE(b.id, t.id)
     FULL JOIN refused r ON r.id = COALESCE(b.id, t.id, c.id)
WHERE NOT EXISTS (SELECT FROM batch_runs u WHERE u.id = COALESCE(b.id, t.id, c.id, r.id))
  AND ((b.mode, b.operations::text, b.posted::text, b.replayed::text, b.rejected::text) IS DISTINCT FROM
      (t.payload ->> 'mode', t.payload ->> 'operations', t.payload ->> 'posted', t.payload ->> 'replayed',
       t.payload ->> 'rejected')
   OR b.posted IS DISTINCT FROM COALESCE(c.posted, 0)
   OR b.accepted_at IS DISTINCT FROM (t.payload ->> 'accepted_at')::timestamptz
   OR b.rejection IS DISTINCT FROM t.payload ->> 'rejection'
   OR r.digest IS DISTINCT FROM t.payload ->> 'rejections_digest'
   OR (b.accepted_at IS NOT NULL AND b.rejection IS NULL AND b.rejected <> COALESCE(r.count, 0)))

-- name: batch_runs_differ
-- A batch that is under way is not told of yet, refused what is kept, and posted no less than it says.
SELECT r.id, format('says posted %s, rejected %s', r.posted, r.rejected) AS fault
FROM batch_runs r
WHERE EXISTS (SELECT FROM batches b WHERE b.id = r.id)
   OR EXISTS (SELECT FROM events e WHERE e.kind = 'BATCH_FINISHED' AND e.subject_id = r.id)
   OR r.rejected <> (SELECT count(*) FROM batch_rejections x WHERE x.batch_id = r.id)
   OR r.posted > (SELECT count(*) FROM transactions t WHERE t.batch_id = r.id AND t.part_of IS NULL)

-- name: closed_periods_moved
-- Between a closing and the next one of its ledger, in the journal's order, nothing is effective before
-- the closing's time. A commit's id is that of its entries with the last 24 bits zero.
WITH closings AS (
    SELECT e.subject_id AS ledger_id, (e.payload ->> 'closed_before')::timestamptz AS closed_before,
           j.order_key AS since, lead(j.order_key) OVER (PARTITION BY e.subject_id ORDER BY j.order_key) AS until
    FROM events e JOIN journal j ON j.id = overlay(e.id::text PLACING '000000' FROM 31)::uuid
    WHERE e.kind = 'LEDGER_PERIOD_CLOSED'
), applied AS (
    SELECT t.id, source_id, destination_id, COALESCE(effective_at, t.recorded_at) AS effective,
           CASE WHEN accepted_as IS NULL THEN t.id
                ELSE (SELECT r.id FROM transitions r WHERE r.transaction_id = t.id AND r.kind IN ('APPLIED', 'INFLIGHT'))
           END AS entry_id
    FROM transactions t WHERE source_version IS NOT NULL
), moved AS (
    SELECT id, entry_id, source_id AS balance_id, effective FROM applied
    UNION ALL
    SELECT id, entry_id, destination_id, effective FROM applied
)
SELECT m.id, format('effective %s, recorded when everything before %s was closed', m.effective, c.closed_before) AS fault
FROM closings c
JOIN balances b ON b.ledger_id = c.ledger_id
JOIN moved m ON m.balance_id = b.id AND m.effective < c.closed_before
JOIN journal j ON j.id = overlay(m.entry_id::text PLACING '000000' FROM 31)::uuid
WHERE j.order_key > c.since AND (c.until IS NULL OR j.order_key < c.until)

-- name: waiting_differs
-- What was accepted stands as the last transition that concerns it tells; it ends once, and its time is the
-- latest told. What is to take all that is left has no amount before it does. The last is that of the latest commit, whose
-- order key was drawn when it had locked the row: an id is as old as its server's clock says.
WITH told AS (
    SELECT transaction_id AS id,
           (array_agg(status ORDER BY order_key DESC, r.id DESC) FILTER (WHERE concerns))[1] AS status,
           (array_agg(kind ORDER BY order_key DESC, r.id DESC) FILTER (WHERE concerns))[1] AS kind,
           (array_agg(details ORDER BY order_key DESC, r.id DESC) FILTER (WHERE kind IN ('REJECTED', 'DENIED')))[1] AS details,
           (array_agg(details::json ->> 'scheduled_time' ORDER BY order_key DESC, r.id DESC) FILTER (WHERE kind IN ('RESCHEDULED')))[1] AS scheduled,
           count(*) FILTER (WHERE kind IN ('APPLIED', 'INFLIGHT', 'REJECTED', 'CANCELLED', 'DENIED')) AS ended,
           max(r.recorded_at) FILTER (WHERE kind IN ('APPLIED', 'INFLIGHT')) AS applied_at,
           max((details::json ->> 'legs')::integer) FILTER (WHERE kind = 'APPLIED') AS legs_told,
           bool_or(concerns) AS concerned
    FROM (SELECT *, kind NOT IN ('COMMITTED', 'VOIDED', 'EXPIRED', 'REFUNDED') AS concerns FROM transitions) AS r
    LEFT JOIN journal j ON j.id = overlay(r.id::text PLACING '000000' FROM 31)::uuid
    GROUP BY transaction_id
), accepted AS (
    SELECT t.*, COALESCE(told.status, t.accepted_as) AS status_told, told.kind AS kind_told, told.details AS rejection_told,
           COALESCE(told.scheduled, t.asked::json ->> 'scheduled_time')::timestamptz AS scheduled_told,
           COALESCE(told.ended, 0) AS ended, told.applied_at, told.legs_told
    FROM transactions t LEFT JOIN told ON told.id = t.id WHERE t.accepted_as IS NOT NULL
)
SELECT id, format('%s, told %s, at %s, told %s', status, status_told, scheduled_at, scheduled_told) AS fault
FROM accepted
WHERE (leg_count IS NOT NULL AND kind = 'REFUND' AND leg_count IS DISTINCT FROM legs_told)
   OR (takes_rest AND recorded_at IS NULL AND amount IS NOT NULL)
   OR ended <> (status NOT IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW'))::int
   OR (kind_told IN ('APPLIED', 'INFLIGHT')) IS TRUE <> (source_version IS NOT NULL OR (leg_count IS NOT NULL AND recorded_at IS NOT NULL))
   OR (status <> status_told AND kind_told IS DISTINCT FROM 'INFLIGHT')
   OR (kind_told = 'INFLIGHT' AND status NOT IN ('INFLIGHT', 'APPLIED', 'VOID'))
   OR rejection IS DISTINCT FROM rejection_told
   OR scheduled_at IS DISTINCT FROM scheduled_told
   OR recorded_at IS DISTINCT FROM applied_at
UNION ALL
SELECT t.id, 'something became of it that only becomes of what was accepted'
FROM told JOIN transactions t ON t.id = told.id WHERE told.concerned AND t.accepted_as IS NULL
UNION ALL
SELECT id, format('is to be applied at %s, and never waited', scheduled_at)
FROM transactions WHERE scheduled_at IS NOT NULL AND accepted_as IS NULL

-- name: work_list_differs
-- What is queued is due without a time, what is scheduled at its time (or later, where it was tried and put off), and
-- nothing else is to be applied. An open hold is due at its times, and nothing else is to expire or to be committed.
SELECT COALESCE(t.id, d.transaction_id) AS id, format('%s at %s, due at %s', t.status, t.scheduled_at, d.due_at) AS fault
FROM (SELECT id, status, CASE status WHEN 'SCHEDULED' THEN scheduled_at END AS at FROM transactions
      WHERE status IN ('QUEUED', 'SCHEDULED') AND part_of IS NULL) AS w
JOIN transactions t ON t.id = w.id
FULL JOIN (SELECT * FROM due WHERE what = 'APPLY') AS d ON d.transaction_id = t.id
WHERE t.id IS NULL OR d.transaction_id IS NULL OR (d.due_at IS NULL) <> (w.at IS NULL) OR d.due_at < w.at
UNION ALL
SELECT COALESCE(h.id, d.transaction_id), format('open until %s, due at %s (%s)', h.at, d.due_at, COALESCE(h.what, d.what))
FROM (SELECT id, 'EXPIRE' AS what, expires_at AS at FROM transactions
      WHERE status = 'INFLIGHT' AND part_of IS NULL AND expires_at IS NOT NULL
      UNION ALL
      SELECT id, 'COMMIT', commits_at FROM transactions
      WHERE status = 'INFLIGHT' AND part_of IS NULL AND commits_at IS NOT NULL) AS h
FULL JOIN (SELECT * FROM due WHERE what <> 'APPLY') AS d ON d.transaction_id = h.id AND d.what = h.what
WHERE h.id IS NULL OR d.transaction_id IS NULL OR d.due_at IS NULL OR d.due_at < h.at

-- name: commits
-- Every commit with its place, in order of position; those not placed yet come last.
SELECT p.position, p.chain, j.id, j.entries, j.digest, j.digest_version,
       EXISTS (SELECT FROM journal_unplaced u WHERE u.journal_id = j.id) AS waits
FROM journal j LEFT JOIN positions p ON p.journal_id = j.id
ORDER BY p.position NULLS LAST, j.order_key

-- name: entries_outside
-- Transactions, transitions and events that belong to no commit: more rows than commits count.
SELECT (SELECT count(*) FROM transactions) + (SELECT count(*) FROM transitions) + (SELECT count(*) FROM events)
       - (SELECT COALESCE(sum(entries), 0)::bigint FROM journal) AS surplus
