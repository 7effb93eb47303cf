-- One call writes an entry with its content: planned once a session instead of once a call, one message to and fro.
-- Runs with the rights of the caller. Gives no row values (id null) when the key was recorded before.

CREATE FUNCTION journal_record(
    given_key text, given_act text, given_by bigint, given_label text, given_kind text, given_about text, given_day date,
    given_commitment bytea, given_salt bytea, given_payload text, head bytea, middle bytea, tail bytea,
    OUT id bigint, OUT recorded_at timestamptz, OUT leaf_hash bytea
) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
BEGIN
    id := nextval('journal_entry_id_seq');
    recorded_at := clock_timestamp();
    leaf_hash := sha256(
        head || convert_to(id::text, 'UTF8') || middle
        || convert_to(to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'UTF8') || tail
    );
    INSERT INTO journal_entry (id, key, act, by_id, by_label, about_kind, about_id, on_day,
                               recorded_at, commitment, leaf_hash)
    VALUES (id, given_key, given_act, given_by, given_label, given_kind, given_about, given_day,
            recorded_at, given_commitment, leaf_hash)
    ON CONFLICT ON CONSTRAINT journal_entry_key_once DO NOTHING;
    IF NOT FOUND THEN
        id := NULL;
    ELSIF given_salt IS NOT NULL THEN
        INSERT INTO journal_content (entry_id, salt, payload) VALUES (id, given_salt, given_payload);
    END IF;
END
$$;
