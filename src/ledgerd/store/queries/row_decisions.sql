-- Decisions about matches and rows. They are made one after the other: each holds the head until its commit.

-- name: select
-- Decisions as callers see them.
SELECT d.number AS id, d.source_id, d.reconciliation_id, d.kind, d.matches, d.records, d.entries, d.skipped,
       d.match_number, d.reason, d.decided_by, d.decided_at, d.adjustments
FROM row_decisions d

-- name: find
-- One decision.
SELECT d.number AS id, d.source_id, d.reconciliation_id, d.kind, d.matches, d.records, d.entries, d.skipped,
       d.match_number, d.reason, d.decided_by, d.decided_at, d.adjustments
FROM row_decisions d WHERE d.number = $1

-- name: begin
-- The number of the next decision. No other decision is made until this transaction ends.
SELECT number + 1 FROM row_decision_head FOR UPDATE

-- name: record
-- A decision, which gets the next number.
INSERT INTO row_decisions (source_id, reconciliation_id, kind, matches, records, entries, skipped, match_number, reason,
                           decided_by, decided_at, adjustments)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
RETURNING number

-- name: chosen_numbers
-- Those of the given matches that a run has, with their status.
SELECT m.number, m.status FROM matches m WHERE m.reconciliation_id = $1 AND m.number = ANY ($2::integer[])

-- name: claimed
-- Of the chosen matches with a number above $4 and up to $5 those that have a claimed row, each with the claim of the
-- first of its rows; a record for which an adjustment is being posted is as good as claimed. Chosen are those that are
-- proposed and listed in $3 or, without a list, unambiguous ones of level $2, or of any level: those that a rule found.
WITH chosen AS MATERIALIZED (
    SELECT m.number, m.record_number, m.transaction_id, m.balance_id FROM matches m
    WHERE m.reconciliation_id = $1 AND m.number > $4 AND m.number <= $5 AND m.status = 'PROPOSED'
          AND CASE WHEN $3::integer[] IS NULL THEN NOT m.is_ambiguous AND m.level >= 0 AND ($2::smallint IS NULL OR m.level = $2)
                   ELSE m.number = ANY ($3) END
),
their_rows AS (
    SELECT c.number, 0 AS place, c.record_number, c.transaction_id, c.balance_id FROM chosen c
    WHERE c.record_number IS NOT NULL
    UNION ALL
    SELECT c.number, f.place, f.record_number, f.transaction_id, f.balance_id
    FROM chosen c JOIN match_members f ON f.reconciliation_id = $1 AND f.match_number = c.number
    WHERE c.record_number IS NULL
)
SELECT DISTINCT ON (x.number) x.number, x.record_number, x.transaction_id, x.balance_id, x.claimed_by, x.reconciliation_id,
       x.match_number, x.adjustment_id
FROM (
    SELECT w.number, w.place, 0 AS side, w.record_number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id, c.claimed_by,
           c.reconciliation_id, c.match_number, NULL::uuid AS adjustment_id
    FROM their_rows w JOIN record_claims c ON c.record_number = w.record_number AND c.released_by IS NULL
    UNION ALL
    SELECT w.number, w.place, 0, w.record_number, NULL, NULL, NULL, NULL, NULL, a.id
    FROM their_rows w JOIN reconciliation_adjustments a ON a.record_number = w.record_number AND a.status = 'POSTING'
    UNION ALL
    SELECT w.number, w.place, 1, NULL, w.transaction_id, w.balance_id, c.claimed_by, c.reconciliation_id, c.match_number, NULL
    FROM their_rows w JOIN entry_claims c
         ON c.transaction_id = w.transaction_id AND c.balance_id = w.balance_id AND c.released_by IS NULL
) AS x
ORDER BY x.number, x.place, x.side

