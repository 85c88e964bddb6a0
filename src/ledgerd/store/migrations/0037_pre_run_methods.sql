-- migrate:up

-- How a run finds and counts is noted with it, so that another version of the service finds the same.
ALTER TABLE reconciliations ADD COLUMN method json;

-- The day of a record, wherever one is needed: that of its booking, or of its value. A record without any date is of the
-- day on which its statement closed, or it arrived.
CREATE FUNCTION record_day(booking_date date, booked_at timestamptz, value_date date, closing_date date,
                           created_at timestamptz, time_zone text) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(booking_date, (booked_at AT TIME ZONE time_zone)::date, value_date, closing_date,
                    (created_at AT TIME ZONE time_zone)::date)
$$;

-- migrate:down

DROP FUNCTION record_day;

ALTER TABLE reconciliations DROP COLUMN method;
