"""The words for what somebody may do, and for declaring; `words.WORDS` holds them with the others."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FAMILIES: dict[str, dict[Any, str | Promise]] = {
    "may": {
        "organization.read": _("look at organisations and posts"),
        "claims.check": _("check published figures"),
        "rules.read": _("read the rules"),
        "rules.draft": _("draft law"),
        "rules.approve": _("approve drafts of law"),
        "staff.read": _("see staff lists"),
        "person.read": _("read files of people"),
        "person.read_family": _("read family relations"),
        "person.enter": _("enter facts into files"),
        "person.change": _("record changes in files"),
        "person.correct": _("correct files"),
        "count.read": _("see counts"),
        "journal.read": _("read the journal"),
        "appointment.nominate": _("nominate people for posts"),
        "candidates.find": _("look for candidates"),
        "succession.read": _("see succession plans"),
        "rotation.read": _("see who is to rotate"),
        "vacancy.read": _("see vacancies"),
        "headcount.read": _("see headcount and numbers of deputies"),
        "quota.allot": _("hand down headcount"),
        "case.read": _("read cases"),
        "case.open": _("open cases"),
        "case.draft": _("draft in cases"),
        "case.verify": _("verify in cases"),
        "case.opine": _("give opinions in cases"),
        "case.chair": _("chair votes in cases"),
        "case.approve": _("sign decisions"),
        "case.publish": _("publish decisions"),
        "appeal.answer": _("answer appeals"),
        "document.issue": _("issue documents"),
        "dossier.add": _("add papers to dossiers"),
        "organization.change": _("change organisations"),
        "register.intake": _("take data into the register"),
        "account.manage": _("let people in and grant roles"),
        "delegation.give": _("lend powers"),
        "delegation.accept": _("accept powers that are lent"),
        "delegation.revoke": _("withdraw powers that were lent"),
        "delegation.read": _("see who lent what"),
        "disclosure.make": _("declare relatives and interests"),
    },
    "of a delegation": {
        "waiting": _("waits to be accepted"),
        "running": _("lent"),
        "coming": _("accepted, not begun"),
        "withdrawn": _("withdrawn"),
    },
    "deciding": {"appoint": _("Appointment"), "dismiss": _("Dismissal"), "suspend": _("Suspension from work")},
    "form of deciding": {"collective": _("the body decides together"), "head": _("its head decides alone")},
    "disclosed": {"kinship": _("Relatives"), "interest": _("Interests")},
    "part in an enterprise": {
        "owner": _("owner"),
        "shareholder": _("shareholder"),
        "manager": _("manager"),
        "board": _("member of its board"),
        "other": _("another part"),
    },
}
ACTS: dict[str, str | Promise] = {
    "quota.allotted": _("Headcount was handed down"),
    "delegation.given": _("A power was offered to another account"),
    "delegation.accepted": _("A power that was lent was accepted"),
    "delegation.revoked": _("A power that was lent was withdrawn"),
    "kinship.disclosed": _("A relative was declared"),
    "interest.disclosed": _("An interest was declared"),
    "interest.given_up": _("The end of an interest was declared"),
    "topic.disclosed": _("Relatives or interests were declared whole"),
}
