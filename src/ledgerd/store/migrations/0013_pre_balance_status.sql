-- migrate:up

-- A balance has a status, as everything else has. No row changes. A server of the version before does not know the name.

ALTER TABLE balances RENAME COLUMN state TO status;
ALTER TABLE balances RENAME CONSTRAINT balance_state_known TO balance_status_known;

-- PostgreSQL 18 keeps NOT NULL as a constraint with a name of its own.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'balances'::regclass AND conname = 'balances_state_not_null') THEN
        ALTER TABLE balances RENAME CONSTRAINT balances_state_not_null TO balances_status_not_null;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION balances_reject_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a balance that is % does not move', lower(OLD.status)
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'frozen_balance_does_not_move';
END $$;

-- migrate:down

ALTER TABLE balances RENAME COLUMN status TO state;
ALTER TABLE balances RENAME CONSTRAINT balance_status_known TO balance_state_known;

-- PostgreSQL 18 keeps NOT NULL as a constraint with a name of its own.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'balances'::regclass AND conname = 'balances_status_not_null') THEN
        ALTER TABLE balances RENAME CONSTRAINT balances_status_not_null TO balances_state_not_null;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION balances_reject_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a balance that is % does not move', lower(OLD.state)
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'frozen_balance_does_not_move';
END $$;
