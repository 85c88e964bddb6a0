-- The proof of the entries of some commits. $1 and $2 are ranges of ids, both ends included. Every statement finds
-- its rows by index, so that its cost is that of the entries and of the rows that they are about (OFFSET 0 keeps the
-- planner from joining whole tables). A statement that looks for faults returns each fault with an id: no rows, no
-- fault. store/canonical_sql.py replaces escaped(), key(), instant(), plain() and flag() when it reads the file.

-- name: canonical_rows
-- The canonical rows of the entries of each range, from what is stored; the number of entries, and the number of
-- transitions and events that bear another time than their commit ($3). The time of a transaction is part of its row.
SELECT part.place, found.count, found.late, found.text
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS part(low, high, journal_id, place)
CROSS JOIN LATERAL (SELECT (SELECT recorded_at FROM journal WHERE id = part.journal_id LIMIT 1) AS recorded_at) AS j
CROSS JOIN LATERAL (
    SELECT count(*) AS count, count(*) FILTER (WHERE at IS DISTINCT FROM j.recorded_at) AS late,
           convert_to(string_agg(canonical_row, E'\n' ORDER BY id), 'UTF8') AS text
    FROM (
        SELECT t.id, j.recorded_at AS at,
               concat_ws(E'\t', key(t.id), escaped(t.reference), plain(t.kind), plain(t.currency), plain(t.precision),
                   CASE WHEN t.deferred_as IS NOT NULL AND t.takes_remainder THEN '\N' ELSE plain(t.amount) END,
                   key(t.source_id),
                   CASE WHEN t.deferred_as IS NOT NULL THEN E'\\N\t\\N\t\\N\t\\N\t\\N' ELSE
                       concat_ws(E'\t', plain(t.source_version), plain(t.source_credit), plain(t.source_debit),
                                 plain(t.source_inflight_credit), plain(t.source_inflight_debit)) END,
                   key(t.destination_id),
                   CASE WHEN t.deferred_as IS NOT NULL THEN E'\\N\t\\N\t\\N\t\\N\t\\N' ELSE
                       concat_ws(E'\t', plain(t.destination_version), plain(t.destination_credit),
                                 plain(t.destination_debit), plain(t.destination_inflight_credit),
                                 plain(t.destination_inflight_debit)) END,
                   flag(t.allow_overdraft), plain(t.overdraft_limit), flag(t.takes_remainder), key(t.parent_id),
                   key(t.batch_id), escaped(t.description), escaped(t.group_name), escaped(t.tag),
                   COALESCE('\\x' || encode(t.metadata_digest, 'hex'), '\N'), escaped(t.created_by),
                   instant(t.created_at),
                   CASE WHEN t.deferred_as IS NULL THEN instant(t.recorded_at) ELSE '\N' END,
                   instant(t.effective_at),
                   CASE WHEN num_nonnulls(t.expires_at, t.commits_at, t.allow_over_commit, t.released, t.header_id,
                                          counted.legs, t.deferred_as, t.request_json) > 0
                        THEN concat_ws(E'\t', instant(t.expires_at), instant(t.commits_at), flag(t.allow_over_commit),
                                       plain(t.released)) END,
                   CASE WHEN num_nonnulls(t.header_id, counted.legs, t.deferred_as, t.request_json) > 0
                        THEN concat_ws(E'\t', key(t.header_id), plain(counted.legs), plain(t.deferred_as),
                                       escaped(t.request_json)) END) AS canonical_row
        FROM transactions t
        -- A deferred refund, or split that divides late, got its legs when it was applied: its transition counts them.
        CROSS JOIN LATERAL (
            SELECT CASE WHEN t.deferred_as IS NULL THEN t.leg_count
                        WHEN t.kind = 'SPLIT' AND NOT divides_late(t.request_json) THEN t.leg_count END AS legs
        ) AS counted
        WHERE t.id >= part.low AND t.id <= part.high
        UNION ALL
        SELECT r.id, r.recorded_at,
               CASE WHEN r.kind IN ('COMMITTED', 'VOIDED', 'EXPIRED', 'REFUNDED', 'ADJUSTED')
                    THEN concat_ws(E'\t', key(r.id), key(r.transaction_id), key(r.caused_by), r.kind, plain(r.status),
                                   plain(r.committed), plain(r.voided), CASE WHEN r.refunded = 0 THEN NULL ELSE plain(r.refunded) END,
                                   CASE WHEN r.details IS NOT NULL THEN 'details ' || escaped(r.details) END)
                    ELSE concat_ws(E'\t', key(r.id), key(r.transaction_id), key(r.caused_by), plain(r.kind),
                                   plain(r.status), plain(r.committed), plain(r.voided), plain(r.refunded),
                                   instant(r.recorded_at), escaped(r.details),
                             CASE WHEN r.kind IN ('APPLIED', 'INFLIGHT') THEN
                                 concat_ws(E'\t', plain(t.amount), plain(t.source_version), plain(t.source_credit),
                                           plain(t.source_debit), plain(t.source_inflight_credit),
                                           plain(t.source_inflight_debit), plain(t.destination_version),
                                           plain(t.destination_credit), plain(t.destination_debit),
                                           plain(t.destination_inflight_credit), plain(t.destination_inflight_debit)) END)
               END
        FROM transitions r LEFT JOIN transactions t ON t.id = r.transaction_id AND r.kind IN ('APPLIED', 'INFLIGHT')
        WHERE r.id >= part.low AND r.id <= part.high
        UNION ALL
        SELECT e.id, e.recorded_at,
               concat_ws(E'\t', key(e.id), plain(e.kind), key(e.subject_id), escaped(e.payload::text))
        FROM events e WHERE e.id >= part.low AND e.id <= part.high
    ) AS entry
) AS found

