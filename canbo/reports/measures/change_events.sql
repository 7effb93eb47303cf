-- name: change_events
-- meaning: Reorganisations that took effect on this day
-- standard: W3C ORG: ChangeEvent
-- unit: events
-- about: units
-- source: registry_changeevent, registry_original, registry_resulting
SELECT count(*) FROM registry_changeevent event
WHERE event."on" = :on AND (
    EXISTS (SELECT FROM registry_resulting r WHERE r.event_id = event.id AND r.organization_id = ANY (:organizations))
    OR EXISTS (SELECT FROM registry_original o WHERE o.event_id = event.id AND o.organization_id = ANY (:organizations)))
