"""A person once in a post, found by person: kept so that the planner does not look there for the holders of a post.

A key of persons and posts is searched by post alone as readily as one of posts and seats, and reads most of it: 39 ms for each
seat that changes, so that a province of 22,000 people was not merged in ten minutes. As an expression it serves by person only.
"""

from django.db import migrations

OLD = "EXCLUDE USING gist (person_id WITH =, post_id WITH =, valid WITH &&)"
NEW = "EXCLUDE USING gist (person_id WITH =, (post_id + 0) WITH =, valid WITH &&)"
SQL = """
ALTER TABLE registry_membership DROP CONSTRAINT membership_once_in_post;
ALTER TABLE registry_membership ADD CONSTRAINT membership_once_in_post {}
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_allotment")]
    operations = [migrations.RunSQL(SQL.format(NEW), SQL.format(OLD))]