-- name: metadata
-- Transactions with metadata: the metadata of today, and the digest of what was posted.
SELECT t.id, t.metadata::text AS metadata, t.metadata_digest
FROM unnest($1::uuid[], $2::uuid[]) AS part(low, high)
CROSS JOIN LATERAL (
    SELECT id, metadata, metadata_digest FROM transactions
    WHERE id >= part.low AND id <= part.high AND num_nonnulls(metadata, metadata_digest) > 0 OFFSET 0
) AS t

-- name: events
-- The subjects of events, where they are not a part of the text. Monitors that fired come once for each balance;
-- events of the kinds in $3 come one by one.
SELECT DISTINCT e.kind, CASE WHEN e.kind <> 'MONITOR_FIRED' THEN e.subject_id END AS subject_id, e.balance_id,
       CASE WHEN e.kind = 'MONITOR_FIRED' THEN e.payload ->> 'balance_id' END AS told,
       CASE WHEN e.kind = ANY($3::text[]) THEN e.id END AS id
FROM unnest($1::uuid[], $2::uuid[]) AS part(low, high)
CROSS JOIN LATERAL (SELECT * FROM events WHERE id >= part.low AND id <= part.high OFFSET 0) AS e

-- name: batch_ids
-- The batches that the transactions came with.
SELECT DISTINCT t.batch_id
FROM unnest($1::uuid[], $2::uuid[]) AS part(low, high)
CROSS JOIN LATERAL (
    SELECT batch_id FROM transactions WHERE id >= part.low AND id <= part.high AND batch_id IS NOT NULL OFFSET 0
) AS t

-- name: closings
-- The periods that these commits closed, or opened again; $3 are their order keys.
SELECT e.subject_id AS ledger_id, e.payload ->> 'closed_before' AS closed_before, part.order_key
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS part(low, high, order_key)
CROSS JOIN LATERAL (
    SELECT * FROM events
    WHERE id >= part.low AND id <= part.high AND kind IN ('LEDGER_PERIOD_CLOSED', 'LEDGER_PERIOD_REOPENED') OFFSET 0
) AS e

