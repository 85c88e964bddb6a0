-- migrate:up

-- A refund of a split or batch that waits learns how many legs it has when it is given. Of a batch it has no parent.
ALTER TABLE transactions
    DROP CONSTRAINT transaction_parent_fits_kind,
    ADD CONSTRAINT transaction_parent_fits_kind CHECK (
        CASE WHEN kind IN ('POSTING', 'HOLD') THEN (parent_id IS NULL) = (part_of IS NULL)
             WHEN kind = 'SPLIT' THEN parent_id IS NULL
             ELSE parent_id IS NOT NULL OR leg_count IS NOT NULL OR (kind = 'REFUND' AND accepted_as IS NOT NULL)
        END);

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
        IF OLD.amount IS NULL AND OLD.takes_rest THEN
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
       OR (NEW.status <> OLD.status AND NOT waits AND OLD.status <> 'INFLIGHT') THEN
        RAISE EXCEPTION 'a transaction moves only forward'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_move_only_forward';
    END IF;
    RETURN NEW;
END $$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT UPDATE (leg_count) ON transactions TO ledgerd_service;
    END IF;
END $$;

-- migrate:down
