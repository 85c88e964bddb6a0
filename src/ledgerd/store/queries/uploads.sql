-- Uploads: received in parts, then read by a process that has the lease.

-- name: select
-- All columns of an upload that callers are shown.
SELECT t.id, t.source_id, t.file_name, t.content, t.fault_policy, t.status, t.declared_bytes, t.declared_records, t.chunks,
       t.bytes, t.received_records, t.records, t.new_records, t.known_records, t.faults, t.statements, t.content_hash,
       t.repeats, t.crashes, t.dry_run, t.published_chunks, t.published_lines, t.created_at, t.received_at, t.finished_at
FROM uploads t

-- name: open_count
-- The number of uploads that are received or read.
SELECT count(*) FROM uploads WHERE status IN ('RECEIVING', 'READING')

-- name: insert
-- A new upload.
INSERT INTO uploads (id, source_id, file_name, content, fault_policy, declared_bytes, declared_records, request_id,
                     created_at, received_at, dry_run)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)

-- name: lock
-- An upload, locked until the end of the transaction, and whether each of its chunks is read as soon as it is stored.
SELECT u.id, u.source_id, u.content, u.status, u.declared_bytes, u.declared_records, u.chunks, u.bytes,
       u.received_records, u.repeats,
       (SELECT (s.match_on_arrival ->> 'each_chunk')::boolean FROM external_sources s WHERE s.id = u.source_id)
           IS TRUE AS reads_each_chunk
FROM uploads u WHERE u.id = $1 FOR UPDATE

-- name: part_digest
-- The digest of a chunk.
SELECT digest FROM upload_parts WHERE upload_id = $1 AND number = $2

-- name: add_part
-- A chunk.
INSERT INTO upload_parts (upload_id, number, digest, size, data) VALUES ($1, $2, $3, $4, $5)

-- name: receive
-- What an upload has after one more chunk.
UPDATE uploads SET chunks = chunks + 1, bytes = bytes + $2, received_records = received_records + $3, received_at = $4
WHERE id = $1

-- name: sizes
-- The sizes of the chunks of an upload, in order.
SELECT size FROM upload_parts WHERE upload_id = $1 ORDER BY number

-- name: part
-- The content of a chunk.
SELECT data FROM upload_parts WHERE upload_id = $1 AND number = $2

-- name: earlier
-- The upload of a source that has this content, and was not rejected.
SELECT id FROM uploads
WHERE source_id = $1 AND content_hash = $2 AND status IN ('READING', 'FINISHED') AND id <> $3

-- name: begin_reading
-- Everything of an upload is there.
UPDATE uploads SET status = 'READING', content_hash = $2 WHERE id = $1

-- name: drop_data
-- The content of an upload's chunks is no longer needed; their digests are.
UPDATE upload_parts SET data = NULL WHERE upload_id = $1

-- name: advance
-- What an upload that is still received has in its source: its chunks up to $2, and the places of these. Nobody reads it.
UPDATE uploads SET published_chunks = $2, published_lines = $3, records = $4, new_records = $5, known_records = $6,
    faults = $7, crashes = 0, lease_token = NULL, leased_until = NULL
WHERE id = $1

-- name: drop_published
-- The content of chunks whose records stand in the source.
UPDATE upload_parts SET data = NULL WHERE upload_id = $1 AND number <= $2 AND data IS NOT NULL

-- name: done
-- The end of an upload.
UPDATE uploads
SET status = $2, records = $3, new_records = $4, known_records = $5, faults = $6, statements = $7, repeats = $8,
    content_hash = COALESCE($9, content_hash), finished_at = $10, lease_token = NULL, leased_until = NULL
WHERE id = $1
RETURNING content

-- name: lease
-- The lease of the oldest upload that nobody reads and that is the oldest one of its source: uploads of one source are
-- read one after the other. Of an upload that is still received, chunks are read where the source matches each; but not
-- when reading them crashed too often ($3).
UPDATE uploads u SET lease_token = $1, leased_until = clock_timestamp() + $2
FROM (
    SELECT f.id FROM uploads f JOIN external_sources s ON s.id = f.source_id
    WHERE f.status IN ('RECEIVING', 'READING') AND (f.leased_until IS NULL OR f.leased_until < clock_timestamp())
          AND (f.status = 'READING'
               OR f.content = 'RECORDS' AND f.fault_policy = 'KEEP_GOOD' AND f.chunks > f.published_chunks AND f.crashes < $3
                  AND (s.match_on_arrival ->> 'each_chunk')::boolean)
          AND NOT EXISTS (
              SELECT FROM uploads o
              WHERE o.source_id = f.source_id AND o.status = 'READING' AND (o.id < f.id OR f.status = 'RECEIVING'))
    ORDER BY f.id LIMIT 1 FOR UPDATE OF f SKIP LOCKED
) AS free
WHERE u.id = free.id
RETURNING u.id

-- name: renew
-- A longer time for a lease that a process still has, and how many records were read so far.
UPDATE uploads SET leased_until = clock_timestamp() + $3, records = COALESCE($4, records)
WHERE id = $1 AND lease_token = $2
RETURNING true

-- name: stand
-- An upload whose lease stands, locked until the end of the transaction.
SELECT true FROM uploads WHERE id = $1 AND lease_token = $2 AND finished_at IS NULL FOR UPDATE

-- name: release
-- The end of a lease that a process still has, after so many more crashes.
UPDATE uploads SET lease_token = NULL, leased_until = NULL, crashes = crashes + $3 WHERE id = $1 AND lease_token = $2
RETURNING crashes

-- name: idle
-- Uploads that got no chunk for some time.
SELECT id FROM uploads WHERE status = 'RECEIVING' AND received_at < clock_timestamp() - $1::interval ORDER BY id LIMIT 10

-- name: faults
-- A page of an upload's faults, in order.
SELECT index, line, field, code, reason, raw, member, record_id FROM upload_faults
WHERE upload_id = $1 AND index > $2 ORDER BY index LIMIT $3

-- name: add_fault
-- The fault that ends an upload: the only one where nothing was kept.
INSERT INTO upload_faults (upload_id, index, line, field, code, reason, raw, member)
SELECT $1, count(*), $2, $3, $4, $5, $6, $7 FROM upload_faults WHERE upload_id = $1
