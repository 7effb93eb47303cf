-- name: cadres
-- meaning: Cadres: elected or approved for a term
-- standard: form 8B, by category of service
-- unit: people
-- about: people
-- source: registry_membership
SELECT count(DISTINCT person_id) FROM registry_membership
WHERE organization_id = ANY (:organizations) AND valid @> :on AND category = 1
