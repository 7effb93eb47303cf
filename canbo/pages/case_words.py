"""The words for what cases keep as codes; `words.WORDS` holds them with the others."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: State of a case -> tone, icon: never the colour alone, the word of `case state` stands beside it.
MARKS = {
    "open": ("", "calendar-clock"),
    "incomplete": ("unk", "circle-question-mark"),
    "refused": ("fail", "circle-x"),
    "stopped": ("warn", "minus"),
    "withdrawn": ("", "undo-2"),
    "decided": ("pass", "file-check"),
    "effective": ("pass", "circle-check"),
}
#: State of an item of a dossier -> tone.
TONES = {"present": "pass", "covered": "pass", "none": "pass", "not_asked": "", "unknown": "unk"}

FAMILIES: dict[str, dict[Any, str | Promise]] = {
    "case state": {
        "open": _("under way"),
        "refused": _("refused by the rules"),
        "incomplete": _("waits for facts"),
        "stopped": _("ended without a decision"),
        "withdrawn": _("taken back"),
        "decided": _("decided, not yet in effect"),
        "effective": _("in effect"),
    },
    "outcome of a step": {
        "done": _("done"),
        "refuse": _("not agreed"),
        "none": _("nobody goes on"),
        "through": _("carried"),
        "tie": _("votes level"),
        "no_quorum": _("no quorum"),
        "signed": _("signed"),
    },
    "capacity": {
        "drafter": _("drafts"),
        "verifier": _("verifies"),
        "approver": _("signs"),
        "publisher": _("publishes"),
        "opinion": _("gives an opinion"),
        "chair": _("chairs the vote"),
        "subject": _("whom it is about"),
    },
    "candidate": {
        "through": _("goes on"),
        "out": _("does not go on"),
        "refused": _("refused by the rules"),
        "incomplete": _("waits for facts"),
    },
    "elector": {
        "convened": _("called"),
        "present": _("present"),
        "excused": _("excused"),
        "recused": _("kept away by a tie"),
    },
    "item": {
        "present": _("there"),
        "covered": _("in the register"),
        "not_asked": _("not asked for"),
        "none": _("there is none"),
        "missing": pgettext_lazy("an item of a dossier", "missing"),
        "old": _("too old"),
        "unsigned": _("not signed"),
        "unknown": _("nobody has looked"),
    },
    "ruling state": {
        "drawn": _("waits for its signature"),
        "signed": _("waits to be published"),
        "published": _("waits for witnesses or its day"),
        "effective": _("holds"),
        "failed": _("was found not to hold"),
        "lapsed": _("ended by itself"),
    },
    "signature": {
        "passkey": _("passkey"),
        "certificate": _("certificate on the PDF"),
        "practice": _("practice key: binds nobody"),
    },
    "appeal": {
        "filed": _("waits for an answer"),
        "upheld": _("the appeal was right"),
        "dismissed": _("the decision stands"),
        "escalated": _("not answered in time: went to the body above"),
    },
    "tier": {"T0": _("on paper, in the room"), "T1": _("with anonymous tokens, on phones")},
    "figure of a sheet": {
        "present": _("Present"),
        "issued": _("Ballots issued"),
        "collected": _("Ballots collected"),
        "valid": _("Valid"),
        "blank": _("Blank"),
        "invalid": _("Invalid"),
    },
    "level of confidence": {
        "high": _("high confidence"),
        "confidence": _("confidence"),
        "low": _("low confidence"),
        "in": _("into the plan"),
        "out": _("out of the plan"),
    },
    "result of a vote": {
        "consider": _("leaving the post is to be considered"),
        "dismiss": _("to be relieved of the post"),
        "planned": _("into the plan"),
        "taken_out": _("out of the plan"),
        "kept": _("stays as before"),
    },
    "of whom": {
        "convened": _("of those convened"),
        "present": _("of those present"),
        "issued": _("of the ballots issued"),
        "collected": _("of the ballots collected"),
        "valid": _("of the valid ballots"),
        "members": _("of all members"),
    },
    "family of procedures": {
        "appointment": _("Appointment"),
        "election": _("Election"),
        "ending": _("End of a post"),
        "succession": _("Succession planning"),
        "rotation": _("Rotation"),
        "reappointment": _("Another term in the same post"),
        "confidence": _("Votes of confidence"),
    },
    "unit of a norm": {"working_days": _("working days"), "days": _("days"), "months": _("months")},
}

ACTS: dict[str, str | Promise] = {
    "case.opened": _("A case was opened; its terms were sealed"),
    "case.acted": _("A step was taken"),
    "case.named": _("Names were put"),
    "case.judged": _("Names were judged again"),
    "case.stated": _("A fact that was missing was stated"),
    "case.convened": _("A vote was convened; its roll was frozen"),
    "case.sheet_entered": _("A tally sheet was entered"),
    "case.count_confirmed": _("A tally sheet was confirmed"),
    "case.counted": _("A vote was counted"),
    "case.chosen": _("The head chose between level names"),
    "case.vote_abandoned": _("A vote was ended without a count"),
    "case.signed": _("The decision was signed, or its signature refused"),
    "case.published": _("The decision was published"),
    "case.effective": _("The decision took effect"),
    "case.failed": _("The decision was found not to hold"),
    "case.lapsed": _("The decision ended by itself"),
    "case.withdrawn": _("The case was taken back"),
    "case.restarted": _("The law changed; the case began anew"),
    "case.attempted": _("A step was tried and refused"),
    "appeal.filed": _("An appeal was filed"),
    "appeal.answered": _("An appeal was answered"),
    "appeal.escalated": _("An appeal went to the body above"),
    "document.issued": _("A document was issued"),
    "dossier.added": _("A paper came into the dossier"),
    "dossier.noted": _("It was noted what a dossier lacks"),
    "ballot.closed": _("A vote was closed"),
    "ballot.minuted": _("The minutes of a vote were entered"),
}
