-- Reconciliations: from their acceptance until they end. One process at a time has the lease of a run.

-- name: accept
-- A run that was accepted, with what its source demands then.
INSERT INTO reconciliations (id, source_id, upload_id, rule_set_id, rule_set_version, scope, rules, dry_run, created_by,
                             created_at, confirmation_policy)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
        COALESCE((SELECT s.confirmation_policy FROM external_sources s WHERE s.id = $2), 'ANY_CALLER'))

-- name: accept_replay
-- A run that does another one again, as of the same moment: what it finds is compared and not kept.
INSERT INTO reconciliations (id, source_id, upload_id, replays, rule_set_id, rule_set_version, scope, rules, dry_run,
                             position, decisions, record_bound, method, created_by, created_at)
SELECT $1, r.source_id, r.upload_id, r.id, r.rule_set_id, r.rule_set_version, r.scope, r.rules, true, r.position, r.decisions,
       r.record_bound, r.method, $3, $4
FROM reconciliations r WHERE r.id = $2

-- name: copy_balances
-- The balances of another run, as of the same moment.
INSERT INTO reconciliation_balances (reconciliation_id, balance_id, version)
SELECT $1, balance_id, version FROM reconciliation_balances WHERE reconciliation_id = $2

-- name: select
-- A run as callers see it.
SELECT t.id, t.source_id, t.upload_id, t.replays, t.rule_set_id, t.rule_set_version, t.scope, t.rules, t.dry_run, t.status,
       t.stage, t.rows_done, t.position, t.decisions, t.record_bound, t.counts, t.digest, t.differences, t.rejection,
       t.cancel_asked, t.adjustments, t.created_by, t.created_at, t.started_at, t.finished_at,
       (SELECT h.epoch FROM journal_head h) AS epoch,
       (SELECT p.chain FROM positions p WHERE p.position = t.position) AS chain
FROM reconciliations t

-- name: balances_of_ledger
-- The first balances of a ledger.
SELECT id FROM balances WHERE ledger_id = $1 ORDER BY id LIMIT $2

-- name: balances_of_identity
-- The first balances of an identity.
SELECT id FROM balances WHERE identity_id = $1 ORDER BY id LIMIT $2

-- name: open_count
-- The number of runs that have not ended.
SELECT count(*) FROM reconciliations WHERE status IN ('PENDING', 'RUNNING')

