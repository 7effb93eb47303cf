-- Native places against the grounds of posts, followed through every merger and division.
-- Parameters: posts (ids), on, and areas (ids) where the two marks in braces ask for them. One row a post and area: of the units that
-- the area has become by that day, how many lie within the ground, how many the ground lies in, and how many there are.
WITH RECURSIVE
-- The unit whose ground a post serves: the nearest administrative unit at or above its organization.
above (post, id, depth) AS (
    SELECT id, organization_id, 0 FROM registry_post WHERE id = ANY (%(posts)s)
    UNION ALL
    SELECT a.post, p.parent_id, a.depth + 1 FROM above a
    JOIN registry_organizationparent p ON p.organization_id = a.id AND p.valid @> %(on)s::date WHERE a.depth < 64
),
ground AS (
    SELECT DISTINCT ON (a.post) a.post, a.id FROM above a
    JOIN registry_organizationstatus s ON s.organization_id = a.id AND s.valid @> %(on)s::date
    JOIN registry_kind k ON k.code = s.kind_id AND k.structure = 'unit' ORDER BY a.post, a.depth
),
-- What the unit of a place has become by that day. A place is known by its ground, or by any code that the unit ever
-- bore: one that goes on under a new code keeps its ground.
became (area, id) AS (
    (SELECT o.area_id, o.id FROM registry_organization o WHERE o.area_id IS NOT NULL {only_organization}
     UNION
     SELECT a.id, c.organization_id FROM registry_area a JOIN registry_organizationcode c ON c.code = a.code WHERE true {only_area})
    UNION
    SELECT b.area, r.organization_id FROM became b JOIN registry_original o ON o.organization_id = b.id
    JOIN registry_resulting r ON r.event_id = o.event_id
    JOIN registry_changeevent e ON e.id = o.event_id AND e.on <= %(on)s
),
there AS (
    SELECT b.area, b.id FROM became b JOIN registry_organization o ON o.id = b.id AND o.life @> %(on)s::date
),
-- Every unit beneath a ground, on that day.
beneath (ground, id, depth) AS (
    SELECT DISTINCT id, id, 0 FROM ground
    UNION ALL
    SELECT b.ground, p.organization_id, b.depth + 1 FROM beneath b
    JOIN registry_organizationparent p ON p.parent_id = b.id AND p.valid @> %(on)s::date WHERE b.depth < 64
)
SELECT g.post, t.area, count(DISTINCT t.id) FILTER (WHERE b.id IS NOT NULL) AS within,
       count(DISTINCT t.id) FILTER (WHERE b.id IS NULL AND a.id IS NOT NULL) AS around, count(DISTINCT t.id) AS all_parts
FROM ground g CROSS JOIN there t LEFT JOIN beneath b ON b.ground = g.id AND b.id = t.id
LEFT JOIN above a ON a.post = g.post AND a.id = t.id GROUP BY g.post, t.area
