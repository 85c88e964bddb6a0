-- The rows of both sides of a reconciliation, as of what the run noted when it began. A column that is not asked for is
-- null, and times are microseconds since 1970: a run reads millions of rows.

-- name: records
-- The records of a source that are free after decision $4, in their order; those of a list where $7 is given. Those that
-- are pending are among them where $13, those for information never. References are read where $8, descriptions
-- where $9, counterparties where $10, group keys where $11, metadata where $12. The window is about days in the time zone
-- $14; about booking dates where it is null. With an upload ($3), those that it names: the ones that it brought, those that
-- the source had already (where $15), and those of a dry run, which are of no source.
SELECT r.id AS number, r.amount, r.currency, r.precision, r.booking_date, r.value_date,
       (extract(epoch FROM r.booked_at) * 1000000)::bigint AS booked_at,
       CASE WHEN $8 THEN r.reference_texts END AS references,
       CASE WHEN $9 THEN r.description END AS description,
       CASE WHEN $10 THEN r.counterparty END AS counterparty,
       CASE WHEN $10 THEN r.counterparty_account END AS counterparty_account,
       r.identity_id,
       CASE WHEN $11 THEN r.group_key END AS group_key,
       CASE WHEN $12 THEN r.metadata END AS metadata
FROM (SELECT a.* FROM external_records a WHERE a.source_id = $1 AND a.id <= $2 AND ($3::uuid IS NULL OR a.upload_id = $3)
      UNION ALL
      SELECT k.* FROM external_records k
      WHERE k.source_id = $1 AND k.id <= $2 AND $15
            AND k.id IN (SELECT f.record_id FROM upload_faults f WHERE f.upload_id = $3 AND f.code = 'ALREADY_KNOWN')
      UNION ALL
      SELECT d.* FROM external_records d WHERE d.upload_id = $3 AND d.source_id IS NULL) AS r
CROSS JOIN LATERAL (SELECT CASE WHEN $14::text IS NULL THEN r.booking_date ELSE record_day(
    r.booking_date, r.booked_at, r.value_date, (SELECT k.closing_date FROM bank_statements k WHERE k.id = r.statement_id),
    r.created_at, $14) END AS day) AS d
WHERE (r.status IS NULL OR $13 AND r.status = 'PENDING')
      AND NOT EXISTS (
          SELECT FROM record_claims c
          WHERE c.record_number = r.id AND c.claimed_by <= $4 AND (c.released_by IS NULL OR c.released_by > $4))
      AND ($5::date IS NULL OR d.day >= $5) AND ($6::date IS NULL OR d.day < $6)
      AND ($7::bigint[] IS NULL OR r.id = ANY ($7))
ORDER BY r.id

-- name: duplicates
-- Those of the records $2 of a source that say the same as an earlier record of it. All that a record says counts, but its
-- key and where it stood: statement, line and text.
WITH told AS MATERIALIZED (
    SELECT r.id, r.booking_date, json_build_array(
        r.amount, r.currency, r.precision, r.booking_date, r.value_date, extract(epoch FROM r.booked_at),
        r.reference_texts, r.description, r.counterparty, r.counterparty_account, r.identity_id, r.group_key, r.kind,
        r.status, r.source_status, r.payments, r.metadata)::text AS content
    FROM external_records r WHERE r.id = ANY ($2::bigint[])
),
first AS (
    SELECT min(o.id) AS id, json_build_array(
        o.amount, o.currency, o.precision, o.booking_date, o.value_date, extract(epoch FROM o.booked_at),
        o.reference_texts, o.description, o.counterparty, o.counterparty_account, o.identity_id, o.group_key, o.kind,
        o.status, o.source_status, o.payments, o.metadata)::text AS content
    FROM external_records o
    WHERE (o.source_id = $1 OR o.source_id IS NULL AND o.id = ANY ($2::bigint[])) AND o.id < (SELECT max(id) FROM told)
          AND (o.booking_date IS NULL OR o.booking_date IN (SELECT booking_date FROM told))
    GROUP BY 2
)
SELECT t.id FROM told t JOIN first f ON f.content = t.content WHERE f.id < t.id ORDER BY t.id

