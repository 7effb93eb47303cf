"""What is known of people's competencies: levels assessed with evidence, confirmed by another, objected to; training and talent."""

from canbo.development.models.competency import Assessment, Objection, Proof
from canbo.development.models.talent import Potential, Promise, Talent
from canbo.development.models.training import Course, Enrolment, Place, Plan, SelfStudy

__all__ = [
    "Assessment",
    "Course",
    "Enrolment",
    "Objection",
    "Place",
    "Plan",
    "Potential",
    "Promise",
    "Proof",
    "SelfStudy",
    "Talent",
]
