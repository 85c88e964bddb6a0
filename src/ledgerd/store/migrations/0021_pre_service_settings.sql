-- migrate:up

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

CREATE TRIGGER service_settings_do_not_vanish BEFORE DELETE OR TRUNCATE ON service_settings
    FOR EACH STATEMENT EXECUTE FUNCTION history_reject_change();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledgerd_service') THEN
        GRANT SELECT, UPDATE ON service_settings TO ledgerd_service;
    END IF;
END $$;

-- migrate:down

DROP TABLE service_settings;
