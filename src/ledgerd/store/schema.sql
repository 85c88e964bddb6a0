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

-- The revision of a ledger, balance, identity or monitor counts the changes of its settings; etags are made of it.

-- No further movement may be effective before closed_before. Null: no period was ever closed.
CREATE TABLE ledgers (
    id          uuid        NOT NULL CONSTRAINT ledgers_pkey PRIMARY KEY,
    name        text        NOT NULL CONSTRAINT ledger_name_bounded CHECK (char_length(name) BETWEEN 1 AND 255),
    metadata    jsonb       NOT NULL DEFAULT '{}',
    request_id  text        CONSTRAINT ledger_request_once UNIQUE,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    closed_before timestamptz,
    revision    bigint      NOT NULL DEFAULT 1
);

-- The General Ledger owns the internal balances (@World, @Revenue) and always exists.
INSERT INTO ledgers (id, name, created_at, updated_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'General Ledger', 'epoch', 'epoch');

-- service settings ---------------------------------------------------------------------------

-- The settings of the whole service: one row, whose id stands for it in events. default_currency is that of drafts which
-- give none and name no balance by id.
CREATE TABLE service_settings (
    id               uuid        NOT NULL CONSTRAINT service_settings_pkey PRIMARY KEY
        CONSTRAINT service_settings_single CHECK (id = '00000000-0000-7000-8000-000000000002'),
    default_currency text
        CONSTRAINT default_currency_well_formed CHECK (default_currency ~ '^[A-Z][A-Z0-9_.-]{0,31}$'),
    revision         bigint      NOT NULL DEFAULT 1,
    updated_at       timestamptz NOT NULL
);

INSERT INTO service_settings (id, updated_at) VALUES ('00000000-0000-7000-8000-000000000002', 'epoch');

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
    salt          uuid        NOT NULL DEFAULT gen_random_uuid(),
    revision      bigint      NOT NULL DEFAULT 1
);

-- What checks of identities found. The rows never change; the digest of their identity's settings covers them, and they
-- are deleted with it.
CREATE TABLE identity_verifications (
    id          uuid        NOT NULL CONSTRAINT identity_verifications_pkey PRIMARY KEY,
    identity_id uuid        NOT NULL
        CONSTRAINT verification_identity_exists REFERENCES identities ON DELETE CASCADE,
    kind        text        NOT NULL
        CONSTRAINT verification_kind_known CHECK (kind IN (
            'DOCUMENT', 'ADDRESS', 'AGE', 'BIOMETRIC', 'EMAIL', 'PHONE', 'BANK_ACCOUNT', 'TAX_NUMBER', 'REGISTRATION',
            'BENEFICIAL_OWNERS', 'SANCTIONS', 'PEP', 'ADVERSE_MEDIA', 'SOURCE_OF_FUNDS', 'OTHER')),
    outcome     text        NOT NULL
        CONSTRAINT verification_outcome_known CHECK (outcome IN ('PENDING', 'PASSED', 'FAILED', 'REVIEW')),
    tier        text,
    checked_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    provider    text,
    provider_reference text,
    description text,
    request_id  text        CONSTRAINT verification_request_once UNIQUE,
    created_at  timestamptz NOT NULL,
    CONSTRAINT verification_expires_after_check CHECK (expires_at > checked_at)
);

CREATE INDEX identity_verifications_by_identity ON identity_verifications (identity_id, id);
CREATE INDEX identity_verifications_by_provider_reference ON identity_verifications (provider_reference, id)
    WHERE provider_reference IS NOT NULL;

-- balances -----------------------------------------------------------------------------------

-- version grows with everything that a decision about the balance reads: movements, holds, floor,
-- ceiling, status, monitors. No changing column is indexed, so that updates stay heap-only.
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
    status              text           NOT NULL DEFAULT 'OPEN',
    ceiling             numeric(38, 0),
    revision            bigint         NOT NULL DEFAULT 1,
    CONSTRAINT balance_indicator_once UNIQUE (indicator, currency),
    CONSTRAINT balance_totals_not_negative
        CHECK (LEAST(credit, debit, inflight_credit, inflight_debit) >= 0),
    CONSTRAINT balance_totals_bounded
        CHECK (GREATEST(credit, debit, inflight_credit, inflight_debit) <= 1e37),
    CONSTRAINT balance_stays_above_floor CHECK (credit - debit - inflight_debit >= floor),
    CONSTRAINT balance_stays_below_ceiling CHECK (ceiling IS NULL OR credit - debit + inflight_credit <= ceiling),
    CONSTRAINT balance_status_known CHECK (status IN ('OPEN', 'FROZEN', 'CLOSED')),
    CONSTRAINT closed_balance_is_empty
        CHECK (status <> 'CLOSED' OR (credit = debit AND inflight_credit = 0 AND inflight_debit = 0)),
    CONSTRAINT internal_balance_never_closes CHECK (status <> 'CLOSED' OR indicator IS NULL),
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
    RAISE EXCEPTION 'a balance that is % does not move', lower(OLD.status)
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'frozen_balance_does_not_move';
END $$;

CREATE TRIGGER frozen_balance_does_not_move
    AFTER UPDATE OF credit, debit, inflight_credit, inflight_debit ON balances FOR EACH ROW
    WHEN (OLD.status <> 'OPEN'
          AND (NEW.credit <> OLD.credit OR NEW.debit <> OLD.debit
               OR NEW.inflight_credit > OLD.inflight_credit OR NEW.inflight_debit > OLD.inflight_debit))
    EXECUTE FUNCTION balances_reject_movement();

-- Closed is final.
CREATE FUNCTION balances_reject_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a closed balance stays closed'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'closed_balance_stays_closed';
END $$;

CREATE TRIGGER closed_balance_stays_closed AFTER UPDATE OF status ON balances FOR EACH ROW
    WHEN (OLD.status = 'CLOSED' AND NEW.status <> 'CLOSED')
    EXECUTE FUNCTION balances_reject_reopening();

-- transactions -------------------------------------------------------------------------------

