-- What a reconciliation statement is drawn up from, all of it in one snapshot.

-- name: source
-- A source, the finest precision of both sides in a currency ($2), and its balances of that currency.
SELECT t.name, t.time_zone, t.sign_convention, t.currency,
       GREATEST((SELECT max(b.precision) FROM external_source_balances s JOIN balances b ON b.id = s.balance_id
                 WHERE s.source_id = t.id AND b.currency = $2),
                (SELECT max(r.precision) FROM external_records r WHERE r.source_id = t.id AND r.currency = $2),
                (SELECT max(k.precision) FROM bank_statements k
                 WHERE k.source_id = t.id AND COALESCE(k.currency, t.currency) = $2)) AS precision,
       ARRAY(SELECT s.balance_id FROM external_source_balances s JOIN balances b ON b.id = s.balance_id
             WHERE s.source_id = t.id AND b.currency = $2 ORDER BY s.place) AS balance_ids
FROM external_sources t WHERE t.id = $1

-- name: closings
-- The currencies of a source in which the bank told a final closing balance, each with the day of the last one.
SELECT COALESCE(k.currency, s.currency) AS currency, max(k.closing_date) AS day
FROM bank_statements k JOIN external_sources s ON s.id = k.source_id
WHERE k.source_id = $1 AND k.closing IS NOT NULL AND k.closing_date IS NOT NULL AND NOT k.closing_is_intermediate
      AND NOT k.is_interim AND COALESCE(k.currency, s.currency) IS NOT NULL
GROUP BY 1 ORDER BY 1

-- name: moment
-- As of when a statement of a source is drawn up: the journal's position, the last decision, record and bank statement.
SELECT h.epoch, h.position, h.chain, d.number AS decisions,
       COALESCE((SELECT max(r.id) FROM external_records r WHERE r.source_id = $1), 0) AS records,
       COALESCE((SELECT max(k.id) FROM bank_statements k WHERE k.source_id = $1), 0) AS bank_statements
FROM journal_head h, row_decision_head d

-- name: versions
-- The versions of balances.
SELECT id, version FROM balances WHERE id = ANY ($1::uuid[])

-- name: latest_run
-- The latest finished run of a source about whose matches decisions can be made.
SELECT id FROM reconciliations
WHERE source_id = $1 AND status = 'FINISHED' AND NOT dry_run AND replays IS NULL
ORDER BY finished_at DESC, id DESC LIMIT 1

-- name: rules_of_run
-- The rules of a run.
SELECT rules FROM reconciliations WHERE id = $1

-- name: released
-- At most $3 rows that decisions about a source, after a decision ($2), freed of an earlier claim: of a match, or ignored.
SELECT c.record_number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id, c.match_number, c.released_by
FROM row_decisions d JOIN record_claims c ON c.released_by = d.number
WHERE d.source_id = $1 AND d.number > $2 AND c.claimed_by <= $2
UNION ALL
SELECT NULL, c.transaction_id, c.balance_id, c.match_number, c.released_by
FROM row_decisions d JOIN entry_claims c ON c.released_by = d.number
WHERE d.source_id = $1 AND d.number > $2 AND c.claimed_by <= $2
LIMIT $3

-- name: bank_statements
-- The bank's statements of a source that have a balance, in the order of their arrival.
SELECT k.id, k.account, k.number, k.precision, k.opening, k.closing, k.opening_date, k.closing_date,
       k.opening_is_intermediate, k.closing_is_intermediate, k.is_interim
FROM bank_statements k
WHERE k.source_id = $1 AND COALESCE(k.currency, $3) = $2 AND num_nonnulls(k.opening, k.closing) > 0
ORDER BY k.id

-- name: balances_by_record_time
-- Of balances ($1) what the last movement of each up to the end of a day ($2, in the time zone $3) made of it.
SELECT b.id, b.precision, COALESCE(last.total, 0) AS total
FROM balances b
LEFT JOIN LATERAL (
    SELECT x.total FROM (
        (SELECT t.source_version AS version, t.source_credit - t.source_debit AS total FROM transactions t
         WHERE t.source_id = b.id AND t.source_version IS NOT NULL AND t.deferred_as IS NULL
               AND (t.recorded_at AT TIME ZONE $3)::date <= $2
         ORDER BY t.source_version DESC LIMIT 1)
        UNION ALL
        (SELECT t.source_version, t.source_credit - t.source_debit FROM transactions t
         WHERE t.source_id = b.id AND t.source_version IS NOT NULL AND t.deferred_as IS NOT NULL
               AND (t.recorded_at AT TIME ZONE $3)::date <= $2
         ORDER BY t.source_version DESC LIMIT 1)
        UNION ALL
        (SELECT t.destination_version, t.destination_credit - t.destination_debit FROM transactions t
         WHERE t.destination_id = b.id AND t.destination_version IS NOT NULL AND t.deferred_as IS NULL
               AND (t.recorded_at AT TIME ZONE $3)::date <= $2
         ORDER BY t.destination_version DESC LIMIT 1)
        UNION ALL
        (SELECT t.destination_version, t.destination_credit - t.destination_debit FROM transactions t
         WHERE t.destination_id = b.id AND t.destination_version IS NOT NULL AND t.deferred_as IS NOT NULL
               AND (t.recorded_at AT TIME ZONE $3)::date <= $2
         ORDER BY t.destination_version DESC LIMIT 1)) AS x
    ORDER BY x.version DESC LIMIT 1) AS last ON true
WHERE b.id = ANY ($1::uuid[]) ORDER BY b.id

