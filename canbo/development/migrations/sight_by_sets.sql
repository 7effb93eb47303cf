-- As registry/migrations/sight_by_sets.sql: what is known of a person's development is seen as the file is.
CREATE OR REPLACE FUNCTION development_guard(guarded text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE filed text := canbo_sight_of(guarded, 'person_id', true);
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY seen ON %I FOR SELECT USING (%s)', guarded, filed);
    EXECUTE format('CREATE POLICY added ON %I FOR INSERT WITH CHECK (%s)', guarded, filed);
    EXECUTE format('CREATE POLICY changed ON %I FOR UPDATE USING (%s)', guarded, filed);
END $$;

DO $$
DECLARE guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['assessment', 'place', 'enrolment', 'selfstudy', 'potential']
    LOOP
        guarded := 'development_' || guarded;
        EXECUTE format('ALTER POLICY seen ON %I USING (%s)', guarded, canbo_sight_of(guarded, 'person_id', true));
        EXECUTE format('ALTER POLICY added ON %I WITH CHECK (%s)', guarded, canbo_sight_of(guarded, 'person_id', true));
        EXECUTE format('ALTER POLICY changed ON %I USING (%s)', guarded, canbo_sight_of(guarded, 'person_id', true));
    END LOOP;
END $$;
