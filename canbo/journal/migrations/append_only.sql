-- The journal only grows. Two walls: the application role is not given the right, and a trigger refuses everyone,
-- the owner included. Whoever switches the triggers off is found by the tree (docs/guide/journal.md).

CREATE FUNCTION journal_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The journal only grows: % on % is refused, to everyone.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation',
              HINT = 'To put something right, record a new entry that says so.';
END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['journal_entry', 'journal_content', 'journal_position',
                                'journal_node', 'journal_seal', 'journal_checkpoint']
    LOOP
        EXECUTE format('CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows()', name);
        -- ALWAYS: also under session_replication_role = replica, which silences ordinary triggers.
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER only_grows', name);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
            EXECUTE format('REVOKE ALL ON %I FROM canbo_app', name);
            EXECUTE format('GRANT SELECT, INSERT ON %I TO canbo_app', name);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE ALL ON SEQUENCE journal_entry_id_seq, journal_checkpoint_id_seq FROM canbo_app;
        GRANT USAGE ON SEQUENCE journal_entry_id_seq, journal_checkpoint_id_seq TO canbo_app;
    END IF;
END
$$;
