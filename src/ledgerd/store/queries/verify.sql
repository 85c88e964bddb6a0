-- The proof of the books as a whole, from what was written; verify_entries.sql proves what belongs to single commits.
-- A statement that looks for faults returns each fault with an id: no rows, no fault.

-- name: head
-- The head of the journal.
SELECT epoch, position, chain FROM journal_head

-- name: totals
-- The number of commits and entries after a position.
SELECT count(*) AS commits, COALESCE(sum(j.entries), 0)::bigint AS entries
FROM positions p JOIN journal j ON j.id = p.journal_id WHERE p.position > $1

-- name: place_at
-- The commit at a position, and the hash of the chain there.
SELECT journal_id, chain FROM positions WHERE position = $1

-- name: commits
-- The next commits in order of position, each with the number of places that it has.
SELECT p.position, p.chain, j.id, j.order_key, j.entries, j.digest, j.digest_version, p.journal_id,
       (SELECT count(*) FROM positions q WHERE q.journal_id = p.journal_id) AS places
FROM positions p LEFT JOIN journal j ON j.id = p.journal_id
WHERE p.position > $1 ORDER BY p.position LIMIT $2

-- name: unplaced_commits
-- The next commits that have no place yet, in their order.
SELECT u.order_key AS queued_as, u.journal_id, j.id, j.order_key, j.entries, j.digest, j.digest_version,
       (SELECT count(*) FROM positions q WHERE q.journal_id = u.journal_id) AS places
FROM journal_unplaced u LEFT JOIN journal j ON j.id = u.journal_id
WHERE u.order_key > $1 ORDER BY u.order_key LIMIT $2

-- name: commits_without_place
-- Commits from an id on that have no place and are not listed to get one.
SELECT j.id, 'this commit is neither placed nor waiting to be' AS fault
FROM journal j
WHERE j.id >= $1 AND NOT EXISTS (SELECT FROM positions p WHERE p.journal_id = j.id)
  AND NOT EXISTS (SELECT FROM journal_unplaced u WHERE u.journal_id = j.id AND u.order_key = j.order_key)

-- name: order_keys_unknown
-- Order keys that the sequence has not given.
SELECT j.id, format('order key %s, but the last one given is %s', j.order_key, s.last_value) AS fault
FROM journal j CROSS JOIN (SELECT COALESCE(pg_sequence_last_value('journal_order'), 0) AS last_value) AS s
WHERE j.id >= $1 AND (j.order_key BETWEEN 1 AND s.last_value) IS NOT TRUE

-- name: places_without_position
-- Places that no position leads to.
SELECT p.journal_id AS id, 'this commit has no position, or one below 1' AS fault
FROM positions p WHERE p.position IS NULL OR p.position < 1

-- name: closings
-- Every period that was closed, or opened again.
SELECT e.subject_id AS ledger_id, e.payload ->> 'closed_before' AS closed_before, j.order_key
FROM events e JOIN journal j ON j.id = overlay(e.id::text PLACING '000000' FROM 31)::uuid
WHERE e.kind IN ('LEDGER_PERIOD_CLOSED', 'LEDGER_PERIOD_REOPENED')

-- name: for_single_commits
-- Plans that find everything by id. A planner without statistics may think otherwise, and so may a planner that does
-- not know the ranges.
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
SET LOCAL plan_cache_mode = force_custom_plan

-- name: for_the_whole
-- Plans that may read whole tables.
SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on

-- name: without_time_limit
-- A session without the time-outs that guard the service: they would cut a long proof short. Sorting gets enough
-- memory.
SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL work_mem = '64MB';
SET LOCAL timezone = 'UTC'; SET LOCAL jit = off

-- name: export_snapshot
-- The name under which other sessions can see the same snapshot.
SELECT pg_export_snapshot()

-- name: count_rows
-- The number of rows in the tables of entries, and of entries that the journal counts.
SELECT (SELECT count(*) FROM transactions) AS transactions, (SELECT count(*) FROM transitions) AS transitions,
       (SELECT count(*) FROM events) AS events, (SELECT COALESCE(sum(entries), 0)::bigint FROM journal) AS entries

-- name: count_rows_since
-- The same numbers from an id on.
SELECT (SELECT count(*) FROM transactions WHERE id >= $1) AS transactions,
       (SELECT count(*) FROM transitions WHERE id >= $1) AS transitions,
       (SELECT count(*) FROM events WHERE id >= $1) AS events,
       (SELECT COALESCE(sum(entries), 0)::bigint FROM journal WHERE id >= $1) AS entries

