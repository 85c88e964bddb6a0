-- Batches: those that are done, which do not change any more, and those that are accepted and not done.

-- name: known
-- The status is a constant in each part, so that a filter by status reads only the parts that it needs. The parts
-- are plain scans of one table each, so that a page is merged from their primary keys.
SELECT id, mode, 'FINISHED'::text AS status, operations, posted, replayed, rejected, NULL::text AS rejection,
       COALESCE(accepted_at, recorded_at) AS created_at, recorded_at AS finished_at
FROM batches WHERE rejection IS NULL
UNION ALL
SELECT id, mode, 'REJECTED', operations, posted, replayed, rejected, rejection,
       COALESCE(accepted_at, recorded_at), recorded_at
FROM batches WHERE rejection IS NOT NULL
UNION ALL
SELECT id, mode, status, operations, posted, replayed, rejected, NULL, accepted_at, NULL
FROM batch_runs
