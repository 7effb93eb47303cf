-- Ways round the wall of leading posts, closed: what makes a post a leading one, and which post follows which, is not
-- changed by statement; a reorganisation ends the post that it empties; whoever signs does so with a key that was confirmed.

-- ---- keys of those who sign: written by the keeper alone, face to face (`canbo account confirm-key`)
REVOKE ALL ON procedures_signer FROM PUBLIC;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
        REVOKE ALL ON procedures_signer FROM canbo_app;
        GRANT SELECT ON procedures_signer TO canbo_app;
    END IF;
END $$;

-- ---- what a post is stays what it is
CREATE FUNCTION procedures_job_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.standing IS DISTINCT FROM OLD.standing AND NOT canbo_is_keeper() THEN
        PERFORM procedures_refuse('standing_stays', 'Whether a job leads is the rulebook''s to say.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER job_holds BEFORE UPDATE ON registry_job FOR EACH ROW EXECUTE FUNCTION procedures_job_holds();

CREATE FUNCTION procedures_post_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.job_id, NEW.successor_of_id) IS DISTINCT FROM (OLD.job_id, OLD.successor_of_id) AND NOT canbo_is_keeper()
       AND EXISTS (SELECT FROM procedures_keeping) THEN
        PERFORM procedures_refuse('post_stays_what_it_is', 'Which job a post is, and which post it follows, does not change.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER post_holds BEFORE UPDATE ON registry_post FOR EACH ROW EXECUTE FUNCTION procedures_post_holds();

-- ---- leading posts
CREATE OR REPLACE FUNCTION procedures_guard_membership() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    since_day date := (SELECT k.since FROM procedures_keeping k);
    touched date;
BEGIN
    IF since_day IS NULL OR canbo_is_keeper() THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'INSERT' THEN
        touched := greatest(lower(NEW.valid), since_day);
        IF upper(NEW.valid) <= since_day THEN RETURN NEW; END IF;  -- history
    ELSIF TG_OP = 'DELETE' THEN
        touched := greatest(lower(OLD.valid), since_day);
        IF upper(OLD.valid) <= since_day THEN RETURN OLD; END IF;
    ELSE
        IF (NEW.person_id, NEW.post_id, NEW.seat, NEW.kind, NEW.valid) IS NOT DISTINCT FROM
           (OLD.person_id, OLD.post_id, OLD.seat, OLD.kind, OLD.valid) THEN RETURN NEW; END IF;
        touched := greatest(coalesce(upper(NEW.valid), lower(NEW.valid)), since_day);
        IF upper(NEW.valid) <= since_day AND upper(OLD.valid) <= since_day THEN RETURN NEW; END IF;  -- history put right
    END IF;
    IF NOT EXISTS (SELECT FROM registry_post p JOIN registry_job j ON j.id = p.job_id
                   WHERE p.id IN (CASE WHEN TG_OP = 'DELETE' THEN OLD.post_id ELSE NEW.post_id END,
                                  CASE WHEN TG_OP = 'INSERT' THEN NEW.post_id ELSE OLD.post_id END)
                   AND j.standing IN ('head', 'deputy', 'member')) THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    -- A membership that is only cut short: by death, or by a reorganisation, which must then end the post (checked at commit).
    IF TG_OP = 'UPDATE' AND (NEW.person_id, NEW.post_id, NEW.seat, NEW.kind) = (OLD.person_id, OLD.post_id, OLD.seat, OLD.kind)
       AND NEW.valid <@ OLD.valid AND lower(NEW.valid) IS NOT DISTINCT FROM lower(OLD.valid) AND upper(NEW.valid) IS NOT NULL
       AND NEW.ending IN (3, 7) THEN
        RETURN NEW;
    END IF;
    -- Who held the post before a reorganisation goes on in the one that follows it, if it is the same job (checked at commit).
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT FROM registry_post p JOIN registry_post former ON former.id = p.successor_of_id AND former.job_id = p.job_id
          JOIN registry_membership m ON m.post_id = former.id
         WHERE p.id = NEW.post_id AND m.person_id = NEW.person_id AND m.kind = NEW.kind AND m.seat = NEW.seat
           AND (m.valid @> lower(NEW.valid) OR upper(m.valid) = lower(NEW.valid))) THEN
        RETURN NEW;
    END IF;
    -- What begins only after the reorganisation goes with it: the same life in the post that follows.
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM registry_post p JOIN registry_membership m ON m.post_id = p.id
         WHERE p.successor_of_id = OLD.post_id AND m.person_id = OLD.person_id AND lower(m.valid) = lower(OLD.valid)) THEN
        RETURN OLD;
    END IF;
    PERFORM canbo_note_attempt(CASE WHEN TG_OP = 'DELETE' THEN OLD.person_id ELSE NEW.person_id END,
                               CASE WHEN TG_OP = 'DELETE' THEN OLD.post_id ELSE NEW.post_id END, touched);
    RETURN NULL;
END $$;

-- At commit: a reorganisation that cut a membership short, or carried it on, has ended the post it came from on that day.
CREATE FUNCTION procedures_reorganization_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    stands registry_membership;
    leads boolean;
    former registry_post;
BEGIN
    IF NOT EXISTS (SELECT FROM procedures_keeping k WHERE coalesce(upper(NEW.valid), 'infinity'::date) > k.since) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO stands FROM registry_membership m WHERE m.id = NEW.id;
    IF stands.id IS NULL OR pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = 'procedures_case'::regclass), 'USAGE') THEN
        RETURN NULL;  -- gone again, or written by the keeper
    END IF;
    SELECT j.standing IN ('head', 'deputy', 'member') INTO leads
      FROM registry_post p JOIN registry_job j ON j.id = p.job_id WHERE p.id = stands.post_id;
    IF NOT leads THEN RETURN NULL; END IF;
    IF TG_OP = 'UPDATE' THEN
        IF stands.ending = 3 AND stands.valid = NEW.valid AND NOT EXISTS (
            SELECT FROM registry_post p WHERE p.id = stands.post_id AND upper(p.valid) = upper(stands.valid)) THEN
            PERFORM procedures_refuse('reorganization_ends_the_post', 'A reorganisation ends the post that it empties.');
        END IF;
        RETURN NULL;
    END IF;
    SELECT f.* INTO former FROM registry_post p JOIN registry_post f ON f.id = p.successor_of_id WHERE p.id = stands.post_id;
    IF former.id IS NOT NULL AND EXISTS (SELECT FROM registry_membership m WHERE m.post_id = former.id AND m.person_id = stands.person_id)
       AND coalesce(upper(former.valid), 'infinity'::date) > lower(stands.valid) THEN
        PERFORM procedures_refuse('reorganization_ends_the_post', 'A reorganisation ends the post that it empties.');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reorganization_holds AFTER INSERT OR UPDATE ON registry_membership
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.ending = 3 OR NEW.ending IS NULL)
    EXECUTE FUNCTION procedures_reorganization_holds();
