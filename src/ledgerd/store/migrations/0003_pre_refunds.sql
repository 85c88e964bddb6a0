-- migrate:up

-- What was given back of a transaction.
ALTER TABLE transactions
    ADD COLUMN refunded numeric(38, 0),
    DROP CONSTRAINT transaction_kind_known,
    ADD CONSTRAINT transaction_kind_known CHECK (kind IN ('POSTING', 'HOLD', 'COMMIT', 'VOID', 'REFUND')),
    DROP CONSTRAINT transaction_parent_fits_kind,
    ADD CONSTRAINT transaction_parent_fits_kind CHECK (
        (kind IN ('COMMIT', 'VOID', 'REFUND')) = (parent_id IS NOT NULL)),
    ADD CONSTRAINT refunds_stay_within_original CHECK (
        refunded IS NULL OR (refunded > 0 AND refunded <= CASE kind WHEN 'POSTING' THEN amount WHEN 'HOLD' THEN committed
                                                          ELSE 0 END));

ALTER TABLE transitions
    ADD COLUMN refunded numeric(38, 0) NOT NULL DEFAULT 0,
    DROP CONSTRAINT transition_kind_known,
    ADD CONSTRAINT transition_kind_known CHECK (kind IN ('COMMITTED', 'VOIDED', 'EXPIRED', 'REFUNDED'));

CREATE OR REPLACE FUNCTION transactions_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept transactions := NEW;
BEGIN
    kept.metadata := OLD.metadata;
    kept.status := OLD.status;
    kept.committed := OLD.committed;
    kept.voided := OLD.voided;
    kept.refunded := OLD.refunded;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a recorded transaction does not change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_do_not_change';
    END IF;
    IF NEW.committed < OLD.committed OR NEW.voided < OLD.voided OR COALESCE(NEW.refunded, 0) < OLD.refunded
       OR (NEW.status <> OLD.status AND OLD.status <> 'INFLIGHT') THEN
        RAISE EXCEPTION 'a transaction moves only forward'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_move_only_forward';
    END IF;
    RETURN NEW;
END $$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT UPDATE (refunded) ON transactions TO ledgerd_service;
    END IF;
END $$;

-- migrate:down