-- name: movements
-- Faults of the movements of these commits ($3: their order keys). Along the versions of a balance its running totals
-- go on, movement by movement, from those of the movement before, which may be older than these commits and is found
-- by index. Both sides have the currency and precision of their balances. Nothing is effective before the time up to
-- which its ledger was closed then ($4 ledger, $5 closed before, $6 since and $7 until which order key).
WITH part AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS part(low, high, order_key)
), moved AS MATERIALIZED (
    SELECT part.order_key, t.id, t.kind, t.amount, COALESCE(t.released, t.amount, 0) AS released, t.currency, t.precision,
           t.recorded_at, t.effective_at, t.source_id, t.source_version, t.source_credit, t.source_debit,
           t.source_inflight_credit, t.source_inflight_debit, t.destination_id, t.destination_version,
           t.destination_credit, t.destination_debit, t.destination_inflight_credit, t.destination_inflight_debit
    FROM part CROSS JOIN LATERAL (
        SELECT * FROM transactions
        WHERE id >= part.low AND id <= part.high AND deferred_as IS NULL AND source_version IS NOT NULL OFFSET 0
    ) AS t
    UNION ALL
    SELECT part.order_key, t.id, t.kind, t.amount, COALESCE(t.released, t.amount, 0), t.currency, t.precision,
           t.recorded_at, t.effective_at, t.source_id, t.source_version, t.source_credit, t.source_debit,
           t.source_inflight_credit, t.source_inflight_debit, t.destination_id, t.destination_version,
           t.destination_credit, t.destination_debit, t.destination_inflight_credit, t.destination_inflight_debit
    FROM part CROSS JOIN LATERAL (
        SELECT transaction_id FROM transitions
        WHERE id >= part.low AND id <= part.high AND kind IN ('APPLIED', 'INFLIGHT') OFFSET 0
    ) AS r JOIN transactions t ON t.id = r.transaction_id AND t.source_version IS NOT NULL
), sides AS (
    SELECT id, order_key, currency, precision, recorded_at, COALESCE(effective_at, recorded_at) AS effective,
           source_id AS balance_id, source_version AS version,
           ROW(source_credit, source_debit, source_inflight_credit, source_inflight_debit) AS after,
           ROW(source_credit,
               source_debit - CASE WHEN kind IN ('POSTING', 'COMMIT', 'REFUND') THEN amount ELSE 0 END,
               source_inflight_credit,
               source_inflight_debit
                   - CASE kind WHEN 'POSTING' THEN 0 WHEN 'REFUND' THEN 0 WHEN 'HOLD' THEN released ELSE -released END) AS before
    FROM moved
    UNION ALL
    SELECT id, order_key, currency, precision, recorded_at, COALESCE(effective_at, recorded_at),
           destination_id, destination_version,
           ROW(destination_credit, destination_debit, destination_inflight_credit, destination_inflight_debit),
           ROW(destination_credit - CASE WHEN kind IN ('POSTING', 'COMMIT', 'REFUND') THEN amount ELSE 0 END,
               destination_debit,
               destination_inflight_credit
                   - CASE kind WHEN 'POSTING' THEN 0 WHEN 'REFUND' THEN 0 WHEN 'HOLD' THEN released ELSE -released END,
               destination_inflight_debit)
    FROM moved
), along AS MATERIALIZED (
    SELECT s.*, row_number() OVER versions AS place, lag(version) OVER versions AS version_before,
           lag(recorded_at) OVER versions AS recorded_before, lag(order_key) OVER versions AS order_key_before,
           lag(after) OVER versions AS after_before
    FROM sides s WINDOW versions AS (PARTITION BY balance_id ORDER BY version)
), strangers AS MATERIALIZED (
    SELECT sides.* FROM (SELECT DISTINCT balance_id, currency, precision FROM along) AS sides
    LEFT JOIN balances b ON b.id = sides.balance_id
    WHERE (sides.currency, sides.precision) IS DISTINCT FROM (b.currency, b.precision)
)
SELECT 'running totals add up' AS name, id, format('running totals of a side differ at version %s', version) AS fault
FROM along
WHERE place > 1 AND (before IS DISTINCT FROM after_before OR version IS NULL OR version <= version_before
                     OR recorded_at < recorded_before OR order_key < order_key_before)