-- name: rows_outside
-- Entries from an id on whose commit is not in the journal.
SELECT found.what, found.id FROM (
    SELECT 'transaction' AS what, id FROM transactions WHERE id >= $1 OR id IS NULL
    UNION ALL SELECT 'transition', id FROM transitions WHERE id >= $1 OR id IS NULL
    UNION ALL SELECT 'event', id FROM events WHERE id >= $1 OR id IS NULL
) AS found
WHERE NOT EXISTS (SELECT FROM journal j WHERE j.id = overlay(found.id::text PLACING '000000' FROM 31)::uuid)
LIMIT 100

-- name: count_balances
-- The number of balances.
SELECT count(*) FROM balances

-- name: balances_differ
-- Balances whose figures are not those after their last movement, which is found by index. Another check proves that
-- each movement goes on from the one before.
SELECT b.id,
       format('recorded %s/%s/%s/%s at version %s, moved to %s/%s/%s/%s at version %s', b.credit, b.debit,
              b.inflight_credit, b.inflight_debit, b.version, m.credit, m.debit, m.inflight_credit, m.inflight_debit,
              m.version) AS fault
FROM balances b LEFT JOIN LATERAL (
    SELECT * FROM (
        (SELECT source_version AS version, source_credit AS credit, source_debit AS debit,
                source_inflight_credit AS inflight_credit, source_inflight_debit AS inflight_debit
         FROM transactions WHERE source_id = b.id AND source_version IS NOT NULL AND deferred_as IS NULL
         ORDER BY source_version DESC LIMIT 1)
        UNION ALL
        (SELECT source_version, source_credit, source_debit, source_inflight_credit, source_inflight_debit
         FROM transactions WHERE source_id = b.id AND source_version IS NOT NULL AND deferred_as IS NOT NULL
         ORDER BY source_version DESC LIMIT 1)
        UNION ALL
        (SELECT destination_version, destination_credit, destination_debit, destination_inflight_credit,
                destination_inflight_debit
         FROM transactions WHERE destination_id = b.id AND destination_version IS NOT NULL AND deferred_as IS NULL
         ORDER BY destination_version DESC LIMIT 1)
        UNION ALL
        (SELECT destination_version, destination_credit, destination_debit, destination_inflight_credit,
                destination_inflight_debit
         FROM transactions WHERE destination_id = b.id AND destination_version IS NOT NULL AND deferred_as IS NOT NULL
         ORDER BY destination_version DESC LIMIT 1)
    ) AS either ORDER BY version DESC LIMIT 1
) AS m ON true
WHERE b.id IS NULL OR b.version IS NULL OR b.version < COALESCE(m.version, 0) OR b.version > 1e15
   OR (b.credit, b.debit, b.inflight_credit, b.inflight_debit) IS DISTINCT FROM
      (COALESCE(m.credit, 0), COALESCE(m.debit, 0), COALESCE(m.inflight_credit, 0), COALESCE(m.inflight_debit, 0))
   OR (b.status = 'CLOSED' AND (b.credit <> b.debit OR b.inflight_credit <> 0 OR b.inflight_debit <> 0))

-- name: rows_doubled
-- Rows that stand twice and must stand once, also where the unique index that sees to it is gone.
SELECT id, format('%s rows of %s', count, what) AS fault FROM (
    SELECT 'balances' AS what, id::text, count(*) FROM balances GROUP BY id
    UNION ALL SELECT 'balances', format('%s %s', indicator, currency), count(*) FROM balances
              WHERE indicator IS NOT NULL GROUP BY indicator, currency
    UNION ALL SELECT 'ledgers', id::text, count(*) FROM ledgers GROUP BY id
    UNION ALL SELECT 'identities', id::text, count(*) FROM identities GROUP BY id
    UNION ALL SELECT 'identity_verifications', id::text, count(*) FROM identity_verifications GROUP BY id
    UNION ALL SELECT 'monitors', id::text, count(*) FROM monitors GROUP BY id
    UNION ALL SELECT 'transaction_identities', format('%s %s', transaction_id, identity_id), count(*)
              FROM transaction_identities GROUP BY transaction_id, identity_id
    UNION ALL SELECT 'batches', id::text, count(*) FROM batches GROUP BY id
    UNION ALL SELECT 'batch_runs', id::text, count(*) FROM batch_runs GROUP BY id
    UNION ALL SELECT 'batch_rejections', format('%s %s', batch_id, index), count(*) FROM batch_rejections GROUP BY batch_id, index
    UNION ALL SELECT 'creations', format('%s %s', noun, request_id), count(*) FROM creations GROUP BY noun, request_id
    UNION ALL SELECT 'due', format('%s %s', transaction_id, what), count(*) FROM due GROUP BY transaction_id, what
) AS counted
WHERE count > 1

