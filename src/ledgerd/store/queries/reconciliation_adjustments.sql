-- Adjustments: transactions that runs propose.

-- name: select
-- Adjustments as callers see them.
SELECT t.id, t.source_id, t.reconciliation_id, t.level, t.rule_id, t.rule_version, t.kind, t.match_number, t.record_number,
       t.balance_id, t.counterpart, t.amount, t.currency, t.precision, COALESCE(t.given_effective_at, t.effective_at) AS effective_at, t.allow_overdraft, t.description,
       t.is_automatic, t.status, t.reason, t.decided_by, t.attempt, t.first_record, t.rejection, t.transaction_id, t.made_match, t.reversal_id,
       t.decision, t.created_at, t.updated_at
FROM reconciliation_adjustments t

-- name: differences
-- The unambiguous matches of these levels whose records are more or less than their entries, first those with smaller
-- numbers, at most $3. leftover is records less entries, in the finest precision of the currency ($4, as JSON), entries
-- with the opposite sign where $5; balance_id that of the first entry. A match with a hold is left out. Without drift only
-- matches of the levels $6 have a leftover, whose rules have fees.
WITH chosen AS (
    SELECT m.number, m.level, m.record_number, m.transaction_id, m.balance_id FROM matches m
    WHERE m.reconciliation_id = $1 AND m.level = ANY ($2::smallint[]) AND NOT m.is_ambiguous
          AND (m.drift <> 0 OR m.level = ANY ($6::smallint[]))
),
members AS (
    SELECT c.number, c.level, 0 AS place, c.record_number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id
    FROM chosen c WHERE c.record_number IS NOT NULL
    UNION ALL
    SELECT c.number, c.level, 1, NULL, c.transaction_id, c.balance_id FROM chosen c WHERE c.record_number IS NOT NULL
    UNION ALL
    SELECT c.number, c.level, f.place, f.record_number, f.transaction_id, f.balance_id
    FROM chosen c JOIN match_members f ON f.reconciliation_id = $1 AND f.match_number = c.number
    WHERE c.record_number IS NULL
),
amounts AS (
    SELECT w.number, w.level, w.place, w.record_number, w.balance_id, COALESCE(r.currency, t.currency) AS currency,
           t.kind AS entry_kind, (($4::json ->> COALESCE(r.currency, t.currency))::numeric / COALESCE(r.precision, t.precision))
               * CASE WHEN r.id IS NOT NULL THEN r.amount
                      ELSE t.amount * CASE WHEN (t.destination_id = w.balance_id) <> $5::boolean THEN -1 ELSE 1 END END AS amount
    FROM members w
    LEFT JOIN external_records r ON r.id = w.record_number
    LEFT JOIN transactions t ON t.id = w.transaction_id
)
SELECT a.number, a.level, min(a.currency) AS currency, sum(a.amount)::numeric(38, 0) AS leftover,
       (array_agg(a.record_number ORDER BY a.place) FILTER (WHERE a.record_number IS NOT NULL))[1] AS record_number,
       (array_agg(a.balance_id ORDER BY a.place) FILTER (WHERE a.balance_id IS NOT NULL))[1] AS balance_id
FROM amounts a
GROUP BY a.number, a.level
HAVING sum(a.amount) <> 0 AND count(*) FILTER (WHERE a.entry_kind = 'HOLD') = 0 AND count(a.record_number) > 0
       AND count(a.balance_id) > 0
ORDER BY a.number
LIMIT $3

-- name: booked
-- When these records were booked: the time, or the beginning of the day in a time zone ($2). Those that are not booked yet
-- are left out.
SELECT r.id AS number, COALESCE(r.booked_at, COALESCE(r.booking_date, r.value_date)::timestamp AT TIME ZONE $2) AS booked_at
FROM external_records r WHERE r.id = ANY ($1::bigint[]) AND r.status IS NULL

-- name: propose
-- Proposes adjustments of a run. Their ids follow the first 26 hex digits $4, in the order given from $5 on.
INSERT INTO reconciliation_adjustments (id, source_id, reconciliation_id, level, rule_id, rule_version, kind, match_number,
    record_number, first_record, balance_id, counterpart, amount, currency, precision, effective_at, allow_overdraft, description,
    is_automatic)
SELECT ($4 || lpad(to_hex($5::integer + g.place - 1), 6, '0'))::uuid, $2, $1, g.level, g.rule_id, g.rule_version, g.kind,
       g.match_number, g.record_number, g.first_record, g.balance_id, g.counterpart, g.amount, g.currency, g.precision, g.effective_at,
       g.allow_overdraft, g.description, g.is_automatic