UNION ALL
SELECT 'running totals add up', s.id, format('running totals of a side differ at version %s', s.version)
FROM along s LEFT JOIN LATERAL (
    SELECT * FROM (
        (SELECT source_version AS version, recorded_at,
                ROW(source_credit, source_debit, source_inflight_credit, source_inflight_debit) AS after
         FROM transactions t WHERE source_id = s.balance_id AND source_version <= s.version AND t.id <> s.id
                                   AND source_version IS NOT NULL AND deferred_as IS NULL
         ORDER BY source_version DESC LIMIT 1)
        UNION ALL
        (SELECT source_version, recorded_at,
                ROW(source_credit, source_debit, source_inflight_credit, source_inflight_debit)
         FROM transactions t WHERE source_id = s.balance_id AND source_version <= s.version AND t.id <> s.id
                                   AND source_version IS NOT NULL AND deferred_as IS NOT NULL
         ORDER BY source_version DESC LIMIT 1)
        UNION ALL
        (SELECT destination_version, recorded_at,
                ROW(destination_credit, destination_debit, destination_inflight_credit, destination_inflight_debit)
         FROM transactions t WHERE destination_id = s.balance_id AND destination_version <= s.version AND t.id <> s.id
                                   AND destination_version IS NOT NULL AND deferred_as IS NULL
         ORDER BY destination_version DESC LIMIT 1)
        UNION ALL
        (SELECT destination_version, recorded_at,
                ROW(destination_credit, destination_debit, destination_inflight_credit, destination_inflight_debit)
         FROM transactions t WHERE destination_id = s.balance_id AND destination_version <= s.version AND t.id <> s.id
                                   AND destination_version IS NOT NULL AND deferred_as IS NOT NULL
         ORDER BY destination_version DESC LIMIT 1)
    ) AS either ORDER BY version DESC LIMIT 1
) AS older ON true
WHERE s.place = 1
  AND (s.before IS DISTINCT FROM COALESCE(older.after, ROW(0::numeric, 0::numeric, 0::numeric, 0::numeric))
       OR s.version IS NULL OR s.version <= COALESCE(older.version, 0) OR s.recorded_at < older.recorded_at)
UNION ALL
SELECT 'both sides have one currency and precision', s.id, format('currency or precision differs from balance %s', s.balance_id)
FROM strangers JOIN along s
  ON (s.balance_id, s.currency, s.precision) IS NOT DISTINCT FROM (strangers.balance_id, strangers.currency, strangers.precision)
UNION ALL
SELECT 'closed periods stayed closed', s.id,
       format('effective %s, recorded when everything before %s was closed', s.effective, c.closed_before)
FROM unnest($4::uuid[], $5::text[]::timestamptz[], $6::bigint[], $7::bigint[]) AS c(ledger_id, closed_before, since, until)
JOIN along s ON s.effective < c.closed_before AND s.order_key > c.since AND (c.until IS NULL OR s.order_key < c.until)
JOIN balances b ON b.id = s.balance_id AND b.ledger_id = c.ledger_id

-- name: concerned
-- Transactions of which more is to be proved than that they moved: those among these entries with a life of their
-- own, and those, perhaps older, that these entries are about.
WITH part AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS part(low, high)
), written AS MATERIALIZED (
    SELECT t.id, t.parent_id, t.header_id,
           (CASE kind WHEN 'VOID' THEN status = 'VOID' WHEN 'POSTING' THEN status = 'APPLIED'
                      WHEN 'COMMIT' THEN status = 'APPLIED' WHEN 'REFUND' THEN status = 'APPLIED'
                      WHEN 'ADJUSTMENT' THEN status = 'APPLIED' ELSE false END
            AND source_version IS NOT NULL
            AND num_nonnulls(committed, voided, refunded, leg_count, deferred_as, request_json, scheduled_at, rejection) = 0)
           IS TRUE AS plain
    FROM part CROSS JOIN LATERAL (SELECT * FROM transactions WHERE id >= part.low AND id <= part.high OFFSET 0) AS t
)
SELECT id FROM written WHERE NOT plain
UNION
SELECT parent_id FROM written WHERE parent_id IS NOT NULL
UNION
SELECT header_id FROM written WHERE header_id IS NOT NULL
UNION
SELECT p.header_id FROM written w JOIN transactions p ON p.id = w.parent_id WHERE p.header_id IS NOT NULL
UNION
SELECT r.transaction_id
FROM part CROSS JOIN LATERAL (SELECT * FROM transitions WHERE id >= part.low AND id <= part.high OFFSET 0) AS r

