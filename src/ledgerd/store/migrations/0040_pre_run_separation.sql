-- migrate:up

-- Who may confirm what a run found, as its source demanded when the run was accepted.
ALTER TABLE reconciliations
    ADD COLUMN confirmation_policy text NOT NULL DEFAULT 'ANY_CALLER'
        CONSTRAINT reconciliation_policy_known CHECK (confirmation_policy IN ('ANY_CALLER', 'ANOTHER_CALLER'));

-- migrate:down

ALTER TABLE reconciliations DROP COLUMN confirmation_policy;
