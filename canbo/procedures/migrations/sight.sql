-- A case is seen by the bodies that see its post, and by the person it is about. See registry/migrations/sight.sql.
-- No policy lets anybody remove a case: a refused nomination stays on record.
ALTER TABLE procedures_case ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON procedures_case FOR SELECT USING ((SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self())
    OR EXISTS (SELECT FROM registry_post p WHERE p.id = procedures_case.post_id
               AND p.organization_id = ANY ((SELECT canbo_scope())::bigint[])));
CREATE POLICY opened ON procedures_case FOR INSERT WITH CHECK (true);
CREATE POLICY changed ON procedures_case FOR UPDATE USING ((SELECT canbo_sees_all())
    OR EXISTS (SELECT FROM registry_post p WHERE p.id = procedures_case.post_id
               AND p.organization_id = ANY ((SELECT canbo_scope())::bigint[])));
