-- migrate:up

-- Balances can be frozen and closed, and have a ceiling. A server that runs the code before this one
-- knows nothing of them: until it is replaced, PostgreSQL alone refuses what it would let pass.
ALTER TABLE balances
    ADD COLUMN state text NOT NULL DEFAULT 'OPEN',
    ADD COLUMN ceiling numeric(38, 0),
    ADD CONSTRAINT balance_stays_below_ceiling CHECK (ceiling IS NULL OR credit - debit + inflight_credit <= ceiling),
    ADD CONSTRAINT balance_state_known CHECK (state IN ('OPEN', 'FROZEN', 'CLOSED')),
    ADD CONSTRAINT closed_balance_is_empty
        CHECK (state <> 'CLOSED' OR (credit = debit AND inflight_credit = 0 AND inflight_debit = 0)),
    ADD CONSTRAINT internal_balance_never_closes CHECK (state <> 'CLOSED' OR indicator IS NULL);

-- A frozen or closed balance does not move; what is held on it may only be released. After the row, not
-- before: the condition then costs next to nothing, because the old row has been read for the trigger
-- above already.
CREATE FUNCTION balances_refuse_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a balance that is % does not move', lower(OLD.state)
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'frozen_balance_does_not_move';
END $$;

CREATE TRIGGER frozen_balance_does_not_move
    AFTER UPDATE OF credit, debit, inflight_credit, inflight_debit ON balances FOR EACH ROW
    WHEN (OLD.state <> 'OPEN'
          AND (NEW.credit <> OLD.credit OR NEW.debit <> OLD.debit
               OR NEW.inflight_credit > OLD.inflight_credit OR NEW.inflight_debit > OLD.inflight_debit))
    EXECUTE FUNCTION balances_refuse_movement();

-- Closed is final.
CREATE FUNCTION balances_refuse_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a closed balance stays closed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'closed_balance_stays_closed';
END $$;

CREATE TRIGGER closed_balance_stays_closed AFTER UPDATE OF state ON balances FOR EACH ROW
    WHEN (OLD.state = 'CLOSED' AND NEW.state <> 'CLOSED')
    EXECUTE FUNCTION balances_refuse_reopening();

-- migrate:down

-- History is not undone.
