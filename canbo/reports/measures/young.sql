-- name: young
-- meaning: People who serve and are under 42
-- standard: published statistics on young cadres: under 42
-- unit: people
-- about: people
-- source: registry_membership, registry_person
SELECT count(DISTINCT person.id)
FROM registry_membership member JOIN registry_person person ON person.id = member.person_id
WHERE member.organization_id = ANY (:organizations) AND member.valid @> :on
  AND registry_age(person.birth_on, :on) < 42
