-- Exceptions: rows that stay open after a run.

-- name: select
-- Exceptions as callers see them. age_days is how old the row is now, or was when the exception was resolved, in the time
-- zone of its source.
SELECT t.id, t.source_id, t.reconciliation_id, t.kind, t.record_number, t.transaction_id, t.balance_id, t.match_number,
       t.amount, t.currency, t.precision, t.row_date, t.status, t.owner, t.comment, t.resolution, t.resolved_by, t.due_at,
       t.created_at, t.updated_at, t.resolved_at, t.revision, s.age_bucket_days,
       (COALESCE(t.resolved_at, clock_timestamp()) AT TIME ZONE s.time_zone)::date - t.row_date AS age_days,
       d.reason AS decision_reason
FROM reconciliation_exceptions t
JOIN external_sources s ON s.id = t.source_id
LEFT JOIN row_decisions d ON d.number = t.resolved_by

-- name: lock
-- The lock of an exception until the end of the transaction.
SELECT true FROM reconciliation_exceptions WHERE id = $1 FOR UPDATE

-- name: update
-- What somebody changed of an exception.
UPDATE reconciliation_exceptions
SET status = $2, owner = $3, comment = $4, resolution = $5, due_at = $6, updated_at = $7,
    resolved_at = CASE WHEN $2 = 'RESOLVED' THEN $7::timestamptz END, revision = revision + 1
WHERE id = $1

-- name: buckets
-- How many exceptions of a source are open in each of its age buckets, the youngest first.
SELECT b.from_days, s.age_bucket_days[b.place + 1] - 1 AS to_days, (
           SELECT count(*) FROM reconciliation_exceptions e
           WHERE e.source_id = s.id AND e.status <> 'RESOLVED'
                 AND width_bucket((clock_timestamp() AT TIME ZONE s.time_zone)::date - e.row_date, s.age_bucket_days)
                     = b.place) AS open_count
FROM external_sources s
CROSS JOIN LATERAL (
    SELECT 0 AS from_days, 0 AS place UNION ALL
    SELECT g.day, g.place::integer FROM unnest(s.age_bucket_days) WITH ORDINALITY AS g(day, place)) AS b
WHERE s.id = $1
ORDER BY b.from_days

