-- A line that names a person is seen by whoever sees the people of the body; who waits, with the person's file.
ALTER TABLE procedures_scenarioline ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON procedures_scenarioline FOR SELECT USING (person_id IS NULL OR (SELECT canbo_sees_all()) OR EXISTS (
    SELECT FROM procedures_scenario s WHERE s.id = scenario_id AND s.body_id = ANY ((SELECT canbo_scope())::bigint[])));
CREATE POLICY entered ON procedures_scenarioline FOR INSERT WITH CHECK (person_id IS NULL OR (SELECT canbo_sees_all()) OR EXISTS (
    SELECT FROM procedures_scenario s WHERE s.id = scenario_id AND s.body_id = ANY ((SELECT canbo_scope())::bigint[])));
CREATE POLICY removed ON procedures_scenarioline FOR DELETE USING (person_id IS NULL OR (SELECT canbo_sees_all()) OR EXISTS (
    SELECT FROM procedures_scenario s WHERE s.id = scenario_id AND s.body_id = ANY ((SELECT canbo_scope())::bigint[])));

SELECT registry_keep_past('procedures_waiting');
SELECT canbo_guard('procedures_waiting', 'person_id', true);
SELECT canbo_guard('procedures_waiting_past', 'person_id', true);

-- What was approved stays as it was approved, and what was carried out stays carried out.
CREATE FUNCTION procedures_scenario_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state = 'carried_out' AND NEW.state NOT IN ('carried_out', 'undone')) OR (OLD.state = 'undone' AND NEW.state <> 'undone') THEN
        PERFORM procedures_refuse('carried_scenario_stays', 'What was carried out stays carried out, or is undone.');
    END IF;
    IF OLD.state IN ('carried_out', 'undone') AND (NEW.name, NEW.base, NEW."on", NEW.body_id, NEW.owner_id, NEW.digest, NEW.approved_by_id,
            NEW.decision_id, NEW.carried_entry_id) IS DISTINCT FROM (OLD.name, OLD.base, OLD."on", OLD.body_id, OLD.owner_id, OLD.digest,
            OLD.approved_by_id, OLD.decision_id, OLD.carried_entry_id) THEN
        PERFORM procedures_refuse('carried_scenario_stays', 'What was carried out stays carried out, or is undone.');
    END IF;
    IF NEW.state = 'carried_out' AND OLD.state NOT IN ('approved', 'carried_out') THEN
        PERFORM procedures_refuse('scenario_carried_out_once_approved', 'Only an approved scenario is carried out.');
    END IF;
    IF NEW.state = 'approved' AND OLD.state NOT IN ('proposed', 'approved') THEN
        PERFORM procedures_refuse('scenario_approved_once_proposed', 'Only a proposed scenario is approved.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER scenario_holds BEFORE UPDATE ON procedures_scenario FOR EACH ROW EXECUTE FUNCTION procedures_scenario_holds();

CREATE FUNCTION procedures_scenario_line_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM procedures_scenario s WHERE s.state <> 'draft'
               AND s.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.scenario_id ELSE NEW.scenario_id END) THEN
        PERFORM procedures_refuse('scenario_lines_in_draft', 'The lines of a scenario change only while it is a draft.');
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER scenario_line_holds BEFORE INSERT OR UPDATE OR DELETE ON procedures_scenarioline
    FOR EACH ROW EXECUTE FUNCTION procedures_scenario_line_holds();

-- An open case goes with the post that follows its own, or with the body that its own went into: it stays about the same.
-- Once a decision is drawn, nothing of what it is about changes.
CREATE FUNCTION procedures_case_follows(was procedures_case, becomes procedures_case) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT was.state IN ('open', 'incomplete') AND NOT EXISTS (SELECT FROM procedures_ruling r WHERE r.case_id = was.id)
       AND (was.post_id IS NOT DISTINCT FROM becomes.post_id OR EXISTS (
            SELECT FROM registry_post p WHERE (p.id = becomes.post_id AND p.successor_of_id = was.post_id)
                                           OR (p.id = was.post_id AND p.successor_of_id = becomes.post_id)))
       AND (was.organization_id IS NOT DISTINCT FROM becomes.organization_id
            OR becomes.organization_id = (SELECT p.organization_id FROM registry_post p WHERE p.id = becomes.post_id)
            OR EXISTS (SELECT FROM registry_original o JOIN registry_resulting r ON r.event_id = o.event_id
                       WHERE (o.organization_id = was.organization_id AND r.organization_id = becomes.organization_id)
                          OR (o.organization_id = becomes.organization_id AND r.organization_id = was.organization_id)))
$$;

CREATE OR REPLACE FUNCTION procedures_case_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.procedure, NEW."on", NEW.opened_by_id) IS DISTINCT FROM (OLD.procedure, OLD."on", OLD.opened_by_id)
       OR NEW.person_id IS DISTINCT FROM OLD.person_id
       OR ((NEW.post_id, NEW.organization_id) IS DISTINCT FROM (OLD.post_id, OLD.organization_id)
           AND NOT procedures_case_follows(OLD, NEW)) THEN
        PERFORM procedures_refuse('case_stays_about_the_same', 'What a case is about does not change.');
    END IF;
    IF NEW.terms IS DISTINCT FROM OLD.terms AND EXISTS (SELECT FROM procedures_candidate c WHERE c.case_id = OLD.id) THEN
        PERFORM procedures_refuse('terms_are_sealed', 'The terms of a case are sealed before its first name.');
    END IF;
    IF OLD.state IN ('effective', 'stopped', 'withdrawn') AND NEW.state <> OLD.state THEN
        PERFORM procedures_refuse('ended_case_stays', 'A case that has ended stays as it ended.');
    END IF;
    IF NEW.state = 'effective' AND OLD.state <> 'effective' AND NOT canbo_is_keeper() THEN
        PERFORM procedures_refuse('effect_by_the_keeper', 'A decision takes effect only after it was verified from its beginning.');
    END IF;
    RETURN NEW;
END $$;
