-- Holdings are no facts about people: like remits they have no wall of rows. Each has exactly one holder on every day of its life.
SELECT registry_keep_past('procedures_holding');
SELECT registry_keep_past('procedures_custody');
ALTER TABLE procedures_holding ADD CONSTRAINT holding_lives_once UNIQUE (id, life WITHOUT OVERLAPS);
ALTER TABLE procedures_custody ADD CONSTRAINT held_by_one_at_a_time EXCLUDE USING gist (holding_id WITH =, valid WITH &&) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE procedures_custody ADD CONSTRAINT custody_within_life
    FOREIGN KEY (holding_id, PERIOD valid) REFERENCES procedures_holding (id, PERIOD life) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE procedures_custody ADD CONSTRAINT custody_within_organization
    FOREIGN KEY (organization_id, PERIOD valid) REFERENCES registry_organization (id, PERIOD life) DEFERRABLE INITIALLY DEFERRED;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE TRUNCATE ON procedures_holding, procedures_custody FROM canbo_app;
        REVOKE DELETE, TRUNCATE ON procedures_handover FROM canbo_app;
    END IF;
END $$;

CREATE FUNCTION procedures_holding_has_holder() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint;
BEGIN
    IF TG_TABLE_NAME = 'procedures_holding' THEN
        touched := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        touched := OLD.holding_id;
    ELSE
        touched := NEW.holding_id;
    END IF;
    IF EXISTS (SELECT FROM procedures_holding h WHERE h.id = touched AND datemultirange(h.life) IS DISTINCT FROM (
            SELECT range_agg(c.valid) FROM procedures_custody c WHERE c.holding_id = h.id)) THEN
        RAISE EXCEPTION 'holding % has no holder on some day', touched
            USING ERRCODE = 'check_violation', CONSTRAINT = 'holding_has_one_holder', TABLE = 'procedures_holding';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER holding_has_holder AFTER INSERT OR UPDATE ON procedures_holding
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION procedures_holding_has_holder();
CREATE CONSTRAINT TRIGGER custody_leaves_no_gap AFTER INSERT OR UPDATE OR DELETE ON procedures_custody
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION procedures_holding_has_holder();

-- Minutes of a handover stay as they were confirmed.
CREATE FUNCTION procedures_handover_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.confirmed_at IS NOT NULL OR OLD.lapsed
       OR (NEW.scenario_id, NEW.custody_id, NEW.giver_id, NEW.receiver_id, NEW."on", NEW.listed)
       IS DISTINCT FROM (OLD.scenario_id, OLD.custody_id, OLD.giver_id, OLD.receiver_id, OLD."on", OLD.listed) THEN
        PERFORM procedures_refuse('handover_stays', 'A handover stays as it was confirmed.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER handover_holds BEFORE UPDATE ON procedures_handover FOR EACH ROW EXECUTE FUNCTION procedures_handover_holds();
