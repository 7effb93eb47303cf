-- The facts of one case: this person, this post, on a day. Each fact of the rulebook's catalogue once.
-- Parameters: person, post, on. One row.
WITH RECURSIVE
-- The unit whose ground the post serves: the nearest administrative unit at or above its organization.
above (id, depth) AS (
    SELECT organization_id, 0 FROM registry_post WHERE id = %(post)s
    UNION ALL
    SELECT p.parent_id, a.depth + 1 FROM above a
    JOIN registry_organizationparent p ON p.organization_id = a.id AND p.valid @> %(on)s::date WHERE a.depth < 64
),
ground AS (
    SELECT a.id, k.level FROM above a
    JOIN registry_organizationstatus s ON s.organization_id = a.id AND s.valid @> %(on)s::date
    JOIN registry_kind k ON k.code = s.kind_id AND k.structure = 'unit' ORDER BY a.depth LIMIT 1
),
-- What the unit of the native place has become by that day, through every merger and division. The place is known
-- by its ground, or by any code that the unit ever bore: one that goes on under a new code keeps its ground.
became (id) AS (
    (SELECT o.id FROM registry_organization o JOIN registry_person p ON p.native_area_id = o.area_id WHERE p.id = %(person)s
     UNION
     SELECT c.organization_id FROM registry_person p JOIN registry_area a ON a.id = p.native_area_id
     JOIN registry_organizationcode c ON c.code = a.code WHERE p.id = %(person)s)
    UNION
    SELECT r.organization_id FROM became b JOIN registry_original o ON o.organization_id = b.id
    JOIN registry_resulting r ON r.event_id = o.event_id
    JOIN registry_changeevent e ON e.id = o.event_id AND e.on <= %(on)s
),
native AS (
    SELECT b.id FROM became b JOIN registry_organization o ON o.id = b.id AND o.life @> %(on)s::date
),
-- For each unit that the native place is now part of: does it lie in the post's ground?
native_above (root, id, depth) AS (
    SELECT id, id, 0 FROM native
    UNION ALL
    SELECT n.root, p.parent_id, n.depth + 1 FROM native_above n
    JOIN registry_organizationparent p ON p.organization_id = n.id AND p.valid @> %(on)s::date WHERE n.depth < 64
),
inside AS (
    SELECT count(DISTINCT n.root) FILTER (WHERE n.id = g.id) AS within, count(DISTINCT n.root) AS all_parts
    FROM native_above n CROSS JOIN ground g
),
held AS (
    SELECT min(j.rank) AS best FROM registry_membership m JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id
    WHERE m.person_id = %(person)s AND m.valid @> %(on)s::date AND j.standing IN ('head', 'deputy')
)
SELECT pe.sex, pe.birth_on, pe.birth_precision, pe.native_area_id IS NOT NULL AS native_known, na.code AS native_code, na.name AS native_name,
       ps.title AS person_source, pd.number AS person_decision, pe.confirmed_by_id IS NOT NULL AS confirmed, pe.known_from,
       j.title_kind, j.term_months, j.rank, j.standing, jo.level, jo.structure, js.title AS post_source, jd.number AS post_decision,
       i.within, i.all_parts, h.best AS held_rank, gc.code AS ground_code
FROM registry_person pe
LEFT JOIN registry_area na ON na.id = pe.native_area_id
JOIN registry_source ps ON ps.id = pe.source_id JOIN registry_decision pd ON pd.id = pe.decision_id
JOIN registry_post po ON po.id = %(post)s
JOIN registry_job j ON j.id = po.job_id
JOIN registry_source js ON js.id = po.source_id JOIN registry_decision jd ON jd.id = po.decision_id
LEFT JOIN registry_organizationstatus st ON st.organization_id = po.organization_id AND st.valid @> %(on)s::date
LEFT JOIN registry_kind jo ON jo.code = st.kind_id
LEFT JOIN inside i ON true LEFT JOIN held h ON true
LEFT JOIN ground g ON true LEFT JOIN registry_organizationcode gc ON gc.organization_id = g.id AND gc.valid @> %(on)s::date
WHERE pe.id = %(person)s
