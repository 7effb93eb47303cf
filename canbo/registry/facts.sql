-- The facts of persons on a day, as the rulebook's catalogue means them: each defined once, for one person or for all.
-- One row a person. Parameters: on (a day), and people (ids) where the mark "only" asks for them, which stands for
-- "person_id is one of people" or for nothing. Null is unknown. Numbers of records (..._from) say what a fact rests on.
WITH day AS (SELECT %(on)s::date AS on, extract(year FROM %(on)s::date)::int AS year),
held AS ( -- every post held on the day; the best first: leading posts before others, a lower rank number is the higher post
    SELECT DISTINCT ON (m.person_id) m.person_id, m.id AS membership, m.organization_id, m.post_id, m.category, j.id AS job_id, j.rank,
           j.standing IN ('head', 'deputy') AS leads, j.standing = 'head' AS heads, coalesce(j.term_months, 60) AS term
    FROM registry_membership m JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id, day
    WHERE m.valid @> day.on {only}
    ORDER BY m.person_id, (j.standing IN ('head', 'deputy')) DESC, j.rank NULLS LAST, m.id
),
spell AS ( -- since when without a break in posts of that rank (of those who lead none: in service)
    SELECT found.person_id, (SELECT lower(part) FROM unnest(found.days) part WHERE part @> day.on) AS since
    FROM (
        SELECT h.person_id, range_agg(m.valid) AS days
        FROM held h JOIN registry_membership m ON m.person_id = h.person_id
        JOIN registry_post p ON p.id = m.post_id JOIN registry_job j ON j.id = p.job_id
        WHERE NOT h.leads OR (j.standing IN ('head', 'deputy') AND j.rank = h.rank)
        GROUP BY h.person_id
    ) AS found, day
),
none AS ( -- topics of which it is stated that there is nothing
    SELECT person_id, array_agg(topic::text) AS topics, min(id) AS id FROM registry_nonedeclared, day
    WHERE valid @> day.on {only} GROUP BY person_id
),
degree AS (
    SELECT DISTINCT ON (person_id) person_id, id, level FROM registry_credential, day
    WHERE valid @> day.on {only} ORDER BY person_id, level DESC, id
),
theory AS (
    SELECT DISTINCT ON (person_id) person_id, id, level FROM registry_politicaltheory, day
    WHERE valid @> day.on {only} ORDER BY person_id, level DESC, id
),
sanction AS ( -- the last measure that had taken effect
    SELECT DISTINCT ON (person_id) person_id, id, measure, lower(valid) AS since FROM registry_sanction, day
    WHERE lower(valid) <= day.on {only} ORDER BY person_id, lower(valid) DESC, measure DESC, id
),
graded AS ( -- whole years that had ended, by the year graded
    SELECT person_id, extract(year FROM lower(valid))::int AS year, max(grade) AS grade, max(id) AS id FROM registry_rating, day
    WHERE upper(valid) <= day.on AND lower(valid) > day.on - 3000 AND upper(valid) - lower(valid) > 180 {only}
    GROUP BY person_id, extract(year FROM lower(valid))
),
grades AS ( -- of the last five years that have ended, the newest first; a year that was not graded stays a gap
    SELECT g.person_id, max(g.id) AS id,
           max(grade) FILTER (WHERE g.year = day.year - 1) AS grade0, max(grade) FILTER (WHERE g.year = day.year - 2) AS grade1,
           max(grade) FILTER (WHERE g.year = day.year - 3) AS grade2, max(grade) FILTER (WHERE g.year = day.year - 4) AS grade3,
           max(grade) FILTER (WHERE g.year = day.year - 5) AS grade4
    FROM graded g, day GROUP BY g.person_id
),
declared AS (
    SELECT DISTINCT ON (person_id) person_id, id, registry_declaration.year, verified FROM registry_declaration, day
    WHERE lower(valid) <= day.on {only} ORDER BY person_id, registry_declaration.year DESC, id
),
planned AS ( -- the highest post for which the person is planned
    SELECT s.person_id, min(j.rank) AS rank, max(s.id) AS id FROM registry_succession s
    JOIN registry_post p ON p.id = s.post_id JOIN registry_job j ON j.id = p.job_id, day
    WHERE s.valid @> day.on {only} GROUP BY s.person_id
)
SELECT person.id, held.job_id, kind.level, kind.structure, person.sex, person.birth_on, person.birth_precision, person.native_area_id, person.ethnicity,
       person.source_id, person.decision_id, person.confirmed_by_id IS NOT NULL AS confirmed,
       CASE WHEN degree.level >= 6 THEN 4 WHEN degree.level = 5 THEN 3 WHEN degree.level = 4 THEN 2 WHEN degree.level = 3 THEN 1
            WHEN degree.level IS NOT NULL OR 'credential' = ANY (none.topics) THEN 0 END AS degree, degree.id AS degree_from,
       CASE WHEN theory.level >= 3 THEN 3 WHEN theory.level IS NOT NULL THEN theory.level
            WHEN 'political_theory' = ANY (none.topics) THEN 0 END AS theory, theory.id AS theory_from,
       held.membership, held.organization_id, held.post_id, held.category, held.heads,
       CASE WHEN held.membership IS NULL THEN NULL WHEN held.leads AND held.rank IS NOT NULL THEN 100 - held.rank ELSE 0 END AS rank,
       spell.since AS post_since,
       CASE WHEN held.heads THEN ((day.on - spell.since) / 30.436875)::int / held.term WHEN held.membership IS NOT NULL THEN 0 END AS terms,
       CASE WHEN sanction.measure IS NOT NULL THEN least(sanction.measure, 3) WHEN 'sanction' = ANY (none.topics) THEN 0 END AS discipline,
       sanction.since AS discipline_on, sanction.id AS discipline_from,
       grades.grade0, grades.grade1, grades.grade2, grades.grade3, grades.grade4, grades.id AS grades_from,
       CASE WHEN declared.year >= extract(year FROM day.on) - 2 THEN CASE WHEN declared.verified THEN 0 ELSE 1 END
            WHEN 'declaration' = ANY (none.topics) THEN 2 END AS assets, declared.id AS assets_from,
       CASE WHEN planned.rank IS NOT NULL THEN 100 - planned.rank WHEN 'succession' = ANY (none.topics) THEN 0 END AS planned_rank,
       planned.id AS planned_from, none.id AS none_from
FROM day, registry_person person
LEFT JOIN held ON held.person_id = person.id
LEFT JOIN registry_organizationstatus status ON status.organization_id = held.organization_id AND status.valid @> %(on)s::date
LEFT JOIN registry_kind kind ON kind.code = status.kind_id
LEFT JOIN spell ON spell.person_id = person.id
LEFT JOIN none ON none.person_id = person.id LEFT JOIN degree ON degree.person_id = person.id
LEFT JOIN theory ON theory.person_id = person.id LEFT JOIN sanction ON sanction.person_id = person.id
LEFT JOIN grades ON grades.person_id = person.id LEFT JOIN declared ON declared.person_id = person.id
LEFT JOIN planned ON planned.person_id = person.id
WHERE {person}
