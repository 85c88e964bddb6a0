-- Batches: the finished ones, which no longer change, and the accepted ones that are not finished.

-- name: known
-- Every batch. The parts are plain scans of one table each, without conditions, so that a page is merged from their
-- primary keys. The index batches_by_status has the status of the finished ones.
SELECT id, mode, CASE WHEN rejection IS NULL THEN 'FINISHED' ELSE 'REJECTED' END AS status, operations, posted,
       replayed, rejected, rejection, COALESCE(accepted_at, recorded_at) AS created_at, recorded_at AS finished_at,
       metadata
FROM batches
UNION ALL
SELECT id, mode, status, operations, posted, replayed, rejected, NULL::text, accepted_at, NULL::timestamptz, metadata
FROM batch_runs