-- name: open
-- Opens the exceptions of a run that just finished, at $2. Their ids follow the first 26 hex digits $3. $4: the precision
-- in which the run compared each currency, as JSON. A row that is claimed or has an open exception is skipped; one that is
-- younger than the window of its source waits for the end of its window.
WITH source AS (
    SELECT s.id, z.time_zone, s.settlement_window, s.age_bucket_days[1] AS due_days,
           ($2::timestamptz AT TIME ZONE z.time_zone)::date AS today,
           (r.scope ->> 'is_opposite')::boolean AS is_opposite, (r.scope ->> 'by_effective_time')::boolean AS by_effective_time
    FROM reconciliations r JOIN external_sources s ON s.id = r.source_id
    CROSS JOIN LATERAL (SELECT r.scope ->> 'time_zone' AS time_zone) AS z WHERE r.id = $1
),
open_rows AS (
    -- With a decision ($5), the rows of the matches that it rejected.
    SELECT u.outcome, u.record_number, u.transaction_id, u.balance_id FROM unmatched_rows u
    WHERE u.reconciliation_id = $1 AND $5::bigint IS NULL
    UNION ALL
    SELECT 'UNMATCHED', w.record_number, w.transaction_id, w.balance_id
    FROM matches m
    CROSS JOIN LATERAL (
        SELECT m.record_number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id WHERE m.record_number IS NOT NULL
        UNION ALL
        SELECT NULL, m.transaction_id, m.balance_id WHERE m.record_number IS NOT NULL
        UNION ALL
        SELECT f.record_number, f.transaction_id, f.balance_id FROM match_members f
        WHERE f.reconciliation_id = m.reconciliation_id AND f.match_number = m.number) AS w
    WHERE m.reconciliation_id = $1 AND m.decision = $5 AND m.status = 'REJECTED' AND m.level >= 0 AND NOT m.is_ambiguous
),
found AS (
    SELECT u.outcome AS kind, u.record_number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id,
           NULL::integer AS match_number, r.amount, r.currency, r.precision::bigint AS precision,
           record_day(r.booking_date, r.booked_at, r.value_date, k.closing_date, r.created_at, s.time_zone) AS row_date
    FROM open_rows u
    JOIN external_records r ON r.id = u.record_number
    LEFT JOIN bank_statements k ON k.id = r.statement_id
    CROSS JOIN source s
    UNION ALL
    SELECT u.outcome, NULL, u.transaction_id, u.balance_id, NULL,
           (CASE WHEN (t.destination_id = u.balance_id) <> s.is_opposite THEN 1 ELSE -1 END)
               * (t.amount - CASE WHEN t.kind = 'HOLD' THEN COALESCE((
                   SELECT sum(COALESCE(p.released, p.amount)) FROM transactions p
                   JOIN reconciliation_balances v ON v.reconciliation_id = $1 AND v.balance_id = u.balance_id
                   WHERE p.parent_id = t.id AND CASE WHEN t.destination_id = u.balance_id THEN p.destination_version
                                                     ELSE p.source_version END <= v.version), 0) ELSE 0 END), t.currency,
           t.precision, ((CASE WHEN s.by_effective_time THEN COALESCE(t.effective_at, t.recorded_at) ELSE t.recorded_at END)
               AT TIME ZONE s.time_zone)::date
    FROM open_rows u JOIN transactions t ON t.id = u.transaction_id CROSS JOIN source s
    UNION ALL
    SELECT 'DIFFERENCE', r.id, NULL, NULL, m.number, m.drift, r.currency, ($4::json ->> r.currency)::bigint,
           record_day(r.booking_date, r.booked_at, r.value_date, k.closing_date, r.created_at, s.time_zone)
    FROM matches m
    LEFT JOIN match_members f ON m.record_number IS NULL AND f.reconciliation_id = $1 AND f.match_number = m.number
         AND f.place = 0
    JOIN external_records r ON r.id = COALESCE(m.record_number, f.record_number)
    LEFT JOIN bank_statements k ON k.id = r.statement_id
    CROSS JOIN source s
    WHERE m.reconciliation_id = $1 AND m.drift <> 0 AND NOT m.is_ambiguous AND $5::bigint IS NULL
),
free AS MATERIALIZED (
    SELECT f.* FROM found f
    WHERE NOT EXISTS (SELECT FROM record_claims c WHERE c.record_number = f.record_number AND c.released_by IS NULL)
          AND NOT EXISTS (
              SELECT FROM entry_claims c
              WHERE c.transaction_id = f.transaction_id AND c.balance_id = f.balance_id AND c.released_by IS NULL)
),
waiting AS (
    INSERT INTO settlement_windows (source_id, reconciliation_id, kind, record_number, transaction_id, balance_id, match_number,
                                    amount, currency, precision, row_date, due_at)
    SELECT s.id, $1, f.kind, f.record_number, f.transaction_id, f.balance_id, f.match_number, f.amount, f.currency, f.precision,
           f.row_date, settlement_end(f.row_date, s.settlement_window)::timestamp AT TIME ZONE s.time_zone
    FROM free f CROSS JOIN source s WHERE settlement_end(f.row_date, s.settlement_window) > s.today
    ON CONFLICT DO NOTHING
),
opened AS (
    INSERT INTO reconciliation_exceptions (id, source_id, reconciliation_id, kind, record_number, transaction_id, balance_id,
                                           match_number, amount, currency, precision, row_date, due_at, created_at, updated_at)
    SELECT ($3 || lpad(to_hex(row_number() OVER (ORDER BY f.record_number, f.transaction_id, f.balance_id)), 6, '0'))::uuid,
           s.id, $1, f.kind, f.record_number, f.transaction_id, f.balance_id, f.match_number, f.amount, f.currency, f.precision,
           f.row_date, $2::timestamptz + make_interval(days => s.due_days), $2, $2
    FROM free f CROSS JOIN source s
    WHERE settlement_end(f.row_date, s.settlement_window) <= s.today
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*)::integer FROM opened

