-- As known at: before a row is rewritten or removed it is copied to its twin <table>_past with the moment until
-- which it was believed. The function runs with its owner's rights, so that the application role needs none on
-- the twins but to read them. A row written and rewritten in one transaction was never known to anybody: not kept.
--
-- The moment of a transaction is its start. But where it rewrites what another transaction wrote after that start
-- (or before the clock was set back), the row was known, and its end must lie after its beginning: then the moment
-- is the clock's, noted in canbo.moment so that this transaction knows its own rows again.
CREATE FUNCTION registry_remember() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE moment timestamptz := now();
BEGIN
    IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    IF OLD.known_from = nullif(current_setting('canbo.moment', true), '')::timestamptz THEN
        moment := OLD.known_from;
    ELSIF OLD.known_from > moment THEN
        moment := greatest(clock_timestamp(), OLD.known_from + interval '1 microsecond');
        PERFORM set_config('canbo.moment', moment::text, true);
    END IF;
    IF OLD.known_from < moment THEN
        EXECUTE format('INSERT INTO %I SELECT ($1).*, $2', TG_TABLE_NAME || '_past') USING OLD, moment;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.known_from := moment;
    RETURN NEW;
END $$;

CREATE FUNCTION registry_keep_past(kept text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I, known_to timestamptz NOT NULL)', kept || '_past', kept);
    EXECUTE format('CREATE INDEX %I ON %I (id)', kept || '_past_id', kept || '_past');
    EXECUTE format('CREATE TRIGGER remember BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION registry_remember()', kept);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON %I FROM canbo_app', kept || '_past');
        EXECUTE format('GRANT SELECT ON %I TO canbo_app', kept || '_past');
    END IF;
END $$;
