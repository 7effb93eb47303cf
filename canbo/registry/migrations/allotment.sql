-- Headcount is handed down from a total, and no body gives more than it was given, on any day.
ALTER TABLE registry_allotment ADD CONSTRAINT allotted_once_at_a_time EXCLUDE USING gist
    (coalesce(giver_id, 0) WITH =, body_id WITH =, use WITH =, staff WITH =, valid WITH &&);
ALTER TABLE registry_allotment ADD CONSTRAINT allotment_within_organization
    FOREIGN KEY (body_id, PERIOD valid) REFERENCES registry_organization (id, PERIOD life) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX registry_allotment_giver ON registry_allotment (giver_id, staff);
SELECT registry_keep_past('registry_allotment');

-- The first day of some on which a body gives more than it was given, with both numbers. What goes out only grows where a
-- row of it begins, and what came in only shrinks where a row of it ends: no other day can be the first, but the very first.
CREATE FUNCTION registry_overdrawn(asked bigint, of_staff text, during daterange)
    RETURNS TABLE (day date, given bigint, gone bigint) LANGUAGE sql STABLE AS $$
    WITH told AS MATERIALIZED (
        SELECT valid, number, body_id = asked AND use IN ('total', 'delegated') AS comes FROM registry_allotment
        WHERE staff = of_staff AND valid && during AND (giver_id = asked OR (body_id = asked AND use IN ('total', 'delegated')))
    ), days AS (
        SELECT CASE WHEN comes THEN upper(valid) ELSE greatest(lower(valid), lower(during)) END AS day FROM told
        UNION SELECT lower(during)
    )
    SELECT d.day, s.given, s.gone FROM days d CROSS JOIN LATERAL (
        SELECT coalesce(sum(number) FILTER (WHERE comes), 0) AS given, coalesce(sum(number) FILTER (WHERE NOT comes), 0) AS gone
        FROM told WHERE valid @> d.day
    ) s WHERE during @> d.day AND s.gone > s.given ORDER BY d.day LIMIT 1
$$;

-- One writer at a time is judged, or two who each keep within the whole could break it together; whoever waited for the
-- other sees what that one wrote, since each statement here looks anew.
CREATE FUNCTION registry_refuse_overdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    over record;
BEGIN
    PERFORM pg_advisory_xact_lock('registry_allotment'::regclass::bigint);
    SELECT touched.body, o.* INTO over FROM (VALUES
        (CASE WHEN TG_OP <> 'DELETE' THEN NEW.giver_id END,
         CASE WHEN TG_OP <> 'DELETE' THEN NEW.staff END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.valid END),
        (CASE WHEN TG_OP <> 'INSERT' AND OLD.use IN ('total', 'delegated') THEN OLD.body_id END,
         CASE WHEN TG_OP <> 'INSERT' THEN OLD.staff END, CASE WHEN TG_OP <> 'INSERT' THEN OLD.valid END)
    ) AS touched (body, staff, days) CROSS JOIN LATERAL registry_overdrawn(touched.body, touched.staff, touched.days) o
    WHERE touched.body IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'organization % gives % on %, and was given %', over.body, over.gone, over.day, over.given
            USING ERRCODE = 'check_violation', CONSTRAINT = 'within_what_was_given', TABLE = 'registry_allotment';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER within_what_was_given AFTER INSERT OR UPDATE OR DELETE ON registry_allotment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION registry_refuse_overdrawn();

-- What is handed on comes from a total: a total goes only to a body that stands beneath none, and nobody gives to whom he
-- has it from, on any day, or two bodies could hand each other people that nobody gave.
CREATE FUNCTION registry_refuse_made_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock('registry_allotment'::regclass::bigint);
    IF NEW.use = 'total' AND EXISTS (SELECT FROM registry_organizationparent p
                                     WHERE p.organization_id = NEW.body_id AND p.valid && NEW.valid) THEN
        RAISE EXCEPTION 'organization % stands beneath another and has no total of its own', NEW.body_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'total_is_of_the_top', TABLE = 'registry_allotment';
    END IF;
    IF NEW.use = 'delegated' AND EXISTS (
        WITH RECURSIVE above (id, days) AS (
            SELECT NEW.giver_id, NEW.valid
            UNION
            SELECT a.giver_id, b.days * a.valid FROM above b JOIN registry_allotment a
                ON a.body_id = b.id AND a.use = 'delegated' AND a.staff = NEW.staff AND a.valid && b.days
        ) SELECT FROM above WHERE id = NEW.body_id) THEN
        RAISE EXCEPTION 'organization % would be given what it gave', NEW.body_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'given_from_the_top_down', TABLE = 'registry_allotment';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER given_from_the_top_down AFTER INSERT OR UPDATE ON registry_allotment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION registry_refuse_made_up();
