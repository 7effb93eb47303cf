-- Succession plans are remembered, guarded as part of the file, and fed to the packed columns like the other records.
-- So are, from here on, the records that articles ask for besides degrees: what decides on a candidate must not be stale.
SELECT registry_keep_past('registry_succession');
SELECT canbo_guard('registry_succession', 'person_id', true);
SELECT canbo_guard('registry_succession_past', 'person_id', true);
SELECT registry_feed_from('registry_succession', 'person_id');
SELECT registry_feed_from('registry_politicaltheory', 'person_id');
SELECT registry_feed_from('registry_rating', 'person_id');
SELECT registry_feed_from('registry_sanction', 'person_id');
SELECT registry_feed_from('registry_declaration', 'person_id');
