-- The request ids of creates, kept for ever.

-- name: find
-- What a request id created.
SELECT subject_id, subject_ids, content FROM creations WHERE noun = $1 AND request_id = $2

-- name: remember
-- A request id, with what it created and a digest of each requested field.
INSERT INTO creations (noun, request_id, subject_id, content, created_at, subject_ids) VALUES ($1, $2, $3, $4, $5, $6)
