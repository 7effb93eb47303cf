-- Evidence is seen with the line of the log that it shows, and added by whoever wrote that line; nothing of it is rewritten or
-- removed, and nothing is added to a period that was decided.
ALTER TABLE procedures_evidence ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON procedures_evidence FOR SELECT USING (EXISTS (SELECT FROM evaluation_log l WHERE l.id = procedures_evidence.log_id));
CREATE POLICY added ON procedures_evidence FOR INSERT WITH CHECK (EXISTS (SELECT FROM evaluation_log l WHERE l.id = procedures_evidence.log_id));
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON procedures_evidence FROM canbo_app;
    END IF;
END $$;
DROP POLICY seen ON procedures_stored;
CREATE POLICY seen ON procedures_stored FOR SELECT USING (
    EXISTS (SELECT FROM procedures_document d WHERE d.sha256 = procedures_stored.sha256)
    OR EXISTS (SELECT FROM procedures_paper p WHERE p.sha256 = procedures_stored.sha256)
    OR EXISTS (SELECT FROM procedures_ruling r WHERE r.signed_file_id = procedures_stored.sha256)
    OR EXISTS (SELECT FROM procedures_evidence e WHERE e.sha256 = procedures_stored.sha256));

CREATE FUNCTION procedures_evidence_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM evaluation_log l JOIN evaluation_assignment a ON a.id = l.assignment_id
               WHERE l.id = NEW.log_id AND evaluation_closed(a.person_id, a.period)) THEN
        PERFORM procedures_refuse('period_is_closed', 'This period was decided for this person.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evidence_holds BEFORE INSERT ON procedures_evidence FOR EACH ROW EXECUTE FUNCTION procedures_evidence_holds();
