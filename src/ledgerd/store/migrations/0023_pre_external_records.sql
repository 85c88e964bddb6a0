-- migrate:up

-- External sources, their uploads, and the records that these bring.

-- Others who keep books as well. Their records are compared with the entries of the balances that they correspond to.
-- format_profile says how their files are read; null: they have typed records only.
CREATE TABLE external_sources (
    id              uuid        NOT NULL CONSTRAINT external_sources_pkey PRIMARY KEY,
    name            text        NOT NULL
        CONSTRAINT external_source_name_bounded CHECK (char_length(name) BETWEEN 1 AND 255)
        CONSTRAINT external_source_name_once UNIQUE,
    description     text,
    format_profile  jsonb,
    currency        text,
    time_zone       text        NOT NULL,
    sign_convention text        NOT NULL
        CONSTRAINT external_source_sign_known CHECK (sign_convention IN ('MONEY_IN_IS_CREDIT', 'MONEY_IN_IS_DEBIT')),
    settlement_window jsonb     NOT NULL
        CONSTRAINT external_source_settlement_bounded CHECK ((COALESCE(
            settlement_window ->> 'days', settlement_window ->> 'business_days')::integer BETWEEN 0 AND 60) IS TRUE),
    metadata        jsonb       NOT NULL DEFAULT '{}',
    request_id      text        CONSTRAINT external_source_request_once UNIQUE,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    revision        bigint      NOT NULL DEFAULT 1
);

-- The balances that a source corresponds to, in its order.
CREATE TABLE external_source_balances (
    source_id  uuid    NOT NULL
        CONSTRAINT source_balance_source_exists REFERENCES external_sources ON DELETE CASCADE,
    place      integer NOT NULL,
    balance_id uuid    NOT NULL CONSTRAINT source_balance_exists REFERENCES balances,
    CONSTRAINT source_balance_place_once PRIMARY KEY (source_id, place),
    CONSTRAINT source_balance_once UNIQUE (source_id, balance_id)
);

CREATE INDEX external_source_balances_by_balance ON external_source_balances (balance_id);

-- Files and typed records, from their first chunk on. A process that reads an upload has a lease for some time; every
-- commit for the upload proves that the lease still stands. crashes counts the readings that ended with their process.
CREATE TABLE uploads (
    id               uuid        NOT NULL CONSTRAINT uploads_pkey PRIMARY KEY,
    source_id        uuid        NOT NULL
        CONSTRAINT upload_source_exists REFERENCES external_sources ON DELETE CASCADE,
    file_name        text,
    content          text        NOT NULL CONSTRAINT upload_content_known CHECK (content IN ('FILE', 'RECORDS')),
    fault_policy     text        NOT NULL
        CONSTRAINT upload_fault_policy_known CHECK (fault_policy IN ('KEEP_GOOD', 'REJECT_ALL')),
    status           text        NOT NULL DEFAULT 'RECEIVING'
        CONSTRAINT upload_status_known CHECK (status IN ('RECEIVING', 'READING', 'FINISHED', 'REJECTED')),
    declared_bytes   bigint,
    declared_records bigint,
    chunks           integer     NOT NULL DEFAULT 0,
    bytes            bigint      NOT NULL DEFAULT 0
        CONSTRAINT upload_bytes_bounded CHECK (bytes BETWEEN 0 AND 268435456),
    received_records bigint      NOT NULL DEFAULT 0
        CONSTRAINT upload_records_bounded CHECK (received_records BETWEEN 0 AND 1000000),
    records          bigint      NOT NULL DEFAULT 0,
    new_records      bigint      NOT NULL DEFAULT 0,
    known_records    bigint      NOT NULL DEFAULT 0,
    faults           bigint      NOT NULL DEFAULT 0,
    statements       bigint      NOT NULL DEFAULT 0,
    content_hash     text,
    repeats          uuid,
    request_id       text        CONSTRAINT upload_request_once UNIQUE,
    created_at       timestamptz NOT NULL,
    received_at      timestamptz NOT NULL,
    finished_at      timestamptz,
    lease_token      uuid,
    leased_until     timestamptz,
    crashes          integer     NOT NULL DEFAULT 0,
    CONSTRAINT upload_done_has_its_time CHECK ((status IN ('FINISHED', 'REJECTED')) = (finished_at IS NOT NULL)),
    CONSTRAINT upload_rejected_keeps_nothing CHECK (status <> 'REJECTED' OR new_records = 0),
    CONSTRAINT upload_repeats_when_rejected CHECK (repeats IS NULL OR status = 'REJECTED'),
    CONSTRAINT upload_content_once EXCLUDE USING btree (source_id WITH =, content_hash WITH =)
        WHERE (content_hash IS NOT NULL AND status IN ('READING', 'FINISHED'))
);

