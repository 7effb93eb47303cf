-- name: civil_servants
-- meaning: Civil servants
-- standard: form 8B, by category of service
-- unit: people
-- about: people
-- source: registry_membership
SELECT count(DISTINCT person_id) FROM registry_membership
WHERE organization_id = ANY (:organizations) AND valid @> :on AND category = 2
