-- Questions to the server behind a connection, rather than to the ledger.

-- name: introduce
-- The backend that serves the connection and the time when its server was started, which tells a server from every
-- other, and from itself before a restart. The session takes on the given settings on the way.
SELECT pg_backend_pid() AS backend, pg_postmaster_start_time() AS server,
       (SELECT count(set_config(name, value, false)) FROM unnest($1::text[], $2::text[]) AS setting(name, value))

-- name: ping
-- Nothing: an answer shows that the server is there.
SELECT 1

-- name: backend
-- The backend that serves the connection.
SELECT pg_backend_pid()

-- name: not_in_force
-- Those of the settings sent when the connection began that are not in force.
SELECT name FROM unnest($1::text[], $2::text[]) AS sent(name, value)
WHERE current_setting(name, true) IS DISTINCT FROM set_config(name, value, true)

-- name: barrier
-- A message in the write-ahead log and nowhere else, where commits wait for a standby: the commit then waits until
-- the standby has the message, and with it everything that was committed before.
SELECT pg_logical_emit_message(true, 'ledgerd', '') WHERE current_setting('synchronous_standby_names') <> ''

-- name: waiting_for_clients
-- Sessions that hold locks and wait for their client in the middle of a statement, and how far they came: PostgreSQL
-- waits for a client to send or to receive data without a time-out. Where a client stops between statements,
-- idle_in_transaction_session_timeout ends its session.
SELECT a.pid, a.backend_start, a.state_change, p.bytes_processed
FROM pg_stat_activity a LEFT JOIN pg_stat_progress_copy p ON p.pid = a.pid
WHERE a.datname = current_database() AND a.usename = session_user AND starts_with(a.application_name, $1)
  AND a.state = 'active' AND a.wait_event_type = 'Client' AND a.backend_xid IS NOT NULL

-- name: end_sessions
-- The end of these sessions.
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE (pid, backend_start) IN (SELECT * FROM unnest($1::int[], $2::timestamptz[]))
