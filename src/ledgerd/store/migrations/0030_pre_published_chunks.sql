-- migrate:up

-- How many chunks of an upload stand in the source before its end, and how many places of the upload they have.
ALTER TABLE uploads
    ADD COLUMN published_chunks integer NOT NULL DEFAULT 0,
    ADD COLUMN published_lines bigint NOT NULL DEFAULT 0;

-- migrate:down

ALTER TABLE uploads DROP COLUMN published_chunks, DROP COLUMN published_lines;
