-- What a body decided on the share of excellent stays as it was decided: another comes after it.
DO $$
DECLARE kept text;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        FOREACH kept IN ARRAY ARRAY['limit', 'outstanding']
        LOOP
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON evaluation_%s FROM canbo_app', kept);
        END LOOP;
    END IF;
END $$;

-- Nobody recognises the results of the body in which he or she serves, whoever writes.
CREATE FUNCTION evaluation_outstanding_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM registry_membership m WHERE m.person_id = evaluation_person_of(NEW.decided_by_id)
               AND m.organization_id = NEW.organization_id AND m.valid @> NEW.decided_on) THEN
        PERFORM evaluation_refuse('outstanding_by_another_body', 'Nobody recognises the results of the own body.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER outstanding_holds BEFORE INSERT ON evaluation_outstanding FOR EACH ROW EXECUTE FUNCTION evaluation_outstanding_holds();