-- name: currencies_do_not_cancel
-- Currencies in which credits and debits do not cancel each other.
SELECT currency AS id, format('precision %s: moved %s, held %s', precision, sum(credit - debit),
                              sum(inflight_credit - inflight_debit)) AS fault
FROM balances GROUP BY currency, precision
HAVING sum(credit - debit) <> 0 OR sum(inflight_credit - inflight_debit) <> 0

-- name: pools_differ
-- Balances whose held amounts are not what the open holds still hold.
WITH open AS (
    SELECT source_id AS id, GREATEST(0, COALESCE(adjusted, amount) - committed - voided) AS debit, 0 AS credit FROM transactions WHERE kind = 'HOLD' AND source_version IS NOT NULL
    UNION ALL
    SELECT destination_id, 0, GREATEST(0, COALESCE(adjusted, amount) - committed - voided) FROM transactions WHERE kind = 'HOLD' AND source_version IS NOT NULL
), held AS (
    SELECT id, sum(debit) AS debit, sum(credit) AS credit FROM open GROUP BY id
)
SELECT COALESCE(b.id, h.id) AS id,
       format('held %s/%s, open holds %s/%s', b.inflight_credit, b.inflight_debit, h.credit, h.debit) AS fault
FROM balances b FULL JOIN held h ON h.id = b.id
WHERE (b.inflight_credit, b.inflight_debit) IS DISTINCT FROM (COALESCE(h.credit, 0), COALESCE(h.debit, 0))

-- name: batches_differ
-- Batches whose record is not what their event told, or that did not post the transactions which name them. The event
-- also proves the rejections that are kept of a batch in the background. Batches under way have a check of their own.
WITH told AS (
    SELECT subject_id AS id, payload FROM events WHERE kind = 'BATCH_FINISHED' /* these events */
), counted AS (
    SELECT batch_id AS id, count(*) AS posted FROM transactions
    WHERE batch_id IS NOT NULL AND header_id IS NULL /* these batches */ GROUP BY batch_id
), rejected AS (
    SELECT batch_id AS id, count(*) AS count,
           encode(sha256(convert_to(string_agg(format('%s %s %s', index, reference, rejection), E'\n' ORDER BY index),
                                    'UTF8')), 'hex') AS digest
    FROM (SELECT * FROM batch_rejections WHERE true /* these batches */) AS x GROUP BY batch_id
), done AS (
    SELECT *, id AS batch_id FROM batches
)
SELECT COALESCE(b.id, t.id, c.id, r.id) AS id,
       format('recorded %s, told %s, %s transactions, %s rejected', row_to_json(b), t.payload, COALESCE(c.posted, 0),
              COALESCE(r.count, 0)) AS fault
FROM (SELECT * FROM done WHERE true /* these batches */) AS b
     FULL JOIN told t ON t.id = b.id FULL JOIN counted c ON c.id = COALESCE(b.id, t.id)
     FULL JOIN rejected r ON r.id = COALESCE(b.id, t.id, c.id)
WHERE NOT EXISTS (SELECT FROM batch_runs u WHERE u.id = COALESCE(b.id, t.id, c.id, r.id))
  AND ((b.mode, b.operations::text, b.posted::text, b.replayed::text, b.rejected::text) IS DISTINCT FROM
      (t.payload ->> 'mode', t.payload ->> 'operations', t.payload ->> 'posted', t.payload ->> 'replayed',
       t.payload ->> 'rejected')
   OR b.posted IS DISTINCT FROM COALESCE(c.posted, 0)
   OR b.accepted_at IS DISTINCT FROM (t.payload ->> 'accepted_at')::timestamptz
   OR b.rejection IS DISTINCT FROM t.payload ->> 'rejection'
   OR r.digest IS DISTINCT FROM t.payload ->> 'rejections_digest'
   OR encode(sha256(convert_to(b.metadata, 'UTF8')), 'hex') IS DISTINCT FROM t.payload ->> 'metadata_digest'
   OR (b.accepted_at IS NOT NULL AND b.rejection IS NULL AND b.rejected <> COALESCE(r.count, 0)))

