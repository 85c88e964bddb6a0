-- migrate:up

-- A split that takes what is available can be deferred. Its legs are known when it is applied, so it has none before.
ALTER TABLE transactions
    ADD CONSTRAINT split_has_its_legs CHECK (
        kind <> 'SPLIT'
        OR CASE WHEN deferred_as IS NOT NULL
                     AND (request_json::json -> 'available' IS NOT NULL
                          OR jsonb_path_exists(request_json::jsonb, '$.sources[*].part ? (@ starts with "available ")'))
                THEN (leg_count IS NULL) = (recorded_at IS NULL)
                ELSE leg_count IS NOT NULL
           END);

CREATE INDEX transactions_undivided ON transactions (id)
    WHERE kind = 'SPLIT' AND leg_count IS NULL AND status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');

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
        IF OLD.leg_count IS NULL AND OLD.kind IN ('REFUND', 'SPLIT') THEN
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

-- migrate:down

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

DROP INDEX transactions_undivided;

ALTER TABLE transactions DROP CONSTRAINT split_has_its_legs;
