-- What a vote is, the database holds too: the application role gets what each table needs and no more, and triggers
-- refuse to everyone what would make a roll, a box or a result other than it was.

CREATE FUNCTION ballots_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Votes are not rewritten: % on % is refused, to everyone.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'Hold the vote anew.';
END
$$;

CREATE FUNCTION ballots_state(which bigint) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT state FROM ballots_election WHERE id = which $$;

-- The terms stay; a vote goes forward only: prepared, open, closed, or abandoned before that.
CREATE FUNCTION ballots_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'state' - 'result') IS DISTINCT FROM (to_jsonb(OLD) - 'state' - 'result')
       OR (OLD.state, NEW.state) NOT IN (('prepared', 'open'), ('open', 'closed'), ('prepared', 'abandoned'), ('open', 'abandoned')) THEN
        RAISE EXCEPTION 'A vote that is % cannot become % or get other terms.', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballots_election_goes_forward';
    END IF;
    RETURN NEW;
END
$$;

-- The roll is written while the vote is prepared; afterwards only who is present changes, while it is open, and never
-- away from somebody who holds a ballot.
CREATE FUNCTION ballots_roll_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND ballots_state(NEW.election_id) = 'prepared' THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' AND ballots_state(NEW.election_id) = 'open'
          AND (to_jsonb(NEW) - 'present') = (to_jsonb(OLD) - 'present')
          AND (NEW.present OR NOT EXISTS (SELECT FROM ballots_issue WHERE voter_id = OLD.id)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The roll of a vote is frozen.' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballots_roll_is_frozen';
END
$$;

CREATE FUNCTION ballots_issued_to_the_present() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ballots_voter v JOIN ballots_issuer i ON i.election_id = v.election_id
                   WHERE v.id = NEW.voter_id AND i.id = NEW.issuer_id AND v.present AND ballots_state(v.election_id) = 'open') THEN
        RAISE EXCEPTION 'A ballot is issued to who is on the roll and present, while the vote is open.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballots_issued_to_the_present';
    END IF;
    RETURN NEW;
END
$$;

-- The box takes ballots while the vote is open, and is emptied only in the transaction that closes or abandons it. The
-- ballots in the clear are written in that same transaction, before the state moves: never earlier in practice, never after.
CREATE FUNCTION ballots_only_while_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ballots_state(COALESCE(NEW.election_id, OLD.election_id)) IN ('open', 'prepared') AND (TG_OP <> 'INSERT' OR ballots_state(NEW.election_id) = 'open') THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'This vote is not open.' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ballots_only_while_open';
END
$$;

CREATE TRIGGER goes_forward BEFORE UPDATE ON ballots_election FOR EACH ROW EXECUTE FUNCTION ballots_goes_forward();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON ballots_voter FOR EACH ROW EXECUTE FUNCTION ballots_roll_is_frozen();
CREATE TRIGGER to_the_present BEFORE INSERT ON ballots_issue FOR EACH ROW EXECUTE FUNCTION ballots_issued_to_the_present();
CREATE TRIGGER while_open BEFORE INSERT OR DELETE ON ballots_held FOR EACH ROW EXECUTE FUNCTION ballots_only_while_open();
CREATE TRIGGER while_open BEFORE INSERT ON ballots_ballot FOR EACH ROW EXECUTE FUNCTION ballots_only_while_open();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ballots_issue FOR EACH STATEMENT EXECUTE FUNCTION ballots_only_grows();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ballots_ballot FOR EACH STATEMENT EXECUTE FUNCTION ballots_only_grows();
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ballots_paper FOR EACH STATEMENT EXECUTE FUNCTION ballots_only_grows();
CREATE TRIGGER only_grows BEFORE UPDATE OR TRUNCATE ON ballots_held FOR EACH STATEMENT EXECUTE FUNCTION ballots_only_grows();
CREATE TRIGGER only_grows BEFORE DELETE OR TRUNCATE ON ballots_election FOR EACH STATEMENT EXECUTE FUNCTION ballots_only_grows();

DO $$
DECLARE
    name text;
    rights text;
BEGIN
    FOR name, rights IN VALUES
        ('ballots_election', 'SELECT, INSERT, UPDATE (state, result)'), ('ballots_voter', 'SELECT, INSERT, UPDATE (present)'),
        ('ballots_issuer', 'SELECT, INSERT, UPDATE (sealed)'), ('ballots_issue', 'SELECT, INSERT'),
        ('ballots_held', 'SELECT, INSERT, DELETE'), ('ballots_ballot', 'SELECT, INSERT'), ('ballots_paper', 'SELECT, INSERT')
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
            EXECUTE format('REVOKE ALL ON %I FROM canbo_app', name);
            EXECUTE format('GRANT %s ON %I TO canbo_app', rights, name);
        END IF;
    END LOOP;
END
$$;