-- name: has_windows
-- Whether rows of a source wait for the end of their windows.
SELECT EXISTS (SELECT FROM settlement_windows WHERE source_id = $1)

-- name: forget_records
-- The end of the windows of records at which a run looked: it says what is open.
DELETE FROM settlement_windows w USING (
    SELECT record_number FROM unmatched_rows WHERE reconciliation_id = $1
    UNION ALL SELECT record_number FROM matches WHERE reconciliation_id = $1
    UNION ALL SELECT record_number FROM match_members WHERE reconciliation_id = $1) AS seen
WHERE w.source_id = $2 AND w.record_number = seen.record_number

-- name: forget_entries
-- The end of the windows of entries at which a run looked.
DELETE FROM settlement_windows w USING (
    SELECT transaction_id, balance_id FROM unmatched_rows WHERE reconciliation_id = $1
    UNION ALL SELECT transaction_id, balance_id FROM matches WHERE reconciliation_id = $1
    UNION ALL SELECT transaction_id, balance_id FROM match_members WHERE reconciliation_id = $1) AS seen
WHERE w.source_id = $2 AND w.transaction_id = seen.transaction_id AND w.balance_id = seen.balance_id

-- name: move_windows
-- The windows of a source, by its settings now.
UPDATE settlement_windows w SET due_at = settlement_end(w.row_date, s.settlement_window)::timestamp AT TIME ZONE s.time_zone
FROM external_sources s WHERE s.id = $1 AND w.source_id = s.id

-- name: has_due
-- Whether a window has passed.
SELECT EXISTS (SELECT FROM settlement_windows WHERE due_at <= clock_timestamp())

-- name: open_due
-- Opens exceptions for some rows whose window has passed, at $1. Their ids follow the first 26 hex digits $2. A row that is
-- claimed or has an open exception is skipped. Tells how many were opened, by source and run.
WITH due AS (
    DELETE FROM settlement_windows w USING (
        SELECT number FROM settlement_windows WHERE due_at <= clock_timestamp() ORDER BY due_at, number LIMIT $3
        FOR UPDATE SKIP LOCKED) AS passed
    WHERE w.number = passed.number
    RETURNING w.*
), opened AS (
    INSERT INTO reconciliation_exceptions (id, source_id, reconciliation_id, kind, record_number, transaction_id, balance_id,
                                           match_number, amount, currency, precision, row_date, due_at, created_at, updated_at)
    SELECT ($2 || lpad(to_hex(row_number() OVER (ORDER BY d.number)), 6, '0'))::uuid, d.source_id, d.reconciliation_id, d.kind,
           d.record_number, d.transaction_id, d.balance_id, d.match_number, d.amount, d.currency, d.precision, d.row_date,
           $1::timestamptz + make_interval(days => s.age_bucket_days[1]), $1, $1
    FROM due d JOIN external_sources s ON s.id = d.source_id
    WHERE NOT EXISTS (SELECT FROM record_claims c WHERE c.record_number = d.record_number AND c.released_by IS NULL)
          AND NOT EXISTS (
              SELECT FROM entry_claims c
              WHERE c.transaction_id = d.transaction_id AND c.balance_id = d.balance_id AND c.released_by IS NULL)
    ON CONFLICT DO NOTHING
    RETURNING source_id, reconciliation_id
)
SELECT source_id, reconciliation_id, count(*)::integer AS opened FROM opened
GROUP BY source_id, reconciliation_id ORDER BY source_id, reconciliation_id
