-- name: quota
-- meaning: Seats: how many may serve
-- standard: ISO 30414: headcount (authorised)
-- unit: seats
-- about: posts
-- source: registry_post, registry_seat
SELECT count(*) FROM registry_seat seat JOIN registry_post post ON post.id = seat.post_id
WHERE post.organization_id = ANY (:organizations) AND post.valid @> :on AND seat.valid @> :on
