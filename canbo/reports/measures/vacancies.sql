-- name: vacancies
-- meaning: Seats that nobody holds
-- standard: ISO 30414: vacant positions
-- unit: seats
-- about: people
-- source: registry_post, registry_seat, registry_membership
SELECT count(*) FROM registry_seat seat JOIN registry_post post ON post.id = seat.post_id
WHERE post.organization_id = ANY (:organizations) AND post.valid @> :on AND seat.valid @> :on
  AND NOT EXISTS (
    SELECT FROM registry_membership member
    WHERE member.post_id = seat.post_id AND member.seat = seat.number AND member.valid @> :on)
