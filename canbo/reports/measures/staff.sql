-- name: staff
-- meaning: People who serve, each counted once
-- standard: ISO 30414: headcount; form 8B, total
-- unit: people
-- about: people
-- source: registry_membership
SELECT count(DISTINCT person_id) FROM registry_membership
WHERE organization_id = ANY (:organizations) AND valid @> :on
