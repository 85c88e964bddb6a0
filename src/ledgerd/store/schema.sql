-- The whole current schema, to be read from top to bottom.
--
-- PostgreSQL stores the truth and checks it a second time: the constraints and triggers below repeat the rules of
-- core/posting.py. Every constraint is named after its rule; store/errors.py says what each name means. The migrations
-- beside this file produce exactly this schema (a test proves it).
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

-- No further movement may be effective before closed_before. Null: no period was ever closed.
CREATE TABLE ledgers (
    id          uuid        NOT NULL CONSTRAINT ledgers_pkey PRIMARY KEY,
    name        text        NOT NULL CONSTRAINT ledger_name_bounded CHECK (char_length(name) BETWEEN 1 AND 255),
    metadata    jsonb       NOT NULL DEFAULT '{}',
    request_id  text        CONSTRAINT ledger_request_once UNIQUE,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    closed_before timestamptz
);

-- The General Ledger owns the internal balances (@World, @Revenue) and always exists.
INSERT INTO ledgers (id, name, created_at, updated_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'General Ledger', 'epoch', 'epoch');

-- identities ---------------------------------------------------------------------------------

-- The journal tells the digest of an identity's settings. The salt in it is deleted with the row, so that the digest of a
-- deleted person reveals nothing.
CREATE TABLE identities (
    id            uuid        NOT NULL CONSTRAINT identities_pkey PRIMARY KEY,
    identity_type text        NOT NULL
        CONSTRAINT identity_type_known CHECK (identity_type IN ('INDIVIDUAL', 'ORGANIZATION')),
    attributes    jsonb       NOT NULL,
    metadata      jsonb       NOT NULL DEFAULT '{}',
    request_id    text        CONSTRAINT identity_request_once UNIQUE,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    salt          uuid        NOT NULL DEFAULT gen_random_uuid()
);

-- balances -----------------------------------------------------------------------------------

-- version grows with everything that a decision about the balance reads: movements, holds, floor,
-- ceiling, state, monitors. No changing column is indexed, so that updates stay heap-only.
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
    state               text           NOT NULL DEFAULT 'OPEN',
    ceiling             numeric(38, 0),
    CONSTRAINT balance_indicator_once UNIQUE (indicator, currency),
    CONSTRAINT balance_totals_not_negative
        CHECK (LEAST(credit, debit, inflight_credit, inflight_debit) >= 0),
    CONSTRAINT balance_totals_bounded
        CHECK (GREATEST(credit, debit, inflight_credit, inflight_debit) <= 1e37),
    CONSTRAINT balance_stays_above_floor CHECK (credit - debit - inflight_debit >= floor),
    CONSTRAINT balance_stays_below_ceiling CHECK (ceiling IS NULL OR credit - debit + inflight_credit <= ceiling),
    CONSTRAINT balance_state_known CHECK (state IN ('OPEN', 'FROZEN', 'CLOSED')),
    CONSTRAINT closed_balance_is_empty
        CHECK (state <> 'CLOSED' OR (credit = debit AND inflight_credit = 0 AND inflight_debit = 0)),
    CONSTRAINT internal_balance_never_closes CHECK (state <> 'CLOSED' OR indicator IS NULL),
    CONSTRAINT balance_lineage_needs_identity CHECK (NOT track_fund_lineage OR identity_id IS NOT NULL)
) WITH (fillfactor = 60);

CREATE INDEX balances_by_ledger ON balances (ledger_id, id);
CREATE INDEX balances_by_identity ON balances (identity_id, id) WHERE identity_id IS NOT NULL;

-- Double entry, checked from what was written: one statement credits balances exactly as much as it debits them, for
-- each currency and precision, and holds as much on one side as on the other.
CREATE FUNCTION balances_reject_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
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
    FOR EACH STATEMENT EXECUTE FUNCTION balances_reject_unbalanced();

-- The same for new balances: only a movement brings money to a balance.
CREATE FUNCTION balances_reject_gift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a new balance holds nothing'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'balances_begin_empty';
END $$;

CREATE TRIGGER balances_begin_empty BEFORE INSERT ON balances FOR EACH ROW
    WHEN (NEW.credit > 0 OR NEW.debit > 0 OR NEW.inflight_credit > 0 OR NEW.inflight_debit > 0)
    EXECUTE FUNCTION balances_reject_gift();

