-- The settings of ledgers, balances, identities, monitors, external sources, matching rules and their sets, as one digest
-- for each row. The journal tells it with every change, and verify computes it again. Totals, version and moved_at of a
-- balance belong to its movements, which prove them.

-- name: ledger
-- Ledgers with the digest of their settings.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.name, t.metadata, t.request_id, extract(epoch FROM t.created_at), extract(epoch FROM t.updated_at),
    extract(epoch FROM t.closed_before))::text, 'UTF8')), 'hex') AS digest
FROM ledgers t

-- name: balance
-- Balances with the digest of their settings.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.ledger_id, t.identity_id, t.indicator, t.currency, t.precision, t.floor, t.ceiling, t.status, t.group_name, t.tag,
    t.track_fund_lineage, t.allocation_strategy, t.metadata, t.request_id, extract(epoch FROM t.created_at),
    extract(epoch FROM t.updated_at))::text, 'UTF8')), 'hex') AS digest
FROM balances t

-- name: identity
-- Identities with the digest of their settings and of their verifications, where there are any. The salt goes with the
-- row: what the journal keeps of a deleted person says nothing about them.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.salt, t.id, t.identity_type, t.attributes, t.metadata, t.request_id, extract(epoch FROM t.created_at),
    extract(epoch FROM t.updated_at))::text || COALESCE((
        SELECT json_agg(json_build_array(
            v.id, v.kind, v.outcome, v.tier, extract(epoch FROM v.checked_at), extract(epoch FROM v.expires_at),
            v.provider, v.provider_reference, v.description, v.request_id, extract(epoch FROM v.created_at))
            ORDER BY v.id)::text
        FROM identity_verifications v WHERE v.identity_id = t.id), ''), 'UTF8')), 'hex') AS digest
FROM identities t

-- name: monitor
-- Monitors with the digest of their settings.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.balance_id, t.conditions, t.trigger, t.description, t.metadata, t.request_id,
    extract(epoch FROM t.created_at), extract(epoch FROM t.updated_at))::text, 'UTF8')), 'hex') AS digest
FROM monitors t

-- name: external_source
-- External sources with the digest of their settings. What a source does on arrival counts where there is something.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.name, t.description, t.format_profile, t.currency, t.time_zone, t.sign_convention, t.settlement_window,
    t.age_bucket_days, t.confirmation_policy,
    ARRAY(SELECT s.balance_id FROM external_source_balances s WHERE s.source_id = t.id ORDER BY s.place), t.metadata,
    t.request_id, extract(epoch FROM t.created_at), extract(epoch FROM t.updated_at))::text
    || CASE WHEN num_nonnulls(t.match_on_arrival, t.expected_every) > 0
            THEN json_build_array(t.match_on_arrival, t.expected_every)::text ELSE '' END, 'UTF8')), 'hex') AS digest
FROM external_sources t

-- name: matching_rule
-- Matching rules that are not deleted, with the digest of all their versions.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.version, t.request_id, extract(epoch FROM t.created_at), (
        SELECT json_agg(json_build_array(
            v.version, v.name, v.description, v.body, extract(epoch FROM v.created_at)) ORDER BY v.version)
        FROM matching_rule_versions v WHERE v.rule_id = t.id))::text, 'UTF8')), 'hex') AS digest
FROM (SELECT * FROM matching_rules WHERE deleted_at IS NULL) t

-- name: matching_rule_set
-- Sets of matching rules that are not deleted, with the digest of all their versions.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.version, t.request_id, extract(epoch FROM t.created_at), (
        SELECT json_agg(json_build_array(
            v.version, v.name, v.description, extract(epoch FROM v.created_at), (
                SELECT json_agg(json_build_array(u.rule_id, u.rule_version) ORDER BY u.place)
                FROM matching_rule_set_rules u WHERE u.set_id = t.id AND u.version = v.version)) ORDER BY v.version)
        FROM matching_rule_set_versions v WHERE v.set_id = t.id))::text, 'UTF8')), 'hex') AS digest
FROM (SELECT * FROM matching_rule_sets WHERE deleted_at IS NULL) t

-- name: reconciliation_statement
-- Reconciliation statements with the digest of all that is kept of them.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.source_id, t.currency, t.day, t.basis, t.status, t.figures, t.moment, encode(t.digest, 'hex'), t.created_by,
    extract(epoch FROM t.created_at), t.confirmed_by, extract(epoch FROM t.confirmed_at), t.confirm_reason, (
        SELECT encode(sha256(convert_to(json_agg(json_build_array(i.list, i.place, i.item) ORDER BY i.list, i.place)::text,
                                        'UTF8')), 'hex')
        FROM reconciliation_statement_items i WHERE i.statement_id = t.id))::text, 'UTF8')), 'hex') AS digest
FROM reconciliation_statements t

-- name: service
-- The settings of the service, with their digest.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.default_currency, t.revision, extract(epoch FROM t.updated_at))::text, 'UTF8')), 'hex') AS digest
FROM service_settings t
