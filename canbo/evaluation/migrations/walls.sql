-- What must always hold of work and evaluations, whoever writes; and who sees them. The names are turned into sentences
-- by canbo/registry/constraints.py. A person sees the own work, and whoever reaches a body that body's; nobody else.

CREATE FUNCTION evaluation_refuse(name text, told text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', told USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = name;
END $$;

-- ---- who sees

DO $$
DECLARE guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['evaluation_assignment', 'evaluation_evaluation']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY seen ON %I FOR SELECT USING ((SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self())
            OR organization_id = ANY ((SELECT canbo_scope())::bigint[]))', guarded);
        EXECUTE format('CREATE POLICY added ON %I FOR INSERT WITH CHECK ((SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self())
            OR organization_id = ANY ((SELECT canbo_scope())::bigint[]))', guarded);
    END LOOP;
END $$;
CREATE POLICY changed ON evaluation_evaluation FOR UPDATE USING ((SELECT canbo_sees_all())
    OR (person_id = (SELECT canbo_self()) AND state = 'assessed')
    OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));

DO $$
DECLARE guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['evaluation_log', 'evaluation_acceptance']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY seen ON %1$I FOR SELECT USING (EXISTS (SELECT FROM evaluation_assignment a WHERE a.id = %1$I.assignment_id))', guarded);
        EXECUTE format('CREATE POLICY added ON %1$I FOR INSERT WITH CHECK (EXISTS (SELECT FROM evaluation_assignment a WHERE a.id = %1$I.assignment_id))', guarded);
    END LOOP;
END $$;
CREATE POLICY changed ON evaluation_acceptance FOR UPDATE
    USING (EXISTS (SELECT FROM evaluation_assignment a WHERE a.id = evaluation_acceptance.assignment_id));
ALTER TABLE evaluation_petition ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON evaluation_petition FOR SELECT USING (EXISTS (SELECT FROM evaluation_evaluation e WHERE e.id = evaluation_petition.evaluation_id));
CREATE POLICY added ON evaluation_petition FOR INSERT WITH CHECK (EXISTS (SELECT FROM evaluation_evaluation e WHERE e.id = evaluation_petition.evaluation_id));
CREATE POLICY changed ON evaluation_petition FOR UPDATE USING (EXISTS (SELECT FROM evaluation_evaluation e WHERE e.id = evaluation_petition.evaluation_id));

-- ---- nothing is removed, and what is only ever added is not rewritten

DO $$
DECLARE kept text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        FOREACH kept IN ARRAY ARRAY['scheme', 'catalogue', 'product', 'assignment', 'log', 'acceptance', 'evaluation', 'petition']
        LOOP
            EXECUTE format('REVOKE DELETE, TRUNCATE ON evaluation_%s FROM canbo_app', kept);
        END LOOP;
        FOREACH kept IN ARRAY ARRAY['scheme', 'product', 'assignment', 'log']
        LOOP
            EXECUTE format('REVOKE UPDATE ON evaluation_%s FROM canbo_app', kept);
        END LOOP;
    END IF;
END $$;

-- ---- an approved catalogue stays; products come before its approval

