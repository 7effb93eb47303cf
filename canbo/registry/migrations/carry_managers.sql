-- As in carry_over.sql, with the body that decides on each post: its row is closed, remembered and opened again beside that of
-- the post. `managers`: who takes over as manager from one that ends; null where it stays who it was. See docs/decisions/0035.
CREATE OR REPLACE FUNCTION registry_carry_over(posts bigint[], heirs bigint[], managers bigint[], day date, source bigint, decision bigint, entry bigint)
    RETURNS bigint[] LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET work_mem = '256MB' SET enable_nestloop = on AS $$
#variable_conflict use_column
DECLARE
    after CONSTANT daterange := daterange(day, NULL);
    own CONSTANT timestamptz := nullif(current_setting('canbo.moment', true), '')::timestamptz;
    moved bigint[];
BEGIN
    IF NOT canbo_sees_all() OR NOT has_table_privilege(session_user, 'registry_membership', 'INSERT')
       OR NOT has_table_privilege(session_user, 'registry_membership', 'UPDATE') THEN
        RAISE EXCEPTION 'everything must be in sight' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT has_parameter_privilege('session_replication_role', 'SET') OR cardinality(posts) = 0 THEN
        RETURN '{}';
    END IF;
    IF cardinality(posts) > 5000 THEN  -- of so many each table is read once, not looked into for each
        PERFORM set_config('enable_nestloop', 'off', true);
    END IF;
    -- Locked first, by their numbers: whoever put somebody into one of them is waited for, and nobody does from now on.
    PERFORM FROM registry_post p WHERE p.id = ANY (posts) ORDER BY p.id FOR UPDATE;
    CREATE TEMPORARY TABLE carried ON COMMIT DROP AS
    SELECT p.id AS post, p.organization_id AS body, given.heir, given.manager, NULL::bigint AS next
    FROM unnest(posts, heirs, managers) AS given (post, heir, manager)
    JOIN registry_post p ON p.id = given.post JOIN registry_job j ON j.id = p.job_id
    WHERE j.standing = 'staff' AND p.valid && after AND coalesce(lower(p.valid) < day, true) AND p.organization_id <> given.heir;
    ANALYZE pg_temp.carried;
    DELETE FROM pg_temp.carried c WHERE c.post IN (
        SELECT s.post_id FROM registry_seat s JOIN pg_temp.carried c ON c.post = s.post_id WHERE lower(s.valid) >= day
        UNION ALL
        SELECT m.post_id FROM registry_membership m JOIN pg_temp.carried c ON c.body = m.organization_id AND c.post = m.post_id + 0
        WHERE lower(m.valid) >= day
        UNION ALL
        SELECT g.post_id FROM registry_postmanager g JOIN pg_temp.carried c ON c.post = g.post_id WHERE lower(g.valid) >= day);
    UPDATE pg_temp.carried SET next = nextval(pg_get_serial_sequence('registry_post', 'id'));
    ANALYZE pg_temp.carried;

    -- What the new rows refer to and this transaction did not write itself stays until it ends.
    PERFORM FROM registry_organization o WHERE o.id IN (SELECT heir FROM pg_temp.carried UNION SELECT manager FROM pg_temp.carried)
        ORDER BY o.id FOR KEY SHARE;
    PERFORM FROM registry_source s, registry_decision d, journal_entry e WHERE s.id = source AND d.id = decision AND e.id = entry
        FOR KEY SHARE;
    IF NOT FOUND OR EXISTS (SELECT FROM pg_temp.carried c WHERE c.manager IS NOT NULL
                            AND NOT EXISTS (SELECT FROM registry_organization o WHERE o.id = c.manager)) THEN
        RAISE EXCEPTION 'what is carried over must refer to what there is' USING ERRCODE = 'foreign_key_violation';
    END IF;

    PERFORM set_config('session_replication_role', 'replica', true);
    PERFORM registry_close_and_open(day, own, source, decision, entry);
    PERFORM set_config('session_replication_role', 'origin', true);
    PERFORM registry_look_at_carried();

    IF current_setting('transaction_isolation') <> 'read committed' OR EXISTS (SELECT FROM registry_snapshot) THEN
        INSERT INTO registry_personfeed (person_id)
        SELECT DISTINCT m.person_id FROM registry_membership m JOIN pg_temp.carried c ON c.heir = m.organization_id AND c.next = m.post_id + 0;
    END IF;
    SELECT coalesce(array_agg(post), '{}') INTO moved FROM pg_temp.carried;
    DROP TABLE pg_temp.carried;
    RETURN moved;
END $$;

-- As registry_remember does row by row: what was known before this transaction is kept with the moment until which it was.
-- A row that another wrote after this transaction began is known until now by the clock.
CREATE OR REPLACE FUNCTION registry_close_and_open(day date, own timestamptz, source bigint, decision bigint, entry bigint)
    RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    after CONSTANT daterange := daterange(day, NULL);
