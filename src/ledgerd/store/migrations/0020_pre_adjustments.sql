-- migrate:up

-- An open hold can be adjusted: it holds more or less from then on, or expires or commits at another time. The adjustment is
-- a transaction of its own. What it made of the hold stands beside what was asked of the hold, as a cache.

ALTER TABLE transactions
    ADD COLUMN adjusted numeric(38, 0),
    ADD COLUMN adjusted_expires_at timestamptz,
    ADD COLUMN adjusted_commits_at timestamptz,
    ADD COLUMN adjustments integer;

ALTER TABLE transactions
    DROP CONSTRAINT hold_resolves_at_most_itself,
    DROP CONSTRAINT hold_commits_before_it_expires,
    DROP CONSTRAINT commit_releases_less_than_it_moves,
    DROP CONSTRAINT transaction_kind_known,
    DROP CONSTRAINT hold_status_follows_figures,
    DROP CONSTRAINT hold_times_belong_to_holds,
    DROP CONSTRAINT transaction_is_whole,
    ADD CONSTRAINT hold_resolves_at_most_itself CHECK (
        committed >= 0 AND voided >= 0
        AND (committed + voided <= COALESCE(adjusted, amount) OR allow_over_commit IS TRUE)),
    ADD CONSTRAINT hold_commits_before_it_expires CHECK (
        COALESCE(adjusted_commits_at, commits_at) < COALESCE(adjusted_expires_at, expires_at)),
    ADD CONSTRAINT commit_releases_less_than_it_moves CHECK (
        released IS NULL OR kind = 'ADJUSTMENT' OR (kind = 'COMMIT' AND released > 0 AND released < amount)),
    ADD CONSTRAINT transaction_kind_known CHECK (
        kind IN ('POSTING', 'HOLD', 'COMMIT', 'VOID', 'REFUND', 'SPLIT', 'CANCEL', 'RESCHEDULE', 'APPROVE', 'DENY',
                 'ADJUSTMENT')),
    ADD CONSTRAINT hold_status_follows_figures CHECK (
        CASE WHEN committed IS NULL AND voided IS NULL THEN kind <> 'HOLD' OR source_version IS NULL
             WHEN committed IS NULL OR voided IS NULL OR kind NOT IN ('HOLD', 'SPLIT') THEN false
             WHEN committed + voided < COALESCE(adjusted, amount) THEN status = 'INFLIGHT'
             WHEN committed > 0 THEN status = 'APPLIED'
             ELSE status = 'VOID'
        END),
    ADD CONSTRAINT hold_times_belong_to_holds CHECK (
        (expires_at IS NULL AND commits_at IS NULL AND allow_over_commit IS NULL) OR kind IN ('HOLD', 'SPLIT')
        OR (kind = 'ADJUSTMENT' AND allow_over_commit IS NULL)),
    ADD CONSTRAINT transaction_is_whole CHECK (
        num_nonnulls(source_version, source_credit, source_debit, source_inflight_credit, source_inflight_debit,
                     destination_version, destination_credit, destination_debit, destination_inflight_credit,
                     destination_inflight_debit)
        = CASE WHEN leg_count IS NULL AND status IN ('APPLIED', 'INFLIGHT', 'VOID')
                    AND kind IN ('POSTING', 'HOLD', 'COMMIT', 'VOID', 'REFUND', 'ADJUSTMENT')
               THEN CASE WHEN num_nonnulls(source_id, destination_id, currency, precision, recorded_at) = 5
                              AND (amount IS NOT NULL OR kind = 'ADJUSTMENT')
                         THEN 10 ELSE -1 END
               ELSE 0 END),
    ADD CONSTRAINT adjustments_are_of_holds CHECK (
        (adjustments IS NULL AND adjusted IS NULL AND adjusted_expires_at IS NULL AND adjusted_commits_at IS NULL)
        OR (kind = 'HOLD' AND header_id IS NULL AND adjustments > 0 AND adjusted > 0) IS TRUE),
    ADD CONSTRAINT adjustment_releases_its_amount CHECK (kind <> 'ADJUSTMENT' OR abs(released) IS NOT DISTINCT FROM amount);

ALTER TABLE transitions
    DROP CONSTRAINT transition_kind_known,
    ADD CONSTRAINT transition_kind_known CHECK (kind IN (
        'COMMITTED', 'VOIDED', 'EXPIRED', 'REFUNDED', 'APPLIED', 'INFLIGHT', 'REJECTED', 'CANCELLED', 'RESCHEDULED',
        'APPROVED', 'DENIED', 'ADJUSTED'));

CREATE OR REPLACE FUNCTION transactions_reject_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept record := NEW;
    is_deferred boolean := OLD.status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');
BEGIN
    kept.metadata := OLD.metadata;
    kept.status := OLD.status;
    kept.committed := OLD.committed;
    kept.voided := OLD.voided;
    kept.refunded := OLD.refunded;
    IF OLD.status = 'INFLIGHT' AND NEW.adjustments > COALESCE(OLD.adjustments, 0) THEN
        kept.adjusted := OLD.adjusted;
        kept.adjusted_expires_at := OLD.adjusted_expires_at;
        kept.adjusted_commits_at := OLD.adjusted_commits_at;
        kept.adjustments := OLD.adjustments;
    END IF;
    IF is_deferred THEN
        IF OLD.amount IS NULL AND OLD.takes_remainder THEN
            kept.amount := OLD.amount;
        END IF;
        IF OLD.leg_count IS NULL AND OLD.kind = 'REFUND' THEN
            kept.leg_count := OLD.leg_count;
        END IF;
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
       OR (NEW.status <> OLD.status AND NOT is_deferred AND OLD.status <> 'INFLIGHT') THEN
        RAISE EXCEPTION 'a transaction moves only forward'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_move_only_forward';
    END IF;
    RETURN NEW;
END $$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT UPDATE (adjusted, adjusted_expires_at, adjusted_commits_at, adjustments) ON transactions TO ledgerd_service;
    END IF;
END $$;

-- migrate:down
