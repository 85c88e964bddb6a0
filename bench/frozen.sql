-- The table that raw COPY is measured on. FROZEN: what bulk posting is divided by must not change when
-- the schema does, so this is the `transactions` table of the schema's first version and stays so:
-- its columns and types, its primary key, the unique reference, the two history indexes. Remainder out on
-- purpose, so that the yardstick is COPY alone: CHECK constraints, triggers, the two partial indexes
-- (which hold no plain posting).

CREATE SCHEMA bench;

CREATE TABLE bench.frozen_transactions (
    id                          uuid           NOT NULL PRIMARY KEY,
    reference                   text COLLATE "C" NOT NULL UNIQUE,
    kind                        text           NOT NULL,
    currency                    text           NOT NULL,
    precision                   bigint         NOT NULL,
    amount                      numeric(38, 0) NOT NULL,
    source_id                   uuid           NOT NULL,
    source_version              bigint         NOT NULL,
    source_credit               numeric(38, 0) NOT NULL,
    source_debit                numeric(38, 0) NOT NULL,
    source_inflight_credit      numeric(38, 0) NOT NULL,
    source_inflight_debit       numeric(38, 0) NOT NULL,
    destination_id              uuid           NOT NULL,
    destination_version         bigint         NOT NULL,
    destination_credit          numeric(38, 0) NOT NULL,
    destination_debit           numeric(38, 0) NOT NULL,
    destination_inflight_credit numeric(38, 0) NOT NULL,
    destination_inflight_debit  numeric(38, 0) NOT NULL,
    allow_overdraft             boolean        NOT NULL,
    overdraft_limit             numeric(38, 0),
    takes_remainder                  boolean,
    parent_id                   uuid,
    batch_id                    uuid,
    description                 text,
    group_name                  text,
    tag                         text,
    metadata_digest             bytea,
    created_by                  text,
    created_at                  timestamptz    NOT NULL,
    recorded_at                 timestamptz    NOT NULL,
    effective_at                timestamptz,
    metadata                    jsonb,
    status                      text           NOT NULL,
    committed                   numeric(38, 0),
    voided                      numeric(38, 0)
);

CREATE INDEX ON bench.frozen_transactions (source_id, source_version);
CREATE INDEX ON bench.frozen_transactions (destination_id, destination_version);
