"""The words for what the register keeps as codes: one list, so that a code is called the same on every page."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from canbo.pages import board_words, case_words, power_words, work_words

WORDS: dict[str, dict[Any, str | Promise]] = {
    "sex": {"F": _("woman"), "M": _("man")},
    "category": {
        1: _("cadre"),
        2: _("civil servant"),
        3: _("public employee"),
        4: _("contract worker"),
        5: _("part-time activist"),
        6: _("armed forces"),
    },
    "kind": {
        1: _("elected"),
        2: _("appointed"),
        3: _("designated"),
        4: _("acting"),
        5: _("recruited"),
        6: _("rotated"),
        7: _("seconded"),
        8: _("concurrent"),
    },
    "ending": {
        1: _("end of term"),
        2: _("moved to another post"),
        3: _("reorganisation"),
        4: _("retirement"),
        5: _("resignation"),
        6: _("removal"),
        7: _("death"),
        8: _("left the service"),
    },
    "allotted_staff": {
        "officials": _("officials"),
        "public_employees": _("public employees"),
        "contract": _("contract workers"),
        "activists": _("part-time activists"),
    },
    "standing": {"head": _("head"), "deputy": _("deputy"), "member": _("member"), "staff": _("staff")},
    "degree": {
        1: _("general education"),
        2: _("vocational intermediate"),
        3: _("college"),
        4: _("university"),
        5: _("master"),
        6: _("doctor"),
    },
    "theory": {1: _("elementary"), 2: _("intermediate"), 3: _("advanced"), 4: _("bachelor")},
    "grade": {1: _("not completed"), 2: _("completed"), 3: _("completed well"), 4: _("excellent")},
    "measure": {1: _("reprimand"), 2: _("warning"), 3: _("removal from post"), 4: _("dismissal")},
    "relation": {
        "spouse": _("spouse"),
        "parent": _("parent"),
        "child": _("child"),
        "sibling": _("brother or sister"),
        "adoptive_parent": _("adoptive parent"),
        "adopted_child": _("adopted child"),
    },
    "event": {
        "found": _("founded"),
        "merge": _("merged"),
        "consolidate": _("consolidated"),
        "split": _("divided"),
        "dissolve": _("dissolved"),
        "rename": _("renamed"),
        "move": _("moved"),
        "raise": _("changed in rank"),
        "recode": _("given a new code"),
    },
    "structure": {
        "unit": _("administrative unit"),
        "government": _("government"),
        "party": _("Party"),
        "front": _("Front and mass organisations"),
        "service": _("public service unit"),
        "enterprise": _("state enterprise"),
        "residential": _("village or residential group"),
    },
    "level": {0: _("centre"), 1: _("province"), 2: _("district"), 3: _("commune"), 4: _("village")},
    "role": {
        "central_officer": _("central personnel officer"),
        "officer": _("personnel officer"),
        "leader": _("leader"),
        "inspector": _("inspector"),
        "statistician": _("statistician"),
        "registrar": _("registrar of organizations"),
        "auditor": _("auditor of the journal"),
    },
    "may see": {
        "central_officer": _("Sees and acts on every record in the country."),
        "officer": _("Sees and acts on the records of the unit and of all beneath it."),
        "leader": _("Sees the records of the unit and of all beneath it."),
        "inspector": _("Sees the records of the unit, the family relations and who looked; changes nothing."),
        "statistician": _("Sees counts, never a person."),
        "registrar": _("Founds, merges and closes organizations; sees no person."),
        "auditor": _("Reads and checks the journal; sees no person."),
    },
    "decision": {
        "law": _("law"),
        "resolution": _("resolution"),
        "decree": _("decree"),
        "decision": _("decision"),
        "intake": _("intake of data"),
        "correction": _("correction"),
    },
    "about": {
        "registry.person": _("person"),
        "registry.organization": _("organisation"),
        "registry.decision": _("decision"),
        "registry.account": _("account"),
        "registry.membership": _("time in a post"),
        "procedures.case": _("case"),
        "procedures.search": _("search for candidates"),
    },
    "described": {"name": _("Name"), "code": _("Code"), "kind": _("Kind"), "parent": _("Under")},
    "ruling": {
        "pass": _("Met"),
        "fail": _("Not met"),
        "unknown": _("Not known"),
        "not_applicable": _("Does not apply"),
        "value": _("Gives"),
    },
    "topic": {
        "credential": _("Study"),
        "political_theory": _("Political theory"),
        "language": _("Languages"),
        "training": _("Training"),
        "reward": _("Awards"),
        "sanction": _("Sanctions"),
        "declaration": _("Declarations of assets"),
        "succession": _("Succession plans"),
    },
    "subject": {
        "public-administration": _("public administration"),
        "law": _("law"),
        "economics": _("economics"),
        "finance": _("finance"),
        "accounting": _("accounting"),
        "land-management": _("land management"),
        "construction": _("construction"),
        "agriculture": _("agriculture"),
        "environment": _("environment"),
        "information-technology": _("information technology"),
        "political-science": _("political science"),
        "party-building": _("Party building"),
        "history": _("history"),
        "literature": _("literature"),
        "transport": _("transport"),
        "education": _("education"),
        "mathematics": _("mathematics"),
        "geography": _("geography"),
        "foreign-language": _("foreign language"),
        "medicine": _("medicine"),
        "pharmacy": _("pharmacy"),
        "nursing": _("nursing"),
        "public-health": _("public health"),
        "management": _("management"),
    },
    "topic of law": {
        "committee_election": _("election to Party committees"),
        "appointment": _("appointment"),
        "congress": _("Party congress"),
        "retirement": _("retirement"),
    },
    "effect": {
        "require": _("it must be so"),
        "forbid": _("it must not be so"),
        "permit": _("it allows an exception"),
        "value": _("it gives a figure"),
        "ground": _("it is enough for a decision"),
    },
    "law state": {
        "in_force": _("in force"),
        "not_yet": _("not yet in force"),
        "no_longer": _("no longer in force"),
        "off": _("switched off"),
    },
    "law family": {"party": _("Party"), "state": pgettext_lazy("family of rules", "State"), "none": _("no family")},
    "mark of a source": {
        "T": _("The text itself was read."),
        "F": _("A public account of the text was read, with the figure in it."),
        "F2": _("An account of a text that was replaced since, or of a draft, was read."),
        "X": _("Worked out from texts that were read, in a way that can be repeated."),
        "K": _("General knowledge that nobody has read: shown, but it decides nothing."),
    },
    "what confidence means": {
        "high": _("We expect no change when the official text is held beside it."),
        "medium": _("Read in one account only, or the wording leaves some room."),
        "low": _("Check it against the official text before you rely on it."),
    },
    "while unknown": {
        "refer": _("While a fact is not known the answer stays open."),
        "block": _("While a fact is not known the answer is no."),
        "provisional": _("While a fact is not known it passes for now."),
    },
    "finding": {
        "conflict": _("One allows what the other refuses"),
        "ultra_vires": _("Beyond what its issuer may say"),
        "family_disagreement": _("Party and State differ"),
        "different_figure": _("Two figures for one question"),
        "different_measure": _("One test against different counts"),
        "not_monotone": _("A figure that falls where it should rise"),
        "open_boundary": _("A border that leaves a gap or an overlap"),
        "two_consequences": _("One case, two decisions"),
        "gap": _("A case without an answer"),
        "dead_post": _("A post that nobody can hold"),
        "empty": _("An article that never applies"),
        "dominated": _("An article that never decides"),
        "duplicate": _("The same said twice"),
        "opposition": _("One allows, the other refuses; it is settled which prevails"),
        "overlap": _("Two articles apply to one case"),
    },
    "what a finding means": {
        "conflict": _("Both are in force for the same case, and nothing says which gives way. Somebody has to settle it."),
        "ultra_vires": _("A lower body allows what a superior one refuses. It cannot; the superior article prevails."),
        "family_disagreement": _(
            "The rules of the Party and of the State are two families. Both must be passed, so the stricter one decides."
        ),
        "different_figure": _("Two articles in force answer the same question with different figures."),
        "different_measure": _(
            "The same test, such as more than half, is put against those present here and against all members there."
        ),
        "not_monotone": _("More of what should raise the figure lowers it: mostly a step between two bands."),
        "open_boundary": _("Where one band ends and the next begins, both hold or neither does."),
        "two_consequences": _("The grounds of two decisions hold of the same case, and nothing says which of them is taken."),
        "gap": _("Every case of this kind needs an answer, and for this one no article gives it."),
        "dead_post": _("What is asked for one post cannot all be met by one person."),
        "empty": _("Its scope holds for no case that can exist."),
        "dominated": _(
            "Wherever it speaks, another article has already decided; it can be left out without changing any answer."
        ),
        "duplicate": _("Two articles decide every case alike."),
        "opposition": _("Worth knowing, nothing to mend."),
        "overlap": _("Worth knowing, nothing to mend."),
    },
    "criterion": {
        "grades": _("Ratings"),
        "plan": _("Succession plan"),
        "experience": _("Time in post"),
        "degree": _("Degree"),
        "theory": _("Political theory"),
    },
    "what a criterion measures": {
        "grades": _("mean of the last three yearly ratings"),
        "plan": _("planned for this post 100, for an equal or higher one 60, for another 20"),
        "experience": _("months in the present post; 60 months count in full"),
        "degree": _("none 0, doctor 100"),
        "theory": _("none 0, advanced 100"),
    },
    "candidates": {"eligible": _("Eligible today"), "waiting": _("Waiting for data"), "near": _("Nearest of those kept out")},
    "firmness": {"firm": _("Firm"), "fairly": _("Fairly firm"), "loose": _("It depends on the weights")},
    "node": {
        "all": _("All of these:"),
        "any": _("One of these:"),
        "none": _("Not this:"),
        "where": _("If the first, then the second, else the third:"),
    },
    "truth": {"pass": _("true"), "fail": _("false"), "unknown": _("not known")},
    "passage": {"article": _("article"), "parameter": _("figure"), "fact": _("term")},
    "confidence": {"high": _("high"), "medium": _("medium"), "low": _("low")},
    "example": {"newspapers": _("Newspapers"), "register": _("Counts of the register")},
    "act": {
        "person.read": _("The file was opened"),
        "appointment.nominated": _("A person was nominated for a post"),
        "organization.changed": _("Organisations were changed"),
        "organization.taken_in": _("Organisations were taken in"),
        "staff.read": _("A staff list was shown"),
        "person.found": _("A search showed names"),
        "candidates.criteria_sealed": _("What orders the candidates for a post was sealed"),
        "candidates.found": _("A search showed candidates for a post"),
        "account.opened": _("An account was opened"),
        "account.closed": _("An account was closed"),
        "account.granted": _("A role was given"),
        "account.revoked": _("A role was taken back"),
        "account.password_set": _("A password was set"),
        "rules.draft_saved": _("A draft of law was saved"),
        "rules.draft_submitted": _("A draft of law was submitted"),
        "rules.draft_approved": _("A draft was approved and is law here"),
        "rules.draft_rejected": _("A draft of law was turned down"),
        "rules.draft_withdrawn": _("A draft of law was taken back"),
        "entitlements.read": _("What is due to people who leave was shown"),
        "scenario.begun": _("A scenario of reorganisation was begun"),
        "scenario.lines_changed": _("A scenario of reorganisation was changed"),
        "scenario.placement_accepted": _("A placement became lines of a scenario"),
        "scenario.proposed": _("A scenario of reorganisation was proposed"),
        "scenario.approved": _("A scenario of reorganisation was approved"),
        "scenario.turned_down": _("A scenario of reorganisation was turned down"),
        "scenario.rehearsed": _("A scenario of reorganisation was rehearsed"),
        "scenario.carried_out": _("A reorganisation was carried out"),
        "scenario.carried_out_in_figures": _("What a reorganisation moved was counted"),
        "scenario.undone": _("A reorganisation was undone"),
        "scenario.undone_in_figures": _("What the undoing of a reorganisation moved was counted"),
        "witness.registered": _("A witness was registered"),
        "witness.withdrawn": _("A witness was ended"),
        "signer.confirmed": _("A key was confirmed that signs decisions"),
        "signer.ended": _("A key was ended that signed decisions"),
        "ballot.prepared": _("A vote was prepared"),
        "ballot.opened": _("A vote was opened"),
        "ballot.present": _("Somebody was noted as present at a vote"),
        "ballot.issued": _("A ballot was issued"),
        "ballot.abandoned": _("A vote was given up"),
        "cases.kept_from": _("From this day leading posts are filled by decisions of cases only"),
        "breach.attempted": _("A leading post was to be filled or vacated without a decision; it was refused"),
        "world.begun": _("The loading of the demo world began"),
        "world.loaded": _("The demo world was loaded"),
    },
    "outcome": {"allowed": _("Allowed"), "refused": _("Refused"), "incomplete": _("Incomplete")},
    "claim": {
        "agrees_rounded": _("Agrees"),
        "agrees_cut": _("Agrees when cut off"),
        "disagrees": _("Does not agree"),
        "not_checkable": _("Cannot be checked"),
    },
}
WORDS |= case_words.FAMILIES | board_words.FAMILIES | power_words.FAMILIES | work_words.FAMILIES
WORDS["act"] |= case_words.ACTS | power_words.ACTS | work_words.ACTS

#: Names that the register keeps in English and the filter `translated` turns into the reader's language.
KEPT_IN_ENGLISH = (
    _("Command line"), _("National Assembly"), _("Standing Committee of the National Assembly"), _("maintainers of the rulebook"),
)  # fmt: skip

#: What was done to a row of the register: the end of the name of an act.
VERBS = {"entered": _("Entered: %(what)s"), "changed": _("Changed: %(what)s"), "corrected": _("Corrected: %(what)s")}
FACTS = {
    "person": _("person"),
    "personname": _("name of a person"),
    "kinship": _("family relation"),
    "nonedeclared": _("statement that there is none"),
    "membership": _("time in a post"),
    "post": _("post"),
    "seat": _("seat"),
    "remit": _("task"),
    "organizationname": _("name of an organisation"),
    "organizationcode": _("code of an organisation"),
    "organizationstatus": _("kind of an organisation"),
    "organizationparent": _("place of an organisation"),
    "credential": _("degree"),
    "politicaltheory": _("political theory"),
    "languageskill": _("language"),
    "training": _("course"),
    "rating": _("rating"),
    "reward": _("award"),
    "sanction": _("sanction"),
    "declaration": _("declaration of assets"),
    "salarystep": _("salary step"),
    "succession": _("place in a succession plan"),
    "interest": _("part in an enterprise"),
    "disclosure": _("declaration that a list is whole"),
    "grant": _("role of an account"),
}


def act_of(name: str) -> str:
    """The words for an act of the journal; one without words is shown by its name."""
    if name in WORDS["act"]:
        return str(WORDS["act"][name])
    fact, _dot, verb = name.partition(".")
    if verb in VERBS and fact in FACTS:
        return str(VERBS[verb]) % {"what": FACTS[fact]}
    return name


def word(code: Any, family: str) -> str:
    """The word for `code` in a family of WORDS; None is unknown; a code without a word is shown as it is."""
    if code is None or code == "":
        return gettext("unknown")
    return str(WORDS[family].get(code, code))
