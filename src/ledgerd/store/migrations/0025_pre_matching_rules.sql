-- migrate:up

-- Matching rules and sets of them, whose versions never change.

-- Matching rules. version is the latest one. A rule that was deleted stays, because runs name its versions.
CREATE TABLE matching_rules (
    id         uuid        NOT NULL CONSTRAINT matching_rules_pkey PRIMARY KEY,
    version    integer     NOT NULL CONSTRAINT matching_rule_version_counted CHECK (version >= 1),
    request_id text        CONSTRAINT matching_rule_request_once UNIQUE,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz
);

-- The versions of matching rules, which never change. body is the whole rule, as store/rule_json.py writes it.
CREATE TABLE matching_rule_versions (
    rule_id     uuid        NOT NULL CONSTRAINT matching_rule_version_rule_exists REFERENCES matching_rules,
    version     integer     NOT NULL,
    name        text        NOT NULL
        CONSTRAINT matching_rule_name_bounded CHECK (char_length(name) BETWEEN 1 AND 255),
    description text,
    body        text        NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT matching_rule_version_once PRIMARY KEY (rule_id, version)
);

-- Sets of matching rules, like the rules themselves.
CREATE TABLE matching_rule_sets (
    id         uuid        NOT NULL CONSTRAINT matching_rule_sets_pkey PRIMARY KEY,
    version    integer     NOT NULL CONSTRAINT matching_rule_set_version_counted CHECK (version >= 1),
    request_id text        CONSTRAINT matching_rule_set_request_once UNIQUE,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz
);

CREATE TABLE matching_rule_set_versions (
    set_id      uuid        NOT NULL CONSTRAINT matching_rule_set_version_set_exists REFERENCES matching_rule_sets,
    version     integer     NOT NULL,
    name        text        NOT NULL
        CONSTRAINT matching_rule_set_name_bounded CHECK (char_length(name) BETWEEN 1 AND 255),
    description text,
    created_at  timestamptz NOT NULL,
    CONSTRAINT matching_rule_set_version_once PRIMARY KEY (set_id, version)
);

-- The rules of each version of a set, in their order. rule_version is null where runs take the latest one.
CREATE TABLE matching_rule_set_rules (
    set_id       uuid    NOT NULL,
    version      integer NOT NULL,
    place        integer NOT NULL CONSTRAINT set_rule_place_bounded CHECK (place BETWEEN 1 AND 100),
    rule_id      uuid    NOT NULL CONSTRAINT set_rule_exists REFERENCES matching_rules,
    rule_version integer,
    CONSTRAINT set_rule_place_once PRIMARY KEY (set_id, version, place),
    CONSTRAINT set_rule_once UNIQUE (set_id, version, rule_id),
    CONSTRAINT set_rule_set_exists FOREIGN KEY (set_id, version) REFERENCES matching_rule_set_versions,
    CONSTRAINT set_rule_version_exists FOREIGN KEY (rule_id, rule_version) REFERENCES matching_rule_versions
);

CREATE INDEX matching_rule_set_rules_by_rule ON matching_rule_set_rules (rule_id);

CREATE TRIGGER matching_rule_versions_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON matching_rule_versions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER matching_rule_set_versions_do_not_change
    BEFORE UPDATE OR DELETE OR TRUNCATE ON matching_rule_set_versions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER matching_rule_set_rules_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON matching_rule_set_rules
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD', 'RECONCILIATION', 'MATCHING_RULE', 'MATCHING_RULE_SET'));

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, INSERT ON matching_rules, matching_rule_versions, matching_rule_sets, matching_rule_set_versions,
            matching_rule_set_rules TO ledgerd_service;
        GRANT UPDATE (version, deleted_at) ON matching_rules, matching_rule_sets TO ledgerd_service;
    END IF;
END $$;

-- migrate:down

DROP TABLE matching_rule_set_rules, matching_rule_set_versions, matching_rule_sets, matching_rule_versions, matching_rules;

DELETE FROM creations WHERE noun IN ('MATCHING_RULE', 'MATCHING_RULE_SET');

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD', 'RECONCILIATION'));
