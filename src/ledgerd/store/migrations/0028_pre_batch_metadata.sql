-- migrate:up

-- What a request says of its batch as a whole.
ALTER TABLE batches
    ADD COLUMN metadata text CONSTRAINT batch_metadata_is_json CHECK (metadata IS JSON);
ALTER TABLE batch_runs
    ADD COLUMN metadata text CONSTRAINT batch_run_metadata_is_json CHECK (metadata IS JSON);

-- migrate:down

ALTER TABLE batch_runs DROP COLUMN metadata;
ALTER TABLE batches DROP COLUMN metadata;
