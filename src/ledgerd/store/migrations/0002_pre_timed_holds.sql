-- migrate:up

-- Holds that expire, that are committed at a time, and that may be exceeded by their commits.
ALTER TABLE transactions
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN commits_at timestamptz,
    ADD COLUMN allow_over_commit boolean,
    ADD COLUMN released numeric(38, 0),
    DROP CONSTRAINT hold_settles_at_most_itself,
    ADD CONSTRAINT hold_settles_at_most_itself CHECK (
        committed >= 0 AND voided >= 0 AND (committed + voided <= amount OR allow_over_commit IS TRUE)),
    ADD CONSTRAINT hold_times_belong_to_holds CHECK (
        kind = 'HOLD' OR (expires_at IS NULL AND commits_at IS NULL AND allow_over_commit IS NULL)),
    ADD CONSTRAINT hold_commits_before_it_expires CHECK (commits_at < expires_at),
    ADD CONSTRAINT commit_releases_less_than_it_moves CHECK (
        released IS NULL OR (kind = 'COMMIT' AND released > 0 AND released < amount));

ALTER TABLE transitions
    DROP CONSTRAINT transition_kind_known,
    ADD CONSTRAINT transition_kind_known CHECK (kind IN ('COMMITTED', 'VOIDED', 'EXPIRED'));

CREATE TABLE due (
    transaction_id uuid        NOT NULL,
    what           text        NOT NULL CONSTRAINT due_what_known CHECK (what IN ('EXPIRE', 'COMMIT')),
    due_at         timestamptz NOT NULL,
    seq            bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT due_once PRIMARY KEY (transaction_id, what)
);

CREATE INDEX due_by_time ON due (due_at, seq);

CREATE UNLOGGED TABLE leases (
    name   text        NOT NULL CONSTRAINT leases_pkey PRIMARY KEY,
    holder uuid        NOT NULL,
    until  timestamptz NOT NULL
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON due TO ledgerd_service;
        GRANT SELECT, INSERT, UPDATE ON leases TO ledgerd_service;
    END IF;
END $$;

-- migrate:down
