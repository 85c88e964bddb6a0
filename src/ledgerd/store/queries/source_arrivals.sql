-- What arrived of each source, and what follows from it.

-- name: add
-- A new source, of which nothing arrived: whether it matches on arrival, and when it is late.
INSERT INTO source_arrivals (source_id, look_at, expected_at)
SELECT s.id, CASE WHEN s.match_on_arrival IS NOT NULL
                  THEN ((clock_timestamp() AT TIME ZONE s.time_zone)::date + 1)::timestamp AT TIME ZONE s.time_zone END, $2
FROM external_sources s WHERE s.id = $1

-- name: change
-- What a source does has changed: it may match on arrival no longer, or from now on; with $2 it is late at another time
-- ($3).
UPDATE source_arrivals a
SET match_at = CASE WHEN s.match_on_arrival IS NOT NULL THEN a.match_at END,
    look_at = CASE WHEN s.match_on_arrival IS NOT NULL
                   THEN ((clock_timestamp() AT TIME ZONE s.time_zone)::date + 1)::timestamp AT TIME ZONE s.time_zone END,
    expected_at = CASE WHEN $2 THEN $3::timestamptz ELSE a.expected_at END,
    late_since = CASE WHEN $2 THEN NULL ELSE a.late_since END
FROM external_sources s WHERE s.id = $1 AND a.source_id = s.id

-- name: arrive
-- Something arrived at $2: the source is not late, and a run follows where it matches on arrival. $3: when it is late.
UPDATE source_arrivals a
SET arrivals = a.arrivals + 1, expected_at = $3, late_since = NULL,
    match_at = CASE WHEN s.match_on_arrival IS NOT NULL THEN COALESCE(
        a.match_at,
        $2::timestamptz + make_interval(secs => (s.match_on_arrival ->> 'debounce_seconds')::integer)) END
FROM external_sources s WHERE s.id = $1 AND a.source_id = s.id

-- name: due
-- Sources for which a run is to be begun now, those that wait for longest first.
SELECT a.source_id, a.arrivals, s.match_on_arrival
FROM source_arrivals a JOIN external_sources s ON s.id = a.source_id
WHERE a.match_at <= clock_timestamp() AND a.open_run_id IS NULL
ORDER BY a.match_at, a.source_id LIMIT $1

-- name: begun
-- A run ($3) was begun for everything up to an arrival ($2); no row where another process did so.
UPDATE source_arrivals a
SET matched = $2, match_at = CASE WHEN a.arrivals > $2 THEN a.match_at END, run_id = $3, open_run_id = $3,
    look_at = ((clock_timestamp() AT TIME ZONE s.time_zone)::date + 1)::timestamp AT TIME ZONE s.time_zone
FROM external_sources s
WHERE s.id = $1 AND a.source_id = s.id AND a.match_at IS NOT NULL AND a.open_run_id IS NULL AND a.matched < $2
RETURNING true

-- name: postpone
-- A later time for a run that cannot be begun at present.
UPDATE source_arrivals SET match_at = clock_timestamp() + $2::interval
WHERE source_id = $1 AND match_at <= clock_timestamp() AND open_run_id IS NULL

-- name: look
-- Sources of which a day began: where their balances moved since the last run, it counts as an arrival.
UPDATE source_arrivals a
SET look_at = ((clock_timestamp() AT TIME ZONE l.time_zone)::date + 1)::timestamp AT TIME ZONE l.time_zone,
    arrivals = a.arrivals + l.moved::integer,
    match_at = CASE WHEN l.moved THEN COALESCE(a.match_at, clock_timestamp()) ELSE a.match_at END
FROM (
    SELECT o.source_id, s.time_zone, EXISTS (
               SELECT FROM external_source_balances b
               JOIN balances x ON x.id = b.balance_id
               LEFT JOIN reconciliation_balances v ON v.reconciliation_id = o.run_id AND v.balance_id = b.balance_id
               WHERE b.source_id = o.source_id AND x.version > COALESCE(v.version, 0)) AS moved
    FROM source_arrivals o JOIN external_sources s ON s.id = o.source_id
    WHERE o.look_at <= clock_timestamp()
    ORDER BY o.look_at LIMIT $1 FOR UPDATE OF o SKIP LOCKED) AS l
WHERE a.source_id = l.source_id

-- name: ended
-- Runs that were begun for arrivals and have ended, of which nothing followed yet.
SELECT a.source_id, r.id AS run_id, r.status, r.rules, s.match_on_arrival
FROM source_arrivals a
JOIN reconciliations r ON r.id = a.open_run_id
JOIN external_sources s ON s.id = a.source_id
WHERE r.finished_at IS NOT NULL ORDER BY r.finished_at LIMIT $1

-- name: has_begun
-- Whether a run began because something arrived, and what follows its end is not done.
SELECT EXISTS (SELECT FROM source_arrivals a WHERE a.open_run_id = $1) AS has_begun

-- name: close
-- What follows the end of a run is done; no row where another process did it. A run that has no result counts as an
-- arrival, once: what arrived is compared again.
UPDATE source_arrivals a
SET open_run_id = NULL, is_repeated = l.again, arrivals = a.arrivals + l.again::integer,
    match_at = CASE WHEN l.again THEN COALESCE(a.match_at, clock_timestamp()) ELSE a.match_at END
FROM (
    SELECT o.source_id, r.status <> 'FINISHED' AND NOT o.is_repeated AND s.match_on_arrival IS NOT NULL AS again
    FROM source_arrivals o
    JOIN reconciliations r ON r.id = o.open_run_id
    JOIN external_sources s ON s.id = o.source_id
    WHERE o.source_id = $1 AND o.open_run_id = $2 FOR UPDATE OF o) AS l
WHERE a.source_id = l.source_id
RETURNING true

-- name: is_any_late
-- Whether a source became late.
SELECT EXISTS (SELECT FROM source_arrivals WHERE expected_at <= clock_timestamp() AND late_since IS NULL)

-- name: become_late
-- Sources that became late.
UPDATE source_arrivals a SET late_since = a.expected_at
FROM (
    SELECT source_id FROM source_arrivals WHERE expected_at <= clock_timestamp() AND late_since IS NULL
    ORDER BY expected_at LIMIT $1 FOR UPDATE SKIP LOCKED) AS l
WHERE a.source_id = l.source_id
RETURNING a.source_id, a.late_since

-- name: proposed_levels
-- The places of the rules of a run that have unambiguous matches about which nothing is decided.
SELECT DISTINCT level FROM matches WHERE reconciliation_id = $1 AND NOT is_ambiguous AND status = 'PROPOSED' ORDER BY level
