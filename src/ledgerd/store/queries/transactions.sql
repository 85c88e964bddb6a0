-- Transactions, read as whole rows with the indicators of both sides.

-- name: words
-- What these transactions say, or the splits of which they are legs.
SELECT t.id, COALESCE(t.description, h.description) AS description, COALESCE(t.metadata, h.metadata) AS metadata
FROM transactions t LEFT JOIN transactions h ON h.id = t.header_id
WHERE t.id = ANY($1::text::uuid[])

-- name: select
-- All columns of a transaction that callers are shown. A commit, void, refund or adjustment that says nothing shows what its parent
-- says, or the split of which that is a leg. Both are subqueries, so that they are look-ups for the few rows that need
-- them: a join might be planned as a scan of the whole history.
SELECT t.id, t.reference, t.kind, t.status, t.currency, t.precision, t.amount,
       t.source_id, s.indicator AS source_indicator, t.source_version, t.source_credit, t.source_debit,
       t.source_inflight_credit, t.source_inflight_debit,
       t.destination_id, d.indicator AS destination_indicator, t.destination_version, t.destination_credit,
       t.destination_debit, t.destination_inflight_credit, t.destination_inflight_debit,
       t.allow_overdraft, t.overdraft_limit, t.takes_remainder, t.parent_id, t.batch_id, t.description,
       t.group_name, t.tag, t.metadata, t.metadata_digest, t.created_by, t.created_at, t.recorded_at,
       t.effective_at, t.committed, t.voided, t.expires_at, t.commits_at, t.allow_over_commit, t.released, t.refunded,
       t.adjusted, t.adjusted_expires_at, t.adjusted_commits_at, t.adjustments,
       t.header_id, t.deferred_as, t.request_json, t.scheduled_at, t.rejection,
       CASE WHEN t.leg_count IS NOT NULL THEN ARRAY(SELECT l.id FROM transactions l WHERE l.header_id = t.id ORDER BY l.id)
       END AS leg_ids,
       CASE WHEN t.deferred_as = 'IN_REVIEW' THEN (
           SELECT json_build_array(a.created_by, a.request_json, r.recorded_at, a.id)::text
           FROM transitions r JOIN transactions a ON a.id = r.caused_by WHERE r.transaction_id = t.id AND r.kind IN ('APPROVED', 'DENIED'))
       END AS verdict,
       CASE WHEN t.kind IN ('COMMIT', 'VOID', 'REFUND', 'ADJUSTMENT') AND t.header_id IS NULL AND t.description IS NULL THEN (
           SELECT COALESCE(p.description, h.description)
           FROM transactions p LEFT JOIN transactions h ON h.id = p.header_id WHERE p.id = t.parent_id)
       END AS inherited_description,
       CASE WHEN t.kind IN ('COMMIT', 'VOID', 'REFUND', 'ADJUSTMENT') AND t.header_id IS NULL AND t.metadata IS NULL THEN (
           SELECT COALESCE(p.metadata, h.metadata)
           FROM transactions p LEFT JOIN transactions h ON h.id = p.header_id WHERE p.id = t.parent_id)
       END AS inherited_metadata
FROM transactions t
LEFT JOIN balances s ON s.id = t.source_id
LEFT JOIN balances d ON d.id = t.destination_id

-- name: amended
-- The number of transactions that an amendment changed. Their transitions have the ids that follow its own, up to the
-- last of the commit. Legs follow their splits.
SELECT count(DISTINCT r.transaction_id) FROM transitions r JOIN transactions t ON t.id = r.transaction_id
WHERE r.id > $1 AND r.id <= overlay($1::text PLACING 'ffffff' FROM 31)::uuid AND r.caused_by = $1 AND t.header_id IS NULL
