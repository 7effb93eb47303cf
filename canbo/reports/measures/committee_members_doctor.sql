-- name: committee_members_doctor
-- meaning: Holders of doctor's degrees, the highest in their field, among the members of Party committees at commune level
-- standard: published statistics of a city's personnel, October 2025
-- unit: people
-- about: people
-- source: registry_membership, registry_post, registry_organizationstatus, registry_job, registry_kind, registry_credential
SELECT count(DISTINCT member.person_id) FROM registry_membership member JOIN registry_post post ON post.id = member.post_id
JOIN registry_job job ON job.id = post.job_id
JOIN registry_organizationstatus body ON body.organization_id = member.organization_id AND body.valid @> :on
JOIN registry_kind kind ON kind.code = body.kind_id
WHERE member.organization_id = ANY (:organizations) AND member.valid @> :on
  AND kind.structure = 'party' AND kind.level = 3 AND job.title_kind IN ('secretary', 'deputy_secretary', 'committee_member')
  AND EXISTS (
    SELECT FROM registry_credential held WHERE held.person_id = member.person_id AND held.level = 6 AND held.valid @> :on
      AND NOT EXISTS (
        SELECT FROM registry_credential higher WHERE higher.person_id = held.person_id AND higher.level > held.level
          AND higher.valid @> :on AND higher.subject IS NOT DISTINCT FROM held.subject))
