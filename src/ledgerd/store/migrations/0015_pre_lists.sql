-- migrate:up

-- A list of the transactions of one balance has every row, in the order of creation or of recording. The indexes along
-- versions are divided in two, because a row that was deferred first stands elsewhere in the one order than in the
-- other. New indexes have only rows that were deferred or that moved nothing themselves.
DROP INDEX transactions_by_source;
DROP INDEX transactions_by_destination;
CREATE INDEX transactions_by_source ON transactions (source_id, source_version)
    WHERE source_version IS NOT NULL AND deferred_as IS NULL;
CREATE INDEX transactions_by_destination ON transactions (destination_id, destination_version)
    WHERE destination_version IS NOT NULL AND deferred_as IS NULL;
CREATE INDEX transactions_late_by_source ON transactions (source_id, source_version)
    WHERE source_version IS NOT NULL AND deferred_as IS NOT NULL;
CREATE INDEX transactions_late_by_destination ON transactions (destination_id, destination_version)
    WHERE destination_version IS NOT NULL AND deferred_as IS NOT NULL;
CREATE INDEX transactions_aside_by_source ON transactions (source_id, COALESCE(created_at, recorded_at), id)
    WHERE source_version IS NULL OR deferred_as IS NOT NULL;
CREATE INDEX transactions_aside_by_destination ON transactions (destination_id, COALESCE(created_at, recorded_at), id)
    WHERE destination_version IS NULL OR deferred_as IS NOT NULL;
CREATE INDEX transactions_unmoved_by_source ON transactions (source_id, COALESCE(recorded_at, 'infinity'), id)
    WHERE source_version IS NULL;
CREATE INDEX transactions_unmoved_by_destination ON transactions (destination_id, COALESCE(recorded_at, 'infinity'), id)
    WHERE destination_version IS NULL;

-- migrate:down

DROP INDEX transactions_by_source;
DROP INDEX transactions_by_destination;
DROP INDEX transactions_late_by_source;
DROP INDEX transactions_late_by_destination;
DROP INDEX transactions_aside_by_source;
DROP INDEX transactions_aside_by_destination;
DROP INDEX transactions_unmoved_by_source;
DROP INDEX transactions_unmoved_by_destination;
CREATE INDEX transactions_by_source ON transactions (source_id, source_version);
CREATE INDEX transactions_by_destination ON transactions (destination_id, destination_version);
