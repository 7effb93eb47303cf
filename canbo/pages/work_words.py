"""Words for codes of work and evaluation."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FAMILIES: dict[str, dict[str, str | Promise]] = {
    "kind of period": {"month": _("by months"), "quarter": _("by quarters"), "year": _("by years")},
    "extra work": {"taken_over": _("taken over"), "unexpected": _("unexpected")},
    "cause": {
        "claimed": _("a cause was claimed; another person has to confirm it"),
        "confirmed": _("objective cause confirmed"),
        "rejected": _("the cause was not confirmed"),
    },
    "state of an evaluation": {
        "assessed": _("assessed by the person"),
        "opined": _("seen by the head"),
        "decided": _("decided"),
        "published": _("published"),
        "cancelled": _("cancelled"),
    },
    "late step": {
        "not_assigned": _("nothing assigned"),
        "not_logged": _("nothing logged"),
        "not_accepted": _("not accepted"),
        "cause_waits": _("a cause waits to be confirmed"),
        "not_assessed": _("not assessed by the person"),
        "not_opined": _("no opinion of the head"),
        "not_decided": _("not decided"),
        "not_published": _("not published"),
        "petition": _("petition not answered"),
        "not_sent": _("not sent to the national database"),
        "no_receipt": _("no receipt of the national database"),
    },
    "who acts": {
        "person": _("the person"),
        "head": _("the head"),
        "authority": _("the authority"),
        "office": _("the personnel office"),
    },
    "state of a meeting": {
        "convened": _("summoned"),
        "minuted": _("the minutes wait to be adopted"),
        "adopted": _("adopted"),
    },
    "petition": {
        "filed": _("waits for an answer"),
        "upheld": _("the petition was right"),
        "dismissed": _("the evaluation stands"),
    },
    "grade of work": {
        "excellent": _("completed excellently"),
        "good": _("completed well"),
        "completed": _("completed"),
        "not_completed": _("not completed"),
        "undetermined": _("undetermined"),
        "not_graded": _("not graded"),
    },
    "part of a score": {
        "general": _("general points"),
        "a": _("quantity"),
        "b": _("quality"),
        "c": _("progress"),
        "d": _("results of the unit"),
        "dd": _("organising"),
        "e": _("cohesion"),
        "result": _("result of tasks"),
    },
    "organising": {
        "all_with_initiative": _("all on time, with initiative"),
        "between": _("between the two cases"),
        "lasting_shortcomings": _("lasting shortcomings or delays"),
    },
    "cohesion": {
        "united": _("united"),
        "between": _("between the two cases"),
        "lasting_disunity": _("lasting disunity"),
    },
    "of whom the share is taken": {
        "good": _("of those graded good"),
        "good_or_better": _("of the good or better"),
        "all": _("of all graded"),
    },
    "rounding of a share": {
        "down": _("dropped"),
        "nearest": _("rounded to the nearest"),
        "up": _("rounded up"),
    },
    "similar tasks": {
        "leading": _("who leads, and who does not"),
        "job": _("whoever holds the same job"),
        "whole": _("all of the body"),
    },
    "what a share binds": {"year": _("the grade of the year"), "every": _("every period")},
}
ACTS: dict[str, str | Promise] = {
    "scheme.set": _("A body set by which period it scores"),
    "limit.set": _("A body set how it counts how many may be excellent"),
    "outstanding.recognised": _("The results of a body were recognised as outstanding"),
    "catalogue.drafted": _("A catalogue of products was drafted"),
    "catalogue.approved": _("A catalogue of products was approved"),
    "work.assigned": _("Work was assigned"),
    "work.logged": _("Work was logged"),
    "evidence.attached": _("A file was attached to the work log"),
    "work.accepted": _("Work was accepted"),
    "work.cause_judged": _("An objective cause was confirmed or not"),
    "work.attempted": _("An act on work or evaluation was refused"),
    "meeting.convened": _("A meeting on evaluations was summoned"),
    "meeting.minuted": _("The minutes of a meeting on evaluations were written"),
    "meeting.adopted": _("The minutes of a meeting on evaluations were adopted"),
    "evaluation.assessed": _("Somebody assessed the own work"),
    "evaluation.opined": _("A head gave an opinion on an evaluation"),
    "evaluation.decided": _("An evaluation was decided"),
    "evaluation.published": _("An evaluation was published"),
    "evaluation.cancelled": _("An evaluation was cancelled"),
    "result.sent": _("A result was sent to the national database"),
    "result.acknowledged": _("The national database acknowledged a result"),
    "petition.filed": _("A petition against an evaluation was filed"),
    "petition.answered": _("A petition against an evaluation was answered"),
}
