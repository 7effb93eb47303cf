"""Each address names the act it is; an address that names none is refused, at start and at every request.

A view says `@requires("staff.read", over=the_organization)`. Before it runs, the reader must be signed in, the
second wall (row-level security) is opened as far as the reader's grants reach, and `authority.require` is
asked. What `over` found is handed to the view as its first argument after the request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _

from canbo.pages import case_standing
from canbo.procedures.models import Case, Search
from canbo.registry import authority
from canbo.registry.queries import NotInRegister, Unit

View = Callable[..., HttpResponse]

#: Addresses of the packages that sign people in and switch the language: they guard themselves.
ENTRANCE = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_reauthenticate",
        "account_change_password",
        "account_set_password",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_trust",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_generate_recovery_codes",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_login_webauthn",
        "mfa_signup_webauthn",
        "set_language",
    }
)
#: What allauth brings along and canbo does not offer: answered as if it were not there.
CLOSED_MODULES = ("allauth.",)


@dataclass(frozen=True)
class Policy:
    """What an address asks of the reader: an act of `authority.ACTS`, or nothing (`act` None: open to all)."""

    act: str | None
    over: Callable[..., Any] | None = None


def requires(act: str, *, over: Callable[..., Any] | None = None) -> Callable[[View], View]:
    """Declare the act of a view.

    `over(request, **kwargs)` finds what it is done to; it raises Http404 or NotInRegister with a sentence. The
    view gets it as its second argument. `request.reach` is how far the reader sees.
    """
    if act not in authority.ACTS:
        raise ImproperlyConfigured(f"There is no act {act!r} in registry.authority.ACTS; add it there first.")

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            reading = request.method in ("GET", "HEAD")
            if reading:
                authority.remember(request.user)
            request.reach = authority.reach_of(request.user)  # type: ignore[attr-defined]
            authority.open_sight(request.reach, one_plan=reading)  # type: ignore[attr-defined]
            try:
                if over is None:
                    authority.require(request.user, act)
                    return view(request, **kwargs)
                thing = over(request, **kwargs)
                authority.require(request.user, act, over=about(thing, request))
                return view(request, thing, **kwargs)
            except authority.NotAllowed as refusal:
                transaction.set_rollback(True)
                return refuse(request, str(refusal))
            except (Http404, NotInRegister) as missing:
                return not_here(request, str(missing))

        guarded.policy = Policy(act, over)  # type: ignore[attr-defined]
        return guarded

    return declare


def about(thing: Any, request: HttpRequest) -> Any:
    """What authority knows a thing by: a unit by its number, a search by its post, a case by what opens it to the reader."""
    if isinstance(thing, Unit):
        return thing.id
    if isinstance(thing, Case):
        return case_standing.ground(thing, request)
    return thing.post if isinstance(thing, Search) else thing


def may(request: HttpRequest, act: str, organization: int | None = None) -> bool:
    """Whether to offer an act over an organization (None: anywhere): asks no database beyond what is known already.

    Only for what a page offers; the act itself asks `authority.require` again.
    """
    if authority.ACTS[act] is None:
        return True
    fitting = authority.powers_for(request.user, act)
    if not fitting or organization is None:
        return bool(fitting)
    if any(power.root is None and power.within is None for power in fitting):
        return True
    every = len(fitting) == len(authority.powers_of(request.user))
    reach = request.reach if every else authority.reach_of(request.user, act=act)  # type: ignore[attr-defined]
    return reach.covers(organization)


def open_to_all(view: View) -> View:
    """Declare that a view asks nothing of the reader; it must show nothing about a person."""
    view.policy = Policy(None)  # type: ignore[attr-defined]
    return view


def refuse(request: HttpRequest, sentence: str) -> HttpResponse:
    """The page that says what was not allowed, in the shell."""
    return render(request, "403.html", {"sentence": sentence}, status=403)


def not_here(request: HttpRequest, sentence: str) -> HttpResponse:
    """The page that says what was not found, in the shell."""
    return render(request, "404.html", {"sentence": sentence}, status=404)


def addresses(patterns: list[Any] | None = None) -> Iterator[URLPattern]:
    """Every address of the project, one by one."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        else:
            yield pattern


def policies() -> dict[str, Policy]:
    """Name of the address -> what it asks, of all that canbo itself declares."""
    return {
        str(address.name): address.callback.policy  # type: ignore[attr-defined]
        for address in addresses()
        if hasattr(address.callback, "policy")
    }


def is_closed(view: Any, name: str | None) -> bool:
    """Whether an address belongs to a package and is not one of those we offer."""
    return name not in ENTRANCE and view.__module__.startswith(CLOSED_MODULES)


def undeclared() -> list[str]:
    """Addresses that name no act: there must be none."""
    return [
        f"{address.pattern} ({address.name})"
        for address in addresses()
        if not hasattr(address.callback, "policy")
        and address.name not in ENTRANCE
        and not is_closed(address.callback, address.name)
    ]


class Gate:
    """Middleware: refuses to start with an undeclared address, and refuses one at request time all the same."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        if missing := undeclared():
            raise ImproperlyConfigured(
                "These addresses declare no act: " + ", ".join(missing) + ". Put @requires(...) on their views."
            )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Let through what is declared or offered; the rest is not there."""
        name = request.resolver_match.url_name if request.resolver_match else None
        if hasattr(view, "policy") or (name in ENTRANCE):
            return None
        if is_closed(view, name):
            return not_here(request, "")
        return refuse(request, _("This address names no act, so nobody may open it."))
