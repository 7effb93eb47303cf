-- name: posts
-- meaning: Posts that exist
-- standard: W3C ORG: Post
-- unit: posts
-- about: posts
-- source: registry_post
SELECT count(*) FROM registry_post
WHERE organization_id = ANY (:organizations) AND valid @> :on