-- One row per movement, and some rows that move nothing themselves: deferred transactions; headers, which stand for
-- their legs (leg_count) and have the sums of the legs; and amendments of others (CANCEL, RESCHEDULE, APPROVE, DENY).
-- The request and its effect never change; status, committed, voided, refunded, scheduled_at, rejection, and what
-- adjustments made of a hold, are the cache of the life cycle and move only forward. source_* and destination_* are each side's version and running totals just
-- after the movement: the ten figures. A leg has header_id and no reference; every other row has a reference.
-- created_at (accepted) and effective_at are null where they equal recorded_at.
--
-- Which columns are set depends on the kind and the status: x always, o in some rows, . never. "moved" is APPLIED,
-- INFLIGHT or VOID, "deferred" is QUEUED, SCHEDULED or IN_REVIEW, and REJECTED or CANCELLED, which change nothing but
-- rejection. A header is any kind with leg_count. The constraints below enforce most of this, above all
-- transaction_is_whole.
--
--                              moved                                                       deferred
--                              POSTING HOLD COMMIT VOID REFUND ADJUSTMENT header amendment POSTING HOLD REFUND SPLIT
--   source_id, destination_id     x      x     x     x     x        x        o       .        x      x     o     o
--   the ten figures               x      x     x     x     x        x        .       .        .      .     .     .
--   amount                        x      x     x     x     x        o        o       .        o      o     o     o
--   currency, precision           x      x     x     x     x        x        o       .        x      x     o     o
--   recorded_at                   x      x     x     x     x        x        x       .        .      .     .     .
--   parent_id                     o      o     x     x     x        x        o       o        o      o     o     .
--   committed, voided             .      x     .     .     .        .        o       .        .      .     .     .
--   expires_at, commits_at        .      o     .     .     .        o        o       .        .      o     .     o
--   allow_over_commit             .      o     .     .     .        .        o       .        .      o     .     o
--   released                      .      .     o     .     .        o        .       .        .      .     .     .
--   refunded                      o      o     .     .     .        .        o       .        .      .     .     .
--   leg_count                     .      .     .     .     .        .        x       .        .      .     .     o
--   deferred_as                   o      o     .     .     o        .        o       .        x      x     x     x
--   scheduled_at                  o      o     .     .     o        .        o       .        o      o     o     o
--   rejection                     .      .     .     .     .        .        .       .        o      o     o     o
--   request_json                  o      o     o     o     o        o        o       o        o      o     o     o
--   adjusted, adjustments         .      o     .     .     .        .        .       .        .      .     .     .
--   adjusted_expires_at           .      o     .     .     .        .        .       .        .      .     .     .
--   adjusted_commits_at           .      o     .     .     .        .        .       .        .      .     .     .
--
-- amount is null where a transaction takes all (takes_remainder) and has not moved: all that remains, or all that is
-- available, where request_json says so. In a header whose legs have more than one
-- currency, amount, currency and precision are null. A side is null in a header whose legs have more than one balance
-- on that side, and in a deferred compound refund. A deferred split has leg_count and its legs from the beginning, or, where
-- it divides late because it takes what is available, from its application on; so has a deferred compound refund. An amendment of a batch has no parent. deferred_as keeps the first status of a deferred transaction.
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
    adjusted                    numeric(38, 0),
    adjusted_expires_at         timestamptz,
    adjusted_commits_at         timestamptz,
    adjustments                 integer,
    CONSTRAINT transaction_amount_positive CHECK (amount > 0),
    CONSTRAINT transaction_sides_differ CHECK (source_id <> destination_id),
    CONSTRAINT transaction_totals_not_negative CHECK (
        LEAST(source_credit, source_debit, source_inflight_credit, source_inflight_debit, destination_credit,
              destination_debit, destination_inflight_credit, destination_inflight_debit) >= 0),
    CONSTRAINT hold_resolves_at_most_itself CHECK (
        committed >= 0 AND voided >= 0
        AND (committed + voided <= COALESCE(adjusted, amount) OR allow_over_commit IS TRUE)),
    CONSTRAINT hold_commits_before_it_expires CHECK (
        COALESCE(adjusted_commits_at, commits_at) < COALESCE(adjusted_expires_at, expires_at)),
    CONSTRAINT adjustments_are_of_holds CHECK (
        (adjustments IS NULL AND adjusted IS NULL AND adjusted_expires_at IS NULL AND adjusted_commits_at IS NULL)
        OR (kind = 'HOLD' AND header_id IS NULL AND adjustments > 0 AND adjusted > 0) IS TRUE),
    CONSTRAINT commit_releases_less_than_it_moves CHECK (
        released IS NULL OR kind = 'ADJUSTMENT' OR (kind = 'COMMIT' AND released > 0 AND released < amount)),
    CONSTRAINT adjustment_releases_its_amount CHECK (kind <> 'ADJUSTMENT' OR abs(released) IS NOT DISTINCT FROM amount),
    CONSTRAINT transaction_kind_known CHECK (
        kind IN ('POSTING', 'HOLD', 'COMMIT', 'VOID', 'REFUND', 'SPLIT', 'CANCEL', 'RESCHEDULE', 'APPROVE', 'DENY',
                 'ADJUSTMENT')),
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
                  OR (kind IN ('CANCEL', 'RESCHEDULE', 'APPROVE', 'DENY') AND (request_json::json ->> 'batch') IS NOT NULL)
        END),
    CONSTRAINT hold_status_follows_figures CHECK (
        CASE WHEN committed IS NULL AND voided IS NULL THEN kind <> 'HOLD' OR source_version IS NULL
             WHEN committed IS NULL OR voided IS NULL OR kind NOT IN ('HOLD', 'SPLIT') THEN false
             WHEN committed + voided < COALESCE(adjusted, amount) THEN status = 'INFLIGHT'
             WHEN committed > 0 THEN status = 'APPLIED'
             ELSE status = 'VOID'
        END),
    CONSTRAINT hold_times_belong_to_holds CHECK (
        (expires_at IS NULL AND commits_at IS NULL AND allow_over_commit IS NULL) OR kind IN ('HOLD', 'SPLIT')
        OR (kind = 'ADJUSTMENT' AND allow_over_commit IS NULL)),
    CONSTRAINT refunds_stay_within_parent CHECK (
        refunded IS NULL OR (refunded > 0 AND refunded <= CASE kind WHEN 'POSTING' THEN amount WHEN 'HOLD' THEN committed
                                                          WHEN 'SPLIT' THEN COALESCE(committed, amount) ELSE 0 END)),
    CONSTRAINT transaction_takes_what_it_says CHECK (
        takes_remainder IS NOT TRUE OR kind IN ('COMMIT', 'VOID', 'REFUND')
        OR (kind IN ('POSTING', 'HOLD', 'SPLIT') AND request_json::json -> 'available' IS NOT NULL)),
    CONSTRAINT transaction_stays_within_at_most CHECK (
        takes_remainder IS NOT TRUE OR amount IS NULL OR request_json IS NULL
        OR amount <= COALESCE((request_json::json -> 'available' ->> 'at_most')::numeric, amount)),
    CONSTRAINT transaction_leg_has_no_reference CHECK ((reference IS NULL) = (header_id IS NOT NULL)),
    CONSTRAINT split_has_its_legs CHECK (
        kind <> 'SPLIT'
        OR CASE WHEN deferred_as IS NOT NULL
                     AND (request_json::json -> 'available' IS NOT NULL
                          OR jsonb_path_exists(request_json::jsonb, '$.sources[*].part ? (@ starts with "available ")'))
                THEN (leg_count IS NULL) = (recorded_at IS NULL)
                ELSE leg_count IS NOT NULL
           END),
    CONSTRAINT transaction_header_is_no_leg CHECK (leg_count IS NULL OR (header_id IS NULL AND leg_count > 0)),
    CONSTRAINT transaction_deferred_as_known CHECK (deferred_as IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW')),
    CONSTRAINT transaction_rejection_fits_status CHECK (rejection IS NULL OR status = 'REJECTED'),
    CONSTRAINT transaction_is_whole CHECK (
        num_nonnulls(source_version, source_credit, source_debit, source_inflight_credit, source_inflight_debit,
                     destination_version, destination_credit, destination_debit, destination_inflight_credit,
                     destination_inflight_debit)
        = CASE WHEN leg_count IS NULL AND status IN ('APPLIED', 'INFLIGHT', 'VOID')
                    AND kind IN ('POSTING', 'HOLD', 'COMMIT', 'VOID', 'REFUND', 'ADJUSTMENT')
               THEN CASE WHEN num_nonnulls(source_id, destination_id, currency, precision, recorded_at) = 5
                              AND (amount IS NOT NULL OR kind = 'ADJUSTMENT')
                         THEN 10 ELSE -1 END
               ELSE 0 END)
);

