-- The statements of the write path, in the order in which it sends them. Lists travel as one array literal in text:
-- it is cheaper to build and to read than a typed array.

-- name: ids_by_reference
-- What references recorded, for operations that name older transactions by them.
SELECT reference, id FROM transactions WHERE reference = ANY($1::text[])

-- name: sides
-- The columns of older transactions that never change: the write path needs them to know which balances to read or
-- lock.
SELECT id, kind, source_id, destination_id, header_id FROM transactions WHERE id = ANY($1::text::uuid[])

-- name: accounts_by_id
-- Balances as decisions read them, with the closed period of their ledger and their monitors.
SELECT b.id, b.indicator, b.currency, b.precision, b.floor, b.ceiling, b.status, b.moved_at,
       b.version, b.credit, b.debit, b.inflight_credit, b.inflight_debit,
       b.ledger_id, (SELECT l.closed_before FROM ledgers l WHERE l.id = b.ledger_id) AS closed_before,
       (SELECT jsonb_agg(jsonb_build_object('id', m.id, 'conditions', m.conditions, 'trigger', m.trigger,
                                            'description', m.description) ORDER BY m.id)
        FROM monitors m WHERE m.balance_id = b.id) AS monitors
FROM balances b
WHERE b.id = ANY($1::text::uuid[])

-- name: ids_by_indicator
-- The ids of internal balances, by indicator and currency.
SELECT b.id, b.indicator, b.currency
FROM unnest($1::text[], $2::text[]) AS requested(indicator, currency)
JOIN balances b USING (indicator, currency)

-- name: parents
-- Transactions that others refer to, as decisions read them.
SELECT id, kind, status, source_id, destination_id, amount, committed, voided, refunded, allow_overdraft, overdraft_limit,
       allow_over_commit, COALESCE(adjusted_expires_at, expires_at) AS expires_at,
       COALESCE(adjusted_commits_at, commits_at) AS commits_at, adjusted, adjustments, header_id, currency, precision,
       CASE WHEN kind = 'SPLIT' AND leg_count IS NULL THEN request_json END AS undivided,
       COALESCE(adjusted_expires_at, expires_at) IS NOT NULL AND status <> 'INFLIGHT' AND EXISTS (
           SELECT FROM transitions r WHERE r.transaction_id = t.id AND r.kind = 'EXPIRED') AS expired
FROM transactions t WHERE id = ANY($1::text::uuid[])

-- name: identities
-- Those of these identities that exist.
SELECT id FROM identities WHERE id = ANY($1::text::uuid[])

-- name: lock_identities
-- The same, locked in id order: nobody deletes them before this transaction commits. The lock comes after those of the
-- balances.
SELECT id FROM identities WHERE id = ANY($1::text::uuid[]) ORDER BY id FOR KEY SHARE

-- name: undivided
-- Those of these splits, and of what came with these batches, that divide late and were not applied yet.
SELECT source_id, destination_id, request_json FROM transactions
WHERE id = ANY($1::text::uuid[]) AND kind = 'SPLIT' AND leg_count IS NULL AND is_deferred(status)
UNION ALL
SELECT source_id, destination_id, request_json FROM transactions
WHERE batch_id = ANY($2::text::uuid[]) AND kind = 'SPLIT' AND leg_count IS NULL AND is_deferred(status)

-- name: count_of_compound
-- The number of legs of splits and batches, as far as a bound.
SELECT count(*) FROM (
    SELECT FROM transactions WHERE header_id = ANY($1::text::uuid[]) AND kind IN ('POSTING', 'HOLD')
    UNION ALL
    SELECT FROM transactions WHERE batch_id = ANY($2::text::uuid[]) AND kind IN ('POSTING', 'HOLD')
    LIMIT $3
) AS legs

-- name: sides_of_compound
-- The balances of splits, by the split's id, and of batches: of everything in them that moved, is held, or is deferred
-- and may be applied by the same commit.
SELECT source_id, destination_id FROM transactions
WHERE header_id = ANY($1::text::uuid[]) AND kind IN ('POSTING', 'HOLD')
UNION
SELECT source_id, destination_id FROM transactions
WHERE batch_id = ANY($2::text::uuid[]) AND kind IN ('POSTING', 'HOLD')
  AND (source_version IS NOT NULL OR is_deferred(status))

