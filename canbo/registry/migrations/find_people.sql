-- Candidates of a search by name, as in sight.sql, by the index: LIKE ALL (array) can use none, a LIKE for each word
-- can. Written out and planned for the words at hand. Who sees all is asked before, so that a name that half the country
-- bears is read only until `most` are found; who sees some bodies may be found from those bodies.
CREATE OR REPLACE FUNCTION canbo_find_people(words text[], number text, most integer) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    scope bigint[] := canbo_scope();
    own bigint := canbo_self();
    found text := CASE WHEN number IS NOT NULL
        THEN format('SELECT p.id AS person_id FROM registry_person p WHERE p.identification_number LIKE %L', number || '%')
        ELSE 'SELECT n.person_id FROM registry_personname n WHERE '
             || (SELECT string_agg(format('n.search_key LIKE %L', word), ' AND ') FROM unnest(words) AS word) END;
BEGIN
    IF NOT canbo_sees_all() THEN
        found := format('SELECT found.person_id FROM (%1$s) AS found WHERE found.person_id = %2$L::bigint
            UNION ALL SELECT found.person_id FROM (%1$s) AS found WHERE EXISTS (SELECT FROM registry_membership m
                WHERE m.person_id = found.person_id AND m.organization_id = ANY (%3$L::bigint[]))', found, own, scope);
    END IF;
    RETURN QUERY EXECUTE format('SELECT DISTINCT few.person_id FROM (%s LIMIT %s) AS few', found, most);
END $$;
