-- The way back from sight_by_sets.sql to walls.sql.
CREATE OR REPLACE FUNCTION development_guard(guarded text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    filed text := format('(SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self()) OR EXISTS (SELECT FROM registry_membership m
        WHERE m.person_id = %I.person_id AND m.organization_id = ANY ((SELECT canbo_scope())::bigint[])
        AND (upper_inf(m.valid) OR upper(m.valid) > CURRENT_DATE OR NOT canbo_in_service(m.person_id)))', guarded);
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY seen ON %I FOR SELECT USING (%s)', guarded, filed);
    EXECUTE format('CREATE POLICY added ON %I FOR INSERT WITH CHECK (%s)', guarded, filed);
    EXECUTE format('CREATE POLICY changed ON %I FOR UPDATE USING (%s)', guarded, filed);
END $$;

DO $$
DECLARE guarded text; filed text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['assessment', 'place', 'enrolment', 'selfstudy', 'potential']
    LOOP
        guarded := 'development_' || guarded;
        filed := format('(SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self()) OR EXISTS (SELECT FROM registry_membership m
            WHERE m.person_id = %I.person_id AND m.organization_id = ANY ((SELECT canbo_scope())::bigint[])
            AND (upper_inf(m.valid) OR upper(m.valid) > CURRENT_DATE OR NOT canbo_in_service(m.person_id)))', guarded);
        EXECUTE format('ALTER POLICY seen ON %I USING (%s)', guarded, filed);
        EXECUTE format('ALTER POLICY added ON %I WITH CHECK (%s)', guarded, filed);
        EXECUTE format('ALTER POLICY changed ON %I USING (%s)', guarded, filed);
    END LOOP;
END $$;