-- The movements of a balance with their running totals, along its versions: those that were never deferred, and those
-- that were applied late. The two stand apart because a transaction that was never deferred has the same place among
-- the creations and among the records of its balance, and one that was deferred has two. A plain posting stands in
-- one index for each side. store/walks.py reads a balance's list from these indexes and the next ones.
CREATE INDEX transactions_by_source ON transactions (source_id, source_version)
    WHERE source_version IS NOT NULL AND deferred_as IS NULL;
CREATE INDEX transactions_by_destination ON transactions (destination_id, destination_version)
    WHERE destination_version IS NOT NULL AND deferred_as IS NULL;
CREATE INDEX transactions_late_by_source ON transactions (source_id, source_version)
    WHERE source_version IS NOT NULL AND deferred_as IS NOT NULL;
CREATE INDEX transactions_late_by_destination ON transactions (destination_id, destination_version)
    WHERE destination_version IS NOT NULL AND deferred_as IS NOT NULL;

-- The other transactions of a balance, in the order of creation: all that were deferred, and headers.
CREATE INDEX transactions_aside_by_source ON transactions (source_id, COALESCE(created_at, recorded_at), id)
    WHERE source_version IS NULL OR deferred_as IS NOT NULL;
CREATE INDEX transactions_aside_by_destination ON transactions (destination_id, COALESCE(created_at, recorded_at), id)
    WHERE destination_version IS NULL OR deferred_as IS NOT NULL;

-- Those of a balance that move nothing themselves, in the order of recording; at the end those without a record time.
CREATE INDEX transactions_unmoved_by_source ON transactions (source_id, COALESCE(recorded_at, 'infinity'), id)
    WHERE source_version IS NULL;
CREATE INDEX transactions_unmoved_by_destination ON transactions (destination_id, COALESCE(recorded_at, 'infinity'), id)
    WHERE destination_version IS NULL;

CREATE INDEX transactions_by_parent ON transactions (parent_id, id) WHERE parent_id IS NOT NULL;
CREATE INDEX transactions_by_batch ON transactions (batch_id, id) WHERE batch_id IS NOT NULL;
CREATE INDEX transactions_by_header ON transactions (header_id, id) WHERE header_id IS NOT NULL;
CREATE INDEX transactions_deferred_by_source ON transactions (source_id, id)
    WHERE status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');
CREATE INDEX transactions_deferred_by_destination ON transactions (destination_id, id)
    WHERE status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');

-- Deferred splits that divide late: which balances they name stands only in their text.
CREATE INDEX transactions_undivided ON transactions (id)
    WHERE kind = 'SPLIT' AND leg_count IS NULL AND status IN ('QUEUED', 'SCHEDULED', 'IN_REVIEW');

-- The identities that transactions concern: what their request_json names, to be found by identity. Of a split the header
-- has them. An identity that a transaction concerns is not deleted.
CREATE TABLE transaction_identities (
    transaction_id uuid NOT NULL,
    identity_id    uuid NOT NULL CONSTRAINT transaction_identity_exists REFERENCES identities,
    CONSTRAINT transaction_identity_once PRIMARY KEY (transaction_id, identity_id)
);

CREATE INDEX transaction_identities_by_identity ON transaction_identities (identity_id, transaction_id);

-- Changes of older transactions: a hold was committed or voided, wholly or in part, or adjusted; a deferred transaction
-- was applied, rejected or cancelled. details has what the kind and the figures do not tell: of a hold that was ever
-- adjusted, what it holds in all and its times.
CREATE TABLE transitions (
    id             uuid           NOT NULL CONSTRAINT transitions_pkey PRIMARY KEY,
    transaction_id uuid           NOT NULL,
    caused_by      uuid           NOT NULL,
    kind           text           NOT NULL
        CONSTRAINT transition_kind_known CHECK (kind IN (
            'COMMITTED', 'VOIDED', 'EXPIRED', 'REFUNDED', 'APPLIED', 'INFLIGHT', 'REJECTED', 'CANCELLED', 'RESCHEDULED',
            'APPROVED', 'DENIED', 'ADJUSTED')),
    status         text           NOT NULL,
    committed      numeric(38, 0) NOT NULL,
    voided         numeric(38, 0) NOT NULL,
    recorded_at    timestamptz    NOT NULL,
    refunded       numeric(38, 0) NOT NULL DEFAULT 0,
    details        text CONSTRAINT transition_details_are_json CHECK (details IS JSON)
);

CREATE INDEX transitions_by_transaction ON transitions (transaction_id, id);

-- Finished batches. accepted_at is set where a batch was accepted first and applied in the background, rejection where
-- it was rejected as a whole. metadata is kept as it was sent: the event has the digest of this text.
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
    metadata    text CONSTRAINT batch_metadata_is_json CHECK (metadata IS JSON),
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
    metadata    text CONSTRAINT batch_run_metadata_is_json CHECK (metadata IS JSON),
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
    updated_at  timestamptz NOT NULL,
    revision    bigint      NOT NULL DEFAULT 1
);

CREATE INDEX monitors_by_balance ON monitors (balance_id, id);

-- external sources, uploads, records ----------------------------------------------------------

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
    revision        bigint      NOT NULL DEFAULT 1,
    age_bucket_days integer[]   NOT NULL DEFAULT '{1,7,30,90}'
        CONSTRAINT external_source_buckets_bounded CHECK (cardinality(age_bucket_days) BETWEEN 1 AND 10),
    confirmation_policy text NOT NULL DEFAULT 'ANY_CALLER'
        CONSTRAINT external_source_policy_known CHECK (confirmation_policy IN ('ANY_CALLER', 'ANOTHER_CALLER')),
    match_on_arrival jsonb,
    expected_every  jsonb
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

-- How many uploads of each source were finished, and days began on which it was looked at; up to which of these runs were
-- begun automatically, and when the next run is due. run_id is the last of these runs, open_run_id the same until what
-- follows its end is done; is_repeated: it had no result and is begun again. At look_at a day of the source begins. At expected_at the source becomes late.
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
    is_repeated boolean NOT NULL DEFAULT false,
    CONSTRAINT arrivals_are_matched_in_order CHECK (matched <= arrivals),
    CONSTRAINT only_an_expected_source_is_late CHECK (late_since IS NULL OR expected_at IS NOT NULL)
);

