"""The tables of the register."""

from canbo.registry.models.account import Account, Grant
from canbo.registry.models.allotment import Allotment
from canbo.registry.models.delegation import Delegation, Disclosure, Interest
from canbo.registry.models.fact import Decision, Source
from canbo.registry.models.organization import (
    Area,
    ChangeEvent,
    Kind,
    Organization,
    OrganizationCode,
    OrganizationName,
    OrganizationParent,
    OrganizationStatus,
    Original,
    Remit,
    Resulting,
    Task,
)
from canbo.registry.models.person import Kinship, NoneDeclared, Person, PersonName
from canbo.registry.models.post import Job, Membership, Post, PostManager, Seat
from canbo.registry.models.record import (
    Credential,
    Declaration,
    LanguageSkill,
    PoliticalTheory,
    Rating,
    Reward,
    SalaryStep,
    Sanction,
    Succession,
    Training,
)

__all__ = [
    "Account",
    "Allotment",
    "Area",
    "ChangeEvent",
    "Credential",
    "Decision",
    "Declaration",
    "Delegation",
    "Disclosure",
    "Grant",
    "Interest",
    "Job",
    "Kind",
    "Kinship",
    "LanguageSkill",
    "Membership",
    "NoneDeclared",
    "Organization",
    "OrganizationCode",
    "OrganizationName",
    "OrganizationParent",
    "OrganizationStatus",
    "Original",
    "Person",
    "PersonName",
    "PoliticalTheory",
    "Post",
    "PostManager",
    "Rating",
    "Remit",
    "Resulting",
    "Reward",
    "SalaryStep",
    "Sanction",
    "Seat",
    "Source",
    "Succession",
    "Task",
    "Training",
]