-- name: lease
-- Leases of runs that nobody has a lease of, the oldest first. A run is begun when its upload was read.
WITH free AS MATERIALIZED (
    SELECT id FROM reconciliations
    WHERE status IN ('PENDING', 'RUNNING') AND (leased_until IS NULL OR leased_until < clock_timestamp())
          AND (cancel_asked OR NOT EXISTS (
              SELECT FROM uploads u WHERE u.id = upload_id AND u.status IN ('RECEIVING', 'READING')))
    ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE reconciliations r SET lease_token = $1, leased_until = clock_timestamp() + $2, status = 'RUNNING',
       started_at = COALESCE(r.started_at, clock_timestamp())
FROM free WHERE r.id = free.id
RETURNING r.id

-- name: renew
-- A longer time for a lease that a process still has, and whether the run is to be cancelled; no row where it is lost.
UPDATE reconciliations SET leased_until = clock_timestamp() + $3 WHERE id = $1 AND lease_token = $2
RETURNING cancel_asked

-- name: stand
-- A run whose lease stands until the end of the transaction, and whether it is to be cancelled.
SELECT cancel_asked FROM reconciliations WHERE id = $1 AND lease_token = $2 FOR SHARE

-- name: lock
-- A run whose lease stands, locked until the end of the transaction.
SELECT cancel_asked, position FROM reconciliations WHERE id = $1 AND lease_token = $2 FOR UPDATE

-- name: release
-- The end of a lease that a process still has, after so many more crashes.
UPDATE reconciliations SET lease_token = NULL, leased_until = NULL, crashes = crashes + $3
WHERE id = $1 AND lease_token = $2

-- name: work
-- A run, for the process that has the lease.
SELECT t.source_id, t.upload_id, t.replays, t.scope, t.rules, t.position, t.decisions, t.record_bound, t.method,
       t.crashes, t.stage, t.cancel_asked
FROM reconciliations t WHERE t.id = $1 AND t.lease_token = $2

-- name: moment
-- The last position in the journal, the last decision about rows, and the last record of a source.
SELECT h.position, d.number AS decisions,
       COALESCE((SELECT max(r.id) FROM external_records r WHERE r.source_id = $1), 0) AS record_bound
FROM journal_head h, row_decision_head d

-- name: unplaced
-- The commits that have no position yet.
SELECT journal_id FROM journal_unplaced

-- name: versions
-- The versions of balances as the commits with a position left them. $2 and $3 are the first and the last ids of the
-- commits that have none.
WITH unplaced AS MATERIALIZED (
    SELECT moved.*
    FROM unnest($2::uuid[], $3::uuid[]) AS part(low, high)
    CROSS JOIN LATERAL (
        SELECT t.source_id, t.source_version, t.destination_id, t.destination_version
        FROM transactions t WHERE t.id >= part.low AND t.id <= part.high
        UNION ALL
        SELECT t.source_id, t.source_version, t.destination_id, t.destination_version
        FROM transitions r JOIN transactions t ON t.id = r.transaction_id
        WHERE r.id >= part.low AND r.id <= part.high AND r.kind IN ('APPLIED', 'INFLIGHT')
    ) AS moved
), earliest AS MATERIALIZED (
    SELECT side.balance_id, min(side.version) AS version
    FROM unplaced u
    CROSS JOIN LATERAL (VALUES (u.source_id, u.source_version), (u.destination_id, u.destination_version))
        AS side(balance_id, version)
    GROUP BY side.balance_id
)
SELECT b.id, LEAST(b.version, e.version - 1) AS version
FROM balances b LEFT JOIN earliest e ON e.balance_id = b.id
WHERE b.id = ANY ($1::uuid[])

-- name: note_balances
-- As of when a run reads each of its balances.
INSERT INTO reconciliation_balances (reconciliation_id, balance_id, version)
SELECT $1, balance_id, version FROM unnest($2::uuid[], $3::bigint[]) AS noted(balance_id, version)

-- name: balances
-- The balances of a run, as of when, with their currencies.
SELECT s.balance_id, s.version, b.currency, b.precision
FROM reconciliation_balances s JOIN balances b ON b.id = s.balance_id WHERE s.reconciliation_id = $1

-- name: note
-- As of when a run reads: the journal's position, the last decision about rows, the last record; and how it finds.
UPDATE reconciliations SET position = $2, decisions = $3, record_bound = $4, method = $5 WHERE id = $1

-- name: progress
-- How far a run is; no row where its lease is lost.
UPDATE reconciliations SET stage = $3, rows_done = $4 WHERE id = $1 AND lease_token = $2
RETURNING cancel_asked

-- name: clear_matches
-- Nothing of what an earlier process found.
DELETE FROM matches WHERE reconciliation_id = $1

-- name: clear_members
-- Nothing of what an earlier process found.
DELETE FROM match_members WHERE reconciliation_id = $1

-- name: clear_unmatched
-- Nothing of what an earlier process found.
DELETE FROM unmatched_rows WHERE reconciliation_id = $1

-- name: clear_adjustments
-- Nothing of what an earlier process proposed.
DELETE FROM reconciliation_adjustments WHERE reconciliation_id = $1

-- name: found
-- What a run found: all of it is written.
UPDATE reconciliations SET counts = $2, digest = $3, differences = $4, adjustments = $5, stage = 'DONE' WHERE id = $1

-- name: finish
-- The end of a run whose result is written.
UPDATE reconciliations SET status = 'FINISHED', finished_at = $2, lease_token = NULL, leased_until = NULL
WHERE id = $1 AND stage = 'DONE'

-- name: fail
-- The end of a run that has no result.
UPDATE reconciliations
SET status = $2, rejection = $3, finished_at = $4, counts = NULL, digest = NULL, differences = NULL, adjustments = 0,
    lease_token = NULL, leased_until = NULL
WHERE id = $1

-- name: ask_to_cancel
-- A run that is to end without a result, if it has not ended.
UPDATE reconciliations SET cancel_asked = true WHERE id = $1 AND status IN ('PENDING', 'RUNNING') RETURNING id

-- name: record_precisions
-- The finest precision of a source's records in each currency, up to a record; with those of a dry run's upload ($3).
SELECT r.currency, max(r.precision) AS precision
FROM (SELECT a.currency, a.precision FROM external_records a WHERE a.source_id = $1 AND a.id <= $2
      UNION ALL
      SELECT d.currency, d.precision FROM external_records d WHERE d.upload_id = $3 AND d.source_id IS NULL) AS r
GROUP BY r.currency

-- name: differing
-- The first $3 matches of one record with one entry that a run has and another one has not.
SELECT m.number, m.record_number, m.transaction_id, m.balance_id
FROM matches m
LEFT JOIN matches o ON o.reconciliation_id = $2 AND o.record_number = m.record_number
     AND o.transaction_id = m.transaction_id AND o.balance_id = m.balance_id AND o.level = m.level AND o.drift = m.drift
     AND o.distance = m.distance AND o.is_ambiguous = m.is_ambiguous
WHERE m.reconciliation_id = $1 AND m.record_number IS NOT NULL AND o.number IS NULL
ORDER BY m.number LIMIT $3
