-- migrate:up

-- A request id can have created several things: their ids in order.
ALTER TABLE creations
    ADD COLUMN subject_ids uuid[],
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES')),
    ADD CONSTRAINT creation_begins_with_its_subject CHECK (subject_ids[1] = subject_id);

-- migrate:down

ALTER TABLE creations
    DROP CONSTRAINT creation_begins_with_its_subject,
    DROP COLUMN subject_ids,
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known
        CHECK (noun IN ('LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH'));
