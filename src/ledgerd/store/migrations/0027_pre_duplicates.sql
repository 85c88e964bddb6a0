-- migrate:up

-- A record that nothing matched, and that says the same as an earlier one of its source.
ALTER TABLE unmatched_rows
    DROP CONSTRAINT unmatched_outcome_known,
    ADD CONSTRAINT unmatched_outcome_known CHECK (outcome IN ('UNMATCHED', 'AMBIGUOUS', 'LIMIT_REACHED', 'DUPLICATE'));

-- migrate:down

ALTER TABLE unmatched_rows
    DROP CONSTRAINT unmatched_outcome_known,
    ADD CONSTRAINT unmatched_outcome_known CHECK (outcome IN ('UNMATCHED', 'AMBIGUOUS', 'LIMIT_REACHED'));
