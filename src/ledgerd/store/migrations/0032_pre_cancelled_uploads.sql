-- migrate:up

-- An upload that is received or read can be cancelled: nothing of it is kept but what stands in its source already.
ALTER TABLE uploads
    DROP CONSTRAINT upload_status_known,
    ADD CONSTRAINT upload_status_known
        CHECK (status IN ('RECEIVING', 'READING', 'FINISHED', 'REJECTED', 'CANCELLED')),
    DROP CONSTRAINT upload_done_has_its_time,
    ADD CONSTRAINT upload_done_has_its_time CHECK (
        (status IN ('FINISHED', 'REJECTED', 'CANCELLED')) = (finished_at IS NOT NULL));

-- migrate:down

ALTER TABLE uploads
    DROP CONSTRAINT upload_status_known,
    ADD CONSTRAINT upload_status_known CHECK (status IN ('RECEIVING', 'READING', 'FINISHED', 'REJECTED')),
    DROP CONSTRAINT upload_done_has_its_time,
    ADD CONSTRAINT upload_done_has_its_time CHECK ((status IN ('FINISHED', 'REJECTED')) = (finished_at IS NOT NULL));
