-- migrate:up

-- Adjustments: transactions that runs propose, so that what the ledger lacks is in it.

ALTER TABLE row_decisions
    DROP CONSTRAINT row_decision_known,
    ADD CONSTRAINT row_decision_known CHECK (kind IN (
        'CONFIRM_MATCHES', 'REJECT_MATCHES', 'CREATE_MATCH', 'RELEASE_MATCH', 'IGNORE_ROWS', 'RESTORE_ROWS',
        'POST_ADJUSTMENTS', 'REJECT_ADJUSTMENTS', 'REVERSE_ADJUSTMENT'));

-- How many adjustments a decision is about.
ALTER TABLE row_decisions ADD COLUMN adjustments integer NOT NULL DEFAULT 0;

-- How many adjustments a run proposes.
ALTER TABLE reconciliations ADD COLUMN adjustments integer NOT NULL DEFAULT 0;

-- What runs propose to post: for the difference of a match, or for a record that has no entry. amount is what the balance
-- gets, with the sign of a credit. is_automatic: it is small enough to be posted without confirmation; is_due: that is
-- to be done now; counted_on: the day (UTC) on whose limit it counts, once that was begun. given_effective_at is the time that
-- somebody gave in place of effective_at. first_record is the record, or the first one of the match; attempt whose turn it is to post or to reverse: the
-- write path commits for nobody else. made_match is the match of the record with the entry, or of the entry with its refund once it is
-- reversed; decision the last one about it; rejection why the ledger rejected it the last time, as JSON.
CREATE TABLE reconciliation_adjustments (
    id                uuid           NOT NULL CONSTRAINT reconciliation_adjustments_pkey PRIMARY KEY,
    source_id         uuid           NOT NULL,
    reconciliation_id uuid           NOT NULL,
    level             smallint       NOT NULL,
    rule_id           uuid           NOT NULL,
    rule_version      integer        NOT NULL,
    kind              text           NOT NULL
        CONSTRAINT adjustment_kind_known CHECK (kind IN ('FEE', 'INTEREST', 'WRITE_OFF')),
    match_number      integer,
    record_number     bigint,
    first_record      bigint         NOT NULL,
    balance_id        uuid           NOT NULL,
    counterpart       text           NOT NULL,
    amount            numeric(38, 0) NOT NULL CONSTRAINT adjustment_moves_something CHECK (amount <> 0),
    currency          text           NOT NULL,
    precision         bigint         NOT NULL,
    effective_at      timestamptz    NOT NULL,
    allow_overdraft   boolean        NOT NULL,
    description       text,
    is_automatic      boolean        NOT NULL,
    created_at        timestamptz    NOT NULL DEFAULT now(),
    is_due            boolean        NOT NULL DEFAULT false,
    status            text           NOT NULL DEFAULT 'PROPOSED',
    reason            text           NOT NULL DEFAULT '',
    decided_by        text,
    attempt           uuid,
    counted_on        date,
    given_effective_at timestamptz,
    rejection         text           CONSTRAINT adjustment_rejection_is_json CHECK (rejection IS JSON),
    transaction_id    uuid           CONSTRAINT adjustment_of_transaction_once UNIQUE,
    made_match        integer,
    reversal_id       uuid           CONSTRAINT adjustment_of_refund_once UNIQUE,
    decision          bigint,
    updated_at        timestamptz    NOT NULL DEFAULT now(),
    CONSTRAINT adjustment_of_match_once UNIQUE (reconciliation_id, match_number),
    CONSTRAINT adjustment_of_record_once UNIQUE (reconciliation_id, record_number),
    CONSTRAINT adjustment_is_of_match_or_record CHECK ((match_number IS NULL) <> (record_number IS NULL)),
    CONSTRAINT adjustment_posted_has_its_transaction CHECK (
        (status IN ('POSTED', 'REVERSING', 'REVERSED')) = (transaction_id IS NOT NULL)),
    CONSTRAINT adjustment_reversed_has_its_refund CHECK ((status = 'REVERSED') = (reversal_id IS NOT NULL)),
    CONSTRAINT adjustment_under_way_is_attempted CHECK ((status IN ('POSTING', 'REVERSING')) = (attempt IS NOT NULL)),
    CONSTRAINT adjustment_ends_by_decision CHECK (status IN ('PROPOSED', 'POSTING') OR decision IS NOT NULL)
);

CREATE INDEX reconciliation_adjustments_by_run ON reconciliation_adjustments (reconciliation_id, id);
CREATE INDEX reconciliation_adjustments_by_source ON reconciliation_adjustments (source_id, id);
CREATE INDEX reconciliation_adjustments_due ON reconciliation_adjustments (id) WHERE is_due;
CREATE INDEX reconciliation_adjustments_begun ON reconciliation_adjustments (updated_at)
    WHERE status IN ('POSTING', 'REVERSING');