-- name: legs_of_compound
-- The legs of splits and batches, as decisions read them. A batch's own holds and movements are its legs, and so are
-- the legs of its splits: they have the batch's id as well. A split that divides late stands there itself until it has
-- legs. Of what is deferred see compound.legs_of.
SELECT id, kind, status, source_id, destination_id, amount, committed, voided, refunded, allow_overdraft, overdraft_limit,
       allow_over_commit, COALESCE(adjusted_expires_at, expires_at) AS expires_at,
       COALESCE(adjusted_commits_at, commits_at) AS commits_at, adjusted, adjustments, header_id, batch_id,
       currency, precision, CASE WHEN kind = 'SPLIT' THEN request_json END AS undivided,
       COALESCE(adjusted_expires_at, expires_at) IS NOT NULL AND status <> 'INFLIGHT' AND EXISTS (
           SELECT FROM transitions r WHERE r.transaction_id = t.id AND r.kind = 'EXPIRED') AS expired
FROM transactions t
WHERE header_id = ANY($1::text::uuid[]) AND kind IN ('POSTING', 'HOLD')
UNION ALL
SELECT id, kind, status, source_id, destination_id, amount, committed, voided, refunded, allow_overdraft, overdraft_limit,
       allow_over_commit, COALESCE(adjusted_expires_at, expires_at) AS expires_at,
       COALESCE(adjusted_commits_at, commits_at) AS commits_at, adjusted, adjustments, header_id, batch_id,
       currency, precision, CASE WHEN kind = 'SPLIT' THEN request_json END AS undivided,
       COALESCE(adjusted_expires_at, expires_at) IS NOT NULL AND status <> 'INFLIGHT' AND EXISTS (
           SELECT FROM transitions r WHERE r.transaction_id = t.id AND r.kind = 'EXPIRED') AS expired
FROM transactions t
WHERE batch_id = ANY($2::text::uuid[]) AND (kind IN ('POSTING', 'HOLD') OR (kind = 'SPLIT' AND leg_count IS NULL))
  AND (source_version IS NOT NULL OR is_deferred(status))
  AND (header_id IS NULL OR header_id <> ALL ($1::text::uuid[]))

-- name: batches_known
-- Those of these batches that exist, and whether they are finished.
SELECT id, true AS finished FROM batches WHERE id = ANY($1::text::uuid[])
UNION ALL
SELECT id, false FROM batch_runs WHERE id = ANY($1::text::uuid[])

-- name: kinds_of_batches
-- The currencies and precisions of batches. What came with a batch never changes; a deferred transaction of it may
-- still move.
SELECT DISTINCT batch_id, currency, precision FROM transactions
WHERE batch_id = ANY($1::uuid[]) AND (kind IN ('POSTING', 'HOLD') OR (kind = 'SPLIT' AND leg_count IS NULL))
  AND status NOT IN ('REJECTED', 'CANCELLED')

-- name: clock
-- The database's time.
SELECT clock_timestamp()

-- name: lock
-- The versions of balances, locked in id order, so that no two commits wait for each other crosswise. The versions
-- come in that order too, to be compared with those that the decision was based on. A cancellation of a compound
-- refund locks none.
SELECT COALESCE(array_agg(version)::text, '{}')
FROM (SELECT version FROM balances WHERE id = ANY($1::text::uuid[]) ORDER BY id FOR NO KEY UPDATE) AS locked

-- name: compare
-- The versions of balances without locks, for a batch that writes nothing.
SELECT array_agg(version ORDER BY id)::text FROM balances WHERE id = ANY($1::text::uuid[])

-- name: lock_ledgers
-- The closed periods of ledgers, locked: only for drafts that are dated explicitly, and always after the balances
-- (see periods.sql). A closing and a dated draft take this lock in turn: the second waits and then sees what the first
-- has done.
-- Writers of dated drafts do not wait for each other.
SELECT id, closed_before FROM ledgers WHERE id = ANY($1::text::uuid[]) ORDER BY id FOR SHARE

-- name: compare_ledgers
-- The closed periods of ledgers without locks, for a batch that writes nothing.
SELECT id, closed_before FROM ledgers WHERE id = ANY($1::text::uuid[])

-- name: apply_to_balances
-- One update of all balances, and the journal row. Its order key is drawn here, under the locks. Where no hold is
-- concerned, the lists of held totals are null and the totals stay as they are. The list of times is null where
-- everything moved at the plan's time.
WITH moved AS (
    UPDATE balances b
    SET version = figures.version, credit = figures.credit, debit = figures.debit,
        inflight_credit = COALESCE(figures.inflight_credit, b.inflight_credit),
        inflight_debit = COALESCE(figures.inflight_debit, b.inflight_debit),
        moved_at = COALESCE(figures.moved_at, $7)
    FROM unnest($1::text::uuid[], $2::text::bigint[], $3::text::numeric[], $4::text::numeric[],
                $5::text::numeric[], $6::text::numeric[], $12::timestamptz[])
        AS figures(id, version, credit, debit, inflight_credit, inflight_debit, moved_at)
    WHERE b.id = figures.id
    RETURNING 1
), written AS (
    INSERT INTO journal (id, entries, digest, digest_version, recorded_at)
    VALUES ($8, $9, $10, $11, $7)
    RETURNING id, order_key
), unplaced AS (
    INSERT INTO journal_unplaced (order_key, journal_id) SELECT order_key, id FROM written
)
SELECT count(*) FROM moved

