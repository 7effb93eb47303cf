-- The way back from sight_by_sets.sql to sight.sql.
CREATE OR REPLACE FUNCTION canbo_scope() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(string_to_array(nullif(current_setting('canbo.scope', true), ''), ',')::bigint[], '{}') $$;

CREATE OR REPLACE FUNCTION canbo_sight_of(guarded text, person_column text, of_the_file boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT format('(SELECT canbo_sees_all()) OR %2$I = (SELECT canbo_self()) OR EXISTS (SELECT FROM registry_membership m
        WHERE m.person_id = %1$I.%2$I AND m.organization_id = ANY ((SELECT canbo_scope())::bigint[])', guarded, person_column)
        || CASE WHEN of_the_file
           THEN ' AND (upper_inf(m.valid) OR upper(m.valid) > CURRENT_DATE OR NOT canbo_in_service(m.person_id)))' ELSE ')' END $$;

DO $$
DECLARE kept record;
BEGIN
    FOR kept IN
        SELECT e.tablename AS name, CASE WHEN e.tablename IN ('registry_person', 'registry_person_past') THEN 'id' ELSE 'person_id' END AS person,
               s.qual LIKE '%canbo_in_service%' AS of_the_file
        FROM pg_policies e JOIN pg_policies s ON s.tablename = e.tablename AND s.schemaname = e.schemaname AND s.policyname = 'seen'
        WHERE e.schemaname = 'public' AND e.policyname = 'entered' AND e.with_check = 'true'
    LOOP
        EXECUTE format('ALTER POLICY seen ON %I USING (%s)', kept.name, canbo_sight_of(kept.name, kept.person, kept.of_the_file));
        EXECUTE format('ALTER POLICY changed ON %I USING (%s)', kept.name, canbo_sight_of(kept.name, kept.person, true));
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION canbo_guard(guarded text, person_column text, of_the_file boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    served text := format('(SELECT canbo_sees_all()) OR %2$I = (SELECT canbo_self()) OR EXISTS (SELECT FROM registry_membership m
        WHERE m.person_id = %1$I.%2$I AND m.organization_id = ANY ((SELECT canbo_scope())::bigint[])', guarded, person_column);
    filed text := served || ' AND (upper_inf(m.valid) OR upper(m.valid) > CURRENT_DATE OR NOT canbo_in_service(m.person_id)))';
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY seen ON %I FOR SELECT USING (%s)', guarded, CASE WHEN of_the_file THEN filed ELSE served || ')' END);
    EXECUTE format('CREATE POLICY entered ON %I FOR INSERT WITH CHECK (true)', guarded);
    EXECUTE format('CREATE POLICY changed ON %I FOR UPDATE USING (%s) WITH CHECK (true)', guarded, filed);
    EXECUTE format('CREATE POLICY removed ON %I FOR DELETE USING ((SELECT canbo_sees_all()))', guarded);
END $$;

ALTER POLICY seen ON registry_membership USING ((SELECT canbo_sees_all())
    OR organization_id = ANY ((SELECT canbo_scope())::bigint[]) OR person_id = (SELECT canbo_self())
    OR canbo_file_within(person_id, (SELECT canbo_scope())));
ALTER POLICY seen ON registry_membership_past USING ((SELECT canbo_sees_all())
    OR organization_id = ANY ((SELECT canbo_scope())::bigint[]) OR person_id = (SELECT canbo_self())
    OR canbo_file_within(person_id, (SELECT canbo_scope())));
DROP FUNCTION canbo_sight_of;
DROP VIEW canbo_served, canbo_serving;
