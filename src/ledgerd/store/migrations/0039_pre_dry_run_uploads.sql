-- migrate:up

-- The records that a dry run brings along are of no source: only that run, and its replays, read them.
ALTER TABLE uploads ADD COLUMN dry_run boolean NOT NULL DEFAULT false;
ALTER TABLE external_records ALTER COLUMN source_id DROP NOT NULL;

-- migrate:down

ALTER TABLE external_records ALTER COLUMN source_id SET NOT NULL;
ALTER TABLE uploads DROP COLUMN dry_run;
