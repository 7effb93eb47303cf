-- name: managed_cadres_young
-- meaning: People under 42 among those whose posts the Party committee of this unit manages
-- standard: published statistics of a city's personnel, October 2025
-- unit: people
-- about: people
-- source: registry_membership, registry_postmanager, registry_organizationstatus, registry_person, registry_kind
SELECT count(DISTINCT member.person_id) FROM registry_membership member
JOIN registry_postmanager managed ON managed.post_id = member.post_id AND managed.valid @> :on
JOIN registry_person person ON person.id = member.person_id
WHERE member.valid @> :on AND managed.manager_id IN (
    SELECT body.organization_id FROM registry_organizationstatus body JOIN registry_kind kind ON kind.code = body.kind_id
    WHERE body.organization_id = ANY (:organizations) AND body.valid @> :on AND kind.structure = 'party' AND kind.level = (
        SELECT k.level FROM registry_organizationstatus s JOIN registry_kind k ON k.code = s.kind_id
        WHERE s.organization_id = :organization AND s.valid @> :on))
  AND registry_age(person.birth_on, :on) < 42