-- name: batch_runs_differ
-- Batches under way that are told of already, rejected something else than what is kept, or posted less than they
-- say.
SELECT r.id, format('says posted %s, rejected %s', r.posted, r.rejected) AS fault
FROM batch_runs r
WHERE EXISTS (SELECT FROM batches b WHERE b.id = r.id)
   OR EXISTS (SELECT FROM events e WHERE e.kind = 'BATCH_FINISHED' AND e.subject_id = r.id /* these events */)
   OR r.rejected IS DISTINCT FROM (SELECT count(*) FROM batch_rejections x WHERE x.batch_id = r.id)
   OR COALESCE(r.posted > (SELECT count(*) FROM transactions t WHERE t.batch_id = r.id AND t.header_id IS NULL), true)

-- name: adjustments_differ
-- Adjustments of reconciliation whose transaction, or refund, is not what they say; and transactions of adjustments that
-- none names, unless it is that of one that is under way.
SELECT t.id, format('posted for an adjustment, by reference %s, that does not name it', t.reference) AS fault
FROM transactions t
WHERE starts_with(t.reference, 'ledgerd:adjustment')
  AND NOT EXISTS (SELECT FROM reconciliation_adjustments a WHERE a.transaction_id = t.id)
  AND NOT EXISTS (SELECT FROM reconciliation_adjustments a WHERE a.reversal_id = t.id)
  AND NOT EXISTS (SELECT FROM reconciliation_adjustments a
                  WHERE (a.status = 'POSTING' AND t.kind = 'POSTING' AND (t.currency, t.precision, t.amount) = (a.currency, a.precision, abs(a.amount))
                         AND CASE WHEN a.amount > 0 THEN t.destination_id ELSE t.source_id END = a.balance_id)
                     OR (a.status = 'REVERSING' AND t.kind = 'REFUND' AND t.parent_id = a.transaction_id))
UNION ALL
SELECT a.id, format('posted %s %s of balance %s', a.amount, a.currency, a.balance_id) AS fault
FROM reconciliation_adjustments a
LEFT JOIN transactions t ON t.id = a.transaction_id
LEFT JOIN transactions r ON r.id = a.reversal_id
WHERE a.transaction_id IS NOT NULL
  AND ((t.kind, t.status, t.currency, t.precision, t.amount, CASE WHEN a.amount > 0 THEN t.destination_id ELSE t.source_id END)
           IS DISTINCT FROM ('POSTING', 'APPLIED', a.currency, a.precision, abs(a.amount), a.balance_id)
       OR NOT starts_with(t.reference, 'ledgerd:adjustment:')
       OR (a.reversal_id IS NOT NULL AND (r.kind, r.parent_id) IS DISTINCT FROM ('REFUND', a.transaction_id)))

-- name: work_list_differs
-- Work that is due for a transaction which is not queued, scheduled or held until then.
SELECT d.transaction_id AS id, format('%s since %s, but the transaction is %s', d.what, d.due_at, t.status) AS fault
FROM due d LEFT JOIN transactions t ON t.id = d.transaction_id
WHERE (t.header_id IS NULL AND CASE d.what
           WHEN 'APPLY' THEN t.status IN ('QUEUED', 'SCHEDULED')
           WHEN 'EXPIRE' THEN t.status = 'INFLIGHT' AND COALESCE(t.adjusted_expires_at, t.expires_at) IS NOT NULL
           WHEN 'COMMIT' THEN t.status = 'INFLIGHT' AND COALESCE(t.adjusted_commits_at, t.commits_at) IS NOT NULL END) IS NOT TRUE