-- name: ignored_records
-- The records that a decision up to $4 ignores, of those that a run would read otherwise, counted and added up.
SELECT r.currency, r.precision, count(*) AS count, sum(r.amount) AS amount
FROM record_claims c JOIN external_records r ON r.id = c.record_number
CROSS JOIN LATERAL (SELECT CASE WHEN $8::text IS NULL THEN r.booking_date ELSE record_day(
    r.booking_date, r.booked_at, r.value_date, (SELECT k.closing_date FROM bank_statements k WHERE k.id = r.statement_id),
    r.created_at, $8) END AS day) AS d
WHERE c.match_number IS NULL AND c.claimed_by <= $4 AND (c.released_by IS NULL OR c.released_by > $4)
      AND r.source_id = $1 AND r.id <= $2 AND (r.status IS NULL OR $7 AND r.status = 'PENDING')
      AND ($3::uuid IS NULL OR r.upload_id = $3 OR $9 AND r.id IN (
          SELECT f.record_id FROM upload_faults f WHERE f.upload_id = $3 AND f.code = 'ALREADY_KNOWN'))
      AND ($5::date IS NULL OR d.day >= $5) AND ($6::date IS NULL OR d.day < $6)
GROUP BY r.currency, r.precision

-- name: outside_records
-- The records that are free after decision $4 and outside the window, counted and added up.
SELECT r.currency, r.precision, count(*) AS count, sum(r.amount) AS amount
FROM (SELECT a.* FROM external_records a WHERE a.source_id = $1 AND a.id <= $2 AND ($3::uuid IS NULL OR a.upload_id = $3)
      UNION ALL
      SELECT k.* FROM external_records k
      WHERE k.source_id = $1 AND k.id <= $2 AND $9
            AND k.id IN (SELECT f.record_id FROM upload_faults f WHERE f.upload_id = $3 AND f.code = 'ALREADY_KNOWN')
      UNION ALL
      SELECT d.* FROM external_records d WHERE d.upload_id = $3 AND d.source_id IS NULL) AS r
CROSS JOIN LATERAL (SELECT CASE WHEN $8::text IS NULL THEN r.booking_date ELSE record_day(
    r.booking_date, r.booked_at, r.value_date, (SELECT k.closing_date FROM bank_statements k WHERE k.id = r.statement_id),
    r.created_at, $8) END AS day) AS d
WHERE (r.status IS NULL OR $7 AND r.status = 'PENDING')
      AND (($5::date IS NULL OR d.day >= $5) AND ($6::date IS NULL OR d.day < $6)) IS NOT TRUE
      AND NOT EXISTS (
          SELECT FROM record_claims c
          WHERE c.record_number = r.id AND c.claimed_by <= $4 AND (c.released_by IS NULL OR c.released_by > $4))
GROUP BY r.currency, r.precision

-- name: ignored_entries
-- The entries of balances ($1, up to the versions $2) that a decision up to $3 ignores, of those that a run would read
-- otherwise, counted and added up.
WITH moved AS (
    SELECT t.kind, t.currency, t.precision, CASE WHEN b.is_destination THEN 1 ELSE -1 END AS sign, t.amount,
           CASE WHEN $6 THEN COALESCE(t.effective_at, t.recorded_at) ELSE t.recorded_at END AS booked_at,
           CASE WHEN t.kind = 'HOLD' AND $8 THEN t.amount - COALESCE((
               SELECT sum(COALESCE(r.released, r.amount)) FROM transactions r
               WHERE r.parent_id = t.id AND CASE WHEN b.is_destination
                     THEN r.destination_id = c.balance_id AND r.destination_version <= s.version
                     ELSE r.source_id = c.balance_id AND r.source_version <= s.version END), 0) END AS remaining
    FROM entry_claims c
    JOIN unnest($1::uuid[], $2::bigint[]) AS s(balance_id, version) ON s.balance_id = c.balance_id
    JOIN transactions t ON t.id = c.transaction_id
    CROSS JOIN LATERAL (
        SELECT t.destination_id = c.balance_id AS is_destination,
               CASE WHEN t.destination_id = c.balance_id THEN t.source_id ELSE t.destination_id END AS other_id,
               CASE WHEN t.destination_id = c.balance_id THEN t.destination_version ELSE t.source_version END AS version) AS b
    WHERE c.match_number IS NULL AND c.claimed_by <= $3 AND (c.released_by IS NULL OR c.released_by > $3)
          AND b.version <= s.version AND b.other_id <> ALL ($1::uuid[])
)
SELECT m.currency, m.precision, count(*) AS count,
       sum(m.sign * CASE WHEN m.kind = 'HOLD' THEN m.remaining ELSE m.amount END) AS amount
