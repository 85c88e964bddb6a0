-- migrate:up

-- The ledger may live in any schema. Names inside a function are looked up where it is called, perhaps by somebody who
-- has another search_path: so it names no type of ours.
CREATE OR REPLACE FUNCTION transactions_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept record := NEW;
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

-- What was granted for the schema public before, whichever the ledger was in.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO ledgerd_service', current_schema());
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO ledgerd_service', current_schema());
    END IF;
END $$;

-- migrate:down