-- name: creations_differ
-- Request ids that do not lead to what they created, and creations that their request id does not find. Identities,
-- their verifications, monitors, external sources and uploads may have been deleted since. Batches, runs, decisions,
-- adjustments and statements do not keep their request id themselves; batches always have one.
WITH made AS (
    SELECT 'LEDGER' AS noun, id, request_id FROM ledgers
    UNION ALL SELECT 'BALANCE', id, request_id FROM balances
    UNION ALL SELECT 'IDENTITY', id, request_id FROM identities
    UNION ALL SELECT 'VERIFICATION', id, request_id FROM identity_verifications
    UNION ALL SELECT 'MONITOR', id, request_id FROM monitors
    UNION ALL SELECT 'BATCH', id, NULL FROM batches WHERE accepted_at IS NOT NULL
    UNION ALL SELECT 'BATCH', id, NULL FROM batch_runs
    UNION ALL SELECT 'EXTERNAL_SOURCE', id, request_id FROM external_sources
    UNION ALL SELECT 'UPLOAD', id, request_id FROM uploads
    UNION ALL SELECT 'MATCHING_RULE', id, request_id FROM matching_rules
    UNION ALL SELECT 'MATCHING_RULE_SET', id, request_id FROM matching_rule_sets
    UNION ALL SELECT 'RECONCILIATION', id, NULL FROM reconciliations
    UNION ALL SELECT 'ROW_DECISION', lpad(to_hex(number), 32, '0')::uuid, NULL FROM row_decisions
    UNION ALL SELECT 'RECONCILIATION_STATEMENT', id, NULL FROM reconciliation_statements
    UNION ALL SELECT 'STATEMENT_CONFIRMATION', id, NULL FROM reconciliation_statements WHERE status = 'CONFIRMED'
    UNION ALL SELECT of_run.noun, r.id, NULL FROM reconciliations r
        CROSS JOIN unnest(ARRAY['ADJUSTMENTS_CHOSEN', 'ADJUSTMENTS_POSTED', 'ADJUSTMENTS_REJECTED']) AS of_run(noun)
    UNION ALL SELECT 'ADJUSTMENT_REVERSED', id, NULL FROM reconciliation_adjustments WHERE status = 'REVERSED'
)
SELECT COALESCE(m.id, c.subject_id) AS id,
       format('%s: created by request id %s, remembered %s', COALESCE(m.noun, c.noun), m.request_id, c.request_id) AS fault
FROM (SELECT * FROM made WHERE request_id IS NOT NULL OR noun IN (
          'BATCH', 'RECONCILIATION', 'ROW_DECISION', 'RECONCILIATION_STATEMENT', 'STATEMENT_CONFIRMATION',
          'ADJUSTMENTS_CHOSEN', 'ADJUSTMENTS_POSTED', 'ADJUSTMENTS_REJECTED', 'ADJUSTMENT_REVERSED')) AS m
FULL JOIN creations c ON c.noun = m.noun AND c.subject_id = m.id
WHERE (c.request_id IS NULL AND (m.request_id IS NOT NULL OR m.noun = 'BATCH'))
   OR (m.request_id IS NOT NULL AND m.request_id <> c.request_id)
   OR (m.id IS NULL AND COALESCE(c.noun NOT IN ('IDENTITY', 'VERIFICATION', 'MONITOR', 'IDENTITIES', 'BALANCES',
                                                    'EXTERNAL_SOURCE', 'UPLOAD'), true))

-- name: settings_differ
-- Ledgers, balances, identities and monitors that are not set as the journal last told, or do not exist although it
-- tells of no deletion. Those last changed before settings were told are counted by settings_untold.
WITH told AS (
    SELECT DISTINCT ON (e.subject_id) e.subject_id AS id, e.kind, e.payload ->> 'settings_digest' AS digest
    FROM events e LEFT JOIN journal j ON j.id = overlay(e.id::text PLACING '000000' FROM 31)::uuid
    WHERE e.kind = ANY($1::text[]) AND (e.payload ->> 'settings_digest' IS NOT NULL OR e.kind LIKE '%\_DELETED')
          /* these events */
    ORDER BY e.subject_id, j.order_key DESC, e.id DESC
), present AS (
    {present}
)
SELECT COALESCE(t.id, p.id) AS id,
       CASE WHEN p.id IS NULL THEN format('%s, and it is not there', t.kind)
            WHEN t.kind LIKE '%\_DELETED' THEN format('%s, and it is there', t.kind)
            ELSE 'it is not set as the journal last told' END AS fault
FROM told t FULL JOIN (SELECT * FROM present WHERE true /* these subjects */) AS p ON p.id = t.id
WHERE CASE WHEN t.kind LIKE '%\_DELETED' THEN p.id IS NOT NULL ELSE t.id IS NOT NULL AND p.digest IS DISTINCT FROM t.digest END

