-- What runs found: matches with their rows, and the rows that are in none.

-- name: run
-- A run, for those who look at what it found or decide about it, with how many matches it has.
SELECT r.id, r.source_id, r.scope::text AS scope, r.rules::text AS rules, r.dry_run, r.replays, r.confirmation_policy, r.status, r.created_by, r.created_at,
       COALESCE((SELECT max(m.number) FROM matches m WHERE m.reconciliation_id = r.id), 0) AS last_number
FROM reconciliations r WHERE r.id = $1

-- name: precisions
-- The precision of each currency of these balances, then of each currency of which a run ($2) found something: in it the
-- run compared.
SELECT b.currency, max(b.precision) AS precision FROM balances b WHERE b.id = ANY ($1::uuid[]) GROUP BY b.currency
UNION ALL
SELECT c.key, (c.value ->> 'precision')::bigint FROM reconciliations r CROSS JOIN json_each(r.counts) AS c WHERE r.id = $2

-- name: listed
-- Matches as callers list them. The currency of a group is that of its first row.
SELECT m.number AS id, m.reconciliation_id, m.level, m.record_number, m.transaction_id, m.balance_id, m.drift, m.distance,
       m.is_ambiguous, m.status, m.decision,
       COALESCE(
           (SELECT b.currency FROM balances b WHERE b.id = m.balance_id),
           (SELECT COALESCE(r.currency, b.currency) FROM match_members f
            LEFT JOIN external_records r ON r.id = f.record_number LEFT JOIN balances b ON b.id = f.balance_id
            WHERE f.reconciliation_id = m.reconciliation_id AND f.match_number = m.number AND f.place = 0)) AS currency
FROM matches m

-- name: members
-- The first $3 rows of each side of these matches, of those that are no pairs, in order; and how many each side has.
SELECT n.match_number, n.record_number, n.transaction_id, n.balance_id, n.side_count
FROM (SELECT m.match_number, m.place, m.record_number, m.transaction_id, m.balance_id,
             row_number() OVER side AS in_side, count(*) OVER (PARTITION BY m.match_number, m.record_number IS NULL) AS side_count
      FROM match_members m
      WHERE m.reconciliation_id = $1 AND m.match_number = ANY ($2::integer[])
      WINDOW side AS (PARTITION BY m.match_number, m.record_number IS NULL ORDER BY m.place)) n
WHERE n.in_side <= $3
ORDER BY n.match_number, n.place

-- name: unmatched
-- The rows of runs that are in no match, as callers list them.
SELECT u.number AS id, u.reconciliation_id, u.record_number, u.transaction_id, u.balance_id, u.outcome,
       CASE WHEN u.record_number IS NULL THEN 'ENTRY' ELSE 'RECORD' END AS side
FROM unmatched_rows u

-- name: others
-- Of the first $3 entries (where $2) or records of a run that are in no match, what tells how near they are: amounts in
-- minor units of their own precision, entries with the sign of a credit.
SELECT o.number, o.record_number, o.transaction_id, o.balance_id, COALESCE(r.currency, t.currency) AS currency,
       COALESCE(r.precision, t.precision) AS precision,
       COALESCE(r.amount, CASE WHEN t.destination_id = o.balance_id THEN t.amount ELSE -t.amount END) AS amount
FROM (SELECT u.number, u.record_number, u.transaction_id, u.balance_id FROM unmatched_rows u
      WHERE u.reconciliation_id = $1 AND (u.record_number IS NULL) = $2 ORDER BY u.number LIMIT $3) AS o
LEFT JOIN external_records r ON r.id = o.record_number
LEFT JOIN transactions t ON t.id = o.transaction_id

-- name: records
-- Records by their numbers, as matching reads them.
SELECT r.id AS number, r.amount, r.currency, r.precision, r.booking_date, r.value_date,
       (extract(epoch FROM r.booked_at) * 1000000)::bigint AS booked_at, r.reference_texts AS references, r.description,
       r.counterparty, r.counterparty_account, r.identity_id, r.group_key, r.metadata
FROM external_records r WHERE r.id = ANY ($1::bigint[])

-- name: entries
-- Entries by transaction and balance, in the order given, as matching reads them: seen from the balance, what it received
-- is positive. Where a scope is given ($3), the balance is in it and the other one is not. Of a hold it is what remained
-- when the run ($4) read it.
SELECT t.id, k.balance_id, (CASE WHEN k.is_credit THEN 1 ELSE -1 END) * (t.amount - CASE WHEN t.kind = 'HOLD' THEN COALESCE((
           SELECT sum(COALESCE(r.released, r.amount)) FROM transactions r
           JOIN reconciliation_balances v ON v.reconciliation_id = $4 AND v.balance_id = k.balance_id
           WHERE r.parent_id = t.id
                 AND CASE WHEN k.is_credit THEN r.destination_version ELSE r.source_version END <= v.version), 0)
           ELSE 0 END) AS amount, t.currency, t.precision,
       (extract(epoch FROM t.recorded_at) * 1000000)::bigint AS recorded_at,
       (extract(epoch FROM COALESCE(t.effective_at, t.recorded_at)) * 1000000)::bigint AS effective_at,
       COALESCE(t.reference, h.reference) AS reference, t.description, o.indicator AS counterparty, t.group_name, t.batch_id,
       t.metadata,
       ARRAY(SELECT i.identity_id FROM transaction_identities i WHERE i.transaction_id = COALESCE(t.header_id, t.id)
             UNION SELECT o.identity_id WHERE o.identity_id IS NOT NULL ORDER BY 1) AS identities
FROM (SELECT g.place, g.transaction_id, g.balance_id, x.destination_id = g.balance_id AS is_credit,
             CASE WHEN x.destination_id = g.balance_id THEN x.source_id ELSE x.destination_id END AS other_id
      FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS g(transaction_id, balance_id, place)
      JOIN transactions x ON x.id = g.transaction_id AND g.balance_id IN (x.source_id, x.destination_id)) AS k
JOIN transactions t ON t.id = k.transaction_id
LEFT JOIN transactions h ON h.id = t.header_id
LEFT JOIN balances o ON o.id = k.other_id
WHERE t.kind IN ('POSTING', 'COMMIT', 'REFUND', 'HOLD')
      AND CASE WHEN k.is_credit THEN t.destination_version ELSE t.source_version END IS NOT NULL
      AND ($3::uuid[] IS NULL OR (k.balance_id = ANY ($3) AND k.other_id <> ALL ($3)))
ORDER BY k.place

-- name: not_held
-- The holds among these transactions of which nothing remains now; all of them where a run does not compare holds ($2).
SELECT t.id FROM transactions t
WHERE t.id = ANY ($1::uuid[]) AND t.kind = 'HOLD'
      AND (NOT $2 OR t.amount <= COALESCE((
          SELECT sum(COALESCE(r.released, r.amount)) FROM transactions r
          WHERE r.parent_id = t.id AND COALESCE(r.destination_version, r.source_version) IS NOT NULL), 0))
