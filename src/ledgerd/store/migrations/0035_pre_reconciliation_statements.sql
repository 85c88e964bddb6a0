-- migrate:up

-- Reconciliation statements that are kept. figures and the items of its lists are as they were drawn up, moment says as of
-- when, digest is that of everything that the statement rests on. Confirming is all that is done to one.
CREATE TABLE reconciliation_statements (
    id             uuid        NOT NULL CONSTRAINT reconciliation_statements_pkey PRIMARY KEY,
    source_id      uuid        NOT NULL CONSTRAINT statement_source_exists REFERENCES external_sources,
    currency       text        NOT NULL,
    day            date        NOT NULL,
    basis          text        NOT NULL
        CONSTRAINT statement_basis_known CHECK (basis IN ('RECORD', 'EFFECTIVE')),
    status         text        NOT NULL DEFAULT 'DRAFT'
        CONSTRAINT statement_status_known CHECK (status IN ('DRAFT', 'CONFIRMED')),
    figures        json        NOT NULL,
    moment         json        NOT NULL,
    digest         bytea       NOT NULL CONSTRAINT statement_digest_is_sha256 CHECK (octet_length(digest) = 32),
    created_by     text,
    created_at     timestamptz NOT NULL,
    confirmed_by   text,
    confirmed_at   timestamptz,
    confirm_reason text,
    CONSTRAINT statement_confirmed_whole CHECK (
        (status = 'CONFIRMED') = (num_nonnulls(confirmed_at, confirm_reason) = 2)
        AND (status = 'CONFIRMED' OR num_nonnulls(confirmed_by, confirmed_at, confirm_reason) = 0))
);

CREATE INDEX reconciliation_statements_by_source ON reconciliation_statements (source_id, id);

-- The first items of the lists of a statement, in their order.
CREATE TABLE reconciliation_statement_items (
    statement_id uuid    NOT NULL
        CONSTRAINT statement_item_statement_exists REFERENCES reconciliation_statements,
    list         text    NOT NULL
        CONSTRAINT statement_item_list_known CHECK (list IN (
            'only_in_bank', 'only_in_ledger', 'differences', 'ignored_in_bank', 'ignored_in_ledger')),
    place        integer NOT NULL,
    item         json    NOT NULL,
    CONSTRAINT reconciliation_statement_items_pkey PRIMARY KEY (statement_id, list, place)
);

CREATE INDEX record_claims_released ON record_claims (released_by) WHERE released_by IS NOT NULL;
CREATE INDEX entry_claims_released ON entry_claims (released_by) WHERE released_by IS NOT NULL;

CREATE TRIGGER reconciliation_statements_do_not_change
    BEFORE UPDATE OF id, source_id, currency, day, basis, figures, moment, digest, created_by, created_at
    ON reconciliation_statements
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER reconciliation_statements_confirmed_once BEFORE UPDATE ON reconciliation_statements FOR EACH ROW
    WHEN (OLD.confirmed_at IS NOT NULL) EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER reconciliation_statements_do_not_vanish BEFORE DELETE OR TRUNCATE ON reconciliation_statements
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER reconciliation_statement_items_do_not_change
    BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_statement_items
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD', 'RECONCILIATION', 'MATCHING_RULE', 'MATCHING_RULE_SET', 'ROW_DECISION',
        'RECONCILIATION_STATEMENT', 'STATEMENT_CONFIRMATION'));

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, INSERT ON reconciliation_statements, reconciliation_statement_items TO ledgerd_service;
        GRANT UPDATE (status, confirmed_by, confirmed_at, confirm_reason) ON reconciliation_statements TO ledgerd_service;
    END IF;
END $$;

-- migrate:down

DROP INDEX record_claims_released;
DROP INDEX entry_claims_released;
DROP TABLE reconciliation_statement_items;
DROP TABLE reconciliation_statements;

DELETE FROM creations WHERE noun IN ('RECONCILIATION_STATEMENT', 'STATEMENT_CONFIRMATION');

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD', 'RECONCILIATION', 'MATCHING_RULE', 'MATCHING_RULE_SET', 'ROW_DECISION'));