BEGIN
    WITH closed AS (
        UPDATE registry_post p SET valid = daterange(lower(p.valid), day), known_from =
            CASE WHEN p.known_from = own THEN own WHEN p.known_from > now() THEN clock_timestamp() ELSE now() END
        FROM pg_temp.carried c WHERE c.post = p.id
        RETURNING old AS was, new.known_from AS moment, c.next, c.heir
    ), kept AS (
        INSERT INTO registry_post_past SELECT (was).*, moment FROM closed WHERE (was).known_from < moment
    )
    INSERT INTO registry_post (id, organization_id, job_id, successor_of_id, valid, source_id, decision_id, entry_id)
    SELECT next, heir, (was).job_id, (was).id, (was).valid * after, source, decision, entry FROM closed;

    WITH closed AS (
        UPDATE registry_postmanager g SET valid = daterange(lower(g.valid), day), known_from =
            CASE WHEN g.known_from = own THEN own WHEN g.known_from > now() THEN clock_timestamp() ELSE now() END
        FROM pg_temp.carried c WHERE c.post = g.post_id AND g.valid && after
        RETURNING old AS was, new.known_from AS moment, c.next, c.manager
    ), kept AS (
        INSERT INTO registry_postmanager_past SELECT (was).*, moment FROM closed WHERE (was).known_from < moment
    )
    INSERT INTO registry_postmanager (post_id, manager_id, valid, source_id, decision_id, entry_id)
    SELECT next, coalesce(manager, (was).manager_id), (was).valid * after, source, decision, entry FROM closed;

    WITH closed AS (
        UPDATE registry_seat s SET valid = daterange(lower(s.valid), day), known_from =
            CASE WHEN s.known_from = own THEN own WHEN s.known_from > now() THEN clock_timestamp() ELSE now() END
        FROM pg_temp.carried c WHERE c.post = s.post_id AND s.valid && after
        RETURNING old AS was, new.known_from AS moment, c.next
    ), kept AS (
        INSERT INTO registry_seat_past SELECT (was).*, moment FROM closed WHERE (was).known_from < moment
    )
    INSERT INTO registry_seat (post_id, number, valid, source_id, decision_id, entry_id)
    SELECT next, (was).number, (was).valid * after, source, decision, entry FROM closed;

    WITH closed AS (
        UPDATE registry_membership m SET valid = daterange(lower(m.valid), day), ending = 3, known_from =
            CASE WHEN m.known_from = own THEN own WHEN m.known_from > now() THEN clock_timestamp() ELSE now() END
        FROM pg_temp.carried c WHERE c.body = m.organization_id AND c.post = m.post_id + 0 AND m.valid && after
        RETURNING old AS was, new.known_from AS moment, c.next, c.heir
    ), kept AS (
        INSERT INTO registry_membership_past SELECT (was).*, moment FROM closed WHERE (was).known_from < moment
    )
    INSERT INTO registry_membership (person_id, post_id, seat, organization_id, valid, category, kind, ending, source_id, decision_id, entry_id)
    SELECT (was).person_id, next, (was).seat, heir, (was).valid * after, (was).category, (was).kind, (was).ending, source, decision, entry
    FROM closed;
END $$;

-- The rules that foreign keys keep elsewhere, each asked once of all that was closed or opened. One at a time (no seat held
-- twice, nobody twice in a post) the keys themselves have kept. A person goes on in a row that names the same person.
CREATE OR REPLACE FUNCTION registry_look_at_carried() RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    broken text;
BEGIN
    CREATE TEMPORARY TABLE touched ON COMMIT DROP AS
    SELECT post, body AS org FROM pg_temp.carried UNION ALL SELECT next, heir FROM pg_temp.carried;
    ANALYZE pg_temp.touched;
    SELECT what INTO broken FROM (
        SELECT 'post_within_organization' AS what FROM pg_temp.touched t JOIN registry_post p ON p.id = t.post
        LEFT JOIN registry_organization o ON o.id = t.org AND o.id = p.organization_id WHERE NOT coalesce(o.life @> p.valid, false)
        UNION ALL
        SELECT 'seat_within_post' FROM pg_temp.touched t JOIN registry_seat s ON s.post_id = t.post JOIN registry_post p ON p.id = t.post
        WHERE NOT p.valid @> s.valid
        UNION ALL
        SELECT 'manager_within_post' FROM pg_temp.touched t JOIN registry_postmanager g ON g.post_id = t.post JOIN registry_post p ON p.id = t.post
        WHERE NOT p.valid @> g.valid
        UNION ALL
        SELECT 'membership_within_seat' FROM pg_temp.touched t
        JOIN registry_membership m ON m.organization_id = t.org AND m.post_id + 0 = t.post
        LEFT JOIN registry_seat s ON s.post_id = m.post_id AND s.number = m.seat
        GROUP BY m.id, m.valid HAVING NOT coalesce(range_agg(s.valid) @> m.valid, false)
    ) AS rules LIMIT 1;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'what was carried over breaks the rule %', broken
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = broken;
    END IF;
    DROP TABLE pg_temp.touched;
END $$;