FROM ROWS FROM (json_to_recordset($3::json) AS (
         place bigint, level smallint, rule_id uuid, rule_version integer, kind text, match_number integer, record_number bigint,
         first_record bigint, balance_id uuid, counterpart text, amount numeric, currency text, precision bigint, effective_at timestamptz,
         allow_overdraft boolean, description text, is_automatic boolean)) AS g
ORDER BY g.place

-- name: of_run
-- The ids of the adjustments of a run in these statuses, in order.
SELECT t.id FROM reconciliation_adjustments t
WHERE t.reconciliation_id = $1 AND t.status = ANY ($2::text[]) ORDER BY t.id

-- name: lock
-- Locks adjustments in the order of their ids, until the end of the transaction; with the status of the match whose
-- difference each is.
SELECT t.id, m.status AS match_status
FROM reconciliation_adjustments t
LEFT JOIN matches m ON m.reconciliation_id = t.reconciliation_id AND m.number = t.match_number
WHERE t.id = ANY ($1::uuid[])
ORDER BY t.id FOR UPDATE OF t

-- name: begin
-- Adjustments ($1) that are being posted or reversed ($2) from now on, for a reason ($3) and somebody ($4), whose turn it
-- is by an attempt ($5). What is begun now is posted as of $6 where that is given, and counts on the limit of a day ($7)
-- where nobody confirms it.
UPDATE reconciliation_adjustments
SET given_effective_at = CASE status WHEN 'PROPOSED' THEN $6 ELSE given_effective_at END,
    counted_on = CASE status WHEN 'PROPOSED' THEN $7 ELSE counted_on END,
    status = $2, reason = $3, decided_by = $4, attempt = $5, updated_at = clock_timestamp(), is_due = false
WHERE id = ANY ($1::uuid[])

-- name: reject
-- Adjustments ($1) that are not posted, by decision $2.
UPDATE reconciliation_adjustments
SET status = 'REJECTED', reason = $3, decided_by = $4, decision = $2, updated_at = clock_timestamp(), is_due = false
WHERE id = ANY ($1::uuid[])

-- name: fail
-- What the ledger rejected: adjustments ($1) return to a status ($2), each with why ($3).
UPDATE reconciliation_adjustments t
SET status = $2, rejection = g.rejection, attempt = NULL, updated_at = clock_timestamp(),
    counted_on = CASE $2 WHEN 'PROPOSED' THEN NULL ELSE t.counted_on END,
    given_effective_at = CASE $2 WHEN 'PROPOSED' THEN NULL ELSE t.given_effective_at END
FROM unnest($1::uuid[], $3::text[]) AS g(id, rejection)
WHERE t.id = g.id

-- name: post
-- What is posted: adjustments ($1) with their transactions ($2) and, for records, the matches that were made ($3), by
-- decision $4.
UPDATE reconciliation_adjustments t
SET status = 'POSTED', transaction_id = g.transaction_id, made_match = g.made_match, decision = $4, rejection = NULL,
    attempt = NULL, updated_at = clock_timestamp()
FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS g(id, transaction_id, made_match)
WHERE t.id = g.id

-- name: reverse
-- An adjustment that was refunded ($2): the match of its entry with the refund ($3), by decision $4.
UPDATE reconciliation_adjustments
SET status = 'REVERSED', reversal_id = $2, made_match = $3, decision = $4, rejection = NULL, attempt = NULL,
    updated_at = clock_timestamp()
WHERE id = $1

-- name: insert_pairs
-- Confirmed matches of a run ($1): of each record ($3) with the entry of a transaction ($4) on a balance ($5), by
-- decision $6.
INSERT INTO matches (reconciliation_id, number, level, record_number, transaction_id, balance_id, drift, distance, status,
                     decision)
SELECT $1, g.number, -1, g.record_number, g.transaction_id, g.balance_id, 0, 0, 'CONFIRMED', $6
FROM unnest($2::integer[], $3::bigint[], $4::uuid[], $5::uuid[]) AS g(number, record_number, transaction_id, balance_id)