-- name: released_holds
-- Of the chosen matches those that have a hold of which nothing remains now, each with the first of these. Chosen as in
-- claimed.
WITH chosen AS MATERIALIZED (
    SELECT m.number, m.record_number, m.transaction_id, m.balance_id FROM matches m
    WHERE m.reconciliation_id = $1 AND m.number > $4 AND m.number <= $5 AND m.status = 'PROPOSED'
          AND CASE WHEN $3::integer[] IS NULL THEN NOT m.is_ambiguous AND m.level >= 0 AND ($2::smallint IS NULL OR m.level = $2)
                   ELSE m.number = ANY ($3) END
),
their_entries AS (
    SELECT c.number, 0 AS place, c.transaction_id, c.balance_id FROM chosen c WHERE c.record_number IS NOT NULL
    UNION ALL
    SELECT c.number, f.place, f.transaction_id, f.balance_id
    FROM chosen c JOIN match_members f ON f.reconciliation_id = $1 AND f.match_number = c.number
    WHERE c.record_number IS NULL AND f.transaction_id IS NOT NULL
)
SELECT DISTINCT ON (w.number) w.number, w.transaction_id, w.balance_id
FROM their_entries w JOIN transactions t ON t.id = w.transaction_id
WHERE t.kind = 'HOLD'
      AND t.amount <= COALESCE((
          SELECT sum(COALESCE(r.released, r.amount)) FROM transactions r
          WHERE r.parent_id = t.id AND COALESCE(r.destination_version, r.source_version) IS NOT NULL), 0)
ORDER BY w.number, w.place

-- name: proposers
-- Who made those of the given matches that are proposed and that no rule found.
SELECT m.number, d.decided_by FROM matches m JOIN row_decisions d ON d.number = m.decision
WHERE m.reconciliation_id = $1 AND m.number = ANY ($2::integer[]) AND m.status = 'PROPOSED' AND m.level < 0

-- name: maker
-- Who made a match that no rule found.
SELECT d.decided_by FROM matches m
JOIN reconciliations r ON r.id = m.reconciliation_id
JOIN row_decisions d ON d.source_id = r.source_id AND d.reconciliation_id = m.reconciliation_id AND d.kind = 'CREATE_MATCH'
     AND d.match_number = m.number
WHERE m.reconciliation_id = $1 AND m.number = $2 AND m.level < 0

-- name: runs_about
-- The last run of a source that proposed something, and those that left records ($2) or entries ($3, $4) open.
WITH about AS MATERIALIZED (
    SELECT e.reconciliation_id FROM reconciliation_exceptions e
    WHERE e.source_id = $1 AND e.record_number = ANY ($2::bigint[]) AND e.status <> 'RESOLVED'
    UNION
    SELECT e.reconciliation_id FROM unnest($3::uuid[], $4::uuid[]) AS g(transaction_id, balance_id)
    JOIN reconciliation_exceptions e ON e.transaction_id = g.transaction_id AND e.balance_id = g.balance_id
    WHERE e.source_id = $1 AND e.status <> 'RESOLVED'
    UNION
    SELECT w.reconciliation_id FROM settlement_windows w WHERE w.source_id = $1 AND w.record_number = ANY ($2::bigint[])
    UNION
    SELECT w.reconciliation_id FROM unnest($3::uuid[], $4::uuid[]) AS g(transaction_id, balance_id)
    JOIN settlement_windows w ON w.transaction_id = g.transaction_id AND w.balance_id = g.balance_id
    WHERE w.source_id = $1
    UNION
    (SELECT l.id FROM reconciliations l WHERE l.source_id = $1 AND l.status = 'FINISHED' AND NOT l.dry_run
     ORDER BY l.id DESC LIMIT 1)
)
SELECT DISTINCT r.created_by, r.confirmation_policy FROM about a JOIN reconciliations r ON r.id = a.reconciliation_id

-- name: contested_rows
-- The rows of those of the given matches that are proposed and that may want the same row: ambiguous ones, or all ($3).
-- Each row of either side is one here.
WITH chosen AS MATERIALIZED (
    SELECT m.number, m.record_number, m.transaction_id, m.balance_id FROM matches m
    WHERE m.reconciliation_id = $1 AND m.number = ANY ($2::integer[]) AND m.status = 'PROPOSED' AND (m.is_ambiguous OR $3)
)
SELECT c.number, c.record_number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id FROM chosen c
WHERE c.record_number IS NOT NULL
UNION ALL
SELECT c.number, NULL, c.transaction_id, c.balance_id FROM chosen c WHERE c.record_number IS NOT NULL
UNION ALL
SELECT c.number, f.record_number, f.transaction_id, f.balance_id FROM chosen c
JOIN match_members f ON f.reconciliation_id = $1 AND f.match_number = c.number
WHERE c.record_number IS NULL
ORDER BY 1

