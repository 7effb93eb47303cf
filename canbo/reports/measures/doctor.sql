-- name: doctor
-- meaning: People who serve and whose highest degree is a doctor's degree
-- standard: form 8B, by qualification
-- unit: people
-- about: people
-- source: registry_membership, registry_credential
SELECT count(*) FROM (
    SELECT credential.person_id FROM registry_credential credential
    WHERE credential.valid @> :on AND credential.person_id IN (
        SELECT person_id FROM registry_membership
        WHERE organization_id = ANY (:organizations) AND valid @> :on)
    GROUP BY credential.person_id HAVING max(credential.level) = 6
) AS qualified
