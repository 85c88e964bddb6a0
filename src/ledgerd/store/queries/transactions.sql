-- Transactions, read as whole rows with the indicators of both sides.

-- name: select
-- All columns of a transaction that callers are shown.
SELECT t.id, t.reference, t.kind, t.status, t.currency, t.precision, t.amount,
       t.source_id, s.indicator AS source_indicator, t.source_version, t.source_credit, t.source_debit,
       t.source_inflight_credit, t.source_inflight_debit,
       t.destination_id, d.indicator AS destination_indicator, t.destination_version, t.destination_credit,
       t.destination_debit, t.destination_inflight_credit, t.destination_inflight_debit,
       t.allow_overdraft, t.overdraft_limit, t.takes_remainder, t.parent_id, t.batch_id, t.description,
       t.group_name, t.tag, t.metadata, t.metadata_digest, t.created_by, t.created_at, t.recorded_at,
       t.effective_at, t.committed, t.voided, t.expires_at, t.commits_at, t.allow_over_commit, t.released, t.refunded,
       t.header_id, t.deferred_as, t.request_json, t.scheduled_at, t.rejection,
       CASE WHEN t.leg_count IS NOT NULL THEN ARRAY(SELECT l.id FROM transactions l WHERE l.header_id = t.id ORDER BY l.id)
       END AS leg_ids,
       CASE WHEN t.deferred_as = 'IN_REVIEW' THEN (
           SELECT json_build_array(COALESCE(r.details::json ->> 'decided_by', r.details::json -> 'details' ->> 'decided_by'),
                                   r.recorded_at)::text
           FROM transitions r WHERE r.transaction_id = t.id AND r.kind IN ('APPROVED', 'DENIED'))
       END AS verdict
FROM transactions t
LEFT JOIN balances s ON s.id = t.source_id
LEFT JOIN balances d ON d.id = t.destination_id
