-- migrate:up

-- The identities that transactions concern.
CREATE TABLE transaction_identities (
    transaction_id uuid NOT NULL,
    identity_id    uuid NOT NULL CONSTRAINT transaction_identity_exists REFERENCES identities,
    CONSTRAINT transaction_identity_once PRIMARY KEY (transaction_id, identity_id)
);

CREATE INDEX transaction_identities_by_identity ON transaction_identities (identity_id, transaction_id);

CREATE TRIGGER transaction_identities_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON transaction_identities
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, INSERT ON transaction_identities TO ledgerd_service;
    END IF;
END $$;

-- migrate:down

DROP TABLE transaction_identities;
