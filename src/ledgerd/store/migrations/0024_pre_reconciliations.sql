-- migrate:up

-- Runs that compare external records with the entries of balances. A process that works on a run has a lease for some
-- time; every commit for the run proves that the lease still stands. position, decisions and record_bound say as of when
-- the run reads: noted once, in one snapshot, with reconciliation_balances. replays: the run that this one does again.
CREATE TABLE reconciliations (
    id           uuid        NOT NULL CONSTRAINT reconciliations_pkey PRIMARY KEY,
    source_id    uuid        NOT NULL,
    upload_id    uuid,
    replays      uuid        CONSTRAINT replayed_reconciliation_exists REFERENCES reconciliations,
    rule_set_id  uuid,
    rule_set_version integer,
    scope        json        NOT NULL,
    rules        json        NOT NULL,
    dry_run      boolean     NOT NULL,
    status       text        NOT NULL DEFAULT 'PENDING'
        CONSTRAINT reconciliation_status_known CHECK (status IN (
            'PENDING', 'RUNNING', 'FINISHED', 'FAILED', 'CANCELLED')),
    stage        text        NOT NULL DEFAULT 'PENDING'
        CONSTRAINT reconciliation_stage_known CHECK (stage IN ('PENDING', 'READING', 'MATCHING', 'WRITING', 'DONE')),
    rows_done    bigint      NOT NULL DEFAULT 0,
    position     bigint,
    decisions    bigint,
    record_bound bigint,
    counts       json,
    digest       bytea,
    differences  json,
    rejection    text,
    cancel_asked boolean     NOT NULL DEFAULT false,
    crashes      integer     NOT NULL DEFAULT 0,
    lease_token  uuid,
    leased_until timestamptz,
    created_by   text,
    created_at   timestamptz NOT NULL,
    started_at   timestamptz,
    finished_at  timestamptz,
    CONSTRAINT reconciliation_notes_all_or_nothing CHECK (num_nonnulls(position, decisions, record_bound) IN (0, 3)),
    CONSTRAINT reconciliation_finishes_whole CHECK (
        (status = 'FINISHED') = (num_nonnulls(position, counts, digest, finished_at) = 4 AND rejection IS NULL)),
    CONSTRAINT reconciliation_ends_with_its_time CHECK (
        (status IN ('FINISHED', 'FAILED', 'CANCELLED')) = (finished_at IS NOT NULL)),
    CONSTRAINT reconciliation_fails_with_a_reason CHECK ((status = 'FAILED') = (rejection IS NOT NULL))
);

CREATE INDEX reconciliations_by_source ON reconciliations (source_id, id);
CREATE INDEX reconciliations_open ON reconciliations (id) WHERE status IN ('PENDING', 'RUNNING');

-- As of when a run reads each of its balances: its movements up to this version.
CREATE TABLE reconciliation_balances (
    reconciliation_id uuid   NOT NULL CONSTRAINT scope_reconciliation_exists REFERENCES reconciliations,
    balance_id        uuid   NOT NULL CONSTRAINT scope_balance_exists REFERENCES balances,
    version           bigint NOT NULL,
    CONSTRAINT reconciliation_balance_once PRIMARY KEY (reconciliation_id, balance_id)
);

-- What a run found, numbered in the order of its rules and of the rows' ids. A match of one record with one entry names
-- them; the rows of any other match are its members. Only the status changes.
CREATE TABLE matches (
    reconciliation_id uuid           NOT NULL,
    number            integer        NOT NULL,
    level             smallint       NOT NULL,
    record_number     bigint,
    transaction_id    uuid,
    balance_id        uuid,
    drift             numeric(38, 0) NOT NULL,
    distance          bigint         NOT NULL,
    is_ambiguous      boolean        NOT NULL DEFAULT false,
    status            text           NOT NULL DEFAULT 'PROPOSED'
        CONSTRAINT match_status_known CHECK (status IN ('PROPOSED', 'CONFIRMED', 'REJECTED', 'RELEASED')),
    CONSTRAINT matches_pkey PRIMARY KEY (reconciliation_id, number),
    CONSTRAINT match_names_both_rows CHECK (num_nonnulls(record_number, transaction_id, balance_id) IN (0, 3))
);

CREATE TABLE match_members (
    reconciliation_id uuid    NOT NULL,
    match_number      integer NOT NULL,
    place             integer NOT NULL,
    record_number     bigint,
    transaction_id    uuid,
    balance_id        uuid,
    CONSTRAINT match_members_pkey PRIMARY KEY (reconciliation_id, match_number, place),
    CONSTRAINT member_is_of_one_side CHECK (
        (record_number IS NULL) <> (transaction_id IS NULL) AND (transaction_id IS NULL) = (balance_id IS NULL))
);

-- The rows of a run that are in no match, and why.
CREATE TABLE unmatched_rows (
    reconciliation_id uuid    NOT NULL,
    number            integer NOT NULL,
    record_number     bigint,
    transaction_id    uuid,
    balance_id        uuid,
    outcome           text    NOT NULL
        CONSTRAINT unmatched_outcome_known CHECK (outcome IN ('UNMATCHED', 'AMBIGUOUS', 'LIMIT_REACHED')),
    CONSTRAINT unmatched_rows_pkey PRIMARY KEY (reconciliation_id, number),
    CONSTRAINT unmatched_row_is_of_one_side CHECK (
        (record_number IS NULL) <> (transaction_id IS NULL) AND (transaction_id IS NULL) = (balance_id IS NULL))
);

-- Decisions are numbered in the order of their commits: whoever sees a decision sees all that have smaller numbers.
CREATE TABLE row_decision_head (
    only_row boolean NOT NULL DEFAULT true CONSTRAINT row_decision_head_pkey PRIMARY KEY
        CONSTRAINT row_decision_head_single CHECK (only_row),
    number   bigint  NOT NULL
);

