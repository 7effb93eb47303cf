-- Who sees what is known of a person's competencies: the person, whoever has the file (the bodies where the person serves, and
-- those above them), nobody else. What must always hold of it, whoever writes. Names become sentences in
-- canbo/registry/constraints.py.

CREATE FUNCTION development_refuse(name text, told text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', told USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = name;
END $$;

-- For a table with a person: `person_id` is seen by the person, and by who reaches a body where the person serves today.
CREATE FUNCTION development_guard(guarded text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    filed text := format('(SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self()) OR EXISTS (SELECT FROM registry_membership m
        WHERE m.person_id = %I.person_id AND m.organization_id = ANY ((SELECT canbo_scope())::bigint[])
        AND (upper_inf(m.valid) OR upper(m.valid) > CURRENT_DATE OR NOT canbo_in_service(m.person_id)))', guarded);
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY seen ON %I FOR SELECT USING (%s)', guarded, filed);
    EXECUTE format('CREATE POLICY added ON %I FOR INSERT WITH CHECK (%s)', guarded, filed);
    EXECUTE format('CREATE POLICY changed ON %I FOR UPDATE USING (%s)', guarded, filed);
END $$;
SELECT development_guard('development_assessment');

DO $$
DECLARE guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['development_proof', 'development_objection']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY seen ON %1$I FOR SELECT USING (EXISTS (SELECT FROM development_assessment a WHERE a.id = %1$I.assessment_id))', guarded);
        EXECUTE format('CREATE POLICY added ON %1$I FOR INSERT WITH CHECK (EXISTS (SELECT FROM development_assessment a WHERE a.id = %1$I.assessment_id))', guarded);
    END LOOP;
END $$;
CREATE POLICY changed ON development_objection FOR UPDATE
    USING (EXISTS (SELECT FROM development_assessment a WHERE a.id = development_objection.assessment_id));

DO $$
DECLARE kept text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        FOREACH kept IN ARRAY ARRAY['assessment', 'proof', 'objection']
        LOOP
            EXECUTE format('REVOKE DELETE, TRUNCATE ON development_%s FROM canbo_app', kept);
        END LOOP;
        REVOKE UPDATE ON development_proof FROM canbo_app;
    END IF;
END $$;

-- A file that shows a level is seen with the level that it shows.
DROP POLICY seen ON procedures_stored;
CREATE POLICY seen ON procedures_stored FOR SELECT USING (
    EXISTS (SELECT FROM procedures_document d WHERE d.sha256 = procedures_stored.sha256)
    OR EXISTS (SELECT FROM procedures_paper p WHERE p.sha256 = procedures_stored.sha256)
    OR EXISTS (SELECT FROM procedures_ruling r WHERE r.signed_file_id = procedures_stored.sha256)
    OR EXISTS (SELECT FROM procedures_evidence e WHERE e.sha256 = procedures_stored.sha256)
    OR EXISTS (SELECT FROM development_proof f WHERE f.sha256 = procedures_stored.sha256));

-- What somebody saw in a person stays; it is confirmed or not by another who is not the person, and cancelled with a reason.
CREATE FUNCTION development_assessment_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text[] := ARRAY['state', 'confirmed_by_id', 'confirmed_on', 'cancelled_by_id', 'why'];
BEGIN
    IF (to_jsonb(NEW) - moves) IS DISTINCT FROM (to_jsonb(OLD) - moves)
       OR OLD.state IN ('turned_down', 'cancelled')
       OR OLD.state = 'confirmed' AND (NEW.state NOT IN ('confirmed', 'cancelled')
           OR (NEW.confirmed_by_id, NEW.confirmed_on) IS DISTINCT FROM (OLD.confirmed_by_id, OLD.confirmed_on)) THEN
        PERFORM development_refuse('assessed_level_stays', 'What was assessed stays: assess anew.');
    END IF;
    IF NEW.state IN ('confirmed', 'turned_down') AND (evaluation_person_of(NEW.confirmed_by_id) = NEW.person_id
       OR evaluation_person_of(NEW.confirmed_by_id) = evaluation_person_of(NEW.assessed_by_id)) THEN
        PERFORM development_refuse('competency_confirmed_by_another', 'A level is confirmed by a second person.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assessment_holds BEFORE UPDATE ON development_assessment FOR EACH ROW EXECUTE FUNCTION development_assessment_holds();

CREATE FUNCTION development_assessment_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'given' OR (NEW.side = 'self') IS DISTINCT FROM coalesce(evaluation_person_of(NEW.assessed_by_id) = NEW.person_id, false) THEN
        PERFORM development_refuse('assessed_level_begins', 'A level is assessed by the person or by another, and then confirmed.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assessment_begins BEFORE INSERT ON development_assessment FOR EACH ROW EXECUTE FUNCTION development_assessment_begins();

-- Proofs come with the assessment, before it was confirmed.
CREATE FUNCTION development_proof_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM development_assessment a WHERE a.id = NEW.assessment_id AND a.state <> 'given') THEN
        PERFORM development_refuse('assessed_level_stays', 'What was assessed stays: assess anew.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proof_holds BEFORE INSERT ON development_proof FOR EACH ROW EXECUTE FUNCTION development_proof_holds();

-- An answer stays, and is nobody's own.
CREATE FUNCTION development_objection_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'filed' OR (NEW.assessment_id, NEW.ground, NEW.filed_on, NEW.due_on)
       IS DISTINCT FROM (OLD.assessment_id, OLD.ground, OLD.filed_on, OLD.due_on)
       OR EXISTS (SELECT FROM development_assessment a WHERE a.id = NEW.assessment_id AND evaluation_person_of(NEW.answered_by_id)
                  IN (a.person_id, evaluation_person_of(a.assessed_by_id), evaluation_person_of(a.confirmed_by_id))) THEN
        PERFORM development_refuse('objection_answered_by_another', 'An objection is answered once, by somebody who had no part in it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER objection_holds BEFORE UPDATE ON development_objection FOR EACH ROW EXECUTE FUNCTION development_objection_holds();
