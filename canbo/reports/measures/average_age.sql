-- name: average_age
-- meaning: Average age in completed years of those whose birth is known
-- standard: form 8B, average age
-- unit: years
-- about: people
-- source: registry_membership, registry_person
SELECT avg(registry_age(person.birth_on, :on))
FROM registry_person person
WHERE person.id IN (
    SELECT person_id FROM registry_membership
    WHERE organization_id = ANY (:organizations) AND valid @> :on)
