"""Signing in: no open registration, and the doors of the demo world, which exist only there."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm as AllauthLoginForm
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from canbo.pages.access import open_to_all
from canbo.registry.models import Account

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Adapter(DefaultAccountAdapter):
    """How allauth behaves here: accounts are given by the personnel office, never taken."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, request: HttpRequest, level: int, message_template: str, *args: Any, **kwargs: Any) -> None:
        """Say nothing on sign-in and sign-out: the page that follows says it."""
        if message_template in {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}:
            return
        super().add_message(request, level, message_template, *args, **kwargs)


class LoginForm(AllauthLoginForm):  # type: ignore[misc]
    """The sign-in form. A forgotten password is given anew by the registrar, face to face, never by mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = _("Forgotten? The registrar of your unit gives you a new one.")


def invented_accounts() -> Any:
    """The accounts of the demo world: those whose grant comes from a source of invented persons."""
    return Account.objects.filter(is_active=True, is_program=False, grants__source__invented=True).distinct()


@open_to_all
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as an account of the demo world by one click; elsewhere this address does not exist."""
    if not settings.CANBO_DEMO:
        raise Http404
    account = invented_accounts().filter(username=request.POST.get("account", "")).first()
    if account is None:
        raise Http404
    login(request, account, backend=BACKEND)
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}):
        onward = reverse("home")
    return redirect(onward)
