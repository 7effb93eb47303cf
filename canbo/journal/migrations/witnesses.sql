-- What witnesses said only grows, like the rest of the journal: no right for the application, a trigger for everyone.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['journal_witness', 'journal_cosignature']
    LOOP
        EXECUTE format('CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION journal_only_grows()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER only_grows', name);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
            EXECUTE format('REVOKE ALL ON %I FROM canbo_app', name);
            EXECUTE format('GRANT SELECT, INSERT ON %I TO canbo_app', name);
            EXECUTE format('REVOKE ALL ON SEQUENCE %I FROM canbo_app', name || '_id_seq');
            EXECUTE format('GRANT USAGE ON SEQUENCE %I TO canbo_app', name || '_id_seq');
        END IF;
    END LOOP;
END
$$;
