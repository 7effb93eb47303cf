-- name: organizations
-- meaning: Organizations of every kind
-- standard: W3C ORG: Organization
-- unit: organizations
-- about: units
-- source: registry_organization
SELECT count(*) FROM registry_organization
WHERE id = ANY (:organizations) AND life @> :on
