-- Row-level security: the second wall behind registry/authority.py. A transaction says what it may see:
--   canbo.sees_all = 'on'            the whole register (command line, central roles)
--   canbo.scope    = '12,15,...'     organizations whose people it may see
--   canbo.self     = '4711'          the person whose own file it is
-- With nothing set, nothing is seen. The functions are wrapped in sub-selects so that each is run once a query.
CREATE FUNCTION canbo_sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(current_setting('canbo.sees_all', true), '') = 'on' $$;
CREATE FUNCTION canbo_scope() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT coalesce(string_to_array(nullif(current_setting('canbo.scope', true), ''), ',')::bigint[], '{}') $$;
CREATE FUNCTION canbo_self() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT nullif(current_setting('canbo.self', true), '')::bigint $$;

-- Whether a person serves anywhere today, whoever asks (the asker may not see where).
CREATE FUNCTION canbo_in_service(asked bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = public, pg_temp AS
    $$ SELECT EXISTS (SELECT FROM registry_membership m WHERE m.person_id = asked
                      AND (upper_inf(m.valid) OR upper(m.valid) > CURRENT_DATE)) $$;

-- Whether the file of a person belongs to a body in `scope`: one where the person serves today; of somebody who
-- serves nowhere, one where the person served.
CREATE FUNCTION canbo_file_within(asked bigint, scope bigint[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = public, pg_temp AS
    $$ SELECT EXISTS (SELECT FROM registry_membership m WHERE m.person_id = asked AND m.organization_id = ANY (scope)
                      AND (upper_inf(m.valid) OR upper(m.valid) > CURRENT_DATE OR NOT canbo_in_service(asked))) $$;

-- `of_the_file` = false: seen by every body the person ever served in (a name on an old staff list).
-- `of_the_file` = true: the file itself, which goes with the person. Only who has the file changes what is in it.
CREATE FUNCTION canbo_guard(guarded text, person_column text, of_the_file boolean) RETURNS void LANGUAGE plpgsql AS $$
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

-- A membership is a line of its body's staff list, and of the career in the person's file, wherever that was made.
CREATE FUNCTION canbo_guard_membership(guarded text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY seen ON %I FOR SELECT USING ((SELECT canbo_sees_all())
        OR organization_id = ANY ((SELECT canbo_scope())::bigint[]) OR person_id = (SELECT canbo_self())
        OR canbo_file_within(person_id, (SELECT canbo_scope())))', guarded);
    EXECUTE format('CREATE POLICY entered ON %I FOR INSERT WITH CHECK ((SELECT canbo_sees_all())
        OR organization_id = ANY ((SELECT canbo_scope())::bigint[]))', guarded);
    EXECUTE format('CREATE POLICY changed ON %I FOR UPDATE USING ((SELECT canbo_sees_all())
        OR organization_id = ANY ((SELECT canbo_scope())::bigint[]))', guarded);
    EXECUTE format('CREATE POLICY removed ON %I FOR DELETE USING ((SELECT canbo_sees_all()))', guarded);
END $$;

SELECT canbo_guard_membership('registry_membership');
SELECT canbo_guard_membership('registry_membership_past');

-- Candidates of a search by name. LIKE is not leakproof, so under row-level security the planner may not use the
-- trigram index; here it may. Only numbers come out, cut to the caller's scope; the caller's query sees the rest.
CREATE FUNCTION canbo_find_people(words text[], number text, most integer) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE everything boolean := canbo_sees_all(); scope bigint[] := canbo_scope(); own bigint := canbo_self();
BEGIN
    RETURN QUERY
    SELECT found.person_id FROM (
        SELECT n.person_id FROM registry_personname n WHERE number IS NULL AND n.search_key LIKE ALL (words)
        UNION SELECT p.id FROM registry_person p WHERE number IS NOT NULL AND p.identification_number LIKE number || '%'
    ) AS found
    WHERE everything OR found.person_id = own
       OR EXISTS (SELECT FROM registry_membership m WHERE m.person_id = found.person_id AND m.organization_id = ANY (scope))
    LIMIT most;
END $$;