-- name: settings_untold
-- The number of ledgers, balances, identities and monitors whose settings the journal does not tell.
SELECT count(*) FROM (
    SELECT id FROM ledgers WHERE id <> '00000000-0000-7000-8000-000000000001'
    UNION ALL SELECT id FROM balances UNION ALL SELECT id FROM identities UNION ALL SELECT id FROM monitors
    UNION ALL SELECT id FROM external_sources UNION ALL SELECT id FROM matching_rules WHERE deleted_at IS NULL
    UNION ALL SELECT id FROM matching_rule_sets WHERE deleted_at IS NULL
    UNION ALL SELECT id FROM reconciliation_statements
) AS present
WHERE NOT EXISTS (SELECT FROM events e WHERE e.subject_id = present.id AND e.kind = ANY($1::text[])
                  AND e.payload ->> 'settings_digest' IS NOT NULL)

-- name: identities_astray
-- Links between transactions and identities that the transaction did not name, or whose identity does not exist.
SELECT COALESCE(l.transaction_id, l.identity_id) AS id, format('linked to the identity %s', l.identity_id) AS fault
FROM transaction_identities l
LEFT JOIN transactions t ON t.id = l.transaction_id
LEFT JOIN identities i ON i.id = l.identity_id
WHERE i.id IS NULL
   OR ((t.request_json::jsonb -> 'identities') ? replace(l.identity_id::text, '-', '')) IS NOT TRUE

-- name: never_created
-- Ledgers, balances and identities that no event says were created, and created ones that do not exist.
SELECT present.id, format('no event tells that this %s was created', noun) AS fault
FROM (SELECT 'ledger' AS noun, id FROM ledgers WHERE id <> '00000000-0000-7000-8000-000000000001'
      UNION ALL SELECT 'balance', id FROM balances UNION ALL SELECT 'identity', id FROM identities) AS present
WHERE NOT EXISTS (SELECT FROM events e WHERE e.subject_id = present.id
                  AND e.kind IN ('LEDGER_CREATED', 'BALANCE_CREATED', 'IDENTITY_CREATED'))
UNION ALL
SELECT '00000000-0000-7000-8000-000000000001', 'the General Ledger is not there'
WHERE NOT EXISTS (SELECT FROM ledgers WHERE id = '00000000-0000-7000-8000-000000000001')
UNION ALL
SELECT l.id, 'the General Ledger is not as it was made, and nothing tells of a change'
FROM ledgers l
WHERE l.id = '00000000-0000-7000-8000-000000000001'
  AND (l.created_at <> 'epoch' OR (l.updated_at BETWEEN 'epoch' AND now() + interval '1 day') IS NOT TRUE
       OR (l.updated_at = 'epoch' AND (l.name, l.metadata, l.request_id) IS DISTINCT FROM ('General Ledger', '{}'::jsonb, NULL::text))
       OR num_nulls(l.name, l.metadata, l.created_at, l.updated_at) > 0)
UNION ALL
SELECT e.subject_id, format('%s, and it is not there', e.kind)
FROM events e
WHERE (e.kind = 'BALANCE_CREATED' AND NOT EXISTS (SELECT FROM balances b WHERE b.id = e.subject_id))
   OR (e.kind = 'LEDGER_CREATED' AND NOT EXISTS (SELECT FROM ledgers l WHERE l.id = e.subject_id))

-- name: closed_before_differs
-- Ledgers that are not closed up to the time that their last closing, or reopening, told.
SELECT l.id, format('closed before %s, told %s', l.closed_before, t.closed_before) AS fault
FROM ledgers l LEFT JOIN (
    SELECT DISTINCT ON (e.subject_id) e.subject_id AS id, (e.payload ->> 'closed_before')::timestamptz AS closed_before
    FROM events e LEFT JOIN journal j ON j.id = overlay(e.id::text PLACING '000000' FROM 31)::uuid
    WHERE e.kind IN ('LEDGER_PERIOD_CLOSED', 'LEDGER_PERIOD_REOPENED') ORDER BY e.subject_id, j.order_key DESC, e.id DESC
) AS t ON t.id = l.id
WHERE l.closed_before IS DISTINCT FROM t.closed_before
