-- name: committee_members_women
-- meaning: Women among the members of Party committees at commune level
-- standard: published statistics of a city's personnel, October 2025
-- unit: people
-- about: people
-- source: registry_membership, registry_post, registry_organizationstatus, registry_job, registry_kind, registry_person
SELECT count(DISTINCT member.person_id) FROM registry_membership member JOIN registry_post post ON post.id = member.post_id JOIN registry_person person ON person.id = member.person_id
JOIN registry_job job ON job.id = post.job_id
JOIN registry_organizationstatus body ON body.organization_id = member.organization_id AND body.valid @> :on
JOIN registry_kind kind ON kind.code = body.kind_id
WHERE member.organization_id = ANY (:organizations) AND member.valid @> :on
  AND kind.structure = 'party' AND kind.level = 3 AND job.title_kind IN ('secretary', 'deputy_secretary', 'committee_member')
  AND person.sex = 'F'
