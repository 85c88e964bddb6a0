-- migrate:up

-- What checks of identities found. The rows are covered by the digest of their identity's settings, and go with it.
CREATE TABLE identity_verifications (
    id          uuid        NOT NULL CONSTRAINT identity_verifications_pkey PRIMARY KEY,
    identity_id uuid        NOT NULL
        CONSTRAINT verification_identity_exists REFERENCES identities ON DELETE CASCADE,
    kind        text        NOT NULL
        CONSTRAINT verification_kind_known CHECK (kind IN (
            'DOCUMENT', 'ADDRESS', 'AGE', 'BIOMETRIC', 'EMAIL', 'PHONE', 'BANK_ACCOUNT', 'TAX_NUMBER', 'REGISTRATION',
            'BENEFICIAL_OWNERS', 'SANCTIONS', 'PEP', 'ADVERSE_MEDIA', 'SOURCE_OF_FUNDS', 'OTHER')),
    outcome     text        NOT NULL
        CONSTRAINT verification_outcome_known CHECK (outcome IN ('PENDING', 'PASSED', 'FAILED', 'REVIEW')),
    tier        text,
    checked_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    provider    text,
    provider_reference text,
    description text,
    request_id  text        CONSTRAINT verification_request_once UNIQUE,
    created_at  timestamptz NOT NULL,
    CONSTRAINT verification_expires_after_check CHECK (expires_at > checked_at)
);

CREATE INDEX identity_verifications_by_identity ON identity_verifications (identity_id, id);
CREATE INDEX identity_verifications_by_provider_reference ON identity_verifications (provider_reference, id)
    WHERE provider_reference IS NOT NULL;

CREATE TRIGGER identity_verifications_do_not_change BEFORE UPDATE OR TRUNCATE ON identity_verifications
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known
        CHECK (noun IN ('LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH'));

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, INSERT ON identity_verifications TO ledgerd_service;
    END IF;
END $$;

-- migrate:down

DROP TABLE identity_verifications;

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known
        CHECK (noun IN ('LEDGER', 'BALANCE', 'IDENTITY', 'MONITOR', 'BATCH'));
