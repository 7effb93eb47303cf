"""The tables of what an authority does: cases with their steps, searches, drafts, scenarios."""

from canbo.procedures.models.case import Actor, Appeal, Candidate, Case, Count, Elector, Ruling, Signer, Step
from canbo.procedures.models.document import Document, Evidence, Paper, Stored
from canbo.procedures.models.draft import Draft
from canbo.procedures.models.scenario import Scenario, ScenarioLine, Waiting
from canbo.procedures.models.search import Search

__all__ = [
    "Actor",
    "Appeal",
    "Candidate",
    "Case",
    "Count",
    "Document",
    "Draft",
    "Elector",
    "Evidence",
    "Paper",
    "Ruling",
    "Scenario",
    "ScenarioLine",
    "Search",
    "Signer",
    "Step",
    "Stored",
    "Waiting",
]