-- name: missing
-- Transactions that others are about and that do not exist. $1 are ids of transactions, here and below.
SELECT DISTINCT c.id, 'others are about this transaction, and it does not exist' AS fault
FROM unnest($1::uuid[]) AS c(id) WHERE NOT EXISTS (SELECT FROM transactions t WHERE t.id = c.id)

-- name: statuses_differ
-- Transactions whose status is not one of their kind. The status of a hold, or of a split of holds, follows from its
-- resolved amounts. For deferred transactions see deferred_differ.
SELECT id, format('%s is %s, resolved %s/%s', kind, status, committed, voided) AS fault
FROM transactions
WHERE id = ANY($1::uuid[])
  AND (num_nonnulls(committed, voided) = 1 OR (committed IS NOT NULL AND kind NOT IN ('HOLD', 'SPLIT'))
       OR (rejection IS NOT NULL AND deferred_as IS NULL)
       OR status IS DISTINCT FROM CASE
           WHEN committed + voided < COALESCE(adjusted, amount) THEN 'INFLIGHT'
           WHEN committed IS NOT NULL THEN CASE WHEN committed > 0 THEN 'APPLIED' ELSE 'VOID' END
           WHEN deferred_as IS NOT NULL THEN status
           WHEN kind = 'VOID' THEN 'VOID' ELSE 'APPLIED' END)

-- name: holds_differ
-- Holds whose resolved amounts are not those of their commits and voids, or where these do not leave what the hold
-- still holds; and those that do not hold in all what their adjustments made of them.
SELECT t.id, format('recorded %s/%s of %s, children %s/%s of %s', t.committed, t.voided, COALESCE(t.adjusted, t.amount),
                    s.committed, s.voided, t.amount + s.raised) AS fault
FROM transactions t CROSS JOIN LATERAL (
    SELECT COALESCE(sum(amount) FILTER (WHERE kind = 'COMMIT'), 0) AS committed,
           COALESCE(sum(amount) FILTER (WHERE kind = 'VOID'), 0) AS voided,
           COALESCE(sum(COALESCE(released, amount)) FILTER (WHERE kind <> 'ADJUSTMENT'), 0) AS released,
           COALESCE(-sum(released) FILTER (WHERE kind = 'ADJUSTMENT'), 0) AS raised,
           count(*) FILTER (WHERE kind = 'ADJUSTMENT') AS adjustments
    FROM transactions c
    WHERE c.parent_id = t.id AND c.kind IN ('COMMIT', 'VOID', 'ADJUSTMENT') AND c.source_version IS NOT NULL
) AS s
WHERE t.id = ANY($1::uuid[]) AND t.kind = 'HOLD' AND t.source_version IS NOT NULL
  AND ((t.committed, t.voided) IS DISTINCT FROM (s.committed, s.voided)
       OR t.amount + s.raised - s.released IS DISTINCT FROM GREATEST(0, t.amount + s.raised - s.committed - s.voided)
       OR COALESCE(t.adjusted, t.amount) IS DISTINCT FROM t.amount + s.raised
       OR COALESCE(t.adjustments, 0) <> s.adjustments)

-- name: adjusted_differ
-- Transactions that are not adjusted as the last transition says which tells of adjustments; and adjusted holds of which
-- it tells something else than the adjustment that caused it. The last transition is that of the latest commit.
SELECT t.id, format('adjusted to %s, %s, %s by %s, told %s', t.adjusted, t.adjusted_expires_at, t.adjusted_commits_at,
                    t.adjustments, r.details) AS fault