-- name: move_forward
-- The new status and figures of older transactions. The figures before are compared too: nothing is resolved or
-- refunded from a stale view of it.
UPDATE transactions t
SET status = moved.status, refunded = NULLIF(moved.refunded, 0),
    committed = CASE WHEN t.committed IS NOT NULL THEN moved.committed END,
    voided = CASE WHEN t.voided IS NOT NULL THEN moved.voided END
FROM unnest($1::text::uuid[], $2::text[], $3::text::numeric[], $4::text::numeric[], $5::text::numeric[],
            $6::text::numeric[], $7::text::numeric[], $8::text::numeric[])
    AS moved(id, status, committed, voided, refunded, committed_before, voided_before, refunded_before)
WHERE t.id = moved.id AND COALESCE(t.committed, 0) = moved.committed_before
  AND COALESCE(t.voided, 0) = moved.voided_before AND COALESCE(t.refunded, 0) = moved.refunded_before

-- name: adjust
-- What adjustments make of holds. The number of adjustments before is compared too: no hold is adjusted from a stale view
-- of it.
UPDATE transactions t
SET adjusted = changed.adjusted, adjusted_expires_at = changed.expires_at, adjusted_commits_at = changed.commits_at,
    adjustments = changed.adjustments
FROM unnest($1::text::uuid[], $2::text::numeric[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::integer[])
    AS changed(id, adjusted, expires_at, commits_at, adjustments, adjustments_before)
WHERE t.id = changed.id AND COALESCE(t.adjustments, 0) = changed.adjustments_before

-- name: insert_transitions
-- Transitions that follow from commits, voids, refunds and adjustments. The list of details is null where no hold was
-- ever adjusted.
INSERT INTO transitions (id, transaction_id, caused_by, kind, status, committed, voided, refunded, recorded_at, details)
SELECT id, transaction_id, caused_by, kind, status, committed, voided, refunded, $9, details
FROM unnest($1::text::uuid[], $2::text::uuid[], $3::text::uuid[], $4::text[], $5::text[],
            $6::text::numeric[], $7::text::numeric[], $8::text::numeric[], $10::text[])
    AS moved(id, transaction_id, caused_by, kind, status, committed, voided, refunded, details)

-- name: insert_events
-- Events.
INSERT INTO events (id, kind, subject_id, balance_id, payload, recorded_at)
SELECT id, kind, subject_id, balance_id, payload::json, $6
FROM unnest($1::text::uuid[], $2::text[], $3::text::uuid[], $4::text::uuid[], $5::text[])
    AS event(id, kind, subject_id, balance_id, payload)

-- name: insert_batches
-- Finished batches.
INSERT INTO batches (id, mode, operations, posted, replayed, rejected, recorded_at, accepted_at, rejection, metadata)
SELECT id, mode, operations, posted, replayed, rejected, $7, accepted_at, rejection, metadata
FROM unnest($1::text::uuid[], $2::text[], $3::int[], $4::int[], $5::int[], $6::int[], $8::timestamptz[], $9::text[],
            $10::text[])
    AS batch(id, mode, operations, posted, replayed, rejected, accepted_at, rejection, metadata)

-- name: journal_exists
-- Whether a commit is recorded.
SELECT true FROM journal WHERE id = $1

-- name: write_journal
-- The journal row of a commit that moves no money.
WITH written AS (
    INSERT INTO journal (id, entries, digest, digest_version, recorded_at)
    VALUES ($1, $2, $3, $4, $5)
    RETURNING id, order_key
)
INSERT INTO journal_unplaced (order_key, journal_id) SELECT order_key, id FROM written

-- name: closed_before
-- The time before which a ledger is closed.
SELECT closed_before FROM ledgers WHERE id = $1

-- name: open_internal
-- A new internal balance; no row where it exists already.
INSERT INTO balances (id, ledger_id, indicator, currency, precision, moved_at, created_at, updated_at)
VALUES ($1, '00000000-0000-7000-8000-000000000001', $2, $3, $4, $5, $5, $5)
ON CONFLICT (indicator, currency) DO NOTHING
RETURNING id
