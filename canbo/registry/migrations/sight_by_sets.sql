-- The second wall (sight.sql) shows what it showed, asked of a set at once: who may be looked at is found once a query, or person by
-- person where few are asked about, as the planner counts. Until now each row was compared with every body in scope.

-- Read as it was written: without taking the text apart first, in half the time.
CREATE OR REPLACE FUNCTION canbo_scope() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(('{' || current_setting('canbo.scope', true) || '}')::bigint[], '{}') $$;

-- Who ever served, and who serves, in a body in scope: lines that the asker sees anyway. The views belong to the owner of the tables,
-- so that a policy that reads them is not read through the policies of memberships once more; and keep their own condition before any
-- of the asker's (security_barrier). The second half gives nobody: it tells the planner, which takes any scope for ten bodies and does not look
-- into `(SELECT false)`, that the list may be as long as that of all people, so that a few persons are asked about one by one.
CREATE VIEW canbo_served WITH (security_barrier) AS
    SELECT m.person_id FROM registry_membership m WHERE m.organization_id = ANY ((SELECT canbo_scope())::bigint[])
    UNION ALL SELECT p.id FROM registry_person p WHERE (SELECT false);
CREATE VIEW canbo_serving WITH (security_barrier) AS
    SELECT m.person_id FROM registry_membership m WHERE m.organization_id = ANY ((SELECT canbo_scope())::bigint[])
    AND (upper_inf(m.valid) OR upper(m.valid) > CURRENT_DATE)
    UNION ALL SELECT p.id FROM registry_person p WHERE (SELECT false);
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE ALL ON canbo_served, canbo_serving FROM canbo_app;
        GRANT SELECT ON canbo_served, canbo_serving TO canbo_app;
    END IF;
END $$;

-- Who sees a row about the person in `person_column`: see canbo_guard in sight.sql. Whether somebody serves elsewhere is asked last,
-- of those alone who served in scope and do so no more.
CREATE FUNCTION canbo_sight_of(guarded text, person_column text, of_the_file boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT format(CASE WHEN of_the_file
        THEN '(SELECT canbo_sees_all()) OR %1$I.%2$I = (SELECT canbo_self())
            OR EXISTS (SELECT FROM canbo_serving s WHERE s.person_id = %1$I.%2$I)
            OR (EXISTS (SELECT FROM canbo_served s WHERE s.person_id = %1$I.%2$I) AND NOT canbo_in_service(%1$I.%2$I))'
        ELSE '(SELECT canbo_sees_all()) OR %1$I.%2$I = (SELECT canbo_self())
            OR EXISTS (SELECT FROM canbo_served s WHERE s.person_id = %1$I.%2$I)' END, guarded, person_column) $$;

CREATE OR REPLACE FUNCTION canbo_guard(guarded text, person_column text, of_the_file boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY seen ON %I FOR SELECT USING (%s)', guarded, canbo_sight_of(guarded, person_column, of_the_file));
    EXECUTE format('CREATE POLICY entered ON %I FOR INSERT WITH CHECK (true)', guarded);
    EXECUTE format('CREATE POLICY changed ON %I FOR UPDATE USING (%s) WITH CHECK (true)', guarded,
        canbo_sight_of(guarded, person_column, true));
    EXECUTE format('CREATE POLICY removed ON %I FOR DELETE USING ((SELECT canbo_sees_all()))', guarded);
END $$;

-- What canbo_guard guards already: it alone lets everybody enter.
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

-- A line of a staff list keeps its function for careers made elsewhere: a line is mostly asked for by its body or its person.
ALTER POLICY seen ON registry_membership USING ((SELECT canbo_sees_all())
    OR organization_id IN (SELECT unnest((SELECT canbo_scope()))) OR person_id = (SELECT canbo_self())
    OR canbo_file_within(person_id, (SELECT canbo_scope())));
ALTER POLICY seen ON registry_membership_past USING ((SELECT canbo_sees_all())
    OR organization_id IN (SELECT unnest((SELECT canbo_scope()))) OR person_id = (SELECT canbo_self())
    OR canbo_file_within(person_id, (SELECT canbo_scope())));
