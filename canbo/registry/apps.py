from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Facts and their history: organizations, posts, people, who held what and when."""

    name = "canbo.registry"
    label = "registry"
    verbose_name = "Register"
    default_auto_field = "django.db.models.BigAutoField"
