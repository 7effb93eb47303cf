"""What is known of people's competencies: levels assessed with evidence, confirmed by another, objected to."""

from canbo.development.models.competency import Assessment, Objection, Proof

__all__ = ["Assessment", "Objection", "Proof"]
