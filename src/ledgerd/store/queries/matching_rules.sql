-- Matching rules and their versions.

-- name: select
-- All columns of a version of a rule, with those of the rule. revision is the latest version.
SELECT r.id, r.version AS revision, r.created_at, r.deleted_at, v.version, v.name, v.description, v.body,
       v.created_at AS updated_at
FROM matching_rules r JOIN matching_rule_versions v ON v.rule_id = r.id

-- name: lock
-- The lock of a rule until the end of the transaction.
SELECT true FROM matching_rules WHERE id = $1 FOR UPDATE

-- name: keep
-- The latest versions of rules that are not deleted, which stay so until the end of the transaction.
SELECT id, version FROM matching_rules WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL ORDER BY id FOR SHARE

-- name: insert
-- A new rule, without its version.
INSERT INTO matching_rules (id, version, request_id, created_at) VALUES ($1, 1, $2, $3)

-- name: add_version
-- A version of a rule.
INSERT INTO matching_rule_versions (rule_id, version, name, description, body, created_at)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: advance
-- A later version of a rule is the latest.
UPDATE matching_rules SET version = $2 WHERE id = $1

-- name: delete
-- The end of a rule; its versions stay.
UPDATE matching_rules SET deleted_at = $2 WHERE id = $1

-- name: used_by
-- A set that has a rule in its latest version.
SELECT s.id FROM matching_rule_sets s
JOIN matching_rule_set_rules u ON u.set_id = s.id AND u.version = s.version
WHERE u.rule_id = $1 AND s.deleted_at IS NULL ORDER BY s.id LIMIT 1
