-- migrate:up

-- Whether another caller must confirm what a run found, as its source demanded when the run was accepted.
ALTER TABLE reconciliations ADD COLUMN confirmed_by_another boolean NOT NULL DEFAULT false;

-- migrate:down

ALTER TABLE reconciliations DROP COLUMN confirmed_by_another;