-- name: confirm
-- Confirms the chosen matches, but for those of the list $6: their rows are claimed by decision $7, what is open about
-- these rows is resolved at $8, and what their rules may post for their differences is due. Chosen as in claimed.
WITH confirmed AS (
    UPDATE matches m SET status = 'CONFIRMED', decision = $7
    WHERE m.reconciliation_id = $1 AND m.number > $4 AND m.number <= $5 AND m.status = 'PROPOSED'
          AND CASE WHEN $3::integer[] IS NULL THEN NOT m.is_ambiguous AND m.level >= 0 AND ($2::smallint IS NULL OR m.level = $2)
                   ELSE m.number = ANY ($3) END
          AND m.number <> ALL ($6::integer[])
    RETURNING m.number, m.record_number, m.transaction_id, m.balance_id
),
members AS MATERIALIZED (
    SELECT f.match_number, f.record_number, f.transaction_id, f.balance_id
    FROM confirmed c JOIN match_members f ON f.reconciliation_id = $1 AND f.match_number = c.number
    WHERE c.record_number IS NULL
),
of_records AS (
    INSERT INTO record_claims (record_number, claimed_by, reconciliation_id, match_number)
    SELECT c.record_number, $7, $1, c.number FROM confirmed c WHERE c.record_number IS NOT NULL
    UNION ALL SELECT f.record_number, $7, $1, f.match_number FROM members f WHERE f.record_number IS NOT NULL
    RETURNING record_number
),
of_entries AS (
    INSERT INTO entry_claims (transaction_id, balance_id, claimed_by, reconciliation_id, match_number)
    SELECT c.transaction_id, c.balance_id, $7, $1, c.number FROM confirmed c WHERE c.transaction_id IS NOT NULL
    UNION ALL
    SELECT f.transaction_id, f.balance_id, $7, $1, f.match_number FROM members f WHERE f.transaction_id IS NOT NULL
    RETURNING transaction_id, balance_id
),
resolved_records AS (
    UPDATE reconciliation_exceptions e
    SET status = 'RESOLVED', resolved_by = $7, resolved_at = $8, updated_at = $8, revision = e.revision + 1
    FROM of_records c WHERE e.record_number = c.record_number AND e.status <> 'RESOLVED' RETURNING e.id
),
resolved_entries AS (
    UPDATE reconciliation_exceptions e
    SET status = 'RESOLVED', resolved_by = $7, resolved_at = $8, updated_at = $8, revision = e.revision + 1
    FROM of_entries c
    WHERE e.transaction_id = c.transaction_id AND e.balance_id = c.balance_id AND e.status <> 'RESOLVED' RETURNING e.id
),
due AS (
    UPDATE reconciliation_adjustments a SET is_due = true FROM confirmed c
    WHERE a.reconciliation_id = $1 AND a.match_number = c.number AND a.is_automatic AND a.status = 'PROPOSED' RETURNING a.id
)
SELECT (SELECT count(*) FROM confirmed)::integer AS matches, (SELECT count(*) FROM of_records)::integer AS records,
       (SELECT count(*) FROM of_entries)::integer AS entries,
       ((SELECT count(*) FROM resolved_records) + (SELECT count(*) FROM resolved_entries))::integer AS resolved

-- name: reject
-- Rejects the chosen matches with a number above $4 and up to $5, by decision $6. Chosen as in claimed.
WITH rejected AS (
    UPDATE matches m SET status = 'REJECTED', decision = $6
    WHERE m.reconciliation_id = $1 AND m.number > $4 AND m.number <= $5 AND m.status = 'PROPOSED'
          AND CASE WHEN $3::integer[] IS NULL THEN NOT m.is_ambiguous AND m.level >= 0 AND ($2::smallint IS NULL OR m.level = $2)
                   ELSE m.number = ANY ($3) END
    RETURNING m.number
)
SELECT count(*)::integer AS matches FROM rejected

-- name: claim
-- Claims records ($1) and entries ($2, $3) by decision $4, for a match ($5, $6) or as ignored, and resolves at $7 what is
-- open about them.
WITH of_records AS (
    INSERT INTO record_claims (record_number, claimed_by, reconciliation_id, match_number)
    SELECT number, $4, $5, $6 FROM unnest($1::bigint[]) AS g(number) RETURNING record_number
),
of_entries AS (
    INSERT INTO entry_claims (transaction_id, balance_id, claimed_by, reconciliation_id, match_number)
    SELECT transaction_id, balance_id, $4, $5, $6 FROM unnest($2::uuid[], $3::uuid[]) AS g(transaction_id, balance_id)
    RETURNING transaction_id, balance_id
),
resolved_records AS (
    UPDATE reconciliation_exceptions e
    SET status = 'RESOLVED', resolved_by = $4, resolved_at = $7, updated_at = $7, revision = e.revision + 1
    FROM of_records c WHERE e.record_number = c.record_number AND e.status <> 'RESOLVED' RETURNING e.id
),
resolved_entries AS (
    UPDATE reconciliation_exceptions e
    SET status = 'RESOLVED', resolved_by = $4, resolved_at = $7, updated_at = $7, revision = e.revision + 1
    FROM of_entries c
    WHERE e.transaction_id = c.transaction_id AND e.balance_id = c.balance_id AND e.status <> 'RESOLVED' RETURNING e.id
)
SELECT ((SELECT count(*) FROM resolved_records) + (SELECT count(*) FROM resolved_entries))::integer