CREATE INDEX source_arrivals_to_match ON source_arrivals (match_at) WHERE match_at IS NOT NULL AND open_run_id IS NULL;
CREATE INDEX source_arrivals_to_look_at ON source_arrivals (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX source_arrivals_begun ON source_arrivals (open_run_id) WHERE open_run_id IS NOT NULL;
CREATE INDEX source_arrivals_expected ON source_arrivals (expected_at) WHERE expected_at IS NOT NULL AND late_since IS NULL;

-- Files and typed records, from their first chunk on. A process that reads an upload has a lease for some time; every
-- commit for the upload proves that the lease still stands. crashes counts the readings that ended with their process.
-- published_chunks are those whose records stand in the source before the end of the upload, published_lines the places of
-- the upload that they have.
CREATE TABLE uploads (
    id               uuid        NOT NULL CONSTRAINT uploads_pkey PRIMARY KEY,
    source_id        uuid        NOT NULL
        CONSTRAINT upload_source_exists REFERENCES external_sources ON DELETE CASCADE,
    file_name        text,
    content          text        NOT NULL CONSTRAINT upload_content_known CHECK (content IN ('FILE', 'RECORDS')),
    fault_policy     text        NOT NULL
        CONSTRAINT upload_fault_policy_known CHECK (fault_policy IN ('KEEP_GOOD', 'REJECT_ALL')),
    status           text        NOT NULL DEFAULT 'RECEIVING'
        CONSTRAINT upload_status_known CHECK (status IN ('RECEIVING', 'READING', 'FINISHED', 'REJECTED', 'CANCELLED')),
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
    published_chunks integer     NOT NULL DEFAULT 0,
    published_lines  bigint      NOT NULL DEFAULT 0,
    dry_run          boolean     NOT NULL DEFAULT false,
    CONSTRAINT upload_done_has_its_time CHECK (
        (status IN ('FINISHED', 'REJECTED', 'CANCELLED')) = (finished_at IS NOT NULL)),
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
-- Whether a record is matched is not said here. A record without a source came with a dry run, which alone reads it.
CREATE TABLE external_records (
    id                bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT external_records_pkey PRIMARY KEY,
    source_id         uuid,
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

-- The day of a record, wherever one is needed: that of its booking, or of its value. A record without any date is of the
-- day on which its statement closed, or it arrived.
CREATE FUNCTION record_day(booking_date date, booked_at timestamptz, value_date date, closing_date date,
                           created_at timestamptz, time_zone text) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(booking_date, (booked_at AT TIME ZONE time_zone)::date, value_date, closing_date,
                    (created_at AT TIME ZONE time_zone)::date)
$$;

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

-- Matching rules. version is the latest one. A rule that was deleted stays, because runs name its versions.
CREATE TABLE matching_rules (
    id         uuid        NOT NULL CONSTRAINT matching_rules_pkey PRIMARY KEY,
    version    integer     NOT NULL CONSTRAINT matching_rule_version_counted CHECK (version >= 1),
    request_id text        CONSTRAINT matching_rule_request_once UNIQUE,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz
);

-- The versions of matching rules, which never change. body is the whole rule, as store/rule_json.py writes it.
CREATE TABLE matching_rule_versions (
    rule_id     uuid        NOT NULL CONSTRAINT matching_rule_version_rule_exists REFERENCES matching_rules,
    version     integer     NOT NULL,
    name        text        NOT NULL
        CONSTRAINT matching_rule_name_bounded CHECK (char_length(name) BETWEEN 1 AND 255),
    description text,
    body        text        NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT matching_rule_version_once PRIMARY KEY (rule_id, version)
);

-- Sets of matching rules, like the rules themselves.
CREATE TABLE matching_rule_sets (
    id         uuid        NOT NULL CONSTRAINT matching_rule_sets_pkey PRIMARY KEY,
    version    integer     NOT NULL CONSTRAINT matching_rule_set_version_counted CHECK (version >= 1),
    request_id text        CONSTRAINT matching_rule_set_request_once UNIQUE,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz
);

CREATE TABLE matching_rule_set_versions (
    set_id      uuid        NOT NULL CONSTRAINT matching_rule_set_version_set_exists REFERENCES matching_rule_sets,
    version     integer     NOT NULL,
    name        text        NOT NULL
        CONSTRAINT matching_rule_set_name_bounded CHECK (char_length(name) BETWEEN 1 AND 255),
    description text,
    created_at  timestamptz NOT NULL,
    CONSTRAINT matching_rule_set_version_once PRIMARY KEY (set_id, version)
);

-- The rules of each version of a set, in their order. rule_version is null where runs take the latest one.
CREATE TABLE matching_rule_set_rules (
    set_id       uuid    NOT NULL,
    version      integer NOT NULL,
    place        integer NOT NULL CONSTRAINT set_rule_place_bounded CHECK (place BETWEEN 1 AND 100),
    rule_id      uuid    NOT NULL CONSTRAINT set_rule_exists REFERENCES matching_rules,
    rule_version integer,
    CONSTRAINT set_rule_place_once PRIMARY KEY (set_id, version, place),
    CONSTRAINT set_rule_once UNIQUE (set_id, version, rule_id),
    CONSTRAINT set_rule_set_exists FOREIGN KEY (set_id, version) REFERENCES matching_rule_set_versions,
    CONSTRAINT set_rule_version_exists FOREIGN KEY (rule_id, rule_version) REFERENCES matching_rule_versions
);

CREATE INDEX matching_rule_set_rules_by_rule ON matching_rule_set_rules (rule_id);

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

-- reconciliations -----------------------------------------------------------------------------

-- Runs that compare external records with the entries of balances. A process that works on a run has a lease for some
-- time; every commit for the run proves that the lease still stands. position, decisions and record_bound say as of when
-- the run reads: noted once, in one snapshot, with reconciliation_balances; method says how it finds and counts, and is
-- absent from runs of before it was noted. replays: the run that this one does again.
CREATE TABLE reconciliations (
    id           uuid        NOT NULL CONSTRAINT reconciliations_pkey PRIMARY KEY,
    source_id    uuid        NOT NULL,
    upload_id    uuid,
    replays      uuid        CONSTRAINT replayed_reconciliation_exists REFERENCES reconciliations,
    rule_set_id  uuid,
    rule_set_version integer,
    scope        json        NOT NULL,
    rules        json        NOT NULL,
    dry_run      boolean     NOT NULL,
    status       text        NOT NULL DEFAULT 'PENDING'
        CONSTRAINT reconciliation_status_known CHECK (status IN (
            'PENDING', 'RUNNING', 'FINISHED', 'FAILED', 'CANCELLED')),
    stage        text        NOT NULL DEFAULT 'PENDING'
        CONSTRAINT reconciliation_stage_known CHECK (stage IN ('PENDING', 'READING', 'MATCHING', 'WRITING', 'DONE')),
    rows_done    bigint      NOT NULL DEFAULT 0,
    position     bigint,
    decisions    bigint,
    record_bound bigint,
    counts       json,
    digest       bytea,
    differences  json,
    rejection    text,
    cancel_asked boolean     NOT NULL DEFAULT false,
    crashes      integer     NOT NULL DEFAULT 0,
    lease_token  uuid,
    leased_until timestamptz,
    created_by   text,
    created_at   timestamptz NOT NULL,
    started_at   timestamptz,
    finished_at  timestamptz,
    method       json,
    adjustments  integer     NOT NULL DEFAULT 0,
    confirmation_policy text NOT NULL DEFAULT 'ANY_CALLER'
        CONSTRAINT reconciliation_policy_known CHECK (confirmation_policy IN ('ANY_CALLER', 'ANOTHER_CALLER')),
    CONSTRAINT reconciliation_notes_all_or_nothing CHECK (num_nonnulls(position, decisions, record_bound) IN (0, 3)),
    CONSTRAINT reconciliation_finishes_whole CHECK (
        (status = 'FINISHED') = (num_nonnulls(position, counts, digest, finished_at) = 4 AND rejection IS NULL)),
    CONSTRAINT reconciliation_ends_with_its_time CHECK (
        (status IN ('FINISHED', 'FAILED', 'CANCELLED')) = (finished_at IS NOT NULL)),
    CONSTRAINT reconciliation_fails_with_a_reason CHECK ((status = 'FAILED') = (rejection IS NOT NULL))
);

CREATE INDEX reconciliations_by_source ON reconciliations (source_id, id);
CREATE INDEX reconciliations_open ON reconciliations (id) WHERE status IN ('PENDING', 'RUNNING');

-- As of when a run reads each of its balances: its movements up to this version.
CREATE TABLE reconciliation_balances (
    reconciliation_id uuid   NOT NULL CONSTRAINT scope_reconciliation_exists REFERENCES reconciliations,
    balance_id        uuid   NOT NULL CONSTRAINT scope_balance_exists REFERENCES balances,
    version           bigint NOT NULL,
    CONSTRAINT reconciliation_balance_once PRIMARY KEY (reconciliation_id, balance_id)
);

-- What a run found, numbered in the order of its rules and of the rows' ids. A match of one record with one entry names
-- them; the rows of any other match are its members. Only the status changes.
CREATE TABLE matches (
    reconciliation_id uuid           NOT NULL,
    number            integer        NOT NULL,
    level             smallint       NOT NULL,
    record_number     bigint,
    transaction_id    uuid,
    balance_id        uuid,
    drift             numeric(38, 0) NOT NULL,
    distance          bigint         NOT NULL,
    is_ambiguous      boolean        NOT NULL DEFAULT false,
    status            text           NOT NULL DEFAULT 'PROPOSED'
        CONSTRAINT match_status_known CHECK (status IN ('PROPOSED', 'CONFIRMED', 'REJECTED', 'RELEASED')),
    decision          bigint,
    CONSTRAINT matches_pkey PRIMARY KEY (reconciliation_id, number),
    CONSTRAINT match_names_both_rows CHECK (num_nonnulls(record_number, transaction_id, balance_id) IN (0, 3))
);

CREATE TABLE match_members (
    reconciliation_id uuid    NOT NULL,
    match_number      integer NOT NULL,
    place             integer NOT NULL,
    record_number     bigint,
    transaction_id    uuid,
    balance_id        uuid,
    CONSTRAINT match_members_pkey PRIMARY KEY (reconciliation_id, match_number, place),
    CONSTRAINT member_is_of_one_side CHECK (
        (record_number IS NULL) <> (transaction_id IS NULL) AND (transaction_id IS NULL) = (balance_id IS NULL))
);

-- The rows of a run that are in no match, and why.
CREATE TABLE unmatched_rows (
    reconciliation_id uuid    NOT NULL,
    number            integer NOT NULL,
    record_number     bigint,
    transaction_id    uuid,
    balance_id        uuid,
    outcome           text    NOT NULL
        CONSTRAINT unmatched_outcome_known CHECK (outcome IN ('UNMATCHED', 'AMBIGUOUS', 'LIMIT_REACHED', 'DUPLICATE')),
    CONSTRAINT unmatched_rows_pkey PRIMARY KEY (reconciliation_id, number),
    CONSTRAINT unmatched_row_is_of_one_side CHECK (
        (record_number IS NULL) <> (transaction_id IS NULL) AND (transaction_id IS NULL) = (balance_id IS NULL))
);

-- Decisions are numbered in the order of their commits: whoever sees a decision sees all that have smaller numbers.
CREATE TABLE row_decision_head (
    only_row boolean NOT NULL DEFAULT true CONSTRAINT row_decision_head_pkey PRIMARY KEY
        CONSTRAINT row_decision_head_single CHECK (only_row),
    number   bigint  NOT NULL
);

INSERT INTO row_decision_head (number) VALUES (0);

CREATE FUNCTION next_row_decision() RETURNS bigint LANGUAGE sql AS $$
    UPDATE row_decision_head SET number = number + 1 RETURNING number
$$;

-- What people and rules decided about rows, in order. A later decision may end an earlier one; nothing is rewritten.
CREATE TABLE row_decisions (
    number            bigint      NOT NULL DEFAULT next_row_decision() CONSTRAINT row_decisions_pkey PRIMARY KEY,
    source_id         uuid        NOT NULL,
    reconciliation_id uuid,
    kind              text        NOT NULL
        CONSTRAINT row_decision_known CHECK (kind IN (
            'CONFIRM_MATCHES', 'REJECT_MATCHES', 'CREATE_MATCH', 'RELEASE_MATCH', 'IGNORE_ROWS', 'RESTORE_ROWS',
            'POST_ADJUSTMENTS', 'REJECT_ADJUSTMENTS', 'REVERSE_ADJUSTMENT')),
    matches           integer     NOT NULL DEFAULT 0,
    reason            text        NOT NULL DEFAULT '',
    decided_by        text,
    decided_at        timestamptz NOT NULL,
    records           integer     NOT NULL DEFAULT 0,
    entries           integer     NOT NULL DEFAULT 0,
    skipped          integer     NOT NULL DEFAULT 0,
    match_number      integer,
    adjustments       integer     NOT NULL DEFAULT 0
);

CREATE INDEX row_decisions_by_source ON row_decisions (source_id, number);

-- Rows that are matched for good, or ignored, from one decision until another. A row is matched or ignored once at a time.
CREATE TABLE record_claims (
    record_number     bigint  NOT NULL,
    claimed_by        bigint  NOT NULL,
    released_by       bigint,
    reconciliation_id uuid,
    match_number      integer,
    CONSTRAINT record_claim_begins_before_it_ends CHECK (released_by > claimed_by),
    CONSTRAINT record_claimed_once EXCLUDE USING btree (record_number WITH =) WHERE (released_by IS NULL)
);

CREATE INDEX record_claims_past ON record_claims (record_number) WHERE released_by IS NOT NULL;
CREATE INDEX record_claims_released ON record_claims (released_by) WHERE released_by IS NOT NULL;

CREATE TABLE entry_claims (
    transaction_id    uuid    NOT NULL,
    balance_id        uuid    NOT NULL,
    claimed_by        bigint  NOT NULL,
    released_by       bigint,
    reconciliation_id uuid,
    match_number      integer,
    CONSTRAINT entry_claim_begins_before_it_ends CHECK (released_by > claimed_by),
    CONSTRAINT entry_claimed_once EXCLUDE USING btree (transaction_id WITH =, balance_id WITH =) WHERE (released_by IS NULL)
);

CREATE INDEX entry_claims_past ON entry_claims (transaction_id, balance_id) WHERE released_by IS NOT NULL;
CREATE INDEX entry_claims_released ON entry_claims (released_by) WHERE released_by IS NOT NULL;

-- Rows that stay open after a run. One of kind DIFFERENCE is about a match, and names its first record; amount is then how
-- far apart the amounts are. Of a row one is open at a time. resolved_by is the decision that resolved it automatically.
CREATE TABLE reconciliation_exceptions (
    id                uuid           NOT NULL CONSTRAINT reconciliation_exceptions_pkey PRIMARY KEY,
    source_id         uuid           NOT NULL,
    reconciliation_id uuid           NOT NULL,
    kind              text           NOT NULL
        CONSTRAINT exception_kind_known CHECK (kind IN (
            'UNMATCHED', 'AMBIGUOUS', 'LIMIT_REACHED', 'DUPLICATE', 'DIFFERENCE')),
    record_number     bigint,
    transaction_id    uuid,
    balance_id        uuid,
    match_number      integer,
    amount            numeric(38, 0) NOT NULL,
    currency          text           NOT NULL,
    precision         bigint         NOT NULL,
    row_date          date           NOT NULL,
    status            text           NOT NULL DEFAULT 'OPEN'
        CONSTRAINT exception_status_known CHECK (status IN ('OPEN', 'IN_PROGRESS', 'RESOLVED')),
    owner             text,
    comment           text,
    resolution        text,
    resolved_by       bigint,
    due_at            timestamptz    NOT NULL,
    created_at        timestamptz    NOT NULL,
    updated_at        timestamptz    NOT NULL,
    resolved_at       timestamptz,
    revision          bigint         NOT NULL DEFAULT 1,
    CONSTRAINT exception_of_record_once EXCLUDE USING btree (record_number WITH =) WHERE (status <> 'RESOLVED'),
    CONSTRAINT exception_of_entry_once EXCLUDE USING btree (transaction_id WITH =, balance_id WITH =, source_id WITH =)
        WHERE (status <> 'RESOLVED'),
    CONSTRAINT exception_is_about_one_row CHECK (
        (record_number IS NULL) <> (transaction_id IS NULL) AND (transaction_id IS NULL) = (balance_id IS NULL)),
    CONSTRAINT exception_of_a_match_names_it CHECK ((kind = 'DIFFERENCE') = (match_number IS NOT NULL)),
    CONSTRAINT exception_resolved_has_its_time CHECK ((status = 'RESOLVED') = (resolved_at IS NOT NULL)),
    CONSTRAINT exception_resolved_has_a_reason CHECK (status <> 'RESOLVED' OR num_nonnulls(resolution, resolved_by) >= 1)
);

CREATE INDEX reconciliation_exceptions_by_source ON reconciliation_exceptions (source_id, id);
CREATE INDEX reconciliation_exceptions_by_run ON reconciliation_exceptions (reconciliation_id, id);
CREATE INDEX reconciliation_exceptions_by_age ON reconciliation_exceptions (source_id, row_date)
    WHERE status <> 'RESOLVED';

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
-- Reconciliation statements that are kept. figures and the items of its lists are as they were drawn up, moment says as of
-- when, digest is that of everything that the statement rests on. Confirming is all that is done to one.
CREATE TABLE reconciliation_statements (
    id             uuid        NOT NULL CONSTRAINT reconciliation_statements_pkey PRIMARY KEY,
    source_id      uuid        NOT NULL CONSTRAINT statement_source_exists REFERENCES external_sources,
    currency       text        NOT NULL,
    day            date        NOT NULL,
    basis          text        NOT NULL
        CONSTRAINT statement_basis_known CHECK (basis IN ('RECORD', 'EFFECTIVE')),
    status         text        NOT NULL DEFAULT 'DRAFT'
        CONSTRAINT statement_status_known CHECK (status IN ('DRAFT', 'CONFIRMED')),
    figures        json        NOT NULL,
    moment         json        NOT NULL,
    digest         bytea       NOT NULL CONSTRAINT statement_digest_is_sha256 CHECK (octet_length(digest) = 32),
    created_by     text,
    created_at     timestamptz NOT NULL,
    confirmed_by   text,
    confirmed_at   timestamptz,
    confirm_reason text,
    CONSTRAINT statement_confirmed_whole CHECK (
        (status = 'CONFIRMED') = (num_nonnulls(confirmed_at, confirm_reason) = 2)
        AND (status = 'CONFIRMED' OR num_nonnulls(confirmed_by, confirmed_at, confirm_reason) = 0))
);

CREATE INDEX reconciliation_statements_by_source ON reconciliation_statements (source_id, id);

-- The first items of the lists of a statement, in their order.
CREATE TABLE reconciliation_statement_items (
    statement_id uuid    NOT NULL
        CONSTRAINT statement_item_statement_exists REFERENCES reconciliation_statements,
    list         text    NOT NULL
        CONSTRAINT statement_item_list_known CHECK (list IN (
            'only_in_bank', 'only_in_ledger', 'differences', 'ignored_in_bank', 'ignored_in_ledger')),
    place        integer NOT NULL,
    item         json    NOT NULL,
    CONSTRAINT reconciliation_statement_items_pkey PRIMARY KEY (statement_id, list, place)
);

-- What runs propose to post: for the difference of a match, or for a record that has no entry. amount is what the balance
-- gets, with the sign of a credit. is_automatic: it is small enough to be posted without confirmation; is_due: that is
-- to be done now; counted_on: the day (UTC) on whose limit it counts, once that was begun. given_effective_at is the time that
-- somebody gave in place of effective_at. first_record is the record, or the first one of the match; attempt whose turn it is to post or to reverse: the
-- write path commits for nobody else. made_match is the match of the record with the entry, or of the entry with its refund once it is
-- reversed; decision the last one about it; rejection why the ledger rejected it the last time, as JSON.
CREATE TABLE reconciliation_adjustments (
    id                uuid           NOT NULL CONSTRAINT reconciliation_adjustments_pkey PRIMARY KEY,
    source_id         uuid           NOT NULL,
    reconciliation_id uuid           NOT NULL,
    level             smallint       NOT NULL,
    rule_id           uuid           NOT NULL,
    rule_version      integer        NOT NULL,
    kind              text           NOT NULL
        CONSTRAINT adjustment_kind_known CHECK (kind IN ('FEE', 'INTEREST', 'WRITE_OFF')),
    match_number      integer,
    record_number     bigint,
    first_record      bigint         NOT NULL,
    balance_id        uuid           NOT NULL,
    counterpart       text           NOT NULL,
    amount            numeric(38, 0) NOT NULL CONSTRAINT adjustment_moves_something CHECK (amount <> 0),
    currency          text           NOT NULL,
    precision         bigint         NOT NULL,
    effective_at      timestamptz    NOT NULL,
    allow_overdraft   boolean        NOT NULL,
    description       text,
    is_automatic      boolean        NOT NULL,
    created_at        timestamptz    NOT NULL DEFAULT now(),
    is_due            boolean        NOT NULL DEFAULT false,
    status            text           NOT NULL DEFAULT 'PROPOSED',
    reason            text           NOT NULL DEFAULT '',
    decided_by        text,
    attempt           uuid,
    counted_on        date,
    given_effective_at timestamptz,
    rejection         text           CONSTRAINT adjustment_rejection_is_json CHECK (rejection IS JSON),
    transaction_id    uuid           CONSTRAINT adjustment_of_transaction_once UNIQUE,
    made_match        integer,
    reversal_id       uuid           CONSTRAINT adjustment_of_refund_once UNIQUE,
    decision          bigint,
    updated_at        timestamptz    NOT NULL DEFAULT now(),
    CONSTRAINT adjustment_of_match_once UNIQUE (reconciliation_id, match_number),
    CONSTRAINT adjustment_of_record_once UNIQUE (reconciliation_id, record_number),
    CONSTRAINT adjustment_is_of_match_or_record CHECK ((match_number IS NULL) <> (record_number IS NULL)),
    CONSTRAINT adjustment_posted_has_its_transaction CHECK (
        (status IN ('POSTED', 'REVERSING', 'REVERSED')) = (transaction_id IS NOT NULL)),
    CONSTRAINT adjustment_reversed_has_its_refund CHECK ((status = 'REVERSED') = (reversal_id IS NOT NULL)),
    CONSTRAINT adjustment_under_way_is_attempted CHECK ((status IN ('POSTING', 'REVERSING')) = (attempt IS NOT NULL)),
    CONSTRAINT adjustment_ends_by_decision CHECK (status IN ('PROPOSED', 'POSTING') OR decision IS NOT NULL)
);

CREATE INDEX reconciliation_adjustments_by_run ON reconciliation_adjustments (reconciliation_id, id);
CREATE INDEX reconciliation_adjustments_by_source ON reconciliation_adjustments (source_id, id);
CREATE INDEX reconciliation_adjustments_due ON reconciliation_adjustments (id) WHERE is_due;
CREATE INDEX reconciliation_adjustments_begun ON reconciliation_adjustments (updated_at)
    WHERE status IN ('POSTING', 'REVERSING');
CREATE INDEX reconciliation_adjustments_by_record ON reconciliation_adjustments (first_record);
CREATE INDEX reconciliation_adjustments_by_attempt ON reconciliation_adjustments (attempt) WHERE attempt IS NOT NULL;
CREATE INDEX reconciliation_adjustments_reserving ON reconciliation_adjustments (record_number) WHERE status = 'POSTING';
CREATE INDEX reconciliation_adjustments_by_day ON reconciliation_adjustments (rule_id, counted_on) WHERE counted_on IS NOT NULL;

-- creations ----------------------------------------------------------------------------------

-- The request ids of creates and of accepted batches, kept for ever, also when what they created is deleted. content has
-- a salted digest of each requested field: enough to name the fields in which a later request with the same id differs.
-- Where several things were created together, subject_ids has them in order: of each identity, the identity and its
-- balances.
CREATE TABLE creations (
    noun       text        NOT NULL
        CONSTRAINT creation_noun_known CHECK (noun IN (
            'LEDGER', 'BALANCE', 'IDENTITY', 'VERIFICATION', 'MONITOR', 'BATCH', 'BALANCES', 'IDENTITIES',
            'EXTERNAL_SOURCE', 'UPLOAD', 'RECONCILIATION', 'MATCHING_RULE', 'MATCHING_RULE_SET', 'ROW_DECISION',
            'RECONCILIATION_STATEMENT', 'STATEMENT_CONFIRMATION',
            'ADJUSTMENTS_CHOSEN', 'ADJUSTMENTS_POSTED', 'ADJUSTMENTS_REJECTED', 'ADJUSTMENT_REVERSED')),
    request_id text        NOT NULL,
    subject_id uuid        NOT NULL,
    content    jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    subject_ids uuid[],
    CONSTRAINT creation_begins_with_its_subject CHECK (subject_ids[1] = subject_id),
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
CREATE TRIGGER transaction_identities_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON transaction_identities
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER identity_verifications_do_not_change BEFORE UPDATE OR TRUNCATE ON identity_verifications
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER balances_do_not_vanish BEFORE DELETE OR TRUNCATE ON balances
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER service_settings_do_not_vanish BEFORE DELETE OR TRUNCATE ON service_settings
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER external_records_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON external_records
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER bank_statements_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_statements
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER upload_faults_do_not_change BEFORE UPDATE OR TRUNCATE ON upload_faults
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER matching_rule_versions_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON matching_rule_versions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER matching_rule_set_versions_do_not_change
    BEFORE UPDATE OR DELETE OR TRUNCATE ON matching_rule_set_versions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER matching_rule_set_rules_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON matching_rule_set_rules
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();

-- A transaction's cache moves only forward: resolved amounts never shrink, a resolved hold stays resolved, and a deferred
-- transaction is applied once, and an open hold takes new terms with each adjustment. Metadata may be edited; its digest, and everything else, may not.
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
    IF OLD.status = 'INFLIGHT' AND NEW.adjustments > COALESCE(OLD.adjustments, 0) THEN
        kept.adjusted := OLD.adjusted;
        kept.adjusted_expires_at := OLD.adjusted_expires_at;
        kept.adjusted_commits_at := OLD.adjusted_commits_at;
        kept.adjustments := OLD.adjustments;
    END IF;
    IF is_deferred THEN
        IF OLD.amount IS NULL AND OLD.takes_remainder THEN
            kept.amount := OLD.amount;
        END IF;
        IF OLD.leg_count IS NULL AND OLD.kind IN ('REFUND', 'SPLIT') THEN
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
CREATE TRIGGER reconciliations_do_not_change BEFORE UPDATE ON reconciliations FOR EACH ROW
    WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER reconciliations_do_not_vanish BEFORE DELETE OR TRUNCATE ON reconciliations
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER reconciliation_balances_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_balances
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER matches_do_not_change
    BEFORE UPDATE OF reconciliation_id, number, level, record_number, transaction_id, balance_id, drift, distance,
        is_ambiguous OR TRUNCATE ON matches
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER match_members_do_not_change BEFORE UPDATE OR TRUNCATE ON match_members
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER unmatched_rows_do_not_change BEFORE UPDATE OR TRUNCATE ON unmatched_rows
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER row_decisions_do_not_change BEFORE UPDATE OR DELETE OR TRUNCATE ON row_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER row_decision_head_does_not_vanish BEFORE DELETE OR TRUNCATE ON row_decision_head
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER record_claims_do_not_change
    BEFORE UPDATE OF record_number, claimed_by, reconciliation_id, match_number OR DELETE OR TRUNCATE ON record_claims
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER record_claims_end_once BEFORE UPDATE ON record_claims FOR EACH ROW
    WHEN (OLD.released_by IS NOT NULL) EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER entry_claims_do_not_change
    BEFORE UPDATE OF transaction_id, balance_id, claimed_by, reconciliation_id, match_number OR DELETE OR TRUNCATE
    ON entry_claims
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER entry_claims_end_once BEFORE UPDATE ON entry_claims FOR EACH ROW
    WHEN (OLD.released_by IS NOT NULL) EXECUTE FUNCTION history_reject_change();

CREATE TRIGGER exceptions_end_once BEFORE UPDATE ON reconciliation_exceptions FOR EACH ROW
    WHEN (OLD.resolved_at IS NOT NULL) EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER exceptions_do_not_vanish BEFORE DELETE OR TRUNCATE ON reconciliation_exceptions
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER adjustments_do_not_change
    BEFORE UPDATE OF id, source_id, reconciliation_id, level, rule_id, rule_version, kind, match_number, record_number,
        first_record, balance_id, counterpart, amount, currency, precision, effective_at, allow_overdraft, description, is_automatic,
        created_at OR TRUNCATE ON reconciliation_adjustments
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
-- The statuses of an adjustment. While it is proposed, being posted or being reversed it may change without a step, for
-- another attempt; when it is posted, rejected or reversed it may not.
CREATE FUNCTION adjustments_reject_leap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.status = 'PROPOSED' OR TG_OP = 'UPDATE' AND (OLD.status, NEW.status) IN (
        ('PROPOSED', 'PROPOSED'), ('PROPOSED', 'POSTING'), ('PROPOSED', 'REJECTED'),
        ('POSTING', 'POSTING'), ('POSTING', 'PROPOSED'), ('POSTING', 'POSTED'),
        ('POSTED', 'REVERSING'), ('REVERSING', 'REVERSING'), ('REVERSING', 'POSTED'), ('REVERSING', 'REVERSED'))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of an adjustment to % is rejected', TG_OP, NEW.status
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER adjustments_go_step_by_step BEFORE INSERT OR UPDATE ON reconciliation_adjustments
    FOR EACH ROW EXECUTE FUNCTION adjustments_reject_leap();
CREATE TRIGGER adjustments_keep_their_transaction BEFORE UPDATE ON reconciliation_adjustments FOR EACH ROW
    WHEN (OLD.transaction_id IS DISTINCT FROM NEW.transaction_id AND OLD.transaction_id IS NOT NULL)
    EXECUTE FUNCTION history_reject_change();

CREATE TRIGGER reconciliation_statements_do_not_change
    BEFORE UPDATE OF id, source_id, currency, day, basis, figures, moment, digest, created_by, created_at
    ON reconciliation_statements
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER reconciliation_statements_confirmed_once BEFORE UPDATE ON reconciliation_statements FOR EACH ROW
    WHEN (OLD.confirmed_at IS NOT NULL) EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER reconciliation_statements_do_not_vanish BEFORE DELETE OR TRUNCATE ON reconciliation_statements
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();
CREATE TRIGGER reconciliation_statement_items_do_not_change
    BEFORE UPDATE OR DELETE OR TRUNCATE ON reconciliation_statement_items
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();

-- What a run found may be dropped until the run is finished: whoever takes it over begins anew.
CREATE FUNCTION results_reject_loss() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reconciliations r
               WHERE r.status = 'FINISHED' AND r.id IN (SELECT g.reconciliation_id FROM gone g)) THEN
        RAISE EXCEPTION 'DELETE of % is rejected: what a finished run found does not change', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER matches_do_not_vanish AFTER DELETE ON matches REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_loss();
CREATE TRIGGER match_members_do_not_vanish AFTER DELETE ON match_members REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_loss();
CREATE TRIGGER unmatched_rows_do_not_vanish AFTER DELETE ON unmatched_rows REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_loss();
CREATE TRIGGER adjustments_do_not_vanish AFTER DELETE ON reconciliation_adjustments REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_loss();

CREATE FUNCTION results_reject_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reconciliations r
               WHERE r.status = 'FINISHED' AND r.id IN (SELECT g.reconciliation_id FROM came g)) THEN
        RAISE EXCEPTION 'INSERT into % is rejected: what a finished run found does not change', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER adjustments_do_not_come_late AFTER INSERT ON reconciliation_adjustments REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_late();
CREATE TRIGGER unmatched_rows_do_not_come_late AFTER INSERT ON unmatched_rows REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION results_reject_late();

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
        GRANT INSERT ON ledgers, identities, identity_verifications, balances, transactions, transaction_identities,
            transitions, batches, monitors, events, creations, journal, journal_unplaced, positions, due, leases, batch_runs, batch_rejections,
            external_sources, external_source_balances, uploads, upload_parts, arriving_records, arriving_faults,
            bank_statements, external_records, upload_faults, reconciliations, reconciliation_balances, matches,
            match_members, unmatched_rows, row_decisions, record_claims, entry_claims, matching_rules,
            matching_rule_versions, matching_rule_sets, matching_rule_set_versions, matching_rule_set_rules,
            reconciliation_exceptions, source_arrivals, settlement_windows, reconciliation_statements, reconciliation_statement_items,
            reconciliation_adjustments
            TO ledgerd_service;
        GRANT UPDATE ON ledgers, identities, balances, monitors, journal_head, due, leases, batch_runs, external_sources, uploads
            TO ledgerd_service;
        GRANT UPDATE (data) ON upload_parts TO ledgerd_service;
        GRANT UPDATE ON reconciliations, row_decision_head, reconciliation_exceptions, source_arrivals TO ledgerd_service;
        GRANT UPDATE (due_at) ON settlement_windows TO ledgerd_service;
        GRANT UPDATE (status, decision) ON matches TO ledgerd_service;
        GRANT UPDATE (released_by) ON record_claims, entry_claims TO ledgerd_service;
        GRANT UPDATE (status, confirmed_by, confirmed_at, confirm_reason) ON reconciliation_statements TO ledgerd_service;
        GRANT UPDATE (is_due, status, reason, decided_by, attempt, counted_on, given_effective_at, rejection,
                      transaction_id, made_match, reversal_id, decision, updated_at) ON reconciliation_adjustments TO ledgerd_service;
        GRANT UPDATE ON service_settings TO ledgerd_service;
        GRANT UPDATE (version, deleted_at) ON matching_rules, matching_rule_sets TO ledgerd_service;
        GRANT UPDATE (metadata, status, committed, voided, refunded, scheduled_at, rejection, recorded_at, amount,
                      leg_count, source_version, source_credit, source_debit, source_inflight_credit, source_inflight_debit,
                      destination_version, destination_credit, destination_debit, destination_inflight_credit,
                      destination_inflight_debit, adjusted, adjusted_expires_at, adjusted_commits_at, adjustments)
            ON transactions TO ledgerd_service;
        GRANT DELETE ON identities, monitors, journal_unplaced, due, batch_runs, external_sources, external_source_balances,
            arriving_records, arriving_faults, matches, match_members, unmatched_rows, settlement_windows,
            reconciliation_adjustments TO ledgerd_service;
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
