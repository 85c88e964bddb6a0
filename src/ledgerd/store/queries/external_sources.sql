-- External sources, with the balances that they correspond to.

-- name: select
-- All columns of a source that callers are shown. precisions has the precision of each currency of its balances.
SELECT t.id, t.name, t.description, t.format_profile, t.currency, t.time_zone, t.sign_convention, t.settlement_window,
       t.age_bucket_days, t.confirmation_policy, t.match_on_arrival, t.expected_every, t.metadata, t.created_at, t.updated_at,
       t.revision, (SELECT a.late_since FROM source_arrivals a WHERE a.source_id = t.id) AS late_since,
       ARRAY(SELECT s.balance_id FROM external_source_balances s WHERE s.source_id = t.id ORDER BY s.place) AS balance_ids,
       (SELECT json_object_agg(b.currency, b.precision) FROM external_source_balances s
        JOIN balances b ON b.id = s.balance_id WHERE s.source_id = t.id)::text AS precisions
FROM external_sources t

-- name: lock
-- The lock of a source until the end of the transaction.
SELECT true FROM external_sources WHERE id = $1 FOR UPDATE

-- name: named
-- The source with a name.
SELECT id FROM external_sources WHERE name = $1

-- name: insert
-- A new source.
INSERT INTO external_sources (id, name, description, format_profile, currency, time_zone, sign_convention, settlement_window,
                              age_bucket_days, confirmation_policy, match_on_arrival, expected_every, metadata, request_id,
                              created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)

-- name: update
-- New settings of a source.
UPDATE external_sources
SET name = $2, description = $3, format_profile = $4, currency = $5, time_zone = $6, sign_convention = $7,
    settlement_window = $8, age_bucket_days = $9, confirmation_policy = $10, match_on_arrival = $11, expected_every = $12,
    metadata = $13, updated_at = $14, revision = revision + 1
WHERE id = $1

-- name: correspond
-- The balances of a source, in order.
INSERT INTO external_source_balances (source_id, place, balance_id)
SELECT $1, place, balance_id FROM unnest($2::uuid[]) WITH ORDINALITY AS given(balance_id, place)

-- name: forget_balances
-- The end of what a source corresponds to.
DELETE FROM external_source_balances WHERE source_id = $1

-- name: in_use
-- Whether a source has records or statements, which includes kept ones of reconciliation, and whether it has uploads that
-- are received or read.
SELECT EXISTS (SELECT FROM external_records WHERE source_id = $1)
       OR EXISTS (SELECT FROM bank_statements WHERE source_id = $1)
       OR EXISTS (SELECT FROM reconciliation_statements WHERE source_id = $1) AS has_records,
       EXISTS (SELECT FROM uploads WHERE source_id = $1 AND status IN ('RECEIVING', 'READING')) AS has_uploads

-- name: delete
-- The end of a source.
DELETE FROM external_sources WHERE id = $1
