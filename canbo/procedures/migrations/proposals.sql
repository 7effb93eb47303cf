-- Whom a proposal or a hand names is seen by whoever sees the people of the body; what was proposed stays as it was proposed.
DO $$
DECLARE
    kept text;
    mine text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['hand', 'proposal', 'proposed'] LOOP
        mine := CASE WHEN kept <> 'proposed' THEN '(SELECT canbo_sees_all()) OR EXISTS (SELECT FROM procedures_round r WHERE r.id = round_id AND r.body_id = ANY ((SELECT canbo_scope())::bigint[]))'
            ELSE '(SELECT canbo_sees_all()) OR EXISTS (SELECT FROM procedures_proposal p JOIN procedures_round r ON r.id = p.round_id WHERE p.id = proposal_id AND r.body_id = ANY ((SELECT canbo_scope())::bigint[]))'
        END;
        EXECUTE format('ALTER TABLE procedures_%s ENABLE ROW LEVEL SECURITY', kept);
        EXECUTE format('CREATE POLICY seen ON procedures_%s FOR SELECT USING (%s)', kept, mine);
        EXECUTE format('CREATE POLICY added ON procedures_%s FOR INSERT WITH CHECK (%s)', kept, mine);
        EXECUTE format('CREATE POLICY changed ON procedures_%s FOR UPDATE USING (%s)', kept, mine);
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE DELETE, TRUNCATE ON procedures_round, procedures_hand, procedures_proposal, procedures_proposed FROM canbo_app;
        REVOKE UPDATE ON procedures_round FROM canbo_app;
    END IF;
END $$;

CREATE FUNCTION procedures_proposal_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    becomes jsonb := to_jsonb(NEW);
    word text;
BEGIN
    -- Each of these is said once, after the row was written, and stays.
    FOREACH word IN ARRAY ARRAY['entry_id', 'accepted_id', 'lifted_id', 'case_id', 'state'] LOOP
        IF was ->> word IS NULL OR (word = 'state' AND was ->> word = 'open') THEN
            was := was - word;
            becomes := becomes - word;
        END IF;
    END LOOP;
    IF was <> becomes THEN
        PERFORM procedures_refuse('proposal_stays', 'What was proposed stays as it was proposed. Ask anew.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hand_holds BEFORE UPDATE ON procedures_hand FOR EACH ROW EXECUTE FUNCTION procedures_proposal_holds();
CREATE TRIGGER proposal_holds BEFORE UPDATE ON procedures_proposal FOR EACH ROW EXECUTE FUNCTION procedures_proposal_holds();
CREATE TRIGGER proposed_holds BEFORE UPDATE ON procedures_proposed FOR EACH ROW EXECUTE FUNCTION procedures_proposal_holds();
