-- name: managed_cadres_doctor
-- meaning: Holders of doctor's degrees, the highest in their field, among those whose posts the Party committee of this unit manages
-- standard: published statistics of a city's personnel, October 2025
-- unit: people
-- about: people
-- source: registry_membership, registry_postmanager, registry_organizationstatus, registry_credential, registry_kind
SELECT count(DISTINCT member.person_id) FROM registry_membership member
JOIN registry_postmanager managed ON managed.post_id = member.post_id AND managed.valid @> :on
WHERE member.valid @> :on AND managed.manager_id IN (
    SELECT body.organization_id FROM registry_organizationstatus body JOIN registry_kind kind ON kind.code = body.kind_id
    WHERE body.organization_id = ANY (:organizations) AND body.valid @> :on AND kind.structure = 'party' AND kind.level = (
        SELECT k.level FROM registry_organizationstatus s JOIN registry_kind k ON k.code = s.kind_id
        WHERE s.organization_id = :organization AND s.valid @> :on))
  AND EXISTS (
    SELECT FROM registry_credential held WHERE held.person_id = member.person_id AND held.level = 6 AND held.valid @> :on
      AND NOT EXISTS (
        SELECT FROM registry_credential higher WHERE higher.person_id = held.person_id AND higher.level > held.level
          AND higher.valid @> :on AND higher.subject IS NOT DISTINCT FROM held.subject))
