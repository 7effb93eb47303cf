-- The queue is seen by whoever sees the result; it is moved on by whoever reaches the body. Each step is taken once.
ALTER TABLE evaluation_outgoing ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON evaluation_outgoing FOR SELECT USING (EXISTS (SELECT FROM evaluation_evaluation e WHERE e.id = evaluation_outgoing.evaluation_id));
CREATE POLICY added ON evaluation_outgoing FOR INSERT WITH CHECK (EXISTS (SELECT FROM evaluation_evaluation e WHERE e.id = evaluation_outgoing.evaluation_id));
CREATE POLICY changed ON evaluation_outgoing FOR UPDATE USING (EXISTS (SELECT FROM evaluation_evaluation e WHERE e.id = evaluation_outgoing.evaluation_id
    AND ((SELECT canbo_sees_all()) OR e.organization_id = ANY ((SELECT canbo_scope())::bigint[]))));
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE DELETE, TRUNCATE ON evaluation_outgoing FROM canbo_app;
    END IF;
END $$;

CREATE FUNCTION evaluation_outgoing_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.evaluation_id, NEW.kind, NEW.result_on, NEW.due_on, NEW.entry_id) IS DISTINCT FROM (OLD.evaluation_id, OLD.kind, OLD.result_on, OLD.due_on, OLD.entry_id)
       OR (OLD.sent_on IS NOT NULL AND (NEW.sent_on, NEW.sent_by_id) IS DISTINCT FROM (OLD.sent_on, OLD.sent_by_id))
       OR OLD.acknowledged_on IS NOT NULL THEN
        PERFORM evaluation_refuse('sent_result_stays', 'What was sent and acknowledged stays so.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER outgoing_holds BEFORE UPDATE ON evaluation_outgoing FOR EACH ROW EXECUTE FUNCTION evaluation_outgoing_holds();

-- What was published before there was a queue waits in it; five days were the law from the first.
INSERT INTO evaluation_outgoing (evaluation_id, kind, result_on, due_on, receipt, entry_id)
SELECT e.id, 'published', e.published_on, e.published_on + 5, '', e.entry_id FROM evaluation_evaluation e WHERE e.state = 'published';
