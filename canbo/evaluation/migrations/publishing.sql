-- Whoever decided on an evaluation does not publish it, and neither of them nor the head is the person it is about:
-- held here too, whoever writes. The names are turned into sentences by canbo/registry/constraints.py.

CREATE FUNCTION evaluation_person_of(account bigint) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp AS $$ SELECT a.person_id FROM registry_account a WHERE a.id = account $$;

CREATE OR REPLACE FUNCTION evaluation_evaluation_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text[] := ARRAY['state', 'published_by_id', 'published_on', 'cancelled_by_id', 'cancelled_why', 'entry_id'];
BEGIN
    IF (NEW.person_id, NEW.organization_id, NEW.period, NEW.first, NEW.last, NEW.replaces_id)
       IS DISTINCT FROM (OLD.person_id, OLD.organization_id, OLD.period, OLD.first, OLD.last, OLD.replaces_id)
       OR OLD.state = 'cancelled'
       OR (OLD.state IN ('decided', 'published') AND ((to_jsonb(NEW) - moves) IS DISTINCT FROM (to_jsonb(OLD) - moves)
           OR NEW.state NOT IN (OLD.state, 'cancelled') AND NOT (OLD.state = 'decided' AND NEW.state = 'published')))
       OR (OLD.state = 'published' AND (NEW.published_by_id, NEW.published_on) IS DISTINCT FROM (OLD.published_by_id, OLD.published_on)) THEN
        PERFORM evaluation_refuse('decided_evaluation_stays', 'What was decided stays: cancel it, and decide anew.');
    END IF;
    IF NEW.person_id IN (evaluation_person_of(NEW.opinion_by_id), evaluation_person_of(NEW.decided_by_id),
                         evaluation_person_of(NEW.published_by_id)) THEN
        PERFORM evaluation_refuse('nobody_grades_oneself', 'Nobody decides on the own evaluation.');
    END IF;
    IF NEW.state = 'published' AND OLD.state <> 'published' AND (OLD.state <> 'decided' OR NEW.published_by_id IS NULL OR NEW.published_on IS NULL
           OR NEW.published_by_id = NEW.decided_by_id
           OR evaluation_person_of(NEW.published_by_id) = evaluation_person_of(NEW.decided_by_id)) THEN
        PERFORM evaluation_refuse('published_by_another', 'Whoever decided does not publish: it takes a second person.');
    END IF;
    RETURN NEW;
END $$;

-- An evaluation begins with the person's own word: nothing is written as decided or published from nothing.
CREATE FUNCTION evaluation_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'assessed' OR NEW.decided_by_id IS NOT NULL OR NEW.published_by_id IS NOT NULL THEN
        PERFORM evaluation_refuse('evaluation_begins_with_the_person', 'An evaluation begins with the own word of the person.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evaluation_begins BEFORE INSERT ON evaluation_evaluation FOR EACH ROW EXECUTE FUNCTION evaluation_begins();
