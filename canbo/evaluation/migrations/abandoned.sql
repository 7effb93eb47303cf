-- A round of many sides may be given up: closed or given up it stays, and either way no answer is left.

CREATE OR REPLACE FUNCTION evaluation_round_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE moves text[] := ARRAY['state', 'closed_by_id', 'closed_on', 'result', 'why', 'entry_id'];
BEGIN
    IF OLD.state <> 'open' OR (to_jsonb(NEW) - moves) IS DISTINCT FROM (to_jsonb(OLD) - moves) THEN
        PERFORM evaluation_refuse('closed_round_stays', 'A round that was closed stays.');
    END IF;
    IF NEW.state <> 'open' AND EXISTS (SELECT FROM evaluation_sealed s WHERE s.round_id = NEW.id) THEN
        PERFORM evaluation_refuse('closed_round_keeps_no_answer', 'A closed round keeps sums and no answers.');
    END IF;
    IF NEW.state = 'abandoned' AND (NEW.result IS NOT NULL OR EXISTS (SELECT FROM evaluation_tally t WHERE t.round_id = NEW.id)) THEN
        PERFORM evaluation_refuse('round_given_up_says_nothing', 'Of a round that was given up nothing is shown.');
    END IF;
    RETURN NEW;
END $$;
