-- Opinions from many sides. Who was asked, and whether an answer came, is one table; what was answered lies sealed in another,
-- and once the round is closed only sums are left. Between the two there is no number, no time and no order: the application
-- reads named columns only, so that the system columns (which transaction wrote a row, and where it lies) tell nothing either.

DO $$
DECLARE guarded text; rights text; kept text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['round', 'asked', 'sealed', 'tally', 'doubt', 'served', 'opinion']
    LOOP
        EXECUTE format('ALTER TABLE evaluation_%s ENABLE ROW LEVEL SECURITY', guarded);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
            EXECUTE format('REVOKE DELETE, TRUNCATE ON evaluation_%s FROM canbo_app', guarded);
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE ALL ON evaluation_asked, evaluation_sealed FROM canbo_app;
        GRANT SELECT (id, round_id, organization_id, rater_id, ratee_id, side, excluded, answered), INSERT, UPDATE (answered)
            ON evaluation_asked TO canbo_app;
        GRANT SELECT (id, round_id, text), INSERT, DELETE ON evaluation_sealed TO canbo_app;
        REVOKE UPDATE ON evaluation_tally, evaluation_served, evaluation_opinion FROM canbo_app;
    END IF;
END $$;

-- ---- who sees

-- The rater sees what is asked of him or her; whoever reaches the body who was asked, but nobody who was asked about oneself.
CREATE POLICY seen ON evaluation_asked FOR SELECT USING ((SELECT canbo_sees_all()) OR rater_id = (SELECT canbo_self())
    OR (organization_id = ANY ((SELECT canbo_scope())::bigint[]) AND ratee_id IS DISTINCT FROM (SELECT canbo_self())));
CREATE POLICY added ON evaluation_asked FOR INSERT WITH CHECK ((SELECT canbo_sees_all()));
CREATE POLICY changed ON evaluation_asked FOR UPDATE USING ((SELECT canbo_sees_all()) OR rater_id = (SELECT canbo_self()));
-- What lies sealed is touched only within the act that puts it in, and the one that closes the round.
CREATE POLICY within ON evaluation_sealed USING ((SELECT canbo_sees_all())) WITH CHECK ((SELECT canbo_sees_all()));
CREATE POLICY seen ON evaluation_tally FOR SELECT USING ((SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self())
    OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
CREATE POLICY added ON evaluation_tally FOR INSERT WITH CHECK ((SELECT canbo_sees_all()));
CREATE POLICY seen ON evaluation_round FOR SELECT USING ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[])
    OR EXISTS (SELECT FROM evaluation_asked a WHERE a.round_id = evaluation_round.id)
    OR EXISTS (SELECT FROM evaluation_tally t WHERE t.round_id = evaluation_round.id));
CREATE POLICY added ON evaluation_round FOR INSERT WITH CHECK ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
CREATE POLICY changed ON evaluation_round FOR UPDATE USING ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
CREATE POLICY seen ON evaluation_doubt FOR SELECT USING ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
CREATE POLICY added ON evaluation_doubt FOR INSERT WITH CHECK ((SELECT canbo_sees_all()));
CREATE POLICY changed ON evaluation_doubt FOR UPDATE USING ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
-- How satisfied the served were is about no person: everybody may read it.
CREATE POLICY seen ON evaluation_served FOR SELECT USING (true);
CREATE POLICY added ON evaluation_served FOR INSERT WITH CHECK ((SELECT canbo_sees_all()) OR organization_id = ANY ((SELECT canbo_scope())::bigint[]));
CREATE POLICY seen ON evaluation_opinion FOR SELECT USING (EXISTS (SELECT FROM evaluation_evaluation e WHERE e.id = evaluation_opinion.evaluation_id));
CREATE POLICY added ON evaluation_opinion FOR INSERT WITH CHECK (EXISTS (SELECT FROM evaluation_evaluation e WHERE e.id = evaluation_opinion.evaluation_id
    AND ((SELECT canbo_sees_all()) OR e.organization_id = ANY ((SELECT canbo_scope())::bigint[]))));

