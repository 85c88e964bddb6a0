-- What was read of an upload, until it is published with the upload's end.

-- name: forget_records
-- The end of the records that were read.
DELETE FROM arriving_records WHERE upload_id = $1

-- name: forget_faults
-- The end of the faults that were found.
DELETE FROM arriving_faults WHERE upload_id = $1

-- name: counts
-- How many records and faults are there.
SELECT (SELECT count(*) FROM arriving_records WHERE upload_id = $1) AS records,
       (SELECT count(*) FROM arriving_faults WHERE upload_id = $1) AS faults

-- name: lock_source
-- The lock of a source against other uploads, until the end of the transaction: records are numbered in the order of the
-- commits that bring them.
SELECT true FROM external_sources WHERE id = $1 FOR NO KEY UPDATE

-- name: last_statements
-- The last statement, or page of one, that a source has of each account and currency.
SELECT DISTINCT ON (t.account, t.currency)
       t.account, t.number, t.page, t.currency, t.precision, t.opening, t.closing, t.opening_date, t.closing_date,
       t.opening_is_intermediate, t.closing_is_intermediate, t.is_last_page, t.is_interim, t.credit_total, t.debit_total,
       t.declared_items, t.records, t.total, t.items, t.credits, t.debits, t.line
FROM bank_statements t WHERE t.source_id = $1 AND NOT t.is_interim
ORDER BY t.account, t.currency, t.closing_date DESC NULLS LAST, t.id DESC

-- name: compare
-- The faults of records that the source has, or that have a key that stood in the upload before: they join those that
-- were found while reading.
INSERT INTO upload_faults (upload_id, index, line, field, code, reason, raw, member, record_id)
WITH read AS MATERIALIZED (
    SELECT r.ordinal, r.line, r.key, r.digest, row_number() OVER (PARTITION BY r.key ORDER BY r.ordinal) AS nth
    FROM arriving_records r WHERE r.upload_id = $1
), compared AS (
    SELECT r.ordinal, r.line, 'key' AS field,
           CASE WHEN e.upload_id = $1 THEN 'KEY_REPEATED' WHEN e.digest = r.digest THEN 'ALREADY_KNOWN'
                WHEN e.id IS NOT NULL THEN 'CONTENT_DIFFERS' ELSE 'KEY_REPEATED' END AS code,
           CASE WHEN e.upload_id <> $1 THEN e.id END AS record_id
    FROM read r LEFT JOIN external_records e ON e.source_id = $2 AND e.key = r.key
    WHERE e.id IS NOT NULL OR r.nth > 1
), every AS (
    SELECT c.ordinal, c.line, c.field, c.code, CASE c.code
               WHEN 'ALREADY_KNOWN' THEN 'The source has this record from an earlier upload.'
               WHEN 'CONTENT_DIFFERS' THEN 'The source has a record with this key, and it says something else.'
               ELSE 'The key stood in this upload before.' END AS reason,
           NULL AS raw, NULL AS member, c.record_id
    FROM compared c
    UNION ALL
    SELECT f.ordinal, f.line, f.field, f.code, f.reason, f.raw, f.member, NULL FROM arriving_faults f WHERE f.upload_id = $1
)
SELECT $1, (SELECT count(*) FROM upload_faults WHERE upload_id = $1)
           + row_number() OVER (ORDER BY ordinal, record_id) - 1, line, field, code, reason, raw, member, record_id FROM every

-- name: judge
-- How many faults an upload has, and how many of them are of records that the source has already.
SELECT count(*) AS faults, count(*) FILTER (WHERE code = 'ALREADY_KNOWN') AS known
FROM upload_faults WHERE upload_id = $1

-- name: add_statement
-- A statement of an upload.
INSERT INTO bank_statements (source_id, upload_id, ordinal, account, number, page, currency, precision, opening, closing,
    opening_date, closing_date, opening_is_intermediate, closing_is_intermediate, is_last_page, is_interim, credit_total,
    debit_total, declared_items, records, total, items, credits, debits, line, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
        $26)

-- name: publish
-- The records that the source did not have, each key once, in their order. A record stands in the first statement that
-- comes after it. Where a dry run ($4) compares them, they are of no source.
INSERT INTO external_records (source_id, upload_id, statement_id, ordinal, key, digest, amount, currency, precision,
    booking_date, value_date, booked_at, reference_texts, description, counterparty, counterparty_account, identity_id,
    group_key, kind, status, source_status, payments, metadata, line, raw, created_at)
WITH first AS MATERIALIZED (
    SELECT DISTINCT ON (r.key) r.key, r.ordinal FROM arriving_records r WHERE r.upload_id = $1 ORDER BY r.key, r.ordinal
), new AS MATERIALIZED (
    SELECT f.ordinal FROM first f LEFT JOIN external_records e ON e.source_id = $2 AND e.key = f.key
    WHERE e.id IS NULL ORDER BY f.ordinal
)
SELECT CASE WHEN NOT $4 THEN $2::uuid END, $1, (SELECT s.id FROM bank_statements s WHERE s.upload_id = $1 AND s.ordinal > r.ordinal ORDER BY s.ordinal
                LIMIT 1),
       r.ordinal, r.key, r.digest, r.amount, r.currency, r.precision, r.booking_date, r.value_date, r.booked_at,
       r.reference_texts, r.description, r.counterparty, r.counterparty_account, r.identity_id, r.group_key, r.kind,
       r.status, r.source_status, r.payments, r.metadata, r.line, r.raw, $3
FROM new n JOIN arriving_records r ON r.upload_id = $1 AND r.ordinal = n.ordinal
ORDER BY n.ordinal
