from __future__ import annotations

from django.apps import AppConfig


class DevelopmentConfig(AppConfig):
    name = "canbo.development"
    label = "development"
    default_auto_field = "django.db.models.BigAutoField"
