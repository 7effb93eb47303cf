"""The tables of what an authority does: cases, searches, drafts, scenarios with consultations and holdings, proposals of places."""

from canbo.procedures.models.case import Actor, Appeal, Candidate, Case, Count, Elector, Ruling, Signer, Step
from canbo.procedures.models.consultation import Consultation, Consulted, Opinion
from canbo.procedures.models.document import Document, Evidence, Paper, Stored
from canbo.procedures.models.draft import Draft
from canbo.procedures.models.holding import Custody, Handover, Holding
from canbo.procedures.models.proposal import Hand, Proposal, Proposed, Round
from canbo.procedures.models.scenario import Scenario, ScenarioLine, Waiting
from canbo.procedures.models.search import Search

__all__ = [
    "Actor",
    "Appeal",
    "Candidate",
    "Case",
    "Consultation",
    "Consulted",
    "Count",
    "Custody",
    "Document",
    "Draft",
    "Elector",
    "Evidence",
    "Hand",
    "Handover",
    "Holding",
    "Opinion",
    "Paper",
    "Proposal",
    "Proposed",
    "Round",
    "Ruling",
    "Scenario",
    "ScenarioLine",
    "Search",
    "Signer",
    "Step",
    "Stored",
    "Waiting",
]
