-- Documents and papers, whoever writes: numbers without gaps or doubles, bytes under their own digest, nothing rewritten.

ALTER TABLE procedures_stored ALTER COLUMN body SET STORAGE EXTERNAL;  -- PDF and pictures are compressed already
ALTER TABLE procedures_stored
    ADD CONSTRAINT stored_under_its_digest CHECK (sha256 = encode(sha256(body), 'hex') AND size = octet_length(body));
ALTER TABLE procedures_document
    ADD CONSTRAINT document_numbered_in_its_year CHECK (year = extract(year FROM issued_on));

-- The next number in the row of a body, a series and a year. Whoever asks holds the row until the transaction ends, so that
-- the next one waits, and a number that was not used is given again.
CREATE FUNCTION procedures_next_number(body bigint, letters text, in_year integer) RETURNS integer
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(format('document %s %s %s', body, in_year, letters), 0));
    RETURN 1 + coalesce((SELECT max(d.number) FROM procedures_document d
                         WHERE d.issuer_id = body AND d.series = letters AND d.year = in_year), 0);
END $$;

CREATE FUNCTION procedures_document_holds() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.number <> procedures_next_number(NEW.issuer_id, NEW.series, NEW.year) THEN
        PERFORM procedures_refuse('document_numbers_follow', 'Documents of a body are numbered one after another.');
    END IF;
    IF NEW.kind LIKE 'decision-%' AND NOT EXISTS (
        SELECT FROM procedures_ruling r WHERE r.case_id = NEW.case_id AND r.state <> 'drawn'
    ) THEN
        PERFORM procedures_refuse('decision_document_after_ruling', 'A decision is issued only once it has been signed.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER document_holds BEFORE INSERT ON procedures_document FOR EACH ROW EXECUTE FUNCTION procedures_document_holds();

CREATE FUNCTION procedures_document_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM procedures_refuse('document_stays', 'What was issued or handed in stays: issue or hand in another.');
    RETURN NULL;
END $$;

DO $$
DECLARE kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['procedures_stored', 'procedures_document', 'procedures_paper']
    LOOP
        EXECUTE format('CREATE TRIGGER stays BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION procedures_document_stays()', kept);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER stays', kept);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', kept);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'canbo_app') THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM canbo_app', kept);
        END IF;
    END LOOP;
END $$;

-- A document is seen by the body that issued it and by the bodies of its case; what is meant for its subject, by the subject.
CREATE POLICY seen ON procedures_document FOR SELECT USING ((SELECT canbo_sees_all())
    OR issuer_id = ANY ((SELECT canbo_scope())::bigint[])
    OR (to_person AND person_id = (SELECT canbo_self()))
    OR EXISTS (SELECT FROM procedures_case c LEFT JOIN registry_post p ON p.id = c.post_id WHERE c.id = procedures_document.case_id
               AND (ARRAY[c.organization_id, c.manager_id, p.organization_id] && (SELECT canbo_scope())::bigint[])));
CREATE POLICY added ON procedures_document FOR INSERT WITH CHECK ((SELECT canbo_sees_all())
    OR issuer_id = ANY ((SELECT canbo_scope())::bigint[]));

-- A paper belongs to the file of its person, and is seen by whoever has that file.
CREATE POLICY seen ON procedures_paper FOR SELECT USING ((SELECT canbo_sees_all()) OR person_id = (SELECT canbo_self())
    OR canbo_file_within(person_id, (SELECT canbo_scope())));
CREATE POLICY added ON procedures_paper FOR INSERT WITH CHECK ((SELECT canbo_sees_all())
    OR canbo_file_within(person_id, (SELECT canbo_scope())));

-- Bytes are seen with what they are the bytes of.
CREATE POLICY seen ON procedures_stored FOR SELECT USING (
    EXISTS (SELECT FROM procedures_document d WHERE d.sha256 = procedures_stored.sha256)
    OR EXISTS (SELECT FROM procedures_paper p WHERE p.sha256 = procedures_stored.sha256));
CREATE POLICY added ON procedures_stored FOR INSERT WITH CHECK (true);
