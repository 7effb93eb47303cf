-- Training and talent: who sees it, and what must always hold, whoever writes. Names become sentences in
-- canbo/registry/constraints.py. Courses are open to all; plans to who reaches the body; what is about a person as the file is.
SELECT development_guard(each) FROM unnest(ARRAY['development_place', 'development_enrolment', 'development_selfstudy', 'development_potential']) AS each;

ALTER TABLE development_plan ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON development_plan FOR SELECT USING ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[])
    OR EXISTS (SELECT FROM development_place p WHERE p.plan_id = development_plan.id AND p.person_id = (SELECT canbo_self())));
CREATE POLICY added ON development_plan FOR INSERT WITH CHECK ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
CREATE POLICY changed ON development_plan FOR UPDATE USING ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));

-- Somebody from outside is not in the register: the body that proposed sees the proposal; else as the file of the person.
ALTER TABLE development_talent ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE filed text := '(SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[])';
BEGIN
    EXECUTE format('CREATE POLICY seen ON development_talent FOR SELECT USING (%s)', filed);
    EXECUTE format('CREATE POLICY added ON development_talent FOR INSERT WITH CHECK (%s)', filed);
    EXECUTE format('CREATE POLICY changed ON development_talent FOR UPDATE USING (%s)', filed);
END $$;
ALTER TABLE development_promise ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON development_promise FOR SELECT USING (EXISTS (SELECT FROM development_talent t WHERE t.id = development_promise.talent_id));
CREATE POLICY added ON development_promise FOR INSERT WITH CHECK (EXISTS (SELECT FROM development_talent t WHERE t.id = development_promise.talent_id));
CREATE POLICY changed ON development_promise FOR UPDATE USING (EXISTS (SELECT FROM development_talent t WHERE t.id = development_promise.talent_id));

DO $$
DECLARE kept text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        FOREACH kept IN ARRAY ARRAY['course', 'plan', 'place', 'enrolment', 'selfstudy', 'talent', 'promise', 'potential']
        LOOP
            EXECUTE format('REVOKE DELETE, TRUNCATE ON development_%s FROM canbo_app', kept);
        END LOOP;
    END IF;
END $$;

-- What was decided stays, and is decided by a second person: another account, and another human being.
CREATE FUNCTION development_decided_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE told jsonb := to_jsonb(NEW); before jsonb := to_jsonb(OLD); decider text := CASE WHEN TG_TABLE_NAME = 'development_plan' THEN 'approved_by_id'
    WHEN TG_TABLE_NAME = 'development_selfstudy' THEN 'confirmed_by_id' ELSE 'decided_by_id' END;
    first text := CASE WHEN TG_TABLE_NAME = 'development_selfstudy' THEN 'logged_by_id' ELSE 'proposed_by_id' END;
    moves text[] := CASE WHEN TG_TABLE_NAME = 'development_talent' THEN ARRAY['state', 'ended_on'] WHEN TG_TABLE_NAME = 'development_potential' THEN ARRAY['state'] ELSE ARRAY[]::text[] END;
BEGIN
    IF before ->> decider IS NOT NULL AND ((told - moves) IS DISTINCT FROM (before - moves)
           OR told ->> 'state' IS DISTINCT FROM before ->> 'state' AND told ->> 'state' NOT IN ('ended', 'left')) THEN
        PERFORM development_refuse('decided_development_stays', 'What was decided stays.');
    END IF;
    IF told ->> decider IS NOT NULL AND evaluation_person_of((told ->> decider)::bigint) = evaluation_person_of((told ->> first)::bigint) THEN
        PERFORM development_refuse('development_takes_two', 'It takes a second person.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER course_holds BEFORE UPDATE ON development_course FOR EACH ROW EXECUTE FUNCTION development_decided_holds();
CREATE TRIGGER plan_holds BEFORE UPDATE ON development_plan FOR EACH ROW EXECUTE FUNCTION development_decided_holds();
CREATE TRIGGER study_holds BEFORE UPDATE ON development_selfstudy FOR EACH ROW EXECUTE FUNCTION development_decided_holds();
CREATE TRIGGER talent_holds BEFORE UPDATE ON development_talent FOR EACH ROW EXECUTE FUNCTION development_decided_holds();
CREATE TRIGGER potential_holds BEFORE UPDATE ON development_potential FOR EACH ROW EXECUTE FUNCTION development_decided_holds();

-- A plan is approved within its budget, and its places stay from then on.
CREATE FUNCTION development_plan_within() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state = 'approved' AND (SELECT coalesce(sum(p.cost), 0) FROM development_place p WHERE p.plan_id = NEW.id AND p.taken) > NEW.budget THEN
        PERFORM development_refuse('plan_within_budget', 'The places of a plan cost no more than its budget.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_within BEFORE UPDATE ON development_plan FOR EACH ROW EXECUTE FUNCTION development_plan_within();
CREATE FUNCTION development_place_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM development_plan p WHERE p.id = NEW.plan_id AND p.state = 'approved') THEN
        PERFORM development_refuse('approved_plan_stays', 'The places of an approved plan stay.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER place_holds BEFORE INSERT OR UPDATE ON development_place FOR EACH ROW EXECUTE FUNCTION development_place_holds();

-- What the rules said of an enrolment stays; a result is entered once, and nobody enters the own.
CREATE FUNCTION development_enrolment_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves text[] := ARRAY['state', 'result_on', 'certificate', 'record', 'owed_months', 'owed_until', 'repay', 'result_by_id'];
BEGIN
    IF OLD.state <> 'enrolled' OR (to_jsonb(NEW) - moves) IS DISTINCT FROM (to_jsonb(OLD) - moves) THEN
        PERFORM development_refuse('result_stays', 'A result that was entered stays.');
    END IF;
    IF evaluation_person_of(NEW.result_by_id) = NEW.person_id THEN
        PERFORM development_refuse('nobody_passes_oneself', 'Nobody enters the own result.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enrolment_holds BEFORE UPDATE ON development_enrolment FOR EACH ROW EXECUTE FUNCTION development_enrolment_holds();
CREATE FUNCTION development_enrolment_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state NOT IN ('enrolled', 'refused') OR (NEW.state = 'enrolled') IS DISTINCT FROM (NEW.verdict ->> 'outcome' = 'pass') THEN
        PERFORM development_refuse('sent_by_the_articles', 'Nobody is sent whom the articles refuse.');
    END IF;
    IF evaluation_person_of(NEW.sent_by_id) = NEW.person_id THEN
        PERFORM development_refuse('nobody_sends_oneself', 'Nobody sends himself or herself.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enrolment_begins BEFORE INSERT ON development_enrolment FOR EACH ROW EXECUTE FUNCTION development_enrolment_begins();

-- A promise is made to somebody who was recognised; what was promised stays, and is kept once.
CREATE FUNCTION development_promise_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE moves text[] := ARRAY['kept_on', 'kept_by_id', 'evidence'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM development_talent t WHERE t.id = NEW.talent_id AND t.state = 'recognised') OR NEW.kept_on IS NOT NULL THEN
            PERFORM development_refuse('promised_to_the_recognised', 'A promise is made to somebody who was recognised.');
        END IF;
    ELSIF OLD.kept_on IS NOT NULL OR (to_jsonb(NEW) - moves) IS DISTINCT FROM (to_jsonb(OLD) - moves) THEN
        PERFORM development_refuse('promise_stays', 'What was promised stays, and is kept once.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER promise_holds BEFORE INSERT OR UPDATE ON development_promise FOR EACH ROW EXECUTE FUNCTION development_promise_holds();
