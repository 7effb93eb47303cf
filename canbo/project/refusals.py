"""What went wrong, said in one sentence: known refusals and broken constraints."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, OperationalError, ProgrammingError
from django.utils.translation import gettext as _

from canbo.ballots.refused import Refused as BallotRefused
from canbo.evaluation.refusals import Refused as WorkRefused
from canbo.journal.content import Unrecordable
from canbo.journal.entries import AlreadyRecorded
from canbo.journal.keys import KeyProblem
from canbo.journal.proofs import NoProof
from canbo.journal.stored import Broken
from canbo.journal.witnessing import NotAccepted
from canbo.procedures.candidates import WeightsRefused
from canbo.procedures.documents import DocumentIncomplete
from canbo.procedures.dossier import PaperRefused
from canbo.procedures.drafting import DraftRefused
from canbo.procedures.package import PackageRefused
from canbo.procedures.refusals import Refused
from canbo.procedures.scenarios.lines import ScenarioRefused
from canbo.procedures.signers import KeyUnknown
from canbo.procedures.signing import SignatureRefused
from canbo.registry.authority import NotAllowed
from canbo.registry.changes import PlanRefused
from canbo.registry.constraints import explained
from canbo.registry.delegation import DelegationRefused
from canbo.registry.disclosing import DisclosureRefused
from canbo.registry.entering import NotAChange
from canbo.registry.once import KeyUsed
from canbo.registry.queries import NotInRegister
from canbo.registry.quotas import QuotaRefused
from canbo.reports.studies import StudyRefused
from canbo.rules.corpus import RulebookRefused
from canbo.rules.words import RuleError

#: What the floors below say no with: the text of each is a sentence for whoever asked.
KNOWN = (
    AlreadyRecorded, BallotRefused, Broken, DelegationRefused, DisclosureRefused, DocumentIncomplete, DraftRefused, KeyProblem,
    KeyUnknown, KeyUsed, NoProof, NotAChange, NotAccepted, NotAllowed, NotInRegister, PackageRefused, PaperRefused, PlanRefused, QuotaRefused, Refused,
    RulebookRefused, RuleError, ScenarioRefused, SignatureRefused, StudyRefused, Unrecordable, WeightsRefused, WorkRefused,
)  # fmt: skip


def sentence(problem: BaseException) -> str | None:
    """One sentence with a way on, or None when the problem is a fault that must be seen in full."""
    if isinstance(problem, KNOWN):
        return str(problem)
    if isinstance(problem, IntegrityError):
        return explained(problem)
    if isinstance(problem, ValidationError):
        return " ".join(problem.messages)
    if isinstance(problem, OperationalError):
        return _("The database does not answer (%(why)s). Look with `canbo db status`, start it with `canbo db start`.") % {
            "why": str(problem).strip().splitlines()[0]
        }
    if isinstance(problem, ProgrammingError) and "does not exist" in str(problem):
        return _("The register has no tables yet, or older ones. Run `canbo setup`, then try again.")
    if isinstance(problem, ImproperlyConfigured):
        return str(problem)
    return None
