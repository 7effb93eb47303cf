"""Words for codes of training and talent."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FAMILIES: dict[str, dict[str, str | Promise]] = {
    "need of training": {
        "law_late": _("asked by law, overdue"),
        "law": _("asked by law"),
        "successor": _("planned for a higher post"),
        "potential": _("programme for high potential"),
        "gap": _("gap of competency"),
        "asked": _("asked for by hand"),
    },
    "why in a plan": {
        "taken": _("has a place"),
        "by_hand": _("decided by hand"),
        "left_out": _("left out by hand"),
        "budget": _("the budget does not reach"),
        "seats": _("the course is full"),
        "each": _("has enough courses this year"),
    },
    "state of a plan": {"draft": _("waits for a second person"), "approved": _("approved")},
    "state of an enrolment": {
        "refused": _("refused by the articles"),
        "enrolled": _("sent"),
        "passed": _("passed"),
        "failed": _("not passed"),
        "left": _("broken off"),
    },
    "state of self-study": {
        "logged": _("waits to be confirmed"), "confirmed": _("confirmed"), "declined": _("not confirmed"),
    },
    "state of a course": {"proposed": _("waits for a second person"), "approved": _("offered"), "declined": _("not taken up")},
    "state of a talent": {
        "proposed": _("waits for a second person"),
        "recognised": _("recognised"),
        "declined": _("not recognised"),
        "ended": _("no longer serves"),
    },
    "way of a talent": {
        "serving": _("in service"),
        "called": _("called from outside"),
        "returning": _("returns from abroad or another sector"),
        "seconded": _("seconded by an enterprise or institute"),
    },
    "state of a promise": {"kept": _("promise kept"), "kept_late": _("kept late"), "due": _("not yet due"), "overdue": _("overdue")},
    "state in the programme": {
        "proposed": _("waits for a second person"),
        "taken": _("in the programme"),
        "declined": _("not taken"),
        "left": _("left the programme"),
    },
    "national target": {
        "recruits": _("talents among this year's recruits"),
        "still_serving": _("talents who still serve after five years"),
        "science": _("trained in science and digital skills"),
    },
    "national word": {"pass": _("reached"), "fail": _("not reached"), "unknown": _("not known")},
    "group by": {
        "service": _("years of service"), "standing": _("position"), "waiting": _("time in the post"), "place": _("place"),
        "distance": _("moved by a reorganisation, watched from its day on"),
    },
    "group of people": {
        "under5": _("under 5 years"),
        "5to15": _("5 to 15 years"),
        "over15": _("15 years or more"),
        "over5": _("5 years or more"),
        "head": _("heads"),
        "deputy": _("deputies"),
        "member": _("members"),
        "staff": _("staff"),
        "difficult": _("border, island or difficult area"),
        "other": _("elsewhere"),
        "near": _("new seat nearer than 20 km"),
        "far": _("new seat 20 km away or farther"),
    },
}  # fmt: skip
ACTS: dict[str, str | Promise] = {
    "course.proposed": _("A course was proposed"),
    "course.decided": _("A proposed course was taken up or not"),
    "plan.proposed": _("A plan of training was proposed"),
    "plan.changed": _("A place in a plan of training was decided by hand"),
    "plan.approved": _("A plan of training was approved"),
    "training.sent": _("A person was sent to a course"),
    "training.refused": _("The articles refused to send a person to a course"),
    "training.passed": _("A person passed a course"),
    "training.failed": _("A person did not pass a course"),
    "training.left": _("A course was broken off"),
    "study.logged": _("Self-study was logged"),
    "study.confirmed": _("Self-study was confirmed or not"),
    "talent.proposed": _("A talent was proposed"),
    "talent.decided": _("A talent was recognised or not"),
    "talent.ended": _("A recognised talent left"),
    "promise.given": _("A promise was made to a talent"),
    "promise.kept": _("A promise to a talent was kept"),
    "potential.proposed": _("Somebody was proposed for the programme for high potential"),
    "potential.decided": _("Somebody was taken into the programme or not"),
}
