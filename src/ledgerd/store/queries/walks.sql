-- What a list of the transactions of some balances is read along.

-- name: by_id
-- The balance of an id, with the number of its last version.
SELECT id, version FROM balances WHERE id = $1

-- name: by_indicator
-- The balances of an indicator, in one currency or in all, with the numbers of their last versions.
SELECT id, version FROM balances WHERE indicator = $1 AND ($2::text IS NULL OR currency = $2) ORDER BY id LIMIT $3

-- name: versions_before
-- For each balance ($1, with its last version $2) and each time ($3): the last version that was recorded before that
-- time. Record times never run backwards along the versions of a balance, so halving finds it. Each step looks at one
-- row in four indexes.
WITH RECURSIVE halved AS (
    SELECT b.id, m.moment, 0::bigint AS low, b.version + 1 AS high
    FROM unnest($1::uuid[], $2::bigint[]) AS b(id, version) CROSS JOIN unnest($3::timestamptz[]) AS m(moment)
    UNION ALL
    SELECT h.id, h.moment, CASE WHEN n.recorded_at < h.moment THEN n.version ELSE h.low END,
           CASE WHEN n.recorded_at < h.moment THEN h.high ELSE (h.low + h.high) / 2 END
    FROM halved h LEFT JOIN LATERAL (
        SELECT version, recorded_at FROM (
            (SELECT source_version AS version, recorded_at FROM transactions
             WHERE source_id = h.id AND source_version >= (h.low + h.high) / 2
               AND source_version IS NOT NULL AND deferred_as IS NULL ORDER BY source_version LIMIT 1)
            UNION ALL
            (SELECT source_version, recorded_at FROM transactions
             WHERE source_id = h.id AND source_version >= (h.low + h.high) / 2
               AND source_version IS NOT NULL AND deferred_as IS NOT NULL ORDER BY source_version LIMIT 1)
            UNION ALL
            (SELECT destination_version, recorded_at FROM transactions
             WHERE destination_id = h.id AND destination_version >= (h.low + h.high) / 2
               AND destination_version IS NOT NULL AND deferred_as IS NULL ORDER BY destination_version LIMIT 1)
            UNION ALL
            (SELECT destination_version, recorded_at FROM transactions
             WHERE destination_id = h.id AND destination_version >= (h.low + h.high) / 2
               AND destination_version IS NOT NULL AND deferred_as IS NOT NULL ORDER BY destination_version LIMIT 1)
        ) AS next ORDER BY version LIMIT 1
    ) AS n ON true
    WHERE h.high - h.low > 1
)
SELECT id, moment, low FROM halved WHERE high - low <= 1