-- name: claim
-- Claims for matches of a run ($1, $2) records ($3, where there are any) and entries ($4, $5) by decision $6, and resolves
-- at $7 what is open about them. Returns how many records were claimed, and how many exceptions are resolved.
WITH chosen AS (
    SELECT * FROM unnest($2::integer[], $3::bigint[], $4::uuid[], $5::uuid[])
        AS g(number, record_number, transaction_id, balance_id)
),
of_records AS (
    INSERT INTO record_claims (record_number, claimed_by, reconciliation_id, match_number)
    SELECT c.record_number, $6, $1, c.number FROM chosen c WHERE c.record_number IS NOT NULL RETURNING record_number
),
of_entries AS (
    INSERT INTO entry_claims (transaction_id, balance_id, claimed_by, reconciliation_id, match_number)
    SELECT c.transaction_id, c.balance_id, $6, $1, c.number FROM chosen c RETURNING transaction_id, balance_id
),
resolved_records AS (
    UPDATE reconciliation_exceptions e
    SET status = 'RESOLVED', resolved_by = $6, resolved_at = $7, updated_at = $7, revision = e.revision + 1
    FROM of_records c WHERE e.record_number = c.record_number AND e.status <> 'RESOLVED' RETURNING 1
),
resolved_entries AS (
    UPDATE reconciliation_exceptions e
    SET status = 'RESOLVED', resolved_by = $6, resolved_at = $7, updated_at = $7, revision = e.revision + 1
    FROM of_entries c
    WHERE e.transaction_id = c.transaction_id AND e.balance_id = c.balance_id AND e.status <> 'RESOLVED' RETURNING 1
)
SELECT (SELECT count(*) FROM of_records)::integer AS records, (SELECT count(*) FROM of_entries)::integer AS entries,
       ((SELECT count(*) FROM resolved_records) + (SELECT count(*) FROM resolved_entries))::integer AS resolved

-- name: claimed
-- Of these adjustments those whose record is claimed, or whose entry is ($2: their transactions), each with the claim.
SELECT t.id, c.record_number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id, c.claimed_by, c.reconciliation_id,
       c.match_number, NULL::uuid AS adjustment_id
FROM reconciliation_adjustments t JOIN record_claims c ON c.record_number = t.record_number AND c.released_by IS NULL
WHERE t.id = ANY ($1::uuid[])
UNION ALL
SELECT t.id, NULL, c.transaction_id, c.balance_id, c.claimed_by, c.reconciliation_id, c.match_number, NULL
FROM unnest($1::uuid[], $2::uuid[]) AS g(id, transaction_id)
JOIN reconciliation_adjustments t ON t.id = g.id
JOIN entry_claims c ON c.transaction_id = g.transaction_id AND c.balance_id = t.balance_id AND c.released_by IS NULL

-- name: reserving
-- The adjustments that are being posted for these records, as claims of them.
SELECT t.record_number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id, NULL::bigint AS claimed_by,
       NULL::uuid AS reconciliation_id, NULL::integer AS match_number, t.id AS adjustment_id
FROM reconciliation_adjustments t
WHERE t.record_number = ANY ($1::bigint[]) AND t.status = 'POSTING'

-- name: of_match
-- The adjustment whose entry belongs to a match ($1, $2), or is about to.
SELECT t.id FROM reconciliation_adjustments t
WHERE t.reconciliation_id = $1 AND t.status IN ('POSTING', 'POSTED', 'REVERSING') AND $2 IN (t.match_number, t.made_match)
LIMIT 1

-- name: make_due
-- Lets what the rules of a run may post for records alone be posted, unless it is a dry run.
UPDATE reconciliation_adjustments t SET is_due = true FROM reconciliations r
WHERE t.reconciliation_id = $1 AND t.is_automatic AND t.record_number IS NOT NULL AND t.status = 'PROPOSED' AND r.id = $1
      AND r.status = 'FINISHED' AND NOT r.dry_run

-- name: due
-- Adjustments that are to be posted without confirmation, at most $1.
SELECT t.id FROM reconciliation_adjustments t WHERE t.is_due ORDER BY t.id LIMIT $1

-- name: begun
-- Adjustments that somebody began to post or to reverse longer ago than $1, at most $2: whoever began did not end.
SELECT t.id FROM reconciliation_adjustments t
WHERE t.status IN ('POSTING', 'REVERSING') AND t.updated_at < clock_timestamp() - $1::interval
ORDER BY t.updated_at LIMIT $2

-- name: not_due
-- Adjustments that are posted by confirmation alone from now on.
UPDATE reconciliation_adjustments SET is_due = false WHERE id = ANY ($1::uuid[]) AND is_due

-- name: standing
-- How many adjustments each of these attempts has. They stay so until the transaction ends.
SELECT x.attempt, count(*)::integer AS adjustments
FROM (SELECT t.attempt FROM reconciliation_adjustments t
      WHERE t.attempt = ANY ($1::uuid[]) AND t.status IN ('POSTING', 'REVERSING') ORDER BY t.id FOR SHARE) AS x
