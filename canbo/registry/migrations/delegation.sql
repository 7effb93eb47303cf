-- One delegation at a time from one to another over one organization, and what was given stays as it was given.
ALTER TABLE registry_delegation ADD CONSTRAINT one_such_delegation_at_a_time EXCLUDE USING gist
    (giver_id WITH =, receiver_id WITH =, coalesce(organization_id, 0) WITH =, valid WITH &&) WHERE (revoked_at IS NULL);

-- A delegation is given, accepted once, withdrawn once. Its acts, its days and its parties never change; nobody removes it.
CREATE FUNCTION registry_keep_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE as_given registry_delegation;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        as_given := NEW;
        as_given.known_from := OLD.known_from;
        as_given.entry_id := OLD.entry_id;
        as_given.accepted_at := OLD.accepted_at;
        as_given.revoked_at := OLD.revoked_at;
        IF as_given IS NOT DISTINCT FROM OLD AND (OLD.revoked_at IS NULL OR NEW.revoked_at = OLD.revoked_at)
           AND (NEW.accepted_at IS NOT DISTINCT FROM OLD.accepted_at OR (OLD.accepted_at IS NULL AND OLD.revoked_at IS NULL)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'delegation % stays as it was given', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'delegation_stays_as_given', TABLE = 'registry_delegation';
END $$;
CREATE TRIGGER delegation_stays_as_given BEFORE UPDATE OR DELETE ON registry_delegation
    FOR EACH ROW EXECUTE FUNCTION registry_keep_delegation();
SELECT registry_keep_past('registry_delegation');

-- Interests and disclosures are part of the file.
ALTER TABLE registry_interest   ADD CONSTRAINT interest_stated_once   UNIQUE (person_id, enterprise, role, valid WITHOUT OVERLAPS);
ALTER TABLE registry_disclosure ADD CONSTRAINT disclosed_once_a_day   UNIQUE (person_id, topic, valid WITHOUT OVERLAPS);
SELECT registry_keep_past('registry_interest'), registry_keep_past('registry_disclosure');
SELECT canbo_guard(guarded, 'person_id', true)
    FROM unnest(ARRAY['registry_interest', 'registry_interest_past', 'registry_disclosure', 'registry_disclosure_past']) AS guarded;

-- The four functions below run with their owner's rights, so that an act can be refused for a tie that its actor may not
-- look up. Each tells as little as the refusal needs: the kinds of the steps between two persons, never who stands between;
-- one enterprise; one day. docs/decisions/0015.

-- The shortest line of kinship between two persons on a day, as the kinds of its steps seen from the first: each step by
-- blood, marriage or adoption counts one, whichever side stated it. Empty: one and the same person. NULL: none within `most`.
CREATE FUNCTION canbo_kin_path(one bigint, other bigint, day date, most integer) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
WITH RECURSIVE line (id, steps, been) AS (
    SELECT one, '{}'::text[], ARRAY[one]
    UNION ALL
    SELECT near.id, l.steps || near.relation, l.been || near.id
    FROM line l CROSS JOIN LATERAL (
        SELECT k.relative_id, k.relation::text FROM registry_kinship k WHERE k.person_id = l.id AND k.valid @> day
        UNION
        SELECT k.person_id, CASE k.relation WHEN 'parent' THEN 'child' WHEN 'child' THEN 'parent'
            WHEN 'adoptive_parent' THEN 'adopted_child' WHEN 'adopted_child' THEN 'adoptive_parent' ELSE k.relation END
        FROM registry_kinship k WHERE k.relative_id = l.id AND k.valid @> day
    ) AS near (id, relation)
    WHERE cardinality(l.steps) < most AND l.id <> other AND NOT near.id = ANY (l.been)
) SELECT steps FROM line WHERE id = other ORDER BY cardinality(steps), steps LIMIT 1
$$;

-- The degree: how many steps. 0: one and the same person. NULL: none stated within `most`, which is not "none".
CREATE FUNCTION canbo_kin_degree(one bigint, other bigint, day date, most integer) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS
    $$ SELECT cardinality(canbo_kin_path(one, other, day, most)) $$;

-- An enterprise in which both have a part on a day.
CREATE FUNCTION canbo_common_interest(one bigint, other bigint, day date) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.enterprise FROM registry_interest i JOIN registry_interest o ON o.enterprise = i.enterprise
    WHERE i.person_id = one AND o.person_id = other AND i.valid @> day AND o.valid @> day ORDER BY i.enterprise LIMIT 1
$$;

-- When a person last declared a topic whole, or that there is none of it, as holds on a day. NULL: never.
CREATE FUNCTION canbo_disclosed_on(asked bigint, about text, day date) RETURNS date
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT max(told) FROM (
        SELECT lower(d.valid) AS told FROM registry_disclosure d WHERE d.person_id = asked AND d.topic = about AND d.valid @> day
        UNION ALL
        SELECT lower(n.valid) FROM registry_nonedeclared n WHERE n.person_id = asked AND n.topic = about AND n.valid @> day
    ) AS each
$$;

-- Relatives whom only one of the two named, although the other declared all relatives: from whom, to whom, as what.
CREATE FUNCTION canbo_kin_one_sided(asked bigint, day date) RETURNS TABLE (by_person bigint, of_person bigint, relation text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT k.person_id, k.relative_id, k.relation::text FROM registry_kinship k
    WHERE (k.person_id = asked OR k.relative_id = asked) AND k.valid @> day
      AND canbo_disclosed_on(k.relative_id, 'kinship', day) IS NOT NULL
      AND NOT EXISTS (SELECT FROM registry_kinship b WHERE b.person_id = k.relative_id AND b.relative_id = k.person_id AND b.valid @> day)
    ORDER BY k.id
$$;
