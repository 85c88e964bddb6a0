-- migrate:up

-- Sources that match what arrives, and that become late.

-- What a source does by itself: see core/model/source_arrival.py.
ALTER TABLE external_sources
    ADD COLUMN match_on_arrival jsonb,
    ADD COLUMN expected_every jsonb;

-- How many uploads of each source were finished, and days began on which it was looked at; up to which of these runs were
-- begun automatically, and when the next run is due. run_id is the last of these runs, open_run_id the same until what
-- follows its end is done. At look_at a day of the source begins. At expected_at the source becomes late.
CREATE TABLE source_arrivals (
    source_id   uuid   NOT NULL CONSTRAINT source_arrivals_pkey PRIMARY KEY
        CONSTRAINT arrival_source_exists REFERENCES external_sources ON DELETE CASCADE,
    arrivals    bigint NOT NULL DEFAULT 0,
    matched     bigint NOT NULL DEFAULT 0,
    match_at    timestamptz,
    look_at     timestamptz,
    run_id      uuid,
    open_run_id uuid,
    expected_at timestamptz,
    late_since  timestamptz,
    CONSTRAINT arrivals_are_matched_in_order CHECK (matched <= arrivals),
    CONSTRAINT only_an_expected_source_is_late CHECK (late_since IS NULL OR expected_at IS NOT NULL)
);

CREATE INDEX source_arrivals_to_match ON source_arrivals (match_at) WHERE match_at IS NOT NULL AND open_run_id IS NULL;
CREATE INDEX source_arrivals_to_look_at ON source_arrivals (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX source_arrivals_begun ON source_arrivals (open_run_id) WHERE open_run_id IS NOT NULL;
CREATE INDEX source_arrivals_expected ON source_arrivals (expected_at) WHERE expected_at IS NOT NULL AND late_since IS NULL;

INSERT INTO source_arrivals (source_id) SELECT id FROM external_sources;

-- The day on which the window of a row of this day ends: so many days later, or so many days from Monday to Friday later.
CREATE FUNCTION settlement_end(day date, settlement_window jsonb) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN settlement_window ->> 'days' IS NOT NULL THEN day + (settlement_window ->> 'days')::integer
           ELSE GREATEST(day, day - GREATEST(extract(isodow FROM day)::integer - 5, 0)
                              + (settlement_window ->> 'business_days')::integer
                              + 2 * ((LEAST(extract(isodow FROM day)::integer, 5) - 1
                                      + (settlement_window ->> 'business_days')::integer) / 5)) END
$$;

-- Rows that stay open after a run and are younger than the window of their source: at due_at an exception is opened
-- for each, unless a later run matched it meanwhile.
CREATE TABLE settlement_windows (
    number            bigint         NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT settlement_windows_pkey PRIMARY KEY,
    source_id         uuid           NOT NULL
        CONSTRAINT window_source_exists REFERENCES external_sources ON DELETE CASCADE,
    reconciliation_id uuid           NOT NULL,
    kind              text           NOT NULL,
    record_number     bigint,
    transaction_id    uuid,
    balance_id        uuid,
    match_number      integer,
    amount            numeric(38, 0) NOT NULL,
    currency          text           NOT NULL,
    precision         bigint         NOT NULL,
    row_date          date           NOT NULL,
    due_at            timestamptz    NOT NULL,
    CONSTRAINT window_of_record_once EXCLUDE USING btree (record_number WITH =),
    CONSTRAINT window_of_entry_once EXCLUDE USING btree (transaction_id WITH =, balance_id WITH =, source_id WITH =)
);

CREATE INDEX settlement_windows_due ON settlement_windows (due_at);
CREATE INDEX settlement_windows_by_source ON settlement_windows (source_id);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, INSERT, UPDATE ON source_arrivals TO ledgerd_service;
        GRANT SELECT, INSERT, DELETE ON settlement_windows TO ledgerd_service;
        GRANT UPDATE (due_at) ON settlement_windows TO ledgerd_service;
    END IF;
END $$;

-- migrate:down

DROP TABLE settlement_windows;
DROP FUNCTION settlement_end;
DROP TABLE source_arrivals;

ALTER TABLE external_sources DROP COLUMN match_on_arrival, DROP COLUMN expected_every;
