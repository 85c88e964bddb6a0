-- migrate:up

-- A draft can ask for all that its source has available, at most so much. How much that is, is known when it is applied.
ALTER TABLE transactions
    ADD CONSTRAINT transaction_takes_what_it_says CHECK (
        takes_remainder IS NOT TRUE OR kind IN ('COMMIT', 'VOID', 'REFUND')
        OR (kind IN ('POSTING', 'HOLD', 'SPLIT') AND request_json::json -> 'available' IS NOT NULL)),
    ADD CONSTRAINT transaction_stays_within_at_most CHECK (
        takes_remainder IS NOT TRUE OR amount IS NULL OR request_json IS NULL
        OR amount <= COALESCE((request_json::json -> 'available' ->> 'at_most')::numeric, amount));

-- migrate:down

ALTER TABLE transactions
    DROP CONSTRAINT transaction_takes_what_it_says,
    DROP CONSTRAINT transaction_stays_within_at_most;