CREATE FUNCTION evaluation_catalogue_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'approved' OR (NEW.organization_id, NEW.year, NEW.version, NEW.standard_points, NEW.drafted_by_id)
       IS DISTINCT FROM (OLD.organization_id, OLD.year, OLD.version, OLD.standard_points, OLD.drafted_by_id) THEN
        PERFORM evaluation_refuse('catalogue_stays', 'An approved catalogue stays: approve another version.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER catalogue_holds BEFORE UPDATE ON evaluation_catalogue FOR EACH ROW EXECUTE FUNCTION evaluation_catalogue_holds();

CREATE FUNCTION evaluation_product_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM evaluation_catalogue c WHERE c.id = NEW.catalogue_id AND c.state = 'approved') THEN
        PERFORM evaluation_refuse('catalogue_stays', 'An approved catalogue stays: approve another version.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER product_holds BEFORE INSERT ON evaluation_product FOR EACH ROW EXECUTE FUNCTION evaluation_product_holds();

-- ---- what was decided is closed: nothing is assigned, logged or accepted in it any more

CREATE FUNCTION evaluation_closed(who bigint, of_period text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS
    $$ SELECT EXISTS (SELECT FROM evaluation_evaluation e WHERE e.person_id = who AND e.period = of_period
                      AND e.state IN ('decided', 'published')) $$;

CREATE FUNCTION evaluation_assignment_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF evaluation_closed(NEW.person_id, NEW.period) THEN
        PERFORM evaluation_refuse('period_is_closed', 'This period was decided for this person.');
    END IF;
    IF NOT EXISTS (SELECT FROM evaluation_product p JOIN evaluation_catalogue c ON c.id = p.catalogue_id
                   WHERE p.id = NEW.product_id AND c.state = 'approved' AND p.coefficient = NEW.coefficient) THEN
        PERFORM evaluation_refuse('coefficient_is_the_catalogues', 'A coefficient is that of an approved catalogue.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assignment_holds BEFORE INSERT ON evaluation_assignment FOR EACH ROW EXECUTE FUNCTION evaluation_assignment_holds();

CREATE FUNCTION evaluation_work_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM evaluation_assignment a WHERE a.id = NEW.assignment_id AND evaluation_closed(a.person_id, a.period)) THEN
        PERFORM evaluation_refuse('period_is_closed', 'This period was decided for this person.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER log_holds BEFORE INSERT ON evaluation_log FOR EACH ROW EXECUTE FUNCTION evaluation_work_holds();
CREATE TRIGGER acceptance_open BEFORE INSERT OR UPDATE ON evaluation_acceptance FOR EACH ROW EXECUTE FUNCTION evaluation_work_holds();

CREATE FUNCTION evaluation_acceptance_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.cause_state <> 'claimed' OR (to_jsonb(NEW) - ARRAY['cause_state', 'cause_by_id', 'cause_on', 'entry_id'])
       IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['cause_state', 'cause_by_id', 'cause_on', 'entry_id']) THEN
        PERFORM evaluation_refuse('acceptance_stays', 'What was accepted stays: accept it anew.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER acceptance_holds BEFORE UPDATE ON evaluation_acceptance FOR EACH ROW EXECUTE FUNCTION evaluation_acceptance_holds();

-- ---- a decided evaluation keeps what it was reckoned from; it is published, or cancelled and replaced

CREATE FUNCTION evaluation_evaluation_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text[] := ARRAY['state', 'published_on', 'cancelled_by_id', 'cancelled_why', 'entry_id'];
BEGIN
    IF (NEW.person_id, NEW.organization_id, NEW.period, NEW.first, NEW.last, NEW.replaces_id)
       IS DISTINCT FROM (OLD.person_id, OLD.organization_id, OLD.period, OLD.first, OLD.last, OLD.replaces_id)
       OR OLD.state = 'cancelled'
       OR (OLD.state IN ('decided', 'published') AND ((to_jsonb(NEW) - moves) IS DISTINCT FROM (to_jsonb(OLD) - moves)
           OR NEW.state NOT IN (OLD.state, 'cancelled') AND NOT (OLD.state = 'decided' AND NEW.state = 'published'))) THEN
        PERFORM evaluation_refuse('decided_evaluation_stays', 'What was decided stays: cancel it, and decide anew.');
    END IF;
    IF NEW.decided_by_id IS NOT NULL
       AND EXISTS (SELECT FROM registry_account a WHERE a.id = NEW.decided_by_id AND a.person_id = NEW.person_id) THEN
        PERFORM evaluation_refuse('nobody_grades_oneself', 'Nobody decides on the own evaluation.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evaluation_holds BEFORE UPDATE ON evaluation_evaluation FOR EACH ROW EXECUTE FUNCTION evaluation_evaluation_holds();
