-- name: women
-- meaning: Women who serve
-- standard: ISO 30414: diversity; form 8B, women
-- unit: people
-- about: people
-- source: registry_membership, registry_person
SELECT count(DISTINCT person.id)
FROM registry_membership member JOIN registry_person person ON person.id = member.person_id
WHERE member.organization_id = ANY (:organizations) AND member.valid @> :on
  AND person.sex = 'F'
