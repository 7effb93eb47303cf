-- What must always be true about the register, by name. See docs/decisions/0001.

-- 1. One value at a time: temporal keys.
ALTER TABLE registry_organization       ADD CONSTRAINT organization_life             UNIQUE (id, life WITHOUT OVERLAPS);
ALTER TABLE registry_organizationname   ADD CONSTRAINT one_name_at_a_time            UNIQUE (organization_id, valid WITHOUT OVERLAPS);
ALTER TABLE registry_organizationcode   ADD CONSTRAINT one_code_at_a_time            UNIQUE (organization_id, valid WITHOUT OVERLAPS);
ALTER TABLE registry_organizationcode   ADD CONSTRAINT no_two_bear_one_code          UNIQUE (code, valid WITHOUT OVERLAPS);
ALTER TABLE registry_organizationstatus ADD CONSTRAINT one_status_at_a_time          UNIQUE (organization_id, valid WITHOUT OVERLAPS);
ALTER TABLE registry_organizationparent ADD CONSTRAINT one_parent_at_a_time          UNIQUE (organization_id, valid WITHOUT OVERLAPS);
ALTER TABLE registry_remit              ADD CONSTRAINT remit_stated_once             UNIQUE (task_id, organization_id, valid WITHOUT OVERLAPS);
ALTER TABLE registry_personname         ADD CONSTRAINT one_person_name_at_a_time     UNIQUE (person_id, valid WITHOUT OVERLAPS);
ALTER TABLE registry_nonedeclared       ADD CONSTRAINT none_declared_once            UNIQUE (person_id, topic, valid WITHOUT OVERLAPS);
ALTER TABLE registry_kinship            ADD CONSTRAINT kinship_stated_once           UNIQUE (person_id, relative_id, relation, valid WITHOUT OVERLAPS);
ALTER TABLE registry_post               ADD CONSTRAINT post_life                     UNIQUE (id, valid WITHOUT OVERLAPS);
ALTER TABLE registry_post               ADD CONSTRAINT post_of_one_organization      UNIQUE (id, organization_id);
ALTER TABLE registry_seat               ADD CONSTRAINT one_life_of_a_seat_at_a_time  UNIQUE (post_id, number, valid WITHOUT OVERLAPS);
ALTER TABLE registry_seat               ADD CONSTRAINT seats_are_numbered_from_one   CHECK (number >= 1);

-- 2. Nothing outlives what it belongs to: temporal foreign keys, checked at commit.
ALTER TABLE registry_organizationname   ADD CONSTRAINT name_within_organization   FOREIGN KEY (organization_id, PERIOD valid) REFERENCES registry_organization (id, PERIOD life) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_organizationcode   ADD CONSTRAINT code_within_organization   FOREIGN KEY (organization_id, PERIOD valid) REFERENCES registry_organization (id, PERIOD life) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_organizationstatus ADD CONSTRAINT status_within_organization FOREIGN KEY (organization_id, PERIOD valid) REFERENCES registry_organization (id, PERIOD life) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_organizationparent ADD CONSTRAINT child_within_organization  FOREIGN KEY (organization_id, PERIOD valid) REFERENCES registry_organization (id, PERIOD life) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_organizationparent ADD CONSTRAINT parent_within_organization FOREIGN KEY (parent_id, PERIOD valid)       REFERENCES registry_organization (id, PERIOD life) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_remit              ADD CONSTRAINT remit_within_organization  FOREIGN KEY (organization_id, PERIOD valid) REFERENCES registry_organization (id, PERIOD life) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_post               ADD CONSTRAINT post_within_organization   FOREIGN KEY (organization_id, PERIOD valid) REFERENCES registry_organization (id, PERIOD life) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE registry_seat               ADD CONSTRAINT seat_within_post           FOREIGN KEY (post_id, PERIOD valid)         REFERENCES registry_post (id, PERIOD valid)        DEFERRABLE INITIALLY DEFERRED;

-- 3. An organization, once founded, always has a name, a code and a status; no day of its life is without.
--    4. No circle on any day.
CREATE FUNCTION registry_refuse_circle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE day daterange;
BEGIN
    WITH RECURSIVE above (organization_id, days, depth) AS (
        SELECT NEW.parent_id, NEW.valid, 1
        UNION ALL
        SELECT p.parent_id, a.days * p.valid, a.depth + 1
        FROM above a JOIN registry_organizationparent p ON p.organization_id = a.organization_id AND p.valid && a.days
        WHERE a.organization_id <> NEW.organization_id AND a.depth < 64
    )
    SELECT days INTO day FROM above WHERE organization_id = NEW.organization_id AND NOT isempty(days) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'organization % would stand above itself during %', NEW.organization_id, day
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'organization_not_in_circle',
                  TABLE = 'registry_organizationparent';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER organization_not_in_circle
    AFTER INSERT OR UPDATE OF parent_id, organization_id, valid ON registry_organizationparent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION registry_refuse_circle();

-- No committed moment in which an organization is without name, code or status on a day of its life.
CREATE FUNCTION registry_require_description() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE missing text;
BEGIN
    SELECT string_agg(what, ', ') INTO missing FROM (
        SELECT 'name' AS what, (SELECT range_agg(valid) FROM registry_organizationname   WHERE organization_id = NEW.id) AS covered
        UNION ALL SELECT 'code', (SELECT range_agg(valid) FROM registry_organizationcode   WHERE organization_id = NEW.id)
        UNION ALL SELECT 'status', (SELECT range_agg(valid) FROM registry_organizationstatus WHERE organization_id = NEW.id)
    ) AS described
    WHERE EXISTS (SELECT FROM registry_organization o WHERE o.id = NEW.id
                  AND NOT coalesce(described.covered @> o.life, false));
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'organization % has no % on some day of its life', NEW.id, missing
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_is_described',
                  TABLE = 'registry_organization';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER organization_is_described
    AFTER INSERT OR UPDATE OF life ON registry_organization
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION registry_require_description();

-- 5. Looking up by subtree and by person.
-- (No index on `life` alone: most lives overlap, and a planner that picks it for the check of a temporal key reads all.)
CREATE INDEX registry_post_organization_life ON registry_post (organization_id, job_id);
