-- Batches that recorded something. They do not change.

-- name: select
SELECT t.id, t.mode, t.operations, t.posted, t.replayed, t.rejected, t.recorded_at FROM batches t
