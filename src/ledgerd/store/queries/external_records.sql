-- The records and statements of sources.

-- name: select
-- All columns of a record that callers are shown.
SELECT t.id, t.source_id, t.upload_id, t.statement_id, t.key, t.amount, t.currency, t.precision, t.booking_date,
       t.value_date, t.booked_at, t.reference_texts, t.description, t.counterparty, t.counterparty_account, t.identity_id,
       t.group_key, t.kind, t.status, t.source_status, t.payments, t.metadata, t.line, t.raw, t.created_at
FROM external_records t

-- name: statements
-- All columns of a statement that callers are shown.
SELECT t.id, t.source_id, t.upload_id, t.account, t.number, t.page, t.currency, t.precision, t.opening, t.closing,
       t.opening_date, t.closing_date, t.opening_is_intermediate, t.closing_is_intermediate, t.is_last_page, t.is_interim,
       t.credit_total, t.debit_total, t.declared_items, t.records, t.total, t.items, t.line, t.created_at
FROM bank_statements t