-- ---- what must hold, whoever writes

CREATE FUNCTION evaluation_round_open(which bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT EXISTS (SELECT FROM evaluation_round r WHERE r.id = which AND r.state = 'open') $$;

CREATE FUNCTION evaluation_round_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE moves text[] := ARRAY['state', 'closed_by_id', 'closed_on', 'result', 'entry_id'];
BEGIN
    IF OLD.state = 'closed' OR (to_jsonb(NEW) - moves) IS DISTINCT FROM (to_jsonb(OLD) - moves) THEN
        PERFORM evaluation_refuse('closed_round_stays', 'A round that was closed stays.');
    END IF;
    IF NEW.state = 'closed' AND EXISTS (SELECT FROM evaluation_sealed s WHERE s.round_id = NEW.id) THEN
        PERFORM evaluation_refuse('closed_round_keeps_no_answer', 'A closed round keeps sums and no answers.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER round_holds BEFORE UPDATE ON evaluation_round FOR EACH ROW EXECUTE FUNCTION evaluation_round_holds();

CREATE FUNCTION evaluation_asked_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.answered OR NOT NEW.answered OR NOT evaluation_round_open(NEW.round_id)
       OR (to_jsonb(NEW) - 'answered') IS DISTINCT FROM (to_jsonb(OLD) - 'answered') THEN
        PERFORM evaluation_refuse('answered_once', 'Everybody answers once, while the round is open.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER asked_holds BEFORE UPDATE ON evaluation_asked FOR EACH ROW EXECUTE FUNCTION evaluation_asked_holds();

CREATE FUNCTION evaluation_while_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT evaluation_round_open(NEW.round_id) THEN
        PERFORM evaluation_refuse('round_is_closed', 'This round is closed.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER while_open BEFORE INSERT ON evaluation_sealed FOR EACH ROW EXECUTE FUNCTION evaluation_while_open();
CREATE TRIGGER while_open BEFORE INSERT ON evaluation_asked FOR EACH ROW EXECUTE FUNCTION evaluation_while_open();

-- Of a side with fewer answers than the least nothing is kept but how many there were; in an anonymous round nothing is signed.
CREATE FUNCTION evaluation_tally_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE r evaluation_round;
BEGIN
    SELECT * INTO r FROM evaluation_round WHERE id = NEW.round_id;
    IF r.state <> 'open' THEN
        PERFORM evaluation_refuse('round_is_closed', 'This round is closed.');
    END IF;
    IF r.anonymous AND (NEW.signed IS NOT NULL OR (NEW.answered < r.least
       AND (NEW.counts, NEW.texts, NEW.given, NEW.fair, NEW.error) IS DISTINCT FROM (NULL::jsonb, NULL::jsonb, NULL::float, NULL::float, NULL::float))) THEN
        PERFORM evaluation_refuse('too_few_say_nothing', 'Of too few answers only their number is kept.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tally_holds BEFORE INSERT ON evaluation_tally FOR EACH ROW EXECUTE FUNCTION evaluation_tally_holds();

CREATE FUNCTION evaluation_doubt_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.answered_by_id IS NOT NULL OR (to_jsonb(NEW) - ARRAY['answer', 'answered_by_id', 'answered_on', 'entry_id'])
       IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['answer', 'answered_by_id', 'answered_on', 'entry_id']) THEN
        PERFORM evaluation_refuse('doubt_answered_once', 'This question was answered; the answer stays.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER doubt_holds BEFORE UPDATE ON evaluation_doubt FOR EACH ROW EXECUTE FUNCTION evaluation_doubt_holds();

-- An opinion of the Party comes before the decision, and stays.
CREATE FUNCTION evaluation_opinion_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM evaluation_evaluation e WHERE e.id = NEW.evaluation_id AND e.state IN ('assessed', 'opined')) THEN
        PERFORM evaluation_refuse('opinion_before_decision', 'The opinion comes before the decision.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER opinion_holds BEFORE INSERT ON evaluation_opinion FOR EACH ROW EXECUTE FUNCTION evaluation_opinion_holds();
