"""Let the programs tell the planner that the shape of organizations has changed."""

from django.db import migrations

# The tables of organizations are empty when a register is made, and the planner remembers that. A plan of thousands
# of units fills them at one stroke, and until the server looks by itself, a minute later, questions that follow
# parents and lineages are planned as for empty tables, and take a minute where they need milliseconds.
LEARN = """
CREATE FUNCTION registry_learn_shape() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE registry_organization, registry_organizationname, registry_organizationcode, registry_organizationstatus,
            registry_organizationparent, registry_changeevent, registry_original, registry_resulting;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_person_feed")]
    operations = [migrations.RunSQL(LEARN, "DROP FUNCTION registry_learn_shape()")]
