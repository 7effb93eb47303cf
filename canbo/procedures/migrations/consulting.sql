-- Who is asked, and what was answered: seen by the person, by whoever sees the people of the body that manages the scenario, and,
-- where a body is asked, by whoever sees its people. Colleagues and the person's own body see nothing of it.
ALTER TABLE procedures_consulted ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON procedures_consulted FOR SELECT USING ((SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self())
    OR (person_id IS NULL AND organization_id = ANY ((SELECT canbo_scope())::bigint[]))
    OR EXISTS (SELECT FROM procedures_consultation c JOIN procedures_scenario s ON s.id = c.scenario_id
               WHERE c.id = consultation_id AND s.body_id = ANY ((SELECT canbo_scope())::bigint[])));
CREATE POLICY entered ON procedures_consulted FOR INSERT WITH CHECK ((SELECT canbo_sees_all()));
ALTER TABLE procedures_opinion ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON procedures_opinion FOR SELECT USING (EXISTS (SELECT FROM procedures_consulted c WHERE c.id = consulted_id));
CREATE POLICY entered ON procedures_opinion FOR INSERT WITH CHECK (EXISTS (SELECT FROM procedures_consulted c WHERE c.id = consulted_id));
CREATE POLICY changed ON procedures_opinion FOR UPDATE USING (EXISTS (SELECT FROM procedures_consulted c WHERE c.id = consulted_id));
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE DELETE, TRUNCATE ON procedures_consultation, procedures_opinion FROM canbo_app;
        REVOKE UPDATE, DELETE, TRUNCATE ON procedures_consulted FROM canbo_app;
    END IF;
END $$;

-- What was asked stays as it was asked, and what was closed stays closed.
CREATE FUNCTION procedures_consultation_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.scenario_id, NEW.round, NEW.question, NEW.opens, NEW.closes, NEW.digest, NEW.offers, NEW.opened_by_id)
       IS DISTINCT FROM (OLD.scenario_id, OLD.round, OLD.question, OLD.opens, OLD.closes, OLD.digest, OLD.offers, OLD.opened_by_id)
       OR (OLD.closed_at IS NOT NULL AND (NEW.closed_at, NEW.closed_by_id, NEW.summary)
           IS DISTINCT FROM (OLD.closed_at, OLD.closed_by_id, OLD.summary)) THEN
        PERFORM procedures_refuse('consultation_stays', 'What was asked stays as it was asked, and a closed round stays closed.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consultation_holds BEFORE UPDATE ON procedures_consultation FOR EACH ROW EXECUTE FUNCTION procedures_consultation_holds();

-- An answer is given while the round is open; afterwards neither changed nor withdrawn. Its words are never rewritten.
CREATE FUNCTION procedures_opinion_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM procedures_consulted a JOIN procedures_consultation c ON c.id = a.consultation_id
               WHERE a.id = NEW.consulted_id AND c.closed_at IS NOT NULL) THEN
        PERFORM procedures_refuse('answered_while_open', 'An answer is given, changed and withdrawn while the round is open.');
    END IF;
    IF TG_OP = 'UPDATE' AND ((NEW.consulted_id, NEW.place, NEW.view, NEW.words, NEW.far, NEW.wishes, NEW.said_by_id, NEW.said_at)
       IS DISTINCT FROM (OLD.consulted_id, OLD.place, OLD.view, OLD.words, OLD.far, OLD.wishes, OLD.said_by_id, OLD.said_at)
       OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)) THEN
        PERFORM procedures_refuse('opinion_stays', 'What was answered stays as it was said: another answer follows it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER opinion_holds BEFORE INSERT OR UPDATE ON procedures_opinion FOR EACH ROW EXECUTE FUNCTION procedures_opinion_holds();
