-- Which body decides on a post, by date. See docs/decisions/0035.
--
-- What was believed is carried over first, then what is believed now; keys are built of all rows at once. The twin table comes
-- with the trigger that fills it, so it is made before the rows: they are inserted, which it does not act upon.
SELECT registry_keep_past('registry_postmanager');

-- A manager that was overwritten in place when it ended: the memory of posts still knows it. What it became says an event; up
-- to the day of that event it decided, and from then on who is written now. Only where one such change leads to the present.
-- That is known from now on; what was believed until now is kept below with the rest.
CREATE TEMPORARY TABLE overwritten ON COMMIT DROP AS
SELECT DISTINCT ON (p.id) p.id AS post, f.managed_by_id AS former, upper(o.life) AS day, e.source_id, e.decision_id, e.entry_id
FROM registry_post p
JOIN registry_post_past f ON f.id = p.id AND f.managed_by_id <> p.managed_by_id
JOIN registry_organization o ON o.id = f.managed_by_id
JOIN registry_original g ON g.organization_id = f.managed_by_id
JOIN registry_resulting r ON r.event_id = g.event_id AND r.organization_id = p.managed_by_id
JOIN registry_changeevent e ON e.id = g.event_id AND e.on = upper(o.life)
WHERE p.valid @> upper(o.life) AND p.valid @> (upper(o.life) - 1)
ORDER BY p.id, f.known_to DESC;

INSERT INTO registry_postmanager (post_id, manager_id, valid, known_from, source_id, decision_id, confirmed_by_id, entry_id)
SELECT p.id, p.managed_by_id, p.valid, p.known_from, p.source_id, p.decision_id, p.confirmed_by_id, p.entry_id
FROM registry_post p WHERE p.managed_by_id IS NOT NULL AND NOT EXISTS (SELECT FROM overwritten w WHERE w.post = p.id);

INSERT INTO registry_postmanager (post_id, manager_id, valid, known_from, source_id, decision_id, confirmed_by_id, entry_id)
SELECT p.id, w.former, p.valid * daterange(NULL, w.day), now(), p.source_id, p.decision_id, p.confirmed_by_id, p.entry_id
FROM overwritten w JOIN registry_post p ON p.id = w.post
UNION ALL
SELECT p.id, p.managed_by_id, p.valid * daterange(w.day, NULL), now(), w.source_id, w.decision_id, NULL, w.entry_id
FROM overwritten w JOIN registry_post p ON p.id = w.post;

-- As known at: each state in which a post was believed said its manager too. Of a post that is believed no more, or is without
-- a manager now, the rows share a number of their own.
INSERT INTO registry_postmanager_past (id, post_id, manager_id, valid, known_from, known_to, source_id, decision_id, confirmed_by_id, entry_id)
SELECT coalesce(m.id, n.id), f.id, f.managed_by_id, f.valid, f.known_from, f.known_to, f.source_id, f.decision_id, f.confirmed_by_id, f.entry_id
FROM (SELECT id, managed_by_id, valid, known_from, known_to, source_id, decision_id, confirmed_by_id, entry_id FROM registry_post_past
      UNION ALL SELECT p.id, p.managed_by_id, p.valid, p.known_from, now(), p.source_id, p.decision_id, p.confirmed_by_id, p.entry_id
      FROM registry_post p JOIN overwritten w ON w.post = p.id WHERE p.known_from < now()) AS f
LEFT JOIN (SELECT post_id, min(id) AS id FROM registry_postmanager GROUP BY post_id) AS m ON m.post_id = f.id
LEFT JOIN (SELECT DISTINCT ON (b.id) b.id AS post, nextval(pg_get_serial_sequence('registry_postmanager', 'id')) AS id
           FROM (SELECT DISTINCT id FROM registry_post_past WHERE managed_by_id IS NOT NULL) AS b) AS n ON n.post = f.id AND m.id IS NULL
WHERE f.managed_by_id IS NOT NULL;

ALTER TABLE registry_postmanager ADD CONSTRAINT one_manager_at_a_time UNIQUE (post_id, valid WITHOUT OVERLAPS);
ALTER TABLE registry_postmanager ADD CONSTRAINT manager_within_post
    FOREIGN KEY (post_id, PERIOD valid) REFERENCES registry_post (id, PERIOD valid) DEFERRABLE INITIALLY DEFERRED;
