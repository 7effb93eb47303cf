-- The regulation of a public service unit: what a unit decided on weights is no secret, whoever reaches the body writes it.
-- One that was approved stays as it was approved, is withdrawn once, and neither reaches back over what was decided by another.

ALTER TABLE evaluation_regulation ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON evaluation_regulation FOR SELECT USING (true);
CREATE POLICY added ON evaluation_regulation FOR INSERT WITH CHECK ((SELECT canbo_sees_all())
    OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
CREATE POLICY changed ON evaluation_regulation FOR UPDATE USING ((SELECT canbo_sees_all())
    OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE DELETE, TRUNCATE ON evaluation_regulation FROM canbo_app;
    END IF;
END $$;

-- The last day by whose law a public employee of a body, or of one beneath it, was decided on; null where nobody was.
CREATE FUNCTION evaluation_regulated_until(body bigint) RETURNS date LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    WITH RECURSIVE under (id) AS (
        SELECT body UNION SELECT p.organization_id FROM under u JOIN registry_organizationparent p ON p.parent_id = u.id
    )
    SELECT max(least(e.law_day, e.last)) FROM evaluation_evaluation e
    WHERE e.organization_id IN (SELECT id FROM under) AND e.state IN ('decided', 'published')
      AND e.inputs LIKE '%category: public_employee%' $$;

CREATE FUNCTION evaluation_points_are(points jsonb, names text[], total numeric) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT count(*) = cardinality(names) AND bool_and(key = ANY (names) AND value::numeric > 0) AND sum(value::numeric) = total
    FROM jsonb_each_text(points) $$;

CREATE FUNCTION evaluation_regulation_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    approving text[] := ARRAY['state', 'approved_by_id', 'approved_on', 'entry_id'];
    withdrawing text[] := ARRAY['state', 'until', 'withdrawn_by_id', 'withdrawn_on', 'withdrawn_basis', 'entry_id'];
    begins date := NEW.since;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            PERFORM evaluation_refuse('regulation_stays', 'A regulation begins as a draft.');
        END IF;
        IF evaluation_points_are(NEW.weights, ARRAY['a', 'b', 'c'], 70) IS NOT TRUE
           OR evaluation_points_are(NEW.leading, ARRAY['a', 'b', 'c', 'd', 'dd', 'e'], 70) IS NOT TRUE
           OR evaluation_points_are(NULLIF(NEW.general, 'null'::jsonb), ARRAY['1', '2', '3'], 30) IS FALSE THEN
            PERFORM evaluation_refuse('regulation_weights_sum', 'The weights sum to 70, the general points to 30.');
        END IF;
        RETURN NEW;
    END IF;
    IF NOT (OLD.state = 'draft' AND NEW.state = 'approved' AND to_jsonb(NEW) - approving = to_jsonb(OLD) - approving
            OR OLD.state = 'approved' AND NEW.state = 'withdrawn' AND to_jsonb(NEW) - withdrawing = to_jsonb(OLD) - withdrawing) THEN
        PERFORM evaluation_refuse('regulation_stays', 'An approved regulation stays: approve another one.');
    END IF;
    IF evaluation_person_of(NEW.approved_by_id) = evaluation_person_of(NEW.drafted_by_id) THEN
        PERFORM evaluation_refuse('regulation_approved_by_another', 'Nobody approves the own draft.');
    END IF;
    IF NEW.state = 'withdrawn' THEN
        begins := NEW.until;
    END IF;
    IF begins <= evaluation_regulated_until(NEW.organization_id) THEN
        PERFORM evaluation_refuse('regulation_not_backwards', 'What was decided stays as it was decided.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER regulation_holds BEFORE INSERT OR UPDATE ON evaluation_regulation FOR EACH ROW EXECUTE FUNCTION evaluation_regulation_holds();