-- name: balances_by_effective_time
-- Of balances ($1) their totals now, less what is effective after the end of a day ($2, in the time zone $3).
SELECT b.id, b.precision,
       b.credit - b.debit
       - COALESCE((SELECT sum(t.amount) FROM transactions t
                   WHERE t.destination_id = b.id AND t.destination_version IS NOT NULL
                         AND t.kind IN ('POSTING', 'COMMIT', 'REFUND')
                         AND (COALESCE(t.effective_at, t.recorded_at) AT TIME ZONE $3)::date > $2), 0)
       + COALESCE((SELECT sum(t.amount) FROM transactions t
                   WHERE t.source_id = b.id AND t.source_version IS NOT NULL
                         AND t.kind IN ('POSTING', 'COMMIT', 'REFUND')
                         AND (COALESCE(t.effective_at, t.recorded_at) AT TIME ZONE $3)::date > $2), 0) AS total
FROM balances b WHERE b.id = ANY ($1::uuid[]) ORDER BY b.id

-- name: rows
-- The booked records of a source in a currency ($2) and the entries of its balances ($3), each with the decision about
-- it that stands and is about this source: rows of one match follow each other. A day is one of the time zone $4, an
-- entry's that of its effective time where $5. Before a row that is in no match comes what the run $6 found about it, if it
-- found anything: a row with an outcome and nothing else. So one sort brings the two together, however large either side is.
SELECT w.is_record, w.number, w.transaction_id, w.balance_id, w.amount, w.precision, w.day, w.account, w.reference,
       w.counterparty, w.description, w.reconciliation_id, w.match_number, w.decision, w.reason, w.version, w.outcome,
       m.level
FROM (
    SELECT true AS is_record, r.id AS number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id, r.amount,
           r.precision,
           record_day(r.booking_date, r.booked_at, r.value_date, k.closing_date, r.created_at, $4) AS day,
           k.account, r.reference_texts[1] AS reference, r.counterparty, r.description, c.reconciliation_id,
           c.match_number, c.decision, c.reason, NULL::bigint AS version, NULL::text AS outcome
    FROM external_records r
    LEFT JOIN bank_statements k ON k.id = r.statement_id
    LEFT JOIN LATERAL (
        SELECT c.reconciliation_id, c.match_number, d.number AS decision, d.reason
        FROM record_claims c JOIN row_decisions d ON d.number = c.claimed_by AND d.source_id = $1
        WHERE c.record_number = r.id AND c.released_by IS NULL) AS c ON true
    WHERE r.source_id = $1 AND r.currency = $2 AND r.status IS NULL
    UNION ALL
    SELECT false, NULL, t.id, t.balance_id, t.amount, t.precision,
           (CASE WHEN $5 THEN t.effective_at ELSE t.recorded_at END AT TIME ZONE $4)::date, NULL,
           COALESCE(t.reference, h.reference), o.indicator, t.description, c.reconciliation_id, c.match_number, c.decision,
           c.reason, t.version, NULL
    FROM (
        SELECT i.id, i.destination_version AS version, i.destination_id AS balance_id, i.source_id AS other_id, i.amount, i.precision, i.recorded_at,
               COALESCE(i.effective_at, i.recorded_at) AS effective_at, i.kind, i.reference, i.header_id, i.description
        FROM transactions i WHERE i.destination_id = ANY ($3::uuid[]) AND i.destination_version IS NOT NULL
        UNION ALL
        SELECT o.id, o.source_version, o.source_id, o.destination_id, -o.amount, o.precision, o.recorded_at,
               COALESCE(o.effective_at, o.recorded_at), o.kind, o.reference, o.header_id, o.description
        FROM transactions o WHERE o.source_id = ANY ($3::uuid[]) AND o.source_version IS NOT NULL) AS t
    LEFT JOIN transactions h ON h.id = t.header_id
    LEFT JOIN balances o ON o.id = t.other_id
    LEFT JOIN LATERAL (
        SELECT c.reconciliation_id, c.match_number, d.number AS decision, d.reason
        FROM entry_claims c JOIN row_decisions d ON d.number = c.claimed_by AND d.source_id = $1
        WHERE c.transaction_id = t.id AND c.balance_id = t.balance_id AND c.released_by IS NULL) AS c ON true
    WHERE t.kind IN ('POSTING', 'COMMIT', 'REFUND') AND t.other_id <> ALL ($3::uuid[])
    UNION ALL
    SELECT u.record_number IS NOT NULL, u.record_number, u.transaction_id, u.balance_id, NULL, NULL, NULL, NULL, NULL, NULL,
           NULL, NULL, NULL, NULL, NULL, NULL, u.outcome
    FROM unmatched_rows u WHERE u.reconciliation_id = $6 AND u.outcome <> 'UNMATCHED'
    UNION ALL
    SELECT p.number IS NOT NULL, p.number, p.transaction_id, p.balance_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           NULL, NULL, NULL, NULL, 'PROPOSED'
    FROM matches m
    CROSS JOIN LATERAL (
        SELECT m.record_number AS number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id
        WHERE m.record_number IS NOT NULL
        UNION ALL
        SELECT NULL, m.transaction_id, m.balance_id WHERE m.record_number IS NOT NULL
        UNION ALL
        SELECT f.record_number, f.transaction_id, f.balance_id FROM match_members f
        WHERE m.record_number IS NULL AND f.reconciliation_id = m.reconciliation_id AND f.match_number = m.number) AS p
    WHERE m.reconciliation_id = $6 AND m.status = 'PROPOSED' AND NOT m.is_ambiguous) AS w
LEFT JOIN matches m ON m.reconciliation_id = w.reconciliation_id AND m.number = w.match_number
ORDER BY w.reconciliation_id, w.match_number, w.number, w.transaction_id, w.balance_id, w.outcome
