-- Whose facts changed since the columns for counting were taken (reports/snapshot.py, docs/decisions/0006).
-- A row says: the transaction `xid` wrote something about this person. A reader re-reads those persons whose
-- transaction the columns could not see. Nothing is kept while there are no columns, so the table stays small.
CREATE TABLE registry_snapshot (
    token uuid PRIMARY KEY,
    taken pg_snapshot,             -- null while the columns are being written
    made_at timestamptz NOT NULL DEFAULT now(),
    people bigint,
    memberships bigint
);
CREATE TABLE registry_personfeed (
    person_id bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX registry_personfeed_xid ON registry_personfeed (xid);

-- Runs with its owner's rights: the application role may read the feed, never write or empty it.
-- Argument: the column that holds the person. `come` and `gone` are the rows of the statement, after and before.
CREATE FUNCTION registry_feed_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- A transaction that looks at an older moment may not see that columns are being taken: it always tells.
    IF current_setting('transaction_isolation') = 'read committed' AND NOT EXISTS (SELECT FROM registry_snapshot) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM registry_snapshot;
        RETURN NULL;
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        EXECUTE format('INSERT INTO registry_personfeed (person_id) SELECT DISTINCT %I FROM come', TG_ARGV[0]);
    END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') THEN
        EXECUTE format('INSERT INTO registry_personfeed (person_id) SELECT DISTINCT %I FROM gone', TG_ARGV[0]);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION registry_feed_from(fed text, person_column text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER feed_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION registry_feed_person(%L)', fed, person_column);
    EXECUTE format('CREATE TRIGGER feed_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION registry_feed_person(%L)', fed, person_column);
    EXECUTE format('CREATE TRIGGER feed_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION registry_feed_person(%L)', fed, person_column);
    EXECUTE format('CREATE TRIGGER feed_truncate AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION registry_feed_person()', fed);
END $$;

SELECT registry_feed_from('registry_membership', 'person_id');
SELECT registry_feed_from('registry_person', 'id');
SELECT registry_feed_from('registry_credential', 'person_id');
SELECT registry_feed_from('registry_nonedeclared', 'person_id');

DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON registry_snapshot, registry_personfeed FROM canbo_app;
        GRANT SELECT ON registry_snapshot, registry_personfeed TO canbo_app;
    END IF;
END $$;

-- Completed years on a day; null: birth unknown, or after the day. Born on 29 February: a year older on 1 March of
-- common years. Where only month or year of birth is known, birth_on is its first day, and the age counts from it.
CREATE FUNCTION registry_age(born date, "on" date) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT CASE WHEN born <= "on" THEN extract(year FROM age("on"::timestamp, born::timestamp))::integer END $$;