CREATE INDEX reconciliation_adjustments_by_record ON reconciliation_adjustments (first_record);
CREATE INDEX reconciliation_adjustments_by_attempt ON reconciliation_adjustments (attempt) WHERE attempt IS NOT NULL;
CREATE INDEX reconciliation_adjustments_reserving ON reconciliation_adjustments (record_number) WHERE status = 'POSTING';
CREATE INDEX reconciliation_adjustments_by_day ON reconciliation_adjustments (rule_id, counted_on) WHERE counted_on IS NOT NULL;

CREATE TRIGGER adjustments_do_not_change
    BEFORE UPDATE OF id, source_id, reconciliation_id, level, rule_id, rule_version, kind, match_number, record_number,
        first_record, balance_id, counterpart, amount, currency, precision, effective_at, allow_overdraft, description, is_automatic,
        created_at OR TRUNCATE ON reconciliation_adjustments
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
-- The statuses of an adjustment. While it is proposed, being posted or being reversed it may change without a step, for
-- another attempt; when it is posted, rejected or reversed it may not.
CREATE FUNCTION adjustments_reject_leap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.status = 'PROPOSED' OR TG_OP = 'UPDATE' AND (OLD.status, NEW.status) IN (
        ('PROPOSED', 'PROPOSED'), ('PROPOSED', 'POSTING'), ('PROPOSED', 'REJECTED'),
        ('POSTING', 'POSTING'), ('POSTING', 'PROPOSED'), ('POSTING', 'POSTED'),
        ('POSTED', 'REVERSING'), ('REVERSING', 'REVERSING'), ('REVERSING', 'POSTED'), ('REVERSING', 'REVERSED'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of an adjustment to % is rejected', TG_OP, NEW.status
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER adjustments_go_step_by_step BEFORE INSERT OR UPDATE ON reconciliation_adjustments
    FOR EACH ROW EXECUTE FUNCTION adjustments_reject_leap();
CREATE TRIGGER adjustments_keep_their_transaction BEFORE UPDATE ON reconciliation_adjustments FOR EACH ROW
    WHEN (OLD.transaction_id IS DISTINCT FROM NEW.transaction_id AND OLD.transaction_id IS NOT NULL)
    EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER adjustments_do_not_vanish AFTER DELETE ON reconciliation_adjustments REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_loss();

CREATE FUNCTION results_reject_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reconciliations r
               WHERE r.status = 'FINISHED' AND r.id IN (SELECT g.reconciliation_id FROM came g)) THEN
        RAISE EXCEPTION 'INSERT into % is rejected: what a finished run found does not change', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER adjustments_do_not_come_late AFTER INSERT ON reconciliation_adjustments REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_late();
CREATE TRIGGER unmatched_rows_do_not_come_late AFTER INSERT ON unmatched_rows REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_late();

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD', 'RECONCILIATION', 'MATCHING_RULE', 'MATCHING_RULE_SET', 'ROW_DECISION',
        'RECONCILIATION_STATEMENT', 'STATEMENT_CONFIRMATION',
        'ADJUSTMENTS_CHOSEN', 'ADJUSTMENTS_POSTED', 'ADJUSTMENTS_REJECTED', 'ADJUSTMENT_REVERSED'));

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, INSERT, DELETE ON reconciliation_adjustments TO ledgerd_service;
        GRANT UPDATE (is_due, status, reason, decided_by, attempt, counted_on, given_effective_at, rejection,
                      transaction_id, made_match, reversal_id, decision, updated_at) ON reconciliation_adjustments TO ledgerd_service;
    END IF;
END $$;

-- migrate:down

DELETE FROM creations
WHERE noun IN ('ADJUSTMENTS_CHOSEN', 'ADJUSTMENTS_POSTED', 'ADJUSTMENTS_REJECTED', 'ADJUSTMENT_REVERSED');

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD', 'RECONCILIATION', 'MATCHING_RULE', 'MATCHING_RULE_SET', 'ROW_DECISION',
        'RECONCILIATION_STATEMENT', 'STATEMENT_CONFIRMATION'));

DROP TRIGGER unmatched_rows_do_not_come_late ON unmatched_rows;
DROP TABLE reconciliation_adjustments;
DROP FUNCTION results_reject_late;
DROP FUNCTION adjustments_reject_leap;

ALTER TABLE reconciliations DROP COLUMN adjustments;
ALTER TABLE row_decisions DROP COLUMN adjustments;

ALTER TABLE row_decisions
    DROP CONSTRAINT row_decision_known,
    ADD CONSTRAINT row_decision_known CHECK (kind IN (
        'CONFIRM_MATCHES', 'REJECT_MATCHES', 'CREATE_MATCH', 'RELEASE_MATCH', 'IGNORE_ROWS', 'RESTORE_ROWS'));