FROM transactions t LEFT JOIN LATERAL (
    SELECT r.details::json AS details FROM transitions r
    LEFT JOIN journal j ON j.id = overlay(r.id::text PLACING '000000' FROM 31)::uuid
    WHERE r.transaction_id = t.id AND r.kind IN ('COMMITTED', 'VOIDED', 'EXPIRED', 'REFUNDED', 'ADJUSTED')
    ORDER BY j.order_key DESC, r.id DESC LIMIT 1
) AS r ON true
WHERE t.id = ANY($1::uuid[]) AND (t.kind = 'HOLD' OR t.adjustments IS NOT NULL)
  AND ((t.adjusted::text, t.adjusted_expires_at, t.adjusted_commits_at, t.adjustments) IS DISTINCT FROM
       (r.details ->> 'adjusted', (r.details ->> 'inflight_expiry_time')::timestamptz,
        (r.details ->> 'inflight_commit_time')::timestamptz, (r.details ->> 'adjustments')::integer))

-- name: refunds_differ
-- Transactions whose refunded amount is not the sum of their refunds.
SELECT t.id, format('recorded %s, refunds %s', t.refunded, g.refunded) AS fault
FROM transactions t CROSS JOIN LATERAL (
    SELECT sum(amount) AS refunded FROM transactions c
    WHERE c.parent_id = t.id AND c.kind = 'REFUND' AND c.source_version IS NOT NULL
) AS g
WHERE t.id = ANY($1::uuid[]) AND t.kind IS DISTINCT FROM 'SPLIT' AND t.refunded IS DISTINCT FROM g.refunded

-- name: headers_differ
-- Headers whose legs do not have the number, the kind, the sides or the amount that the header says. The figures of a
-- split are those of its legs; either all legs moved or none. A refund that was deferred has no sides of its own. Of a
-- split that divides late it was not known which sources would have legs.
WITH legs AS (
    SELECT header_id AS id, count(*) AS legs, sum(amount) AS amount, sum(committed) AS committed, sum(voided) AS voided,
           NULLIF(sum(COALESCE(refunded, 0)), 0) AS refunded, min(kind) AS kind, max(kind) AS other_kind,
           count(DISTINCT (currency, precision)) AS currencies, min(currency) AS currency, min(precision) AS precision,
           CASE WHEN count(DISTINCT source_id) = 1 THEN min(source_id::text)::uuid END AS source_id,
           CASE WHEN count(DISTINCT destination_id) = 1 THEN min(destination_id::text)::uuid END AS destination_id,
           count(*) FILTER (WHERE source_version IS NULL) AS unmoved
    FROM transactions WHERE header_id = ANY($1::uuid[]) GROUP BY header_id
)
SELECT COALESCE(t.id, l.id) AS id,
       format('recorded %s legs of %s, %s/%s/%s; found %s of %s, %s/%s/%s', t.leg_count, t.amount, t.committed, t.voided,
              t.refunded, l.legs, l.amount, l.committed, l.voided, l.refunded) AS fault
FROM (SELECT * FROM transactions WHERE id = ANY($1::uuid[]) AND leg_count IS NOT NULL) AS t FULL JOIN legs l ON l.id = t.id
WHERE t.leg_count IS DISTINCT FROM l.legs OR l.kind <> l.other_kind
   OR l.unmoved <> CASE WHEN t.deferred_as IS NOT NULL AND t.recorded_at IS NULL THEN t.leg_count ELSE 0 END
   OR l.kind IS DISTINCT FROM CASE WHEN t.kind <> 'SPLIT' THEN t.kind
                                   WHEN (t.request_json::json ->> 'inflight')::boolean IS TRUE THEN 'HOLD' ELSE 'POSTING' END
   OR CASE WHEN t.kind = 'REFUND' AND t.deferred_as IS NOT NULL
           THEN t.currency IS NOT NULL AND (t.currency, t.precision, t.amount) IS DISTINCT FROM
                (l.currency, l.precision, CASE WHEN l.currencies = 1 AND l.amount < 1e36 THEN l.amount END)
           ELSE (t.source_id IS DISTINCT FROM l.source_id
                 AND NOT (t.source_id IS NULL AND t.deferred_as IS NOT NULL AND divides_late(t.request_json)))
                OR t.destination_id IS DISTINCT FROM l.destination_id
                OR (t.currency, t.precision, t.amount) IS DISTINCT FROM
                   (CASE WHEN l.currencies = 1 AND l.amount < 1e36 THEN l.currency END,
                    CASE WHEN l.currencies = 1 AND l.amount < 1e36 THEN l.precision END,
                    CASE WHEN l.currencies = 1 AND l.amount < 1e36 THEN l.amount END)
      END
   OR (t.kind = 'SPLIT' AND (t.committed, t.voided, t.refunded) IS DISTINCT FROM (l.committed, l.voided, l.refunded))

