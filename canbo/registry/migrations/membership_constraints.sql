-- The constraints of the largest table stand alone: the loader of a whole country builds them after COPY.
ALTER TABLE registry_membership ADD CONSTRAINT membership_seat_held_once  EXCLUDE USING gist (post_id WITH =, seat WITH =, valid WITH &&);
ALTER TABLE registry_membership ADD CONSTRAINT membership_once_in_post    EXCLUDE USING gist (person_id WITH =, post_id WITH =, valid WITH &&);
ALTER TABLE registry_membership ADD CONSTRAINT membership_in_posts_organization FOREIGN KEY (post_id, organization_id) REFERENCES registry_post (id, organization_id) ON UPDATE CASCADE;
ALTER TABLE registry_membership ADD CONSTRAINT membership_within_seat     FOREIGN KEY (post_id, seat, PERIOD valid) REFERENCES registry_seat (post_id, number, PERIOD valid) DEFERRABLE INITIALLY DEFERRED;
