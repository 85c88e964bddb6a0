-- The settings of the whole service, one row.

-- name: default_currency
-- The currency of drafts that give none and name no balance by id.
SELECT default_currency FROM service_settings

-- name: find
-- The settings.
SELECT id, default_currency, revision, updated_at FROM service_settings

-- name: lock
-- The settings, locked.
SELECT id, default_currency, revision, updated_at FROM service_settings FOR NO KEY UPDATE

-- name: update
-- Other settings.
UPDATE service_settings SET default_currency = $1, revision = revision + 1, updated_at = $2
RETURNING id, default_currency, revision, updated_at