-- name: legs_astray
-- Legs that did not come with their header, or, of a deferred refund and of a split that divides late, not when it was
-- applied; and legs that are not about what the header is about: a leg of a split is its child; a leg of a commit, void or refund is the child of a
-- leg of the header's split, or of something that came with a batch.
SELECT g.id, format('a leg of %s, which is not its header', t.id) AS fault
FROM transactions g JOIN transactions t ON t.id = g.header_id LEFT JOIN transactions p ON p.id = g.parent_id
WHERE g.header_id = ANY($1::uuid[])
  AND (g.batch_id IS DISTINCT FROM t.batch_id
       OR overlay(g.id::text PLACING '000000' FROM 31) IS DISTINCT FROM overlay(
              CASE WHEN t.deferred_as IS NOT NULL AND (t.kind = 'REFUND' OR divides_late(t.request_json))
                   THEN (SELECT r.id FROM transitions r
                         WHERE r.transaction_id = t.id AND r.kind IN ('APPLIED', 'INFLIGHT') LIMIT 1)
                   ELSE t.id END::text PLACING '000000' FROM 31)
       OR (CASE WHEN t.kind = 'SPLIT' THEN g.parent_id = t.id
                WHEN t.parent_id IS NOT NULL THEN p.header_id IS NOT DISTINCT FROM t.parent_id
                ELSE p.batch_id IS NOT NULL END) IS NOT TRUE)

-- name: deferred_differ
-- Deferred transactions that do not stand as the last transition that concerns them tells. Each ends once, and its
-- time is the latest told. One that takes the remainder has no amount before it is applied. The last transition is
-- that of the latest commit, whose order key was drawn when it had locked the row: an id is only as old as the clock
-- of its server says.
WITH told AS (
    SELECT transaction_id AS id,
           (array_agg(status ORDER BY order_key DESC, r.id DESC) FILTER (WHERE concerns))[1] AS status,
           (array_agg(kind ORDER BY order_key DESC, r.id DESC) FILTER (WHERE concerns))[1] AS kind,
           (array_agg(details ORDER BY order_key DESC, r.id DESC) FILTER (WHERE kind IN ('REJECTED', 'DENIED')))[1] AS details,
           (array_agg(details::json ->> 'scheduled_time' ORDER BY order_key DESC, r.id DESC) FILTER (WHERE kind IN ('RESCHEDULED')))[1] AS scheduled,
           count(*) FILTER (WHERE kind IN ('APPLIED', 'INFLIGHT', 'REJECTED', 'CANCELLED', 'DENIED')) AS ended,
           max(r.recorded_at) FILTER (WHERE kind IN ('APPLIED', 'INFLIGHT')) AS applied_at,
           max((details::json ->> 'legs')::integer) FILTER (WHERE kind IN ('APPLIED', 'INFLIGHT')) AS legs_told,
           bool_or(concerns) AS concerned
    FROM (SELECT *, kind NOT IN ('COMMITTED', 'VOIDED', 'EXPIRED', 'REFUNDED', 'ADJUSTED') AS concerns FROM transitions
          WHERE transaction_id = ANY($1::uuid[])) AS r
    LEFT JOIN journal j ON j.id = overlay(r.id::text PLACING '000000' FROM 31)::uuid
    GROUP BY transaction_id
), accepted AS (
    SELECT t.*, COALESCE(told.status, t.deferred_as) AS status_told, told.kind AS kind_told, told.details AS rejection_told,
           COALESCE(told.scheduled, t.request_json::json ->> 'scheduled_time')::timestamptz AS scheduled_told,
           COALESCE(told.ended, 0) AS ended, told.applied_at, told.legs_told
    FROM transactions t LEFT JOIN told ON told.id = t.id WHERE t.id = ANY($1::uuid[]) AND t.deferred_as IS NOT NULL
)
SELECT id, format('%s, told %s, at %s, told %s', status, status_told, scheduled_at, scheduled_told) AS fault
FROM accepted
WHERE (leg_count IS NOT NULL AND (kind = 'REFUND' OR divides_late(request_json)) AND leg_count IS DISTINCT FROM legs_told)
   OR (takes_remainder AND recorded_at IS NULL AND amount IS NOT NULL)
   OR ended <> (NOT is_deferred(status))::int
   OR (kind_told IN ('APPLIED', 'INFLIGHT')) IS TRUE <> (source_version IS NOT NULL OR (leg_count IS NOT NULL AND recorded_at IS NOT NULL))
   OR (status IS DISTINCT FROM status_told AND kind_told IS DISTINCT FROM 'INFLIGHT')
   OR (kind_told = 'INFLIGHT' AND status NOT IN ('INFLIGHT', 'APPLIED', 'VOID'))
   OR rejection IS DISTINCT FROM rejection_told
   OR scheduled_at IS DISTINCT FROM scheduled_told
   OR recorded_at IS DISTINCT FROM applied_at
