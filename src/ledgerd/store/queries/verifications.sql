-- Verifications of identities. They are deleted with their identity, by the table's foreign key.

-- name: select
-- All columns of a verification that callers are shown.
SELECT t.id, t.identity_id, t.kind, t.outcome, t.tier, t.checked_at, t.expires_at, t.provider, t.provider_reference,
       t.description, t.created_at
FROM identity_verifications t

-- name: insert
-- A new verification.
INSERT INTO identity_verifications (id, identity_id, kind, outcome, tier, checked_at, expires_at, provider,
                                    provider_reference, description, request_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
