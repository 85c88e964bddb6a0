-- migrate:up

-- Records that move nothing themselves: those that stand for several legs, those that wait to be applied, and
-- orders about them. A leg has no reference of its own.
ALTER TABLE transactions
    ALTER COLUMN reference DROP NOT NULL,
    ALTER COLUMN currency DROP NOT NULL,
    ALTER COLUMN precision DROP NOT NULL,
    ALTER COLUMN amount DROP NOT NULL,
    ALTER COLUMN source_id DROP NOT NULL,
    ALTER COLUMN source_version DROP NOT NULL,
    ALTER COLUMN source_credit DROP NOT NULL,
    ALTER COLUMN source_debit DROP NOT NULL,
    ALTER COLUMN source_inflight_credit DROP NOT NULL,
    ALTER COLUMN source_inflight_debit DROP NOT NULL,
    ALTER COLUMN destination_id DROP NOT NULL,
    ALTER COLUMN destination_version DROP NOT NULL,
    ALTER COLUMN destination_credit DROP NOT NULL,
    ALTER COLUMN destination_debit DROP NOT NULL,
    ALTER COLUMN destination_inflight_credit DROP NOT NULL,
    ALTER COLUMN destination_inflight_debit DROP NOT NULL,
    ALTER COLUMN recorded_at DROP NOT NULL,
    ADD COLUMN part_of uuid,
    ADD COLUMN leg_count integer,
    ADD COLUMN accepted_as text,
    ADD COLUMN asked text CONSTRAINT transaction_asked_is_json CHECK (asked IS JSON),
    ADD COLUMN scheduled_at timestamptz,
    ADD COLUMN rejection text CONSTRAINT transaction_rejection_is_json CHECK (rejection IS JSON),
    DROP CONSTRAINT transaction_kind_known,
    ADD CONSTRAINT transaction_kind_known CHECK (
        kind IN ('POSTING', 'HOLD', 'COMMIT', 'VOID', 'REFUND', 'SPLIT', 'CANCEL', 'RESCHEDULE', 'APPROVE', 'DENY')),
    DROP CONSTRAINT transaction_status_fits_kind,
    ADD CONSTRAINT transaction_status_fits_kind CHECK (
        CASE status
            WHEN 'APPLIED' THEN kind <> 'VOID'
            WHEN 'INFLIGHT' THEN kind IN ('HOLD', 'SPLIT')
            WHEN 'VOID' THEN kind IN ('HOLD', 'SPLIT', 'VOID')
            ELSE kind IN ('POSTING', 'HOLD', 'SPLIT', 'REFUND') AND accepted_as IS NOT NULL
                 AND status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW', 'REJECTED', 'CANCELLED')
        END),
    DROP CONSTRAINT transaction_parent_fits_kind,
    ADD CONSTRAINT transaction_parent_fits_kind CHECK (
        CASE WHEN kind IN ('POSTING', 'HOLD') THEN (parent_id IS NULL) = (part_of IS NULL)
             WHEN kind = 'SPLIT' THEN parent_id IS NULL
             ELSE parent_id IS NOT NULL OR leg_count IS NOT NULL
        END),
    DROP CONSTRAINT hold_status_follows_figures,
    ADD CONSTRAINT hold_status_follows_figures CHECK (
        CASE WHEN committed IS NULL AND voided IS NULL THEN kind <> 'HOLD' OR source_version IS NULL
             WHEN committed IS NULL OR voided IS NULL OR kind NOT IN ('HOLD', 'SPLIT') THEN false
             WHEN committed + voided < amount THEN status = 'INFLIGHT'
             WHEN committed > 0 THEN status = 'APPLIED'
             ELSE status = 'VOID'
        END),
    DROP CONSTRAINT hold_times_belong_to_holds,
    ADD CONSTRAINT hold_times_belong_to_holds CHECK (
        (expires_at IS NULL AND commits_at IS NULL AND allow_over_commit IS NULL) OR kind IN ('HOLD', 'SPLIT')),
    DROP CONSTRAINT refunds_stay_within_original,
    ADD CONSTRAINT refunds_stay_within_original CHECK (
        refunded IS NULL OR (refunded > 0 AND refunded <= CASE kind WHEN 'POSTING' THEN amount WHEN 'HOLD' THEN committed
                                                          WHEN 'SPLIT' THEN COALESCE(committed, amount) ELSE 0 END)),
    ADD CONSTRAINT transaction_leg_has_no_reference CHECK ((reference IS NULL) = (part_of IS NOT NULL)),
    ADD CONSTRAINT transaction_lead_is_no_leg CHECK (leg_count IS NULL OR (part_of IS NULL AND leg_count > 0)),
    ADD CONSTRAINT transaction_accepted_as_known CHECK (accepted_as IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW')),
    ADD CONSTRAINT transaction_rejection_fits_status CHECK (rejection IS NULL OR status = 'REJECTED'),
    ADD CONSTRAINT transaction_is_whole CHECK (
        num_nonnulls(source_version, source_credit, source_debit, source_inflight_credit, source_inflight_debit,
                     destination_version, destination_credit, destination_debit, destination_inflight_credit,
                     destination_inflight_debit)
        = CASE WHEN leg_count IS NULL AND status IN ('APPLIED', 'INFLIGHT', 'VOID')
                    AND kind IN ('POSTING', 'HOLD', 'COMMIT', 'VOID', 'REFUND')
               THEN CASE WHEN num_nonnulls(source_id, destination_id, currency, precision, amount, recorded_at) = 6
                         THEN 10 ELSE -1 END
               ELSE 0 END);

CREATE INDEX transactions_by_lead ON transactions (part_of, id) WHERE part_of IS NOT NULL;
CREATE INDEX transactions_waiting_by_source ON transactions (source_id, id)
    WHERE status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');
CREATE INDEX transactions_waiting_by_destination ON transactions (destination_id, id)
    WHERE status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');

ALTER TABLE transitions
    ADD COLUMN details text CONSTRAINT transition_details_are_json CHECK (details IS JSON),
    DROP CONSTRAINT transition_kind_known,
    ADD CONSTRAINT transition_kind_known CHECK (kind IN (
        'COMMITTED', 'VOIDED', 'EXPIRED', 'REFUNDED', 'APPLIED', 'INFLIGHT', 'REJECTED', 'CANCELLED', 'RESCHEDULED',
        'APPROVED', 'DENIED'));

ALTER TABLE due
    ALTER COLUMN due_at DROP NOT NULL,
    DROP CONSTRAINT due_what_known,
    ADD CONSTRAINT due_what_known CHECK (what IN ('EXPIRE', 'COMMIT', 'APPLY'));

CREATE OR REPLACE FUNCTION transactions_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept transactions := NEW;
    waits boolean := OLD.status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');
BEGIN
    kept.metadata := OLD.metadata;
    kept.status := OLD.status;
    kept.committed := OLD.committed;
    kept.voided := OLD.voided;
    kept.refunded := OLD.refunded;
    IF waits THEN
        kept.scheduled_at := OLD.scheduled_at;
        kept.rejection := OLD.rejection;
        kept.recorded_at := OLD.recorded_at;
        kept.source_version := OLD.source_version;
        kept.source_credit := OLD.source_credit;
        kept.source_debit := OLD.source_debit;
        kept.source_inflight_credit := OLD.source_inflight_credit;
        kept.source_inflight_debit := OLD.source_inflight_debit;
        kept.destination_version := OLD.destination_version;
        kept.destination_credit := OLD.destination_credit;
        kept.destination_debit := OLD.destination_debit;
        kept.destination_inflight_credit := OLD.destination_inflight_credit;
        kept.destination_inflight_debit := OLD.destination_inflight_debit;
    END IF;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a recorded transaction does not change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_do_not_change';
    END IF;
    IF NEW.committed < OLD.committed OR NEW.voided < OLD.voided OR COALESCE(NEW.refunded, 0) < OLD.refunded
       OR (NEW.status <> OLD.status AND NOT waits AND OLD.status <> 'INFLIGHT') THEN
        RAISE EXCEPTION 'a transaction moves only forward'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_move_only_forward';
    END IF;
    RETURN NEW;
END $$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT UPDATE (scheduled_at, rejection, recorded_at, source_version, source_credit, source_debit,
                      source_inflight_credit, source_inflight_debit, destination_version, destination_credit,
                      destination_debit, destination_inflight_credit, destination_inflight_debit)
            ON transactions TO ledgerd_service;
    END IF;
END $$;

-- migrate:down
