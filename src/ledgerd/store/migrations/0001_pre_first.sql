-- migrate:up

-- The whole current schema, to be read from top to bottom.
--
-- PostgreSQL is the truth and the second judge: what core/posting.py decides, the constraints and
-- triggers below refuse once more. Every constraint is named after its rule; store/errors.py says
-- what each name means. The migrations beside this file produce exactly this (a test proves it).
--
-- Amounts are integers in minor units. Ids are UUIDv7; those written by one commit share their
-- first 104 bits, and the last 24 bits count 1, 2, 3 … inside the commit (see "journal").

-- Minor units per major unit. A domain, because a domain is not checked again when a row is
-- updated for another reason, as balances are all day.
CREATE DOMAIN minor_units_per_unit AS bigint
    CONSTRAINT precision_power_of_ten CHECK (rtrim(VALUE::text, '0') = '1' AND VALUE <= 1000000000000000000);

CREATE DOMAIN lineage_strategy AS text
    CONSTRAINT strategy_known CHECK (VALUE IN ('FIFO', 'LIFO', 'PROPORTIONAL'));

-- ledgers ------------------------------------------------------------------------------------

CREATE TABLE ledgers (
    id          uuid        NOT NULL CONSTRAINT ledgers_pkey PRIMARY KEY,
    name        text        NOT NULL CONSTRAINT ledger_name_bounded CHECK (char_length(name) BETWEEN 1 AND 255),
    metadata    jsonb       NOT NULL DEFAULT '{}',
    request_id  text        CONSTRAINT ledger_request_once UNIQUE,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

-- The General Ledger owns the internal balances (@World, @Revenue) and always exists.
INSERT INTO ledgers (id, name, created_at, updated_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'General Ledger', 'epoch', 'epoch');

-- identities ---------------------------------------------------------------------------------

CREATE TABLE identities (
    id            uuid        NOT NULL CONSTRAINT identities_pkey PRIMARY KEY,
    identity_type text        NOT NULL
        CONSTRAINT identity_type_known CHECK (identity_type IN ('INDIVIDUAL', 'ORGANIZATION')),
    attributes    jsonb       NOT NULL,
    metadata      jsonb       NOT NULL DEFAULT '{}',
    request_id    text        CONSTRAINT identity_request_once UNIQUE,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);

-- balances -----------------------------------------------------------------------------------

-- version grows with everything that a decision about the balance reads: movements, holds, floor,
-- state, monitors. No changing column is indexed, so that updates stay heap-only.
CREATE TABLE balances (
    id                  uuid           NOT NULL CONSTRAINT balances_pkey PRIMARY KEY,
    ledger_id           uuid           NOT NULL CONSTRAINT balance_ledger_exists REFERENCES ledgers,
    identity_id         uuid           CONSTRAINT balance_identity_exists REFERENCES identities,
    indicator           text,
    currency            text           NOT NULL,
    precision           minor_units_per_unit NOT NULL,
    version             bigint         NOT NULL DEFAULT 0,
    credit              numeric(38, 0) NOT NULL DEFAULT 0,
    debit               numeric(38, 0) NOT NULL DEFAULT 0,
    inflight_credit     numeric(38, 0) NOT NULL DEFAULT 0,
    inflight_debit      numeric(38, 0) NOT NULL DEFAULT 0,
    floor               numeric(38, 0),
    moved_at            timestamptz    NOT NULL,
    group_name          text,
    tag                 text,
    track_fund_lineage  boolean        NOT NULL DEFAULT false,
    allocation_strategy lineage_strategy NOT NULL DEFAULT 'FIFO',
    metadata            jsonb          NOT NULL DEFAULT '{}',
    request_id          text           CONSTRAINT balance_request_once UNIQUE,
    created_at          timestamptz    NOT NULL,
    updated_at          timestamptz    NOT NULL,
    CONSTRAINT balance_indicator_once UNIQUE (indicator, currency),
    CONSTRAINT balance_totals_not_negative
        CHECK (LEAST(credit, debit, inflight_credit, inflight_debit) >= 0),
    CONSTRAINT balance_totals_bounded
        CHECK (GREATEST(credit, debit, inflight_credit, inflight_debit) <= 1e37),
    CONSTRAINT balance_stays_above_floor CHECK (credit - debit - inflight_debit >= floor),
    CONSTRAINT balance_lineage_needs_identity CHECK (NOT track_fund_lineage OR identity_id IS NOT NULL)
) WITH (fillfactor = 60);

CREATE INDEX balances_by_ledger ON balances (ledger_id, id);
CREATE INDEX balances_by_identity ON balances (identity_id, id) WHERE identity_id IS NOT NULL;

-- Double entry, checked from what was written: whatever one statement does to balances, it credits
-- exactly what it debits, for each currency and precision, and holds on both sides alike.
CREATE FUNCTION balances_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unbalanced text;
BEGIN
    SELECT currency INTO unbalanced
    FROM (
        SELECT currency, precision, credit - debit AS settled, inflight_credit - inflight_debit AS held
        FROM after
        UNION ALL
        SELECT currency, precision, debit - credit, inflight_debit - inflight_credit
        FROM before
    ) AS change
    GROUP BY currency, precision
    HAVING sum(settled) <> 0 OR sum(held) <> 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'credits and debits in % differ', unbalanced
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'balances_credit_what_they_debit';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER balances_credit_what_they_debit
    AFTER UPDATE ON balances REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION balances_refuse_unbalanced();

-- The same for new balances: money comes onto a balance by a movement only.
CREATE FUNCTION balances_refuse_gift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a new balance holds nothing'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'balances_begin_empty';
END $$;

CREATE TRIGGER balances_begin_empty BEFORE INSERT ON balances FOR EACH ROW
    WHEN (NEW.credit > 0 OR NEW.debit > 0 OR NEW.inflight_credit > 0 OR NEW.inflight_debit > 0)
    EXECUTE FUNCTION balances_refuse_gift();

-- transactions -------------------------------------------------------------------------------

-- One row per movement. What was asked and what it did never change; the last three columns are the
-- life cycle's cache and move only forward. source_* and destination_* are each side's version and
-- running totals just after the movement. created_at (accepted) and effective_at are null where they
-- are recorded_at.
CREATE TABLE transactions (
    id                          uuid           NOT NULL CONSTRAINT transactions_pkey PRIMARY KEY,
    reference                   text COLLATE "C" NOT NULL CONSTRAINT transaction_reference_once UNIQUE,
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
    takes_rest                  boolean,
    parent_id                   uuid,
    batch_id                    uuid,
    description                 text,
    group_name                  text,
    tag                         text,
    metadata_digest             bytea,
    created_by                  text,
    created_at                  timestamptz,
    recorded_at                 timestamptz    NOT NULL,
    effective_at                timestamptz,
    metadata                    jsonb,
    status                      text           NOT NULL,
    committed                   numeric(38, 0),
    voided                      numeric(38, 0),
    CONSTRAINT transaction_amount_positive CHECK (amount > 0),
    CONSTRAINT transaction_sides_differ CHECK (source_id <> destination_id),
    CONSTRAINT transaction_totals_not_negative CHECK (
        LEAST(source_credit, source_debit, source_inflight_credit, source_inflight_debit, destination_credit,
              destination_debit, destination_inflight_credit, destination_inflight_debit) >= 0),
    CONSTRAINT transaction_kind_known CHECK (kind IN ('POSTING', 'HOLD', 'COMMIT', 'VOID')),
    CONSTRAINT transaction_status_fits_kind CHECK (
        CASE kind
            WHEN 'HOLD' THEN status IN ('INFLIGHT', 'APPLIED', 'VOID')
            WHEN 'VOID' THEN status = 'VOID'
            ELSE status = 'APPLIED'
        END),
    CONSTRAINT transaction_parent_fits_kind CHECK ((kind IN ('COMMIT', 'VOID')) = (parent_id IS NOT NULL)),
    CONSTRAINT hold_settles_at_most_itself CHECK (
        committed >= 0 AND voided >= 0 AND committed + voided <= amount),
    CONSTRAINT hold_status_follows_figures CHECK (
        CASE WHEN kind <> 'HOLD' THEN committed IS NULL AND voided IS NULL
             WHEN committed IS NULL OR voided IS NULL THEN false
             WHEN committed + voided < amount THEN status = 'INFLIGHT'
             WHEN committed > 0 THEN status = 'APPLIED'
             ELSE status = 'VOID'
        END)
);

-- The history of a balance: every movement with its running totals, in order.
CREATE INDEX transactions_by_source ON transactions (source_id, source_version);
CREATE INDEX transactions_by_destination ON transactions (destination_id, destination_version);
CREATE INDEX transactions_by_parent ON transactions (parent_id, id) WHERE parent_id IS NOT NULL;
CREATE INDEX transactions_by_batch ON transactions (batch_id, id) WHERE batch_id IS NOT NULL;

-- What changed an older transaction: a hold that was committed or voided, wholly or in part.
CREATE TABLE transitions (
    id             uuid           NOT NULL CONSTRAINT transitions_pkey PRIMARY KEY,
    transaction_id uuid           NOT NULL,
    caused_by      uuid           NOT NULL,
    kind           text           NOT NULL
        CONSTRAINT transition_kind_known CHECK (kind IN ('COMMITTED', 'VOIDED')),
    status         text           NOT NULL,
    committed      numeric(38, 0) NOT NULL,
    voided         numeric(38, 0) NOT NULL,
    recorded_at    timestamptz    NOT NULL
);

CREATE INDEX transitions_by_transaction ON transitions (transaction_id, id);

CREATE TABLE batches (
    id          uuid        NOT NULL CONSTRAINT batches_pkey PRIMARY KEY,
    mode        text        NOT NULL CONSTRAINT batch_mode_known CHECK (mode IN ('INDEPENDENT', 'ATOMIC')),
    operations  integer     NOT NULL,
    posted      integer     NOT NULL,
    replayed    integer     NOT NULL,
    rejected    integer     NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT batch_counts_add_up CHECK (posted + replayed + rejected = operations)
);

-- monitors -----------------------------------------------------------------------------------

CREATE TABLE monitors (
    id          uuid        NOT NULL CONSTRAINT monitors_pkey PRIMARY KEY,
    balance_id  uuid        NOT NULL CONSTRAINT monitor_balance_exists REFERENCES balances,
    conditions  jsonb       NOT NULL,
    trigger     text        NOT NULL CONSTRAINT monitor_trigger_known CHECK (trigger IN ('EDGE', 'LEVEL')),
    description text,
    metadata    jsonb       NOT NULL DEFAULT '{}',
    request_id  text        CONSTRAINT monitor_request_once UNIQUE,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE INDEX monitors_by_balance ON monitors (balance_id, id);

-- creations ----------------------------------------------------------------------------------

-- The request ids of creates, kept for ever, also when what they created is deleted. content has a
-- salted digest of each field as it was asked: enough to name the fields in which a later request
-- with the same id differs.
CREATE TABLE creations (
    noun       text        NOT NULL
        CONSTRAINT creation_noun_known CHECK (noun IN ('LEDGER', 'BALANCE', 'IDENTITY', 'MONITOR')),
    request_id text        NOT NULL,
    subject_id uuid        NOT NULL,
    content    jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT creation_request_once PRIMARY KEY (noun, request_id)
);

-- journal ------------------------------------------------------------------------------------

-- What is neither a transaction nor a transition: a monitor that fired, a balance created. payload
-- is what a subscriber is shown, as it was then.
CREATE TABLE events (
    id          uuid        NOT NULL CONSTRAINT events_pkey PRIMARY KEY,
    kind        text        NOT NULL,
    subject_id  uuid        NOT NULL,
    balance_id  uuid,
    payload     json        NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- One row per commit that wrote anything. Its entries (transactions, transitions, events) carry the
-- ids journal.id + 1 … journal.id + entries, so the journal needs no column in their tables.
-- order_key is drawn after the locks: of two commits that share a balance the later has the higher.
CREATE SEQUENCE journal_order;

CREATE TABLE journal (
    id             uuid        NOT NULL CONSTRAINT journal_pkey PRIMARY KEY,
    order_key      bigint      NOT NULL DEFAULT nextval('journal_order') CONSTRAINT journal_order_once UNIQUE,
    entries        integer     NOT NULL CONSTRAINT journal_entries_counted CHECK (entries BETWEEN 1 AND 16777215),
    digest         bytea       NOT NULL,
    digest_version smallint    NOT NULL,
    recorded_at    timestamptz NOT NULL
);

-- Commits that the sequencer has not placed yet: written with the journal row, deleted when placed.
CREATE TABLE journal_unplaced (
    order_key  bigint NOT NULL CONSTRAINT journal_unplaced_pkey PRIMARY KEY,
    journal_id uuid   NOT NULL
);

CREATE TABLE positions (
    position   bigint NOT NULL CONSTRAINT positions_pkey PRIMARY KEY,
    journal_id uuid   NOT NULL CONSTRAINT position_once UNIQUE,
    chain      bytea  NOT NULL
);

-- The last position given and the chain's hash there. epoch names this history: after a restore it
-- must be renewed (ledgerd migrate --new-epoch), so that old cursors are refused, not misread.
CREATE TABLE journal_head (
    only_row boolean NOT NULL DEFAULT true CONSTRAINT journal_head_pkey PRIMARY KEY
        CONSTRAINT journal_head_single CHECK (only_row),
    epoch    text    NOT NULL,
    position bigint  NOT NULL,
    chain    bytea   NOT NULL
);

INSERT INTO journal_head (epoch, position, chain)
VALUES (replace(gen_random_uuid()::text, '-', ''), 0, decode(repeat('00', 32), 'hex'));

-- history does not change --------------------------------------------------------------------

CREATE FUNCTION history_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: history does not change', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER transitions_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON transitions
    FOR EACH STATEMENT EXECUTE FUNCTION history_refuse_change();
CREATE TRIGGER events_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION history_refuse_change();
CREATE TRIGGER journal_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION history_refuse_change();
CREATE TRIGGER positions_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON positions
    FOR EACH STATEMENT EXECUTE FUNCTION history_refuse_change();
CREATE TRIGGER batches_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON batches
    FOR EACH STATEMENT EXECUTE FUNCTION history_refuse_change();
CREATE TRIGGER transactions_do_not_change BEFORE DELETE OR TRUNCATE ON transactions
    FOR EACH STATEMENT EXECUTE FUNCTION history_refuse_change();
CREATE TRIGGER balances_do_not_vanish BEFORE DELETE OR TRUNCATE ON balances
    FOR EACH STATEMENT EXECUTE FUNCTION history_refuse_change();

-- A transaction's cache moves only forward: amounts settled never shrink and a settled hold stays
-- settled. Metadata may be edited; its digest, and everything else, may not.
CREATE FUNCTION transactions_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept transactions := NEW;
BEGIN
    kept.metadata := OLD.metadata;
    kept.status := OLD.status;
    kept.committed := OLD.committed;
    kept.voided := OLD.voided;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a recorded transaction does not change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_do_not_change';
    END IF;
    IF NEW.committed < OLD.committed OR NEW.voided < OLD.voided
       OR (NEW.status <> OLD.status AND OLD.status <> 'INFLIGHT') THEN
        RAISE EXCEPTION 'a transaction moves only forward'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_move_only_forward';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transactions_move_only_forward BEFORE UPDATE ON transactions
    FOR EACH ROW EXECUTE FUNCTION transactions_refuse_rewrite();

-- the service's own role ---------------------------------------------------------------------

-- What the triggers refuse the service may not even try. Where the owner of the database may create
-- roles, servers take this one on; elsewhere the triggers stand alone.
DO $$
BEGIN
    CREATE ROLE ledgerd_service NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN RAISE NOTICE 'no service role: roles cannot be created here';
END $$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO ledgerd_service', current_schema());
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO ledgerd_service', current_schema());
        GRANT INSERT ON ledgers, identities, balances, transactions, transitions, batches, monitors, events,
            creations, journal, journal_unplaced, positions TO ledgerd_service;
        GRANT UPDATE ON ledgers, identities, balances, monitors, journal_head TO ledgerd_service;
        GRANT UPDATE (metadata, status, committed, voided) ON transactions TO ledgerd_service;
        GRANT DELETE ON identities, monitors, journal_unplaced TO ledgerd_service;
        GRANT USAGE ON SEQUENCE journal_order TO ledgerd_service;
    END IF;
END $$;

-- The role is there for every ledger of the server. Who may not give it to himself, because somebody else made it, does
-- without, unless he has it.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        EXECUTE format('GRANT ledgerd_service TO %I', current_user);
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN RAISE NOTICE 'the service role cannot be given to % here', current_user;
END $$;

-- migrate:down

-- History is not undone.