CREATE INDEX uploads_by_source ON uploads (source_id, id);
CREATE INDEX uploads_open ON uploads (id) WHERE status IN ('RECEIVING', 'READING');
CREATE INDEX uploads_by_content_hash ON uploads (content_hash, id) WHERE content_hash IS NOT NULL;

-- The chunks of uploads. data is there until the upload is done; the digest tells the same chunk from another one.
CREATE TABLE upload_parts (
    upload_id uuid    NOT NULL CONSTRAINT upload_part_upload_exists REFERENCES uploads ON DELETE CASCADE,
    number    integer NOT NULL CONSTRAINT upload_part_numbered CHECK (number > 0),
    digest    bytea   NOT NULL,
    size      integer NOT NULL CONSTRAINT upload_part_bounded CHECK (size BETWEEN 1 AND 1052672),
    data      bytea   CONSTRAINT upload_part_has_its_size CHECK (octet_length(data) = size),
    CONSTRAINT upload_part_once PRIMARY KEY (upload_id, number)
);

-- What was read of uploads that are not done: a place to put it until all of it is known. Whoever begins to read an
-- upload begins anew, so none of it need survive a crash.
CREATE UNLOGGED TABLE arriving_records (
    upload_id         uuid    NOT NULL,
    ordinal           bigint  NOT NULL,
    key               text    COLLATE "C" NOT NULL,
    digest            bytea   NOT NULL,
    amount            numeric(38, 0) NOT NULL,
    currency          text    NOT NULL,
    precision         bigint  NOT NULL,
    booking_date      date,
    value_date        date,
    booked_at         timestamptz,
    reference_texts   text[]  NOT NULL,
    description       text,
    counterparty      text,
    counterparty_account text,
    identity_id       uuid,
    group_key         text,
    kind              text    NOT NULL,
    status            text,
    source_status     text,
    payments          integer NOT NULL,
    metadata          jsonb   NOT NULL,
    line              bigint  NOT NULL,
    raw               text,
    CONSTRAINT arriving_records_pkey PRIMARY KEY (upload_id, ordinal)
);

CREATE UNLOGGED TABLE arriving_faults (
    upload_id uuid   NOT NULL,
    ordinal   bigint NOT NULL,
    line      bigint NOT NULL,
    field     text,
    code      text   NOT NULL,
    reason    text   NOT NULL,
    raw       text,
    member    text,
    CONSTRAINT arriving_faults_pkey PRIMARY KEY (upload_id, ordinal)
);

-- What files say about statements, or pages of them. ordinal is the place among everything that was read of the upload.
CREATE TABLE bank_statements (
    id             bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT bank_statements_pkey PRIMARY KEY,
    source_id      uuid        NOT NULL,
    upload_id      uuid        NOT NULL CONSTRAINT bank_statement_upload_exists REFERENCES uploads,
    ordinal        bigint      NOT NULL,
    account        text        NOT NULL,
    number         text,
    page           integer     NOT NULL,
    currency       text,
    precision      minor_units_per_unit NOT NULL,
    opening        numeric(38, 0),
    closing        numeric(38, 0),
    opening_date   date,
    closing_date   date,
    opening_is_intermediate boolean NOT NULL,
    closing_is_intermediate boolean NOT NULL,
    is_last_page   boolean     NOT NULL,
    is_interim     boolean     NOT NULL,
    credit_total   numeric(38, 0),
    debit_total    numeric(38, 0),
    declared_items bigint,
    records        bigint      NOT NULL,
    total          numeric(38, 0) NOT NULL,
    items          bigint      NOT NULL,
    credits        numeric(38, 0) NOT NULL,
    debits         numeric(38, 0) NOT NULL,
    line           bigint      NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT bank_statement_once UNIQUE (upload_id, ordinal)
);

CREATE INDEX bank_statements_by_account ON bank_statements (source_id, account, currency, id);

