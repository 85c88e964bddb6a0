-- migrate:up

-- Decisions about what runs found, and exceptions: rows that stay open after a run.

-- age_bucket_days says where the age buckets of exceptions begin. With the confirmation_policy ANOTHER_CALLER whoever began
-- a run does not confirm its matches.
ALTER TABLE external_sources
    ADD COLUMN age_bucket_days integer[] NOT NULL DEFAULT '{1,7,30,90}'
        CONSTRAINT external_source_buckets_bounded CHECK (cardinality(age_bucket_days) BETWEEN 1 AND 10),
    ADD COLUMN confirmation_policy text NOT NULL DEFAULT 'ANY_CALLER'
        CONSTRAINT external_source_policy_known CHECK (confirmation_policy IN ('ANY_CALLER', 'ANOTHER_CALLER'));

-- The last decision about the match.
ALTER TABLE matches ADD COLUMN decision bigint;

-- How many rows a decision claimed or released, and how many of the chosen matches it skipped. match_number: the match
-- that was made or released.
ALTER TABLE row_decisions
    ADD COLUMN records      integer NOT NULL DEFAULT 0,
    ADD COLUMN entries      integer NOT NULL DEFAULT 0,
    ADD COLUMN skipped     integer NOT NULL DEFAULT 0,
    ADD COLUMN match_number integer;

-- Rows that stay open after a run. One of kind DIFFERENCE is about a match, and names its first record; amount is then how
-- far apart the amounts are. Of a row one is open at a time. resolved_by is the decision that resolved it automatically.
CREATE TABLE reconciliation_exceptions (
    id                uuid           NOT NULL CONSTRAINT reconciliation_exceptions_pkey PRIMARY KEY,
    source_id         uuid           NOT NULL,
    reconciliation_id uuid           NOT NULL,
    kind              text           NOT NULL
        CONSTRAINT exception_kind_known CHECK (kind IN (
            'UNMATCHED', 'AMBIGUOUS', 'LIMIT_REACHED', 'DUPLICATE', 'DIFFERENCE')),
    record_number     bigint,
    transaction_id    uuid,
    balance_id        uuid,
    match_number      integer,
    amount            numeric(38, 0) NOT NULL,
    currency          text           NOT NULL,
    precision         bigint         NOT NULL,
    row_date          date           NOT NULL,
    status            text           NOT NULL DEFAULT 'OPEN'
        CONSTRAINT exception_status_known CHECK (status IN ('OPEN', 'IN_PROGRESS', 'RESOLVED')),
    owner             text,
    comment           text,
    resolution        text,
    resolved_by       bigint,
    due_at            timestamptz    NOT NULL,
    created_at        timestamptz    NOT NULL,
    updated_at        timestamptz    NOT NULL,
    resolved_at       timestamptz,
    revision          bigint         NOT NULL DEFAULT 1,
    CONSTRAINT exception_of_record_once EXCLUDE USING btree (record_number WITH =) WHERE (status <> 'RESOLVED'),
    CONSTRAINT exception_of_entry_once EXCLUDE USING btree (transaction_id WITH =, balance_id WITH =, source_id WITH =)
        WHERE (status <> 'RESOLVED'),
    CONSTRAINT exception_is_about_one_row CHECK (
        (record_number IS NULL) <> (transaction_id IS NULL) AND (transaction_id IS NULL) = (balance_id IS NULL)),
    CONSTRAINT exception_of_a_match_names_it CHECK ((kind = 'DIFFERENCE') = (match_number IS NOT NULL)),
    CONSTRAINT exception_resolved_has_its_time CHECK ((status = 'RESOLVED') = (resolved_at IS NOT NULL)),
    CONSTRAINT exception_resolved_has_a_reason CHECK (status <> 'RESOLVED' OR num_nonnulls(resolution, resolved_by) >= 1)
);

CREATE INDEX reconciliation_exceptions_by_source ON reconciliation_exceptions (source_id, id);
CREATE INDEX reconciliation_exceptions_by_run ON reconciliation_exceptions (reconciliation_id, id);
CREATE INDEX reconciliation_exceptions_by_age ON reconciliation_exceptions (source_id, row_date)
    WHERE status <> 'RESOLVED';

CREATE TRIGGER exceptions_end_once BEFORE UPDATE ON reconciliation_exceptions FOR EACH ROW
    WHEN (OLD.resolved_at IS NOT NULL) EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER exceptions_do_not_vanish BEFORE DELETE OR TRUNCATE ON reconciliation_exceptions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD', 'RECONCILIATION', 'MATCHING_RULE', 'MATCHING_RULE_SET', 'ROW_DECISION'));

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT UPDATE (decision) ON matches TO ledgerd_service;
        GRANT SELECT, INSERT, UPDATE ON reconciliation_exceptions TO ledgerd_service;
    END IF;
END $$;

-- migrate:down

DROP TABLE reconciliation_exceptions;

ALTER TABLE row_decisions DROP COLUMN records, DROP COLUMN entries, DROP COLUMN skipped, DROP COLUMN match_number;
ALTER TABLE matches DROP COLUMN decision;
ALTER TABLE external_sources DROP COLUMN age_bucket_days, DROP COLUMN confirmation_policy;

DELETE FROM creations WHERE noun = 'ROW_DECISION';

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD', 'RECONCILIATION', 'MATCHING_RULE', 'MATCHING_RULE_SET'));
