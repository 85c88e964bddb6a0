-- migrate:up

-- One word for one concept: these are new names for what was there, and no row changes. A server of the version before
-- does not know them.

ALTER TABLE transactions RENAME COLUMN takes_rest TO takes_remainder;
ALTER TABLE transactions RENAME COLUMN part_of TO header_id;
ALTER TABLE transactions RENAME COLUMN accepted_as TO deferred_as;
ALTER TABLE transactions RENAME COLUMN asked TO request_json;
ALTER TABLE batch_runs RENAME COLUMN holder TO lease_token;
ALTER TABLE batch_runs RENAME COLUMN held_until TO leased_until;

ALTER TABLE transactions RENAME CONSTRAINT transaction_asked_is_json TO transaction_request_is_json;
ALTER TABLE transactions RENAME CONSTRAINT hold_settles_at_most_itself TO hold_resolves_at_most_itself;
ALTER TABLE transactions RENAME CONSTRAINT refunds_stay_within_original TO refunds_stay_within_parent;
ALTER TABLE transactions RENAME CONSTRAINT transaction_lead_is_no_leg TO transaction_header_is_no_leg;
ALTER TABLE transactions RENAME CONSTRAINT transaction_accepted_as_known TO transaction_deferred_as_known;
ALTER TABLE batches RENAME CONSTRAINT batch_refused_is_atomic TO batch_rejected_is_atomic;

ALTER INDEX transactions_by_lead RENAME TO transactions_by_header;
ALTER INDEX transactions_waiting_by_source RENAME TO transactions_deferred_by_source;
ALTER INDEX transactions_waiting_by_destination RENAME TO transactions_deferred_by_destination;

ALTER FUNCTION balances_refuse_unbalanced() RENAME TO balances_reject_unbalanced;
ALTER FUNCTION balances_refuse_gift() RENAME TO balances_reject_gift;
ALTER FUNCTION balances_refuse_movement() RENAME TO balances_reject_movement;
ALTER FUNCTION balances_refuse_reopening() RENAME TO balances_reject_reopening;
ALTER FUNCTION history_refuse_change() RENAME TO history_reject_change;
ALTER FUNCTION transactions_refuse_rewrite() RENAME TO transactions_reject_rewrite;

CREATE OR REPLACE FUNCTION history_reject_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is rejected: history does not change', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
END $$;

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

-- migrate:down

ALTER FUNCTION balances_reject_unbalanced() RENAME TO balances_refuse_unbalanced;
ALTER FUNCTION balances_reject_gift() RENAME TO balances_refuse_gift;
ALTER FUNCTION balances_reject_movement() RENAME TO balances_refuse_movement;
ALTER FUNCTION balances_reject_reopening() RENAME TO balances_refuse_reopening;
ALTER FUNCTION history_reject_change() RENAME TO history_refuse_change;
ALTER FUNCTION transactions_reject_rewrite() RENAME TO transactions_refuse_rewrite;

ALTER INDEX transactions_by_header RENAME TO transactions_by_lead;
ALTER INDEX transactions_deferred_by_source RENAME TO transactions_waiting_by_source;
ALTER INDEX transactions_deferred_by_destination RENAME TO transactions_waiting_by_destination;

ALTER TABLE transactions RENAME CONSTRAINT transaction_request_is_json TO transaction_asked_is_json;
ALTER TABLE transactions RENAME CONSTRAINT hold_resolves_at_most_itself TO hold_settles_at_most_itself;
ALTER TABLE transactions RENAME CONSTRAINT refunds_stay_within_parent TO refunds_stay_within_original;
ALTER TABLE transactions RENAME CONSTRAINT transaction_header_is_no_leg TO transaction_lead_is_no_leg;
ALTER TABLE transactions RENAME CONSTRAINT transaction_deferred_as_known TO transaction_accepted_as_known;
ALTER TABLE batches RENAME CONSTRAINT batch_rejected_is_atomic TO batch_refused_is_atomic;

ALTER TABLE transactions RENAME COLUMN takes_remainder TO takes_rest;
ALTER TABLE transactions RENAME COLUMN header_id TO part_of;
ALTER TABLE transactions RENAME COLUMN deferred_as TO accepted_as;
ALTER TABLE transactions RENAME COLUMN request_json TO asked;
ALTER TABLE batch_runs RENAME COLUMN lease_token TO holder;
ALTER TABLE batch_runs RENAME COLUMN leased_until TO held_until;

CREATE OR REPLACE FUNCTION history_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: history does not change', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
END $$;

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