INSERT INTO row_decision_head (number) VALUES (0);

CREATE FUNCTION next_row_decision() RETURNS bigint LANGUAGE sql AS $$
    UPDATE row_decision_head SET number = number + 1 RETURNING number
$$;

-- What people and rules decided about rows, in order. A later decision may end an earlier one; nothing is rewritten.
CREATE TABLE row_decisions (
    number            bigint      NOT NULL DEFAULT next_row_decision() CONSTRAINT row_decisions_pkey PRIMARY KEY,
    source_id         uuid        NOT NULL,
    reconciliation_id uuid,
    kind              text        NOT NULL
        CONSTRAINT row_decision_known CHECK (kind IN (
            'CONFIRM_MATCHES', 'REJECT_MATCHES', 'CREATE_MATCH', 'RELEASE_MATCH', 'IGNORE_ROWS', 'RESTORE_ROWS')),
    matches           integer     NOT NULL DEFAULT 0,
    reason            text        NOT NULL DEFAULT '',
    decided_by        text,
    decided_at        timestamptz NOT NULL
);

CREATE INDEX row_decisions_by_source ON row_decisions (source_id, number);

-- Rows that are matched for good, or ignored, from one decision until another. A row is matched or ignored once at a time.
CREATE TABLE record_claims (
    record_number     bigint  NOT NULL,
    claimed_by        bigint  NOT NULL,
    released_by       bigint,
    reconciliation_id uuid,
    match_number      integer,
    CONSTRAINT record_claim_begins_before_it_ends CHECK (released_by > claimed_by),
    CONSTRAINT record_claimed_once EXCLUDE USING btree (record_number WITH =) WHERE (released_by IS NULL)
);

CREATE INDEX record_claims_past ON record_claims (record_number) WHERE released_by IS NOT NULL;

CREATE TABLE entry_claims (
    transaction_id    uuid    NOT NULL,
    balance_id        uuid    NOT NULL,
    claimed_by        bigint  NOT NULL,
    released_by       bigint,
    reconciliation_id uuid,
    match_number      integer,
    CONSTRAINT entry_claim_begins_before_it_ends CHECK (released_by > claimed_by),
    CONSTRAINT entry_claimed_once EXCLUDE USING btree (transaction_id WITH =, balance_id WITH =) WHERE (released_by IS NULL)
);

CREATE INDEX entry_claims_past ON entry_claims (transaction_id, balance_id) WHERE released_by IS NOT NULL;

CREATE TRIGGER reconciliations_do_not_change BEFORE UPDATE ON reconciliations FOR EACH ROW
    WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER reconciliations_do_not_vanish BEFORE DELETE OR TRUNCATE ON reconciliations
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER reconciliation_balances_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_balances
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER matches_do_not_change
    BEFORE UPDATE OF reconciliation_id, number, level, record_number, transaction_id, balance_id, drift, distance,
        is_ambiguous OR TRUNCATE ON matches
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER match_members_do_not_change BEFORE UPDATE OR TRUNCATE ON match_members
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER unmatched_rows_do_not_change BEFORE UPDATE OR TRUNCATE ON unmatched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER row_decisions_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON row_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER row_decision_head_does_not_vanish BEFORE DELETE OR TRUNCATE ON row_decision_head
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER record_claims_do_not_change
    BEFORE UPDATE OF record_number, claimed_by, reconciliation_id, match_number OR DELETE OR TRUNCATE ON record_claims
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER record_claims_end_once BEFORE UPDATE ON record_claims FOR EACH ROW
    WHEN (OLD.released_by IS NOT NULL) EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER entry_claims_do_not_change
    BEFORE UPDATE OF transaction_id, balance_id, claimed_by, reconciliation_id, match_number OR DELETE OR TRUNCATE
    ON entry_claims
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER entry_claims_end_once BEFORE UPDATE ON entry_claims FOR EACH ROW
    WHEN (OLD.released_by IS NOT NULL) EXECUTE FUNCTION history_reject_change();

-- What a run found may be dropped until the run is finished: whoever takes it over begins anew.
CREATE FUNCTION results_reject_loss() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reconciliations r
               WHERE r.status = 'FINISHED' AND r.id IN (SELECT g.reconciliation_id FROM gone g)) THEN
        RAISE EXCEPTION 'DELETE of % is rejected: what a finished run found does not change', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER matches_do_not_vanish AFTER DELETE ON matches REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_loss();
CREATE TRIGGER match_members_do_not_vanish AFTER DELETE ON match_members REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_loss();
CREATE TRIGGER unmatched_rows_do_not_vanish AFTER DELETE ON unmatched_rows REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_loss();

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD', 'RECONCILIATION'));

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, INSERT ON reconciliations, reconciliation_balances, matches, match_members, unmatched_rows,
            row_decisions, record_claims, entry_claims TO ledgerd_service;
        GRANT SELECT, UPDATE ON reconciliations, row_decision_head TO ledgerd_service;
        GRANT UPDATE (status) ON matches TO ledgerd_service;
        GRANT UPDATE (released_by) ON record_claims, entry_claims TO ledgerd_service;
        GRANT DELETE ON matches, match_members, unmatched_rows TO ledgerd_service;
    END IF;
END $$;

-- migrate:down

DROP TABLE entry_claims, record_claims, row_decisions, row_decision_head, unmatched_rows, match_members, matches,
    reconciliation_balances, reconciliations;
DROP FUNCTION next_row_decision, results_reject_loss;

DELETE FROM creations WHERE noun = 'RECONCILIATION';

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD'));
