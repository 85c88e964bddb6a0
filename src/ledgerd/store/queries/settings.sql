-- The settings of ledgers, balances, identities and monitors, as one digest for each row. The journal tells it with
-- every change, and verify computes it again. Totals, version and moved_at of a balance belong to its movements,
-- which prove them.

-- name: ledger
-- Ledgers with the digest of their settings.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.name, t.metadata, t.request_id, extract(epoch FROM t.created_at), extract(epoch FROM t.updated_at),
    extract(epoch FROM t.closed_before))::text, 'UTF8')), 'hex') AS digest
FROM ledgers t

-- name: balance
-- Balances with the digest of their settings.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.ledger_id, t.identity_id, t.indicator, t.currency, t.precision, t.floor, t.ceiling, t.state, t.group_name, t.tag,
    t.track_fund_lineage, t.allocation_strategy, t.metadata, t.request_id, extract(epoch FROM t.created_at),
    extract(epoch FROM t.updated_at))::text, 'UTF8')), 'hex') AS digest
FROM balances t

-- name: identity
-- Identities with the digest of their settings. The salt goes with the row: what the journal keeps of a deleted
-- person says nothing about them.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.salt, t.id, t.identity_type, t.attributes, t.metadata, t.request_id, extract(epoch FROM t.created_at),
    extract(epoch FROM t.updated_at))::text, 'UTF8')), 'hex') AS digest
FROM identities t

-- name: monitor
-- Monitors with the digest of their settings.
SELECT t.id, encode(sha256(convert_to(json_build_array(
    t.id, t.balance_id, t.conditions, t.trigger, t.description, t.metadata, t.request_id,
    extract(epoch FROM t.created_at), extract(epoch FROM t.updated_at))::text, 'UTF8')), 'hex') AS digest
FROM monitors t
