-- What must always hold of cases, whoever writes: by page, command or statement. Each refusal has a name, which
-- canbo/registry/constraints.py turns into a sentence.

CREATE FUNCTION procedures_refuse(name text, told text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', told USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = name;
END $$;

-- ---- who sees a case: the bodies it concerns, and everybody who takes part in it

CREATE FUNCTION canbo_takes_part(asked bigint, who bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = public, pg_temp AS
    $$ SELECT EXISTS (SELECT FROM procedures_elector WHERE case_id = asked AND person_id = who)
           OR EXISTS (SELECT FROM procedures_candidate WHERE case_id = asked AND person_id = who)
           OR EXISTS (SELECT FROM procedures_actor WHERE case_id = asked AND person_id = who) $$;

DROP POLICY seen ON procedures_case;
DROP POLICY changed ON procedures_case;
CREATE POLICY seen ON procedures_case FOR SELECT USING ((SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self())
    OR organization_id = ANY ((SELECT canbo_scope())::bigint[]) OR manager_id = ANY ((SELECT canbo_scope())::bigint[])
    OR EXISTS (SELECT FROM registry_post p WHERE p.id = procedures_case.post_id
               AND p.organization_id = ANY ((SELECT canbo_scope())::bigint[]))
    OR ((SELECT canbo_self()) IS NOT NULL AND canbo_takes_part(id, (SELECT canbo_self()))));
CREATE POLICY changed ON procedures_case FOR UPDATE USING ((SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self())
    OR organization_id = ANY ((SELECT canbo_scope())::bigint[]) OR manager_id = ANY ((SELECT canbo_scope())::bigint[])
    OR EXISTS (SELECT FROM registry_post p WHERE p.id = procedures_case.post_id
               AND p.organization_id = ANY ((SELECT canbo_scope())::bigint[])));

-- What belongs to a case is seen with it; nothing of it is ever removed.
DO $$
DECLARE guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['procedures_step', 'procedures_actor', 'procedures_elector', 'procedures_candidate',
                                   'procedures_count', 'procedures_ruling', 'procedures_appeal']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY seen ON %1$I FOR SELECT USING (EXISTS (SELECT FROM procedures_case c WHERE c.id = %1$I.case_id))', guarded);
        EXECUTE format('CREATE POLICY added ON %1$I FOR INSERT WITH CHECK (EXISTS (SELECT FROM procedures_case c WHERE c.id = %1$I.case_id))', guarded);
    END LOOP;
    FOREACH guarded IN ARRAY ARRAY['procedures_step', 'procedures_elector', 'procedures_candidate', 'procedures_ruling', 'procedures_appeal']
    LOOP
        EXECUTE format('CREATE POLICY changed ON %1$I FOR UPDATE USING (EXISTS (SELECT FROM procedures_case c WHERE c.id = %1$I.case_id))', guarded);
    END LOOP;
END $$;

-- ---- whether the writer is the keeper: the owner of the tables, as whom only `effects` runs; never the application

CREATE FUNCTION canbo_is_keeper() RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'procedures_case'::regclass), 'USAGE') $$;

-- ---- cases: what was sealed stays; only the keeper makes a case effective

CREATE FUNCTION procedures_case_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.procedure, NEW."on", NEW.opened_by_id) IS DISTINCT FROM (OLD.procedure, OLD."on", OLD.opened_by_id)
       OR (NEW.post_id, NEW.organization_id, NEW.person_id) IS DISTINCT FROM (OLD.post_id, OLD.organization_id, OLD.person_id) THEN
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
CREATE TRIGGER case_holds BEFORE UPDATE ON procedures_case FOR EACH ROW EXECUTE FUNCTION procedures_case_holds();

-- ---- steps: one after another, and a closed one stays

