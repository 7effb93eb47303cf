"""Every address of canbo. An address without a declared policy is refused at start (pages/access.py)."""

from django.urls import include, path

urlpatterns = [
    path("language/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("", include("canbo.pages.urls")),
]