FROM moved m
WHERE CASE WHEN m.kind IN ('POSTING', 'COMMIT', 'REFUND') THEN $7 ELSE m.remaining > 0 END
      AND ($4::timestamptz IS NULL OR m.booked_at >= $4) AND ($5::timestamptz IS NULL OR m.booked_at < $5)
GROUP BY m.currency, m.precision

-- name: outside_entries
-- The entries of balances ($1, up to the versions $2) that are free after decision $3 and outside the window, counted
-- and added up.
WITH moved AS (
    SELECT c.id, s.balance_id, c.kind, c.currency, c.precision, 1 AS sign, c.amount,
           CASE WHEN $6 THEN COALESCE(c.effective_at, c.recorded_at) ELSE c.recorded_at END AS booked_at,
           CASE WHEN c.kind = 'HOLD' AND $8 THEN c.amount - COALESCE((
               SELECT sum(COALESCE(r.released, r.amount)) FROM transactions r
               WHERE r.parent_id = c.id AND r.destination_id = s.balance_id AND r.destination_version <= s.version), 0)
           END AS remaining
    FROM unnest($1::uuid[], $2::bigint[]) AS s(balance_id, version)
    JOIN transactions c ON c.destination_id = s.balance_id AND c.destination_version <= s.version
    WHERE c.source_id <> ALL ($1::uuid[])
    UNION ALL
    SELECT d.id, s.balance_id, d.kind, d.currency, d.precision, -1, d.amount,
           CASE WHEN $6 THEN COALESCE(d.effective_at, d.recorded_at) ELSE d.recorded_at END,
           CASE WHEN d.kind = 'HOLD' AND $8 THEN d.amount - COALESCE((
               SELECT sum(COALESCE(r.released, r.amount)) FROM transactions r
               WHERE r.parent_id = d.id AND r.source_id = s.balance_id AND r.source_version <= s.version), 0) END
    FROM unnest($1::uuid[], $2::bigint[]) AS s(balance_id, version)
    JOIN transactions d ON d.source_id = s.balance_id AND d.source_version <= s.version
    WHERE d.destination_id <> ALL ($1::uuid[])
)
SELECT m.currency, m.precision, count(*) AS count,
       sum(m.sign * CASE WHEN m.kind = 'HOLD' THEN m.remaining ELSE m.amount END) AS amount
FROM moved m
WHERE CASE WHEN m.kind IN ('POSTING', 'COMMIT', 'REFUND') THEN $7 ELSE m.remaining > 0 END
      AND (($4::timestamptz IS NULL OR m.booked_at >= $4) AND ($5::timestamptz IS NULL OR m.booked_at < $5)) IS NOT TRUE
      AND NOT EXISTS (
          SELECT FROM entry_claims e
          WHERE e.transaction_id = m.id AND e.balance_id = m.balance_id
                AND e.claimed_by <= $3 AND (e.released_by IS NULL OR e.released_by > $3))
GROUP BY m.currency, m.precision

