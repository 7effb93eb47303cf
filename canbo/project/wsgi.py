"""The door for a web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbo.project.settings")
application = get_wsgi_application()

from canbo.project import ending, warm  # noqa: E402 (after the settings)

ending.with_parent()
warm.begin()
