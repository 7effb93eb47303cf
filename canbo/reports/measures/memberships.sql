-- name: memberships
-- meaning: Memberships: a person with two posts counts twice
-- standard: ISO 30414: headcount (positions filled)
-- unit: memberships
-- about: people
-- source: registry_membership
SELECT count(*) FROM registry_membership
WHERE organization_id = ANY (:organizations) AND valid @> :on