-- name: entries
-- The movements of a balance up to version $2, seen from it: what it received is positive. A movement between two
-- balances of the scope ($3) is none, and neither is one that is not free after decision $4. Times from $5 to before $6 are
-- effective ones where $7; of a list of transactions where $8 is given. References are read where $9, descriptions where
-- $10, counterparties where $11, groups where $12, metadata where $13, identities where $14. Movements are read where $15;
-- where $16, what remained of holds at that version.
SELECT t.id, t.balance_id,
       CASE WHEN t.kind = 'HOLD' THEN sign(t.amount) * t.remaining ELSE t.amount END AS amount, t.currency, t.precision,
       (extract(epoch FROM t.recorded_at) * 1000000)::bigint AS recorded_at,
       (extract(epoch FROM t.effective_at) * 1000000)::bigint AS effective_at,
       CASE WHEN $9 THEN COALESCE(t.reference, h.reference) END AS reference,
       CASE WHEN $10 THEN t.description END AS description,
       CASE WHEN $11 THEN o.indicator END AS counterparty,
       CASE WHEN $12 THEN t.group_name END AS group_name,
       CASE WHEN $12 THEN t.batch_id END AS batch_id,
       CASE WHEN $13 THEN t.metadata WHEN $9 AND t.metadata ? 'references'
            THEN jsonb_build_object('references', t.metadata -> 'references') END AS metadata,
       CASE WHEN $14 THEN ARRAY(
           SELECT i.identity_id FROM transaction_identities i WHERE i.transaction_id = COALESCE(t.header_id, t.id)
           UNION SELECT o.identity_id WHERE o.identity_id IS NOT NULL ORDER BY 1) END AS identities
FROM (
    SELECT c.id, c.destination_id AS balance_id, c.source_id AS other_id, c.amount, c.currency, c.precision,
           c.recorded_at, COALESCE(c.effective_at, c.recorded_at) AS effective_at, c.kind, c.reference, c.header_id,
           c.description, c.group_name, c.batch_id, c.metadata,
           CASE WHEN c.kind = 'HOLD' AND $16 THEN c.amount - COALESCE((
               SELECT sum(COALESCE(r.released, r.amount)) FROM transactions r
               WHERE r.parent_id = c.id AND r.destination_id = $1 AND r.destination_version <= $2), 0) END AS remaining
    FROM transactions c
    WHERE c.destination_id = $1 AND c.destination_version <= $2
    UNION ALL
    SELECT d.id, d.source_id, d.destination_id, -d.amount, d.currency, d.precision, d.recorded_at,
           COALESCE(d.effective_at, d.recorded_at), d.kind, d.reference, d.header_id, d.description, d.group_name,
           d.batch_id, d.metadata,
           CASE WHEN d.kind = 'HOLD' AND $16 THEN d.amount - COALESCE((
               SELECT sum(COALESCE(r.released, r.amount)) FROM transactions r
               WHERE r.parent_id = d.id AND r.source_id = $1 AND r.source_version <= $2), 0) END
    FROM transactions d
    WHERE d.source_id = $1 AND d.source_version <= $2
) AS t
LEFT JOIN transactions h ON h.id = t.header_id
LEFT JOIN balances o ON ($11 OR $14) AND o.id = t.other_id
WHERE CASE WHEN t.kind IN ('POSTING', 'COMMIT', 'REFUND') THEN $15 ELSE t.remaining > 0 END AND t.other_id <> ALL ($3::uuid[])
      AND NOT EXISTS (
          SELECT FROM entry_claims e
          WHERE e.transaction_id = t.id AND e.balance_id = t.balance_id
                AND e.claimed_by <= $4 AND (e.released_by IS NULL OR e.released_by > $4))
      AND ($5::timestamptz IS NULL OR CASE WHEN $7 THEN t.effective_at ELSE t.recorded_at END >= $5)
      AND ($6::timestamptz IS NULL OR CASE WHEN $7 THEN t.effective_at ELSE t.recorded_at END < $6)
      AND ($8::uuid[] IS NULL OR t.id = ANY ($8))
ORDER BY t.id