-- A frozen or closed balance does not move; what is held on it may only be released. The trigger runs after the row is
-- written and not before: its condition then costs almost nothing, because the trigger above has read the old row.
CREATE FUNCTION balances_reject_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a balance that is % does not move', lower(OLD.state)
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'frozen_balance_does_not_move';
END $$;

CREATE TRIGGER frozen_balance_does_not_move
    AFTER UPDATE OF credit, debit, inflight_credit, inflight_debit ON balances FOR EACH ROW
    WHEN (OLD.state <> 'OPEN'
          AND (NEW.credit <> OLD.credit OR NEW.debit <> OLD.debit
               OR NEW.inflight_credit > OLD.inflight_credit OR NEW.inflight_debit > OLD.inflight_debit))
    EXECUTE FUNCTION balances_reject_movement();

-- Closed is final.
CREATE FUNCTION balances_reject_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a closed balance stays closed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'closed_balance_stays_closed';
END $$;

CREATE TRIGGER closed_balance_stays_closed AFTER UPDATE OF state ON balances FOR EACH ROW
    WHEN (OLD.state = 'CLOSED' AND NEW.state <> 'CLOSED')
    EXECUTE FUNCTION balances_reject_reopening();

-- transactions -------------------------------------------------------------------------------

-- One row per movement, and some rows that move nothing themselves: deferred transactions; headers, which stand for
-- their legs (leg_count) and have the sums of the legs; and amendments of others (CANCEL, RESCHEDULE, APPROVE, DENY).
-- The request and its effect never change; status, committed, voided, refunded, scheduled_at and rejection are the
-- cache of the life cycle and move only forward. source_* and destination_* are each side's version and running totals just
-- after the movement: the ten figures. A leg has header_id and no reference; every other row has a reference.
-- created_at (accepted) and effective_at are null where they equal recorded_at.
--
-- Which columns are set depends on the kind and the status: x always, o in some rows, . never. "moved" is APPLIED,
-- INFLIGHT or VOID, "deferred" is QUEUED, SCHEDULED or IN_REVIEW, and REJECTED or CANCELLED, which change nothing but
-- rejection. A header is any kind with leg_count. The constraints below enforce most of this, above all
-- transaction_is_whole.
--
--                                             moved                                             deferred
--                                             POSTING HOLD COMMIT VOID REFUND header amendment  POSTING HOLD REFUND SPLIT
--   source_id, destination_id                    x     x     x     x     x      o        .         x     x     o      o
--   the ten figures                              x     x     x     x     x      .        .         .     .     .      .
--   amount                                       x     x     x     x     x      o        .         o     o     o      o
--   currency, precision                          x     x     x     x     x      o        .         x     x     o      o
--   recorded_at                                  x     x     x     x     x      x        .         .     .     .      .
--   parent_id                                    o     o     x     x     x      o        x         o     o     o      .
--   committed, voided                            .     x     .     .     .      o        .         .     .     .      .
--   expires_at, commits_at, allow_over_commit    .     o     .     .     .      o        .         .     o     .      o
--   released                                     .     .     o     .     .      .        .         .     .     .      .
--   refunded                                     o     o     .     .     .      o        .         .     .     .      .
--   leg_count                                    .     .     .     .     .      x        .         .     .     .      x
--   deferred_as                                  o     o     .     .     o      o        .         x     x     x      x
--   scheduled_at                                 o     o     .     .     o      o        .         o     o     o      o
--   rejection                                    .     .     .     .     .      .        .         o     o     o      o
--   request_json                                 o     o     .     .     o      o        o         o     o     o      o
--
-- amount is null where a transaction takes the remainder and has not moved. In a header whose legs have more than one
-- currency, amount, currency and precision are null. A side is null in a header whose legs have more than one balance
-- on that side, and in a deferred compound refund. deferred_as keeps the first status of a deferred transaction.
CREATE TABLE transactions (
    id                          uuid           NOT NULL CONSTRAINT transactions_pkey PRIMARY KEY,
    reference                   text COLLATE "C" CONSTRAINT transaction_reference_once UNIQUE,
    kind                        text           NOT NULL,
    currency                    text,
    precision                   bigint,
    amount                      numeric(38, 0),
    source_id                   uuid,
    source_version              bigint,
    source_credit               numeric(38, 0),
    source_debit                numeric(38, 0),
    source_inflight_credit      numeric(38, 0),
    source_inflight_debit       numeric(38, 0),
    destination_id              uuid,
    destination_version         bigint,
    destination_credit          numeric(38, 0),
    destination_debit           numeric(38, 0),
    destination_inflight_credit numeric(38, 0),
    destination_inflight_debit  numeric(38, 0),
    allow_overdraft             boolean        NOT NULL,
    overdraft_limit             numeric(38, 0),
    takes_remainder             boolean,
    parent_id                   uuid,
    batch_id                    uuid,
    description                 text,
    group_name                  text,
    tag                         text,
    metadata_digest             bytea,
    created_by                  text,
    created_at                  timestamptz,
    recorded_at                 timestamptz,
    effective_at                timestamptz,
    metadata                    jsonb,
    status                      text           NOT NULL,
    committed                   numeric(38, 0),
    voided                      numeric(38, 0),
    expires_at                  timestamptz,
    commits_at                  timestamptz,
    allow_over_commit           boolean,
    released                    numeric(38, 0),
    refunded                    numeric(38, 0),
    header_id                   uuid,
    leg_count                   integer,
    deferred_as                 text,
    request_json                text CONSTRAINT transaction_request_is_json CHECK (request_json IS JSON),
    scheduled_at                timestamptz,
    rejection                   text CONSTRAINT transaction_rejection_is_json CHECK (rejection IS JSON),
    CONSTRAINT transaction_amount_positive CHECK (amount > 0),
    CONSTRAINT transaction_sides_differ CHECK (source_id <> destination_id),
    CONSTRAINT transaction_totals_not_negative CHECK (
        LEAST(source_credit, source_debit, source_inflight_credit, source_inflight_debit, destination_credit,
              destination_debit, destination_inflight_credit, destination_inflight_debit) >= 0),
    CONSTRAINT hold_resolves_at_most_itself CHECK (
        committed >= 0 AND voided >= 0 AND (committed + voided <= amount OR allow_over_commit IS TRUE)),
    CONSTRAINT hold_commits_before_it_expires CHECK (commits_at < expires_at),
    CONSTRAINT commit_releases_less_than_it_moves CHECK (
        released IS NULL OR (kind = 'COMMIT' AND released > 0 AND released < amount)),
    CONSTRAINT transaction_kind_known CHECK (
        kind IN ('POSTING', 'HOLD', 'COMMIT', 'VOID', 'REFUND', 'SPLIT', 'CANCEL', 'RESCHEDULE', 'APPROVE', 'DENY')),
    CONSTRAINT transaction_status_fits_kind CHECK (
        CASE status
            WHEN 'APPLIED' THEN kind <> 'VOID'
            WHEN 'INFLIGHT' THEN kind IN ('HOLD', 'SPLIT')
            WHEN 'VOID' THEN kind IN ('HOLD', 'SPLIT', 'VOID')
            ELSE kind IN ('POSTING', 'HOLD', 'SPLIT', 'REFUND') AND deferred_as IS NOT NULL
                 AND status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW', 'REJECTED', 'CANCELLED')
        END),
    CONSTRAINT transaction_parent_fits_kind CHECK (
        CASE WHEN kind IN ('POSTING', 'HOLD') THEN (parent_id IS NULL) = (header_id IS NULL)
             WHEN kind = 'SPLIT' THEN parent_id IS NULL
             ELSE parent_id IS NOT NULL OR leg_count IS NOT NULL OR (kind = 'REFUND' AND deferred_as IS NOT NULL)
        END),
    CONSTRAINT hold_status_follows_figures CHECK (
        CASE WHEN committed IS NULL AND voided IS NULL THEN kind <> 'HOLD' OR source_version IS NULL
             WHEN committed IS NULL OR voided IS NULL OR kind NOT IN ('HOLD', 'SPLIT') THEN false
             WHEN committed + voided < amount THEN status = 'INFLIGHT'
             WHEN committed > 0 THEN status = 'APPLIED'
             ELSE status = 'VOID'
        END),
    CONSTRAINT hold_times_belong_to_holds CHECK (
        (expires_at IS NULL AND commits_at IS NULL AND allow_over_commit IS NULL) OR kind IN ('HOLD', 'SPLIT')),
    CONSTRAINT refunds_stay_within_parent CHECK (
        refunded IS NULL OR (refunded > 0 AND refunded <= CASE kind WHEN 'POSTING' THEN amount WHEN 'HOLD' THEN committed
                                                          WHEN 'SPLIT' THEN COALESCE(committed, amount) ELSE 0 END)),
    CONSTRAINT transaction_leg_has_no_reference CHECK ((reference IS NULL) = (header_id IS NOT NULL)),
    CONSTRAINT transaction_header_is_no_leg CHECK (leg_count IS NULL OR (header_id IS NULL AND leg_count > 0)),
    CONSTRAINT transaction_deferred_as_known CHECK (deferred_as IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW')),
    CONSTRAINT transaction_rejection_fits_status CHECK (rejection IS NULL OR status = 'REJECTED'),
    CONSTRAINT transaction_is_whole CHECK (
        num_nonnulls(source_version, source_credit, source_debit, source_inflight_credit, source_inflight_debit,
                     destination_version, destination_credit, destination_debit, destination_inflight_credit,
                     destination_inflight_debit)
        = CASE WHEN leg_count IS NULL AND status IN ('APPLIED', 'INFLIGHT', 'VOID')
                    AND kind IN ('POSTING', 'HOLD', 'COMMIT', 'VOID', 'REFUND')
               THEN CASE WHEN num_nonnulls(source_id, destination_id, currency, precision, amount, recorded_at) = 6
                         THEN 10 ELSE -1 END
               ELSE 0 END)
);

-- The history of a balance: every movement with its running totals, in order.
CREATE INDEX transactions_by_source ON transactions (source_id, source_version);
CREATE INDEX transactions_by_destination ON transactions (destination_id, destination_version);
CREATE INDEX transactions_by_parent ON transactions (parent_id, id) WHERE parent_id IS NOT NULL;
CREATE INDEX transactions_by_batch ON transactions (batch_id, id) WHERE batch_id IS NOT NULL;
CREATE INDEX transactions_by_header ON transactions (header_id, id) WHERE header_id IS NOT NULL;
CREATE INDEX transactions_deferred_by_source ON transactions (source_id, id)
    WHERE status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');
CREATE INDEX transactions_deferred_by_destination ON transactions (destination_id, id)
    WHERE status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');

-- Changes of older transactions: a hold was committed or voided, wholly or in part; a deferred transaction was applied,
-- rejected or cancelled. details has what the kind and the figures do not tell.
CREATE TABLE transitions (
    id             uuid           NOT NULL CONSTRAINT transitions_pkey PRIMARY KEY,
    transaction_id uuid           NOT NULL,
    caused_by      uuid           NOT NULL,
    kind           text           NOT NULL
        CONSTRAINT transition_kind_known CHECK (kind IN (
            'COMMITTED', 'VOIDED', 'EXPIRED', 'REFUNDED', 'APPLIED', 'INFLIGHT', 'REJECTED', 'CANCELLED', 'RESCHEDULED',
            'APPROVED', 'DENIED')),
    status         text           NOT NULL,
    committed      numeric(38, 0) NOT NULL,
    voided         numeric(38, 0) NOT NULL,
    recorded_at    timestamptz    NOT NULL,
    refunded       numeric(38, 0) NOT NULL DEFAULT 0,
    details        text CONSTRAINT transition_details_are_json CHECK (details IS JSON)
);

CREATE INDEX transitions_by_transaction ON transitions (transaction_id, id);

-- Finished batches. accepted_at is set where a batch was accepted first and applied in the background, rejection where
-- it was rejected as a whole.
CREATE TABLE batches (
    id          uuid        NOT NULL CONSTRAINT batches_pkey PRIMARY KEY,
    mode        text        NOT NULL CONSTRAINT batch_mode_known CHECK (mode IN ('INDEPENDENT', 'ATOMIC')),
    operations  integer     NOT NULL,
    posted      integer     NOT NULL,
    replayed    integer     NOT NULL,
    rejected    integer     NOT NULL,
    recorded_at timestamptz NOT NULL,
    accepted_at timestamptz,
    rejection   text CONSTRAINT batch_rejection_is_json CHECK (rejection IS JSON),
    CONSTRAINT batch_counts_add_up CHECK (posted + replayed + rejected = operations),
    CONSTRAINT batch_rejected_is_atomic CHECK (rejection IS NULL OR (mode = 'ATOMIC' AND rejected = operations))
);

CREATE INDEX batches_by_status ON batches ((CASE WHEN rejection IS NULL THEN 'FINISHED' ELSE 'REJECTED' END), id);

-- Accepted batches that are not finished, with their operations. A row stands here until the commit that writes the
-- finished batch above. A process that works on a batch has a lease for some time; every commit for the batch proves
-- that the lease still stands.
CREATE TABLE batch_runs (
    id          uuid        NOT NULL CONSTRAINT batch_runs_pkey PRIMARY KEY,
    mode        text        NOT NULL CONSTRAINT batch_run_mode_known CHECK (mode IN ('INDEPENDENT', 'ATOMIC')),
    status      text        NOT NULL DEFAULT 'ACCEPTED'
        CONSTRAINT batch_run_status_known CHECK (status IN ('ACCEPTED', 'RUNNING')),
    payload     bytea       NOT NULL
        CONSTRAINT batch_run_payload_bounded CHECK (octet_length(payload) <= 16777216),
    operations  integer     NOT NULL,
    next_index  integer     NOT NULL DEFAULT 0,
    posted      integer     NOT NULL DEFAULT 0,
    replayed    integer     NOT NULL DEFAULT 0,
    rejected    integer     NOT NULL DEFAULT 0,
    accepted_at timestamptz NOT NULL,
    lease_token uuid,
    leased_until timestamptz,
    CONSTRAINT batch_run_counts_fit CHECK (
        LEAST(posted, replayed, rejected) >= 0 AND posted + replayed + rejected <= operations),
    CONSTRAINT batch_run_progress_fits CHECK (next_index BETWEEN 0 AND operations)
);

-- Operations that batches in the background rejected; index is the operation's place, from 0.
CREATE TABLE batch_rejections (
    batch_id  uuid    NOT NULL,
    index     integer NOT NULL,
    reference text    NOT NULL,
    rejection text    NOT NULL CONSTRAINT batch_rejection_told_as_json CHECK (rejection IS JSON),
    CONSTRAINT batch_rejection_once PRIMARY KEY (batch_id, index)
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

-- due ----------------------------------------------------------------------------------------

-- Work that is to be done for transactions automatically, and when; without a time as soon as possible, in the order of
-- seq, which is the order of acceptance for each source. A row is deleted when the work is done or no longer needed.
CREATE TABLE due (
    transaction_id uuid        NOT NULL,
    what           text        NOT NULL CONSTRAINT due_what_known CHECK (what IN ('EXPIRE', 'COMMIT', 'APPLY')),
    due_at         timestamptz,
    seq            bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT due_once PRIMARY KEY (transaction_id, what)
);

CREATE INDEX due_by_time ON due (due_at, seq);

-- The process that has the lease of a work list. Nothing depends on the lease, so it need not survive a crash.
CREATE UNLOGGED TABLE leases (
    name   text        NOT NULL CONSTRAINT leases_pkey PRIMARY KEY,
    holder uuid        NOT NULL,
    until  timestamptz NOT NULL
);

-- creations ----------------------------------------------------------------------------------

-- The request ids of creates and of accepted batches, kept for ever, also when what they created is deleted. content has
-- a salted digest of each requested field: enough to name the fields in which a later request with the same id differs.
CREATE TABLE creations (
    noun       text        NOT NULL
        CONSTRAINT creation_noun_known CHECK (noun IN ('LEDGER', 'BALANCE', 'IDENTITY', 'MONITOR', 'BATCH')),
    request_id text        NOT NULL,
    subject_id uuid        NOT NULL,
    content    jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT creation_request_once PRIMARY KEY (noun, request_id)
);

-- journal ------------------------------------------------------------------------------------

-- Entries of the journal that are neither transactions nor transitions: a monitor fired, a balance was created. payload
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
-- order_key is drawn after the locks: if two commits share a balance, the later one has the higher key.
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
-- must be renewed (ledgerd migrate --new-epoch), so that old cursors are rejected, not misread.
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

CREATE FUNCTION history_reject_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is rejected: history does not change', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER transitions_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON transitions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER events_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER journal_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER positions_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON positions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER batches_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON batches
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER batch_rejections_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON batch_rejections
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER transactions_do_not_change BEFORE DELETE OR TRUNCATE ON transactions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER balances_do_not_vanish BEFORE DELETE OR TRUNCATE ON balances
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();

-- A transaction's cache moves only forward: resolved amounts never shrink, a resolved hold stays resolved, and a deferred
-- transaction is applied once. Metadata may be edited; its digest, and everything else, may not.
CREATE FUNCTION transactions_reject_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept record := NEW;
    is_deferred boolean := OLD.status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');
BEGIN
    kept.metadata := OLD.metadata;
    kept.status := OLD.status;
    kept.committed := OLD.committed;
    kept.voided := OLD.voided;
    kept.refunded := OLD.refunded;
    IF is_deferred THEN
        IF OLD.amount IS NULL AND OLD.takes_remainder THEN
            kept.amount := OLD.amount;
        END IF;
        IF OLD.leg_count IS NULL AND OLD.kind = 'REFUND' THEN
            kept.leg_count := OLD.leg_count;
        END IF;
        kept.scheduled_at := OLD.scheduled_at;
        kept.rejection := OLD.rejection;
        kept.recorded_at := OLD.recorded_at;
        kept.source_version := OLD.source_version;
        kept.source_credit := OLD.source_credit;
        kept.source_debit := OLD.source_debit;
        kept.source_inflight_credit := OLD.source_inflight_credit;
        kept.source_inflight_debit := OLD.source_inflight_debit;
        kept.destination_version := OLD.destination_version;
        kept.destination_credit := OLD.destination_credit;
        kept.destination_debit := OLD.destination_debit;
        kept.destination_inflight_credit := OLD.destination_inflight_credit;
        kept.destination_inflight_debit := OLD.destination_inflight_debit;
    END IF;
    IF kept IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a recorded transaction does not change'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_do_not_change';
    END IF;
    IF NEW.committed < OLD.committed OR NEW.voided < OLD.voided OR COALESCE(NEW.refunded, 0) < OLD.refunded
       OR (NEW.status <> OLD.status AND NOT is_deferred AND OLD.status <> 'INFLIGHT') THEN
        RAISE EXCEPTION 'a transaction moves only forward'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'transactions_move_only_forward';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER transactions_move_only_forward BEFORE UPDATE ON transactions
    FOR EACH ROW EXECUTE FUNCTION transactions_reject_rewrite();

-- the service's own role ---------------------------------------------------------------------

-- The service may not even try what the triggers reject. Where the owner of the database may create roles, servers take
-- this one on; elsewhere the triggers stand alone.
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
            creations, journal, journal_unplaced, positions, due, leases, batch_runs, batch_rejections TO ledgerd_service;
        GRANT UPDATE ON ledgers, identities, balances, monitors, journal_head, due, leases, batch_runs TO ledgerd_service;
        GRANT UPDATE (metadata, status, committed, voided, refunded, scheduled_at, rejection, recorded_at, amount,
                      leg_count, source_version, source_credit, source_debit, source_inflight_credit, source_inflight_debit,
                      destination_version, destination_credit, destination_debit, destination_inflight_credit,
                      destination_inflight_debit) ON transactions TO ledgerd_service;
        GRANT DELETE ON identities, monitors, journal_unplaced, due, batch_runs TO ledgerd_service;
        GRANT USAGE ON SEQUENCE journal_order TO ledgerd_service;
    END IF;
END $$;

-- The role serves every ledger of the server. An owner who may not grant it to itself, because another owner made it,
-- does without, unless it has the role already.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        EXECUTE format('GRANT ledgerd_service TO %I', current_user);
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN RAISE NOTICE 'the service role cannot be given to % here', current_user;
END $$;
