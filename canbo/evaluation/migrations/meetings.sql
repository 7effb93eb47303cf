-- Meetings are seen by whoever reaches the body; what they said of a person stands with that person's evaluation.
ALTER TABLE evaluation_meeting ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON evaluation_meeting FOR SELECT USING ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
CREATE POLICY added ON evaluation_meeting FOR INSERT WITH CHECK ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
CREATE POLICY changed ON evaluation_meeting FOR UPDATE USING ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE DELETE, TRUNCATE ON evaluation_meeting FROM canbo_app;
    END IF;
END $$;

-- Minutes that were adopted stay; another person adopts them than who wrote them.
CREATE FUNCTION evaluation_meeting_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'adopted' OR (NEW.organization_id, NEW.period, NEW.day, NEW.chair_id, NEW.secretary_id, NEW.summoned)
       IS DISTINCT FROM (OLD.organization_id, OLD.period, OLD.day, OLD.chair_id, OLD.secretary_id, OLD.summoned) THEN
        PERFORM evaluation_refuse('adopted_minutes_stay', 'Minutes that were adopted stay.');
    END IF;
    IF NEW.state = 'adopted' AND (OLD.state <> 'minuted' OR NEW.adopted_by_id IS NULL OR NEW.adopted_by_id = NEW.minuted_by_id
           OR evaluation_person_of(NEW.adopted_by_id) = evaluation_person_of(NEW.minuted_by_id)
           OR (NEW.minutes, NEW.digest, NEW.minuted_by_id) IS DISTINCT FROM (OLD.minutes, OLD.digest, OLD.minuted_by_id)) THEN
        PERFORM evaluation_refuse('minutes_adopted_by_another', 'Whoever wrote the minutes does not adopt them.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER meeting_holds BEFORE UPDATE ON evaluation_meeting FOR EACH ROW EXECUTE FUNCTION evaluation_meeting_holds();

-- An evaluation refers only to minutes that were adopted, of its own body and period; the grade of a year needs one.
CREATE FUNCTION evaluation_meets() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.meeting_id IS DISTINCT FROM OLD.meeting_id AND NEW.meeting_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM evaluation_meeting m WHERE m.id = NEW.meeting_id AND m.state = 'adopted'
           AND m.organization_id = NEW.organization_id AND m.period = NEW.period) THEN
        PERFORM evaluation_refuse('refers_to_adopted_minutes', 'An evaluation refers to adopted minutes of its body and period.');
    END IF;
    IF NEW.state = 'decided' AND OLD.state <> 'decided' AND length(NEW.period) = 4 AND NEW.meeting_id IS NULL THEN
        PERFORM evaluation_refuse('year_needs_a_meeting', 'The grade of a year is decided after the meeting.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evaluation_meets BEFORE UPDATE ON evaluation_evaluation FOR EACH ROW EXECUTE FUNCTION evaluation_meets();
