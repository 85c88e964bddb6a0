-- migrate:up

-- An amendment of a batch has no parent: a batch is no transaction. Its request names the batch.
ALTER TABLE transactions
    DROP CONSTRAINT transaction_parent_fits_kind,
    ADD CONSTRAINT transaction_parent_fits_kind CHECK (
        CASE WHEN kind IN ('POSTING', 'HOLD') THEN (parent_id IS NULL) = (header_id IS NULL)
             WHEN kind = 'SPLIT' THEN parent_id IS NULL
             ELSE parent_id IS NOT NULL OR leg_count IS NOT NULL OR (kind = 'REFUND' AND deferred_as IS NOT NULL)
                  OR (kind IN ('CANCEL', 'RESCHEDULE', 'APPROVE', 'DENY') AND (request_json::json ->> 'batch') IS NOT NULL)
        END);

-- migrate:down

ALTER TABLE transactions
    DROP CONSTRAINT transaction_parent_fits_kind,
    ADD CONSTRAINT transaction_parent_fits_kind CHECK (
        CASE WHEN kind IN ('POSTING', 'HOLD') THEN (parent_id IS NULL) = (header_id IS NULL)
             WHEN kind = 'SPLIT' THEN parent_id IS NULL
             ELSE parent_id IS NOT NULL OR leg_count IS NOT NULL OR (kind = 'REFUND' AND deferred_as IS NOT NULL)
        END);