-- The records of sources, which never change. Ids count upwards in the order of the file. amount is positive where the
-- account holder received money. digest is that of everything that the record says: by it the same record that comes
-- again is told from another one with its key. ordinal is the place among everything that was read of the upload.
-- status is null where the record is booked; source_status is the source's own word.
-- Whether a record is matched is not said here.
CREATE TABLE external_records (
    id                bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT external_records_pkey PRIMARY KEY,
    source_id         uuid        NOT NULL,
    upload_id         uuid        NOT NULL CONSTRAINT external_record_upload_exists REFERENCES uploads,
    statement_id      bigint      CONSTRAINT external_record_statement_exists REFERENCES bank_statements,
    ordinal           bigint      NOT NULL,
    key               text        COLLATE "C" NOT NULL
        CONSTRAINT external_record_key_bounded CHECK (char_length(key) BETWEEN 1 AND 255),
    digest            bytea       NOT NULL,
    amount            numeric(38, 0) NOT NULL
        CONSTRAINT external_record_amount_bounded CHECK (amount > -1e36 AND amount < 1e36),
    currency          text        NOT NULL,
    precision         minor_units_per_unit NOT NULL,
    booking_date      date,
    value_date        date,
    booked_at         timestamptz,
    reference_texts   text[]      NOT NULL
        CONSTRAINT external_record_references_bounded CHECK (cardinality(reference_texts) <= 16),
    description       text,
    counterparty      text,
    counterparty_account text,
    identity_id       uuid,
    group_key         text,
    kind              text        NOT NULL
        CONSTRAINT external_record_kind_known
            CHECK (kind IN ('MOVEMENT', 'REVERSAL', 'FEE', 'INTEREST', 'BATCH')),
    status            text
        CONSTRAINT external_record_status_known CHECK (status IN ('PENDING', 'INFORMATION')),
    source_status     text,
    payments          integer     NOT NULL CONSTRAINT external_record_payments_counted CHECK (payments >= 1),
    metadata          jsonb       NOT NULL DEFAULT '{}',
    line              bigint      NOT NULL,
    raw               text,
    created_at        timestamptz NOT NULL,
    CONSTRAINT external_record_once UNIQUE (source_id, key)
);

CREATE INDEX external_records_by_source ON external_records (source_id, id);
CREATE INDEX external_records_by_upload ON external_records (upload_id, id);
CREATE INDEX external_records_by_date ON external_records (source_id, booking_date, id);
CREATE INDEX external_records_by_reference ON external_records USING gin (reference_texts);

-- What is wrong with uploads, told once they are done; index is the place, from 0. record_id is the record of the source
-- that an ALREADY_KNOWN or CONTENT_DIFFERS is about.
CREATE TABLE upload_faults (
    upload_id uuid    NOT NULL CONSTRAINT upload_fault_upload_exists REFERENCES uploads ON DELETE CASCADE,
    index     integer NOT NULL,
    line      bigint  NOT NULL,
    field     text,
    code      text    NOT NULL,
    reason    text    NOT NULL,
    raw       text,
    member    text,
    record_id bigint,
    CONSTRAINT upload_fault_once PRIMARY KEY (upload_id, index)
);

CREATE TRIGGER external_records_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON external_records
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER bank_statements_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_statements
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER upload_faults_do_not_change BEFORE UPDATE OR TRUNCATE ON upload_faults
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
        'EXTERNAL_SOURCE', 'UPLOAD'));

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, INSERT ON external_sources, external_source_balances, uploads, upload_parts, arriving_records,
            arriving_faults, bank_statements, external_records, upload_faults TO ledgerd_service;
        GRANT UPDATE ON external_sources, uploads TO ledgerd_service;
        GRANT UPDATE (data) ON upload_parts TO ledgerd_service;
        GRANT DELETE ON external_sources, external_source_balances, arriving_records, arriving_faults
            TO ledgerd_service;
    END IF;
END $$;

-- migrate:down

DROP TABLE upload_faults, external_records, bank_statements, arriving_faults, arriving_records, upload_parts, uploads,
    external_source_balances, external_sources;

DELETE FROM creations WHERE noun IN ('EXTERNAL_SOURCE', 'UPLOAD');

ALTER TABLE creations
    DROP CONSTRAINT creation_noun_known,
    ADD CONSTRAINT creation_noun_known CHECK (noun IN (
        'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES'));
