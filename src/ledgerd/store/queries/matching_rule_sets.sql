-- Sets of matching rules and their versions.

-- name: select
-- All columns of a version of a set, with those of the set. revision is the latest version; a rule without a version is
-- the latest one at the start of a run.
SELECT s.id, s.version AS revision, s.created_at, s.deleted_at, v.version, v.name, v.description,
       v.created_at AS updated_at,
       ARRAY(SELECT u.rule_id FROM matching_rule_set_rules u WHERE u.set_id = s.id AND u.version = v.version
             ORDER BY u.place) AS rule_ids,
       ARRAY(SELECT u.rule_version FROM matching_rule_set_rules u WHERE u.set_id = s.id AND u.version = v.version
             ORDER BY u.place) AS rule_versions
FROM matching_rule_sets s JOIN matching_rule_set_versions v ON v.set_id = s.id

-- name: lock
-- The lock of a set until the end of the transaction.
SELECT true FROM matching_rule_sets WHERE id = $1 FOR UPDATE

-- name: keep
-- A set that is not deleted, and is not deleted before the end of the transaction.
SELECT true FROM matching_rule_sets WHERE id = $1 AND deleted_at IS NULL FOR SHARE

-- name: used_by
-- A source that matches by a set what arrives.
SELECT id FROM external_sources WHERE match_on_arrival ->> 'rule_set_id' = $1 ORDER BY id LIMIT 1

-- name: insert
-- A new set, without its version.
INSERT INTO matching_rule_sets (id, version, request_id, created_at) VALUES ($1, 1, $2, $3)

-- name: add_version
-- A version of a set, without its rules.
INSERT INTO matching_rule_set_versions (set_id, version, name, description, created_at) VALUES ($1, $2, $3, $4, $5)

-- name: add_rules
-- The rules of a version of a set, in order.
INSERT INTO matching_rule_set_rules (set_id, version, place, rule_id, rule_version)
SELECT $1, $2, place, rule_id, rule_version
FROM unnest($3::uuid[], $4::integer[]) WITH ORDINALITY AS given(rule_id, rule_version, place)

-- name: advance
-- A later version of a set is the latest.
UPDATE matching_rule_sets SET version = $2 WHERE id = $1

-- name: delete
-- The end of a set; its versions stay.
UPDATE matching_rule_sets SET deleted_at = $2 WHERE id = $1
