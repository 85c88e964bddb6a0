-- migrate:up

-- Batches that are accepted first and applied in the background.
ALTER TABLE batches
    ADD COLUMN accepted_at timestamptz,
    ADD COLUMN rejection text CONSTRAINT batch_rejection_is_json CHECK (rejection IS JSON),
    ADD CONSTRAINT batch_refused_is_atomic CHECK (rejection IS NULL OR (mode = 'ATOMIC' AND rejected = operations));

CREATE INDEX batches_by_status ON batches ((CASE WHEN rejection IS NULL THEN 'FINISHED' ELSE 'REJECTED' END), id);

CREATE TABLE batch_runs (
    id          uuid        NOT NULL CONSTRAINT batch_runs_pkey PRIMARY KEY,
    mode        text        NOT NULL CONSTRAINT batch_run_mode_known CHECK (mode IN ('INDEPENDENT', 'ATOMIC')),
    status      text        NOT NULL DEFAULT 'ACCEPTED'
        CONSTRAINT batch_run_status_known CHECK (status IN ('ACCEPTED', 'RUNNING')),
    payload     bytea       NOT NULL
        CONSTRAINT batch_run_payload_bounded CHECK (octet_length(payload) <= 16777216),
    operations  integer     NOT NULL,
    next_index  integer     NOT NULL DEFAULT 0,
    posted      integer     NOT NULL DEFAULT 0,
    replayed    integer     NOT NULL DEFAULT 0,
    rejected    integer     NOT NULL DEFAULT 0,
    accepted_at timestamptz NOT NULL,
    holder      uuid,
    held_until  timestamptz,
    CONSTRAINT batch_run_counts_fit CHECK (
        LEAST(posted, replayed, rejected) >= 0 AND posted + replayed + rejected <= operations),
    CONSTRAINT batch_run_progress_fits CHECK (next_index BETWEEN 0 AND operations)
);

CREATE TABLE batch_rejections (
    batch_id  uuid    NOT NULL,
    index     integer NOT NULL,
    reference text    NOT NULL,
    rejection text    NOT NULL CONSTRAINT batch_rejection_told_as_json CHECK (rejection IS JSON),
    CONSTRAINT batch_rejection_once PRIMARY KEY (batch_id, index)
);

CREATE TRIGGER batch_rejections_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON batch_rejections
    FOR EACH STATEMENT EXECUTE FUNCTION history_refuse_change();

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN ('LEDGER', 'BALANCE', 'IDENTITY', 'MONITOR', 'BATCH'));

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON batch_runs TO ledgerd_service;
        GRANT SELECT, INSERT ON batch_rejections TO ledgerd_service;
    END IF;
END $$;

-- migrate:down