CREATE FUNCTION procedures_step_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.turn <> 1 + coalesce((SELECT max(s.turn) FROM procedures_step s WHERE s.case_id = NEW.case_id), 0) THEN
            PERFORM procedures_refuse('steps_follow_each_other', 'Steps are taken one after another.');
        END IF;
    ELSIF OLD.closed_at IS NOT NULL THEN
        PERFORM procedures_refuse('closed_step_stays', 'A step that was closed stays as it was closed.');
    ELSIF (NEW.case_id, NEW.turn, NEW.name) IS DISTINCT FROM (OLD.case_id, OLD.turn, OLD.name) THEN
        PERFORM procedures_refuse('closed_step_stays', 'A step stays where it stands in its case.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER step_holds BEFORE INSERT OR UPDATE ON procedures_step FOR EACH ROW EXECUTE FUNCTION procedures_step_holds();

-- ---- separation of duties: drafter, verifier, approver, publisher differ, and none is whom the case is about

CREATE FUNCTION procedures_actor_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE apart text[] := ARRAY['drafter', 'verifier', 'approver', 'publisher'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM procedures_refuse('actor_stays', 'Who acted stays written.');
    END IF;
    PERFORM FROM procedures_case c WHERE c.id = NEW.case_id FOR UPDATE;  -- two who act at once are judged one after the other
    IF NEW.capacity = ANY (apart) AND EXISTS (
        SELECT FROM procedures_actor a WHERE a.case_id = NEW.case_id AND a.capacity = ANY (apart) AND a.capacity <> NEW.capacity
           AND (a.account_id = NEW.account_id OR a.person_id = NEW.person_id)
    ) THEN
        PERFORM procedures_refuse('capacities_apart', 'Nobody drafts, verifies, approves and publishes in one case.');
    END IF;
    IF NEW.capacity <> 'subject' AND NEW.person_id IS NOT NULL AND (
        EXISTS (SELECT FROM procedures_candidate c WHERE c.case_id = NEW.case_id AND c.person_id = NEW.person_id
                AND c.state <> 'refused')
        OR EXISTS (SELECT FROM procedures_case c WHERE c.id = NEW.case_id AND c.person_id = NEW.person_id)
    ) THEN
        PERFORM procedures_refuse('nobody_acts_in_own_case', 'Nobody acts in a case that is about himself or herself.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER actor_holds BEFORE INSERT OR UPDATE ON procedures_actor FOR EACH ROW EXECUTE FUNCTION procedures_actor_holds();

CREATE FUNCTION procedures_candidate_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.case_id, NEW.person_id) IS DISTINCT FROM (OLD.case_id, OLD.person_id) THEN
        PERFORM procedures_refuse('candidate_stays', 'A name that was put stays.');
    END IF;
    PERFORM FROM procedures_case c WHERE c.id = NEW.case_id FOR UPDATE;
    IF TG_OP = 'INSERT' AND NEW.state <> 'refused' AND EXISTS (
        SELECT FROM procedures_actor a WHERE a.case_id = NEW.case_id AND a.person_id = NEW.person_id AND a.capacity <> 'subject'
    ) THEN
        PERFORM procedures_refuse('nobody_acts_in_own_case', 'Whoever acted in a case cannot become a name in it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER candidate_holds BEFORE INSERT OR UPDATE ON procedures_candidate
    FOR EACH ROW EXECUTE FUNCTION procedures_candidate_holds();

-- ---- the roll of a vote: written while its step is open, frozen when it is convened

CREATE FUNCTION procedures_elector_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE stands text := (SELECT s.state FROM procedures_step s WHERE s.id = NEW.step_id);
BEGIN
    IF TG_OP = 'INSERT' AND stands <> 'open' THEN
        PERFORM procedures_refuse('roll_is_frozen', 'The roll of a vote is frozen when it is convened.');
    ELSIF TG_OP = 'UPDATE' AND (stands <> 'convened' OR OLD.state = 'recused' OR NEW.state = 'recused'
            OR (NEW.step_id, NEW.person_id) IS DISTINCT FROM (OLD.step_id, OLD.person_id)) THEN
        PERFORM procedures_refuse('roll_is_frozen', 'On a frozen roll only presence is marked, while the vote is held.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER elector_holds BEFORE INSERT OR UPDATE ON procedures_elector
    FOR EACH ROW EXECUTE FUNCTION procedures_elector_holds();

-- ---- rulings: the digest is of the text; what was signed stays; only the keeper lets it take effect

CREATE FUNCTION procedures_ruling_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.digest <> encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') THEN
        PERFORM procedures_refuse('digest_is_of_the_text', 'The digest of a ruling is that of its text.');
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state <> 'drawn' AND (NEW.text, NEW.effective_on, NEW.signed_by_id, NEW.signature, NEW.entry_id)
       IS DISTINCT FROM (OLD.text, OLD.effective_on, OLD.signed_by_id, OLD.signature, OLD.entry_id) THEN
        PERFORM procedures_refuse('signed_ruling_stays', 'What was signed stays as it was signed.');
    END IF;
    IF NEW.state IN ('effective', 'failed', 'lapsed') AND (TG_OP = 'INSERT' OR NEW.state <> OLD.state) AND NOT canbo_is_keeper() THEN
        PERFORM procedures_refuse('effect_by_the_keeper', 'A decision takes effect only after it was verified from its beginning.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ruling_holds BEFORE INSERT OR UPDATE ON procedures_ruling FOR EACH ROW EXECUTE FUNCTION procedures_ruling_holds();

-- ---- leading posts are filled and vacated by rulings only, from the day on which the register keeps procedures

CREATE TABLE procedures_keeping (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    since date NOT NULL  -- from this day on nobody enters or leaves a leading post but by a ruling
);
REVOKE ALL ON procedures_keeping FROM PUBLIC;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE ALL ON procedures_keeping FROM canbo_app;
        GRANT SELECT ON procedures_keeping TO canbo_app;
    END IF;
END $$;

-- An attempt is written into the journal and the row is left out, so that the attempt stays when the statement ends.
CREATE FUNCTION canbo_note_attempt(person bigint, post bigint, day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    who text := session_user;
    told text := format('{"about_id":"%s","about_kind":"registry.person","act":"breach.attempted","by_id":null,"by_label":"%s","commitment":null',
                        person, who);
BEGIN
    PERFORM journal_record(
        NULL, 'breach.attempted', NULL, who, 'registry.person', person::text, day, NULL, NULL, NULL,
        '\x00'::bytea || convert_to(told || ',"id":', 'UTF8'),
        convert_to(format(',"key":null,"on":"%s","recorded_at":"', to_char(day, 'YYYY-MM-DD')), 'UTF8'),
        convert_to('","v":1}', 'UTF8'));
    RAISE WARNING 'Leading posts are filled and vacated by rulings only: nothing was written for person % in post %.', person, post;
END $$;

CREATE FUNCTION procedures_guard_membership() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    since_day date := (SELECT k.since FROM procedures_keeping k);
    touched date;
BEGIN
    IF since_day IS NULL OR canbo_is_keeper() THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'INSERT' THEN
        touched := greatest(lower(NEW.valid), since_day);
        IF coalesce(upper(NEW.valid), 'infinity'::date) <= since_day THEN RETURN NEW; END IF;  -- history
    ELSIF TG_OP = 'DELETE' THEN
        touched := greatest(lower(OLD.valid), since_day);
        IF coalesce(upper(OLD.valid), 'infinity'::date) <= since_day THEN RETURN OLD; END IF;
    ELSE
        IF (NEW.person_id, NEW.post_id, NEW.seat, NEW.kind, NEW.valid) IS NOT DISTINCT FROM
           (OLD.person_id, OLD.post_id, OLD.seat, OLD.kind, OLD.valid) THEN RETURN NEW; END IF;
        touched := greatest(coalesce(upper(NEW.valid), lower(NEW.valid)), since_day);
        IF NEW.ending = 7 AND (NEW.person_id, NEW.post_id) = (OLD.person_id, OLD.post_id) THEN RETURN NEW; END IF;  -- death
    END IF;
    IF NOT EXISTS (SELECT FROM registry_post p JOIN registry_job j ON j.id = p.job_id
                   WHERE p.id IN (CASE WHEN TG_OP = 'DELETE' THEN OLD.post_id ELSE NEW.post_id END,
                                  CASE WHEN TG_OP = 'INSERT' THEN NEW.post_id ELSE OLD.post_id END)
                   AND j.standing IN ('head', 'deputy', 'member')) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    -- A reorganisation moves whoever held the post before it into the post that follows, and closes the old one.
    IF TG_OP = 'UPDATE' AND NEW.ending = 3 AND EXISTS (SELECT FROM registry_changeevent e WHERE e.decision_id = NEW.decision_id
            OR (e."on" = upper(NEW.valid))) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT FROM registry_post p JOIN registry_membership m ON m.post_id = p.successor_of_id
         WHERE p.id = NEW.post_id AND m.person_id = NEW.person_id AND upper(m.valid) = lower(NEW.valid) AND m.kind = NEW.kind) THEN
        RETURN NEW;
    END IF;
    PERFORM canbo_note_attempt(CASE WHEN TG_OP = 'DELETE' THEN OLD.person_id ELSE NEW.person_id END,
                               CASE WHEN TG_OP = 'DELETE' THEN OLD.post_id ELSE NEW.post_id END, touched);
    RETURN NULL;
END $$;
CREATE TRIGGER leading_posts_by_ruling BEFORE INSERT OR UPDATE OR DELETE ON registry_membership
    FOR EACH ROW EXECUTE FUNCTION procedures_guard_membership();
