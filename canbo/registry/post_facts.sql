-- The facts of posts on a day. Parameters: posts (ids), on. One row a post.
WITH RECURSIVE above (post, id, depth) AS (
    SELECT id, organization_id, 0 FROM registry_post WHERE id = ANY (%(posts)s)
    UNION ALL
    SELECT a.post, p.parent_id, a.depth + 1 FROM above a
    JOIN registry_organizationparent p ON p.organization_id = a.id AND p.valid @> %(on)s::date WHERE a.depth < 64
),
ground AS (
    SELECT DISTINCT ON (a.post) a.post, c.code FROM above a
    JOIN registry_organizationstatus s ON s.organization_id = a.id AND s.valid @> %(on)s::date
    JOIN registry_kind k ON k.code = s.kind_id AND k.structure = 'unit'
    JOIN registry_organizationcode c ON c.organization_id = a.id AND c.valid @> %(on)s::date ORDER BY a.post, a.depth
),
province AS (
    SELECT DISTINCT ON (a.post) a.post, c.code FROM above a
    JOIN registry_organizationstatus s ON s.organization_id = a.id AND s.valid @> %(on)s::date
    JOIN registry_kind k ON k.code = s.kind_id AND k.structure = 'unit' AND k.level = 1
    JOIN registry_organizationcode c ON c.organization_id = a.id AND c.valid @> %(on)s::date ORDER BY a.post, a.depth
)
SELECT po.id AS post, j.title_kind, j.term_months, j.standing, coalesce(100 - j.rank, 1) AS rank,
       k.level, k.structure, s.title AS source, d.number AS decision, g.code AS ground, pv.code AS province, po.organization_id
FROM registry_post po JOIN registry_job j ON j.id = po.job_id
JOIN registry_source s ON s.id = po.source_id JOIN registry_decision d ON d.id = po.decision_id
LEFT JOIN registry_organizationstatus st ON st.organization_id = po.organization_id AND st.valid @> %(on)s::date
LEFT JOIN registry_kind k ON k.code = st.kind_id
LEFT JOIN ground g ON g.post = po.id
LEFT JOIN province pv ON pv.post = po.id
WHERE po.id = ANY (%(posts)s)
