-- name: districts
-- meaning: Districts, towns and cities under a province
-- standard: official unit counts (law on the organisation of local government)
-- unit: units
-- about: units
-- source: registry_organizationstatus, registry_kind
SELECT count(DISTINCT status.organization_id)
FROM registry_organizationstatus status JOIN registry_kind kind ON kind.code = status.kind_id
WHERE status.organization_id = ANY (:organizations) AND status.valid @> :on
  AND kind.structure = 'unit' AND kind.level = 2