-- name: claims
-- The claims that records ($1) and entries ($2, $3) have now.
SELECT c.record_number, NULL::uuid AS transaction_id, NULL::uuid AS balance_id, c.claimed_by, c.reconciliation_id,
       c.match_number, NULL::uuid AS adjustment_id
FROM record_claims c WHERE c.record_number = ANY ($1::bigint[]) AND c.released_by IS NULL
UNION ALL
SELECT NULL, c.transaction_id, c.balance_id, c.claimed_by, c.reconciliation_id, c.match_number, NULL
FROM unnest($2::uuid[], $3::uuid[]) AS g(transaction_id, balance_id)
JOIN entry_claims c ON c.transaction_id = g.transaction_id AND c.balance_id = g.balance_id AND c.released_by IS NULL

-- name: unclaim
-- Ends the claims that records ($1) and entries ($2, $3) have, by decision $4.
WITH of_records AS (
    UPDATE record_claims c SET released_by = $4
    WHERE c.record_number = ANY ($1::bigint[]) AND c.released_by IS NULL RETURNING 1
),
of_entries AS (
    UPDATE entry_claims c SET released_by = $4 FROM unnest($2::uuid[], $3::uuid[]) AS g(transaction_id, balance_id)
    WHERE c.transaction_id = g.transaction_id AND c.balance_id = g.balance_id AND c.released_by IS NULL RETURNING 1
)
SELECT (SELECT count(*) FROM of_records)::integer AS records, (SELECT count(*) FROM of_entries)::integer AS entries

-- name: release_claims
-- Ends the claims of a match ($1, $2), by decision $3.
WITH its_rows AS MATERIALIZED (
    SELECT m.record_number, m.transaction_id, m.balance_id FROM matches m
    WHERE m.reconciliation_id = $1 AND m.number = $2 AND m.record_number IS NOT NULL
    UNION ALL
    SELECT f.record_number, f.transaction_id, f.balance_id FROM match_members f
    WHERE f.reconciliation_id = $1 AND f.match_number = $2
),
of_records AS (
    UPDATE record_claims c SET released_by = $3 FROM its_rows w
    WHERE c.record_number = w.record_number AND c.released_by IS NULL AND c.reconciliation_id = $1 AND c.match_number = $2
    RETURNING 1
),
of_entries AS (
    UPDATE entry_claims c SET released_by = $3 FROM its_rows w
    WHERE c.transaction_id = w.transaction_id AND c.balance_id = w.balance_id AND c.released_by IS NULL
          AND c.reconciliation_id = $1 AND c.match_number = $2
    RETURNING 1
)
SELECT (SELECT count(*) FROM of_records)::integer AS records, (SELECT count(*) FROM of_entries)::integer AS entries

-- name: set_status
-- The status of one match, by a decision.
UPDATE matches SET status = $3, decision = $4 WHERE reconciliation_id = $1 AND number = $2

-- name: insert_match
-- A match that somebody made: it is of no rule, and has members.
INSERT INTO matches (reconciliation_id, number, level, drift, distance, status, decision)
VALUES ($1, $2, -1, $3, $4, $5, $6)

-- name: insert_members
-- The rows of a match: records, then entries.
INSERT INTO match_members (reconciliation_id, match_number, place, record_number, transaction_id, balance_id)
SELECT $1::uuid, $2::integer, g.place - 1, g.number, NULL::uuid, NULL::uuid FROM unnest($3::bigint[]) WITH ORDINALITY AS g(number, place)
UNION ALL
SELECT $1, $2, cardinality($3::bigint[]) + g.place - 1, NULL, g.transaction_id, g.balance_id
FROM unnest($4::uuid[], $5::uuid[]) WITH ORDINALITY AS g(transaction_id, balance_id, place)
