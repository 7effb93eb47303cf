"""Who is proposed for which post, by a calculation: the question, what hands say of it, each answer, each person in it."""

from __future__ import annotations

from django.db import models


class Round(models.Model):
    """A question of who goes where, asked again until a person accepts an answer: of a scenario, a rotation, or vacancies."""

    class Kind(models.TextChoices):
        SCENARIO = "scenario", "who goes where in a scenario"
        ROTATION = "rotation", "who has to move, among the posts that fall due together"
        VACANCIES = "vacancies", "which moves fill vacancies, and the posts that these leave"

    kind = models.CharField(max_length=9, choices=Kind)
    scenario = models.OneToOneField("procedures.Scenario", on_delete=models.PROTECT, null=True, related_name="round")
    body = models.ForeignKey("registry.Organization", on_delete=models.PROTECT, related_name="rounds")
    on = models.DateField(help_text="the day for which it is asked")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "body", "on"], condition=models.Q(scenario=None), name="round_once_for_a_body_and_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="scenario", scenario__isnull=False)
                | (~models.Q(kind="scenario") & models.Q(scenario__isnull=True)),
                name="round_of_a_scenario_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.body_id} {self.on}"


class Hand(models.Model):
    """What somebody says of a round by hand: this person there, or never there. It is kept until it is lifted.

    `post` is a code such as `P/1:specialist`: of a scenario, the post need not be yet.
    """

    class Says(models.TextChoices):
        PIN = "pin", "goes there"
        APART = "apart", "does not go there"

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="hands")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    post = models.CharField(max_length=160)
    says = models.CharField(max_length=5, choices=Says)
    reason = models.TextField()
    by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")
    lifted = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="hand_with_a_reason"),
            models.UniqueConstraint(
                fields=["round", "person"], condition=models.Q(says="pin", lifted=None), name="hand_puts_a_person_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}: {self.person_id} {self.says} {self.post}"


class Proposal(models.Model):
    """One answer to a round, as it was found; it is accepted whole, by a person, or not at all.

    `question`: SHA-256 of all that was asked, hands aside; the lot is its beginning, so nobody chooses it.
    `found`: worth, bound and gap, what the machine alone would have, what missed a target, fairness, what hands cost.
    """

    class State(models.TextChoices):
        OPEN = "open", "waits for a person"
        ACCEPTED = "accepted", "was accepted"
        OVERTAKEN = "overtaken", "was asked anew since"

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="proposals")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    question = models.CharField(max_length=64)
    lot = models.CharField(max_length=200)
    found = models.JSONField()
    by = models.ForeignKey("registry.Account", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    entry = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")
    accepted = models.ForeignKey("journal.Entry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round"], condition=models.Q(state="open"), name="proposal_open_once_a_round"),
            models.CheckConstraint(
                condition=models.Q(state="accepted", accepted__isnull=False)
                | (~models.Q(state="accepted") & models.Q(accepted__isnull=True)),
                name="proposal_accepted_by_an_entry",
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}"


class Proposed(models.Model):
    """One person in a proposal.

    `post`: the code of the post meant for the person; empty: none. `chain`, `link`: the chain of moves and the place in it,
    from 1. `told`: score, articles that wait for facts, why there is no place, what a hand costs. `case`: the one opened for it.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="rows")
    person = models.ForeignKey("registry.Person", on_delete=models.PROTECT, related_name="+")
    before = models.ForeignKey("registry.Post", on_delete=models.PROTECT, null=True, related_name="+")
    post = models.CharField(max_length=160, blank=True)
    chain = models.PositiveIntegerField(default=0)
    link = models.PositiveIntegerField(default=0)
    hand = models.BooleanField(default=False)
    told = models.JSONField(default=dict)
    case = models.ForeignKey("procedures.Case", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["chain", "link", "pk"]
        constraints = [models.UniqueConstraint(fields=["proposal", "person"], name="proposed_once")]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.person_id} {self.post}"