GROUP BY x.attempt

-- name: begun_before
-- Those of these adjustments that somebody began to post or to reverse longer ago than $2.
SELECT t.id FROM reconciliation_adjustments t
WHERE t.id = ANY ($1::uuid[]) AND t.status IN ('POSTING', 'REVERSING') AND t.updated_at < clock_timestamp() - $2::interval

-- name: alike
-- Of these adjustments for records alone those whose balance has an entry of the same amount that no record of the source
-- explains, among its last $2 movements on that side: it may be what is missing. An entry that is being matched with an
-- adjustment just now is none.
WITH wanted AS (
    SELECT t.id, t.source_id, t.balance_id, t.amount > 0 AS is_credit, abs(t.amount) AS amount, t.currency
    FROM reconciliation_adjustments t WHERE t.id = ANY ($1::uuid[]) AND t.record_number IS NOT NULL
),
sides AS (SELECT DISTINCT w.balance_id, w.is_credit FROM wanted w),
entries AS (
    SELECT s.balance_id, s.is_credit, e.id, e.amount, e.currency, e.reference
    FROM sides s
    CROSS JOIN LATERAL (
        (SELECT t.id, t.amount, t.currency, t.kind, t.reference FROM transactions t
         WHERE s.is_credit AND t.destination_id = s.balance_id AND t.destination_version IS NOT NULL
         ORDER BY t.destination_version DESC LIMIT $2)
        UNION ALL
        (SELECT t.id, t.amount, t.currency, t.kind, t.reference FROM transactions t
         WHERE NOT s.is_credit AND t.source_id = s.balance_id AND t.source_version IS NOT NULL
         ORDER BY t.source_version DESC LIMIT $2)) AS e
    WHERE e.kind IN ('POSTING', 'COMMIT', 'REFUND')
)
SELECT DISTINCT ON (w.id) w.id, e.id AS transaction_id, w.balance_id
FROM wanted w
JOIN entries e ON e.balance_id = w.balance_id AND e.is_credit = w.is_credit AND e.amount = w.amount AND e.currency = w.currency
LEFT JOIN entry_claims c ON c.transaction_id = e.id AND c.balance_id = w.balance_id AND c.released_by IS NULL
LEFT JOIN row_decisions d ON d.number = c.claimed_by
WHERE CASE WHEN c.claimed_by IS NULL THEN e.reference IS NULL OR NOT starts_with(e.reference, 'ledgerd:adjustment')
           ELSE d.source_id <> w.source_id END
ORDER BY w.id, e.id

-- name: alike_under_way
-- Of these adjustments those for records alone that may be what another source of the balance is having posted just now, each
-- with that adjustment: its entry is not there yet, or belongs to no match yet.
SELECT DISTINCT ON (t.id) t.id, o.id AS other_id, t.balance_id
FROM reconciliation_adjustments t
JOIN reconciliation_adjustments o ON o.status = 'POSTING' AND o.source_id <> t.source_id AND o.balance_id = t.balance_id
                                 AND o.currency = t.currency AND o.amount = t.amount
WHERE t.id = ANY ($1::uuid[]) AND t.record_number IS NOT NULL
ORDER BY t.id, o.id

-- name: unwanted
-- Of these adjustments those that were once rejected by the ledger, or whose record had one that somebody rejected or
-- reversed.
SELECT t.id FROM reconciliation_adjustments t
WHERE t.id = ANY ($1::uuid[]) AND EXISTS (
    SELECT FROM reconciliation_adjustments o
    WHERE o.first_record = t.first_record AND (o.status IN ('REJECTED', 'REVERSING', 'REVERSED') OR o.rejection IS NOT NULL))

-- name: today
-- The day in UTC.
SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS today

-- name: counted
-- What these rules ($1) posted without confirmation on a day ($2), or are posting.
SELECT t.rule_id, t.currency, t.precision, sum(abs(t.amount))::numeric(38, 0) AS amount
FROM reconciliation_adjustments t
WHERE t.rule_id = ANY ($1::uuid[]) AND t.counted_on = $2
GROUP BY t.rule_id, t.currency, t.precision

-- name: refunds
-- The refunds of a transaction, in the order in which they were recorded.
SELECT t.id FROM transactions t
WHERE t.parent_id = $1 AND t.kind = 'REFUND' AND t.source_version IS NOT NULL
ORDER BY t.source_version