UNION ALL
SELECT t.id, 'a transition says what only happens to deferred transactions'
FROM told JOIN transactions t ON t.id = told.id WHERE told.concerned AND t.deferred_as IS NULL
UNION ALL
SELECT id, format('is to be applied at %s, and never was deferred', scheduled_at)
FROM transactions WHERE id = ANY($1::uuid[]) AND scheduled_at IS NOT NULL AND deferred_as IS NULL

-- name: not_on_work_list
-- Queued transactions that are not due without a time, scheduled ones that are not due at their time or a little
-- later, where they were tried and postponed, and open holds that are not due at their times.
SELECT w.id, format('%s, to %s at %s, due at %s', w.status, w.what, w.at, d.due_at) AS fault
FROM (SELECT id, status, 'APPLY' AS what, CASE status WHEN 'SCHEDULED' THEN scheduled_at END AS at FROM transactions
      WHERE id = ANY($1::uuid[]) AND status IN ('QUEUED', 'SCHEDULED') AND header_id IS NULL
      UNION ALL
      SELECT id, status, 'EXPIRE', COALESCE(adjusted_expires_at, expires_at) FROM transactions
      WHERE id = ANY($1::uuid[]) AND status = 'INFLIGHT' AND header_id IS NULL
            AND COALESCE(adjusted_expires_at, expires_at) IS NOT NULL
      UNION ALL
      SELECT id, status, 'COMMIT', COALESCE(adjusted_commits_at, commits_at) FROM transactions
      WHERE id = ANY($1::uuid[]) AND status = 'INFLIGHT' AND header_id IS NULL
            AND COALESCE(adjusted_commits_at, commits_at) IS NOT NULL) AS w
LEFT JOIN due d ON d.transaction_id = w.id AND d.what = w.what
WHERE d.transaction_id IS NULL OR (d.due_at IS NULL) <> (w.at IS NULL) OR d.due_at < w.at
   OR d.due_at > GREATEST(w.at, now()) + interval '1 day'

-- name: identities_differ
-- Transactions that are linked to other identities than those that they named.
SELECT t.id, 'the identities that it concerns are not those that it named' AS fault
FROM transactions t
WHERE t.id = ANY($1::uuid[]) AND t.request_json IS NOT NULL
  AND ARRAY(SELECT key::uuid FROM json_array_elements_text(t.request_json::json -> 'identities') AS named(key) ORDER BY 1)
      IS DISTINCT FROM
      ARRAY(SELECT l.identity_id FROM transaction_identities l WHERE l.transaction_id = t.id ORDER BY 1)
