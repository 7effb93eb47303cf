"""The named constraints of the register, each as a sentence for the reader."""

from __future__ import annotations

from django.db import IntegrityError
from django.utils.translation import gettext_noop

from canbo.registry import saying
from canbo.registry.saying import sentence as _

SENTENCES = {
    "membership_once_in_post": gettext_noop("This person already holds this post in that period."),
    "membership_seat_held_once": gettext_noop("This seat is already held by somebody in that period."),
    "membership_within_seat": gettext_noop(
        "The post has no such seat for all of that period: its quota or its life does not reach so far."
    ),
    "membership_in_posts_organization": gettext_noop("The post belongs to another organization."),
    "seat_within_post": gettext_noop("A seat cannot exist outside the life of its post."),
    "post_within_organization": gettext_noop("The organization does not exist through all of the post's life."),
    "remit_within_organization": gettext_noop("The organization that has this task does not exist through all of that period."),
    "parent_within_organization": gettext_noop("The parent does not exist through all of that period; its bodies need an heir."),
    "child_within_organization": gettext_noop("The organization does not exist through all of that period."),
    "name_within_organization": gettext_noop("The name reaches beyond the life of the organization."),
    "code_within_organization": gettext_noop("The code reaches beyond the life of the organization."),
    "status_within_organization": gettext_noop("The status reaches beyond the life of the organization."),
    "organization_not_in_circle": gettext_noop("An organization cannot stand above itself on any day."),
    "organization_is_described": gettext_noop("An organization needs a name, a code and a kind on every day of its life."),
    "one_name_at_a_time": gettext_noop("The organization already has a name in that period."),
    "one_code_at_a_time": gettext_noop("The organization already has a code in that period."),
    "no_two_bear_one_code": gettext_noop("Another organization bears this code in that period."),
    "one_status_at_a_time": gettext_noop("The organization already has a status in that period."),
    "one_parent_at_a_time": gettext_noop("The organization already has a parent in that period."),
    "remit_stated_once": gettext_noop("The organization already has this task in that period."),
    "one_life_of_a_seat_at_a_time": gettext_noop("This seat already exists in that period."),
    "seats_are_numbered_from_one": gettext_noop("Seats are numbered from 1."),
    "one_person_name_at_a_time": gettext_noop("The person already has a name in that period."),
    "none_declared_once": gettext_noop("It is already stated that there is none in that period."),
    "kinship_stated_once": gettext_noop("This relation is already stated in that period."),
    "nobody_is_own_relative": gettext_noop("Nobody is a relative of himself or herself."),
    "identification_number_has_twelve_digits": gettext_noop("A personal identification number has twelve digits."),
    "registry_person_identification_number_key": gettext_noop(
        "A person with this identification number is already in the register."
    ),
    "birth_comes_with_its_precision": gettext_noop(
        "A birth date needs its precision: day, month or year; unknown needs neither."
    ),
    "autonomy_group_is_one_to_four": gettext_noop("The group of financial autonomy is 1, 2, 3 or 4."),
    "draft_decided_by_another": gettext_noop("Nobody decides on a draft of his or her own: it takes a second person."),
    "draft_decided_by_somebody": gettext_noop("A draft that is approved or turned down names who decided, and no other does."),
    "within_what_was_given": gettext_noop("A body gives no more people than it was given, on any day."),
    "given_from_the_top_down": gettext_noop("People are given from the top down: nobody gives to whom they come from."),
    "total_is_of_the_top": gettext_noop("A total is of the body that stands above all; others are given theirs."),
    "allotted_once_at_a_time": gettext_noop("The same body already has a number from this giver in that period."),
    "allotment_is_not_negative": gettext_noop("A number of people is 0 or more."),
    "only_a_total_has_no_giver": gettext_noop("The total of a term has no giver, and all else comes from one."),
    "a_body_reserves_for_itself": gettext_noop("A body sets aside for itself, not for another."),
    "nobody_hands_on_to_oneself": gettext_noop("Nobody hands on to himself or herself."),
    "allotment_has_first_and_last_day": gettext_noop("An allotment has a first and a last day."),
    "allotment_within_organization": gettext_noop("The organization does not exist through all of that period."),
    "nobody_delegates_to_oneself": gettext_noop("Nobody delegates to himself or herself."),
    "delegation_names_its_acts": gettext_noop("A delegation names at least one act."),
    "delegation_has_a_basis": gettext_noop("A delegation names the text on which it is based."),
    "delegation_has_first_and_last_day": gettext_noop("A delegation has a first and a last day."),
    "one_such_delegation_at_a_time": gettext_noop("The same account already has a delegation over this body in that period."),
    "delegation_stays_as_given": gettext_noop("A delegation stays as it was given: withdraw it and give another."),
    "share_is_a_percentage": gettext_noop("A share is more than 0 and at most 100 percent."),
    "interest_stated_once": gettext_noop("This interest is already stated in that period."),
    "disclosed_once_a_day": gettext_noop("This topic is already declared whole in that period."),
    "case_stays_about_the_same": gettext_noop("What a case is about does not change; open another case."),
    "terms_are_sealed": gettext_noop("The terms of a case are sealed before its first name and do not change after it."),
    "ended_case_stays": gettext_noop("A case that has ended stays as it ended."),
    "effect_by_the_keeper": gettext_noop("A decision takes effect only after it was verified from its beginning."),
    "steps_follow_each_other": gettext_noop("Steps are taken one after another."),
    "step_taken_once": gettext_noop("Somebody else has just taken this step. Look at the case again."),
    "one_step_at_a_time": gettext_noop("Somebody else has just taken this step. Look at the case again."),
    "closed_step_stays": gettext_noop("A step that was closed stays as it was closed."),
    "capacities_apart": gettext_noop("Who drafts, verifies, signs and publishes in a case are different people."),
    "nobody_acts_in_own_case": gettext_noop("Nobody acts in a case that is about himself or herself."),
    "actor_stays": gettext_noop("Who acted in a case stays written."),
    "candidate_stays": gettext_noop("A name that was put in a case stays."),
    "candidate_once_in_case": gettext_noop("This name was put in the case already."),
    "on_the_roll_once": gettext_noop("This person stands on the roll already."),
    "roll_is_frozen": gettext_noop("The roll of a vote is frozen when it is convened."),
    "count_adds_up": gettext_noop("The figures of this count do not add up."),
    "digest_is_of_the_text": gettext_noop("The digest of a decision is that of its text."),
    "signed_ruling_stays": gettext_noop("What was signed stays as it was signed."),
    "ruling_in_force_is_signed": gettext_noop("A decision needs a signature before it is published."),
    "document_numbered_once": gettext_noop("This number was given to another document."),
    "document_numbers_follow": gettext_noop("Documents are numbered one after another, without a gap."),
    "document_numbered_in_its_year": gettext_noop("A document bears a number of the year in which it is issued."),
    "document_stays": gettext_noop("A document that was issued stays as it was issued."),
    "decision_document_after_ruling": gettext_noop("A decision is issued only once it has been signed."),
    "stored_under_its_digest": gettext_noop("A file is kept under the SHA-256 of its own bytes."),
    "paper_is_a_file_or_a_finding": gettext_noop("A paper is a file, or a finding that it is not there, with its reason."),
    "paper_dated_before_it_came": gettext_noop("A paper cannot bear a later day than the one on which it came."),
    "standing_stays": gettext_noop("Whether a job leads is the rulebook's to say; it is brought up to date by `canbo setup`."),
    "post_stays_what_it_is": gettext_noop("Which job a post is, and which post it follows, does not change."),
    "reorganization_ends_the_post": gettext_noop("A reorganisation ends the post that it empties."),
    "signing_key_is_of_one": gettext_noop("This key signs for another account already."),
    "scenario_approved_by_another": gettext_noop("Nobody decides on a scenario of his or her own: it takes a second person."),
    "scenario_carried_out_once_approved": gettext_noop("Only an approved scenario is carried out."),
    "scenario_approved_once_proposed": gettext_noop("Only a proposed scenario is approved."),
    "scenario_lines_in_draft": gettext_noop("The lines of a scenario change only while it is a draft."),
    "proposal_stays": gettext_noop("What was proposed stays as it was proposed. Ask anew."),
    "proposal_open_once_a_round": gettext_noop("Somebody else has just asked anew. Look at it again."),
    "hand_puts_a_person_once": gettext_noop("This person was put somewhere by hand already. Lift that first."),
    "scenario_line_in_its_place": gettext_noop("Somebody else has just changed this scenario. Look at it again."),
    "carried_scenario_stays": gettext_noop("What was carried out stays carried out, or is undone."),
    "consultation_rounds_follow": gettext_noop("Somebody else has just opened this round. Look at the scenario again."),
    "one_consultation_at_a_time": gettext_noop("A consultation is open already: close it before the next round."),
    "consultation_lasts_a_day": gettext_noop("The last day on which one answers is not before the first."),
    "consultation_stays": gettext_noop("What was asked stays as it was asked, and a closed round stays closed."),
    "answered_while_open": gettext_noop("An answer is given, changed and withdrawn while the round is open."),
    "opinion_stays": gettext_noop("What was answered stays as it was said: another answer follows it."),
    "one_opinion_at_a_time": gettext_noop("Somebody answered here at the same moment. Look at it again."),
    "holding_is_more_than_none": gettext_noop("A quantity is more than 0."),
    "held_by_one_at_a_time": gettext_noop("Another body has this holding in that period."),
    "holding_has_one_holder": gettext_noop("Every holding has a holder on each day, and no day is left out."),
    "custody_within_life": gettext_noop("A holding is held only as long as it is there."),
    "custody_within_organization": gettext_noop("A body that ends still holds things: give each of them an heir in a scenario."),
    "handover_stays": gettext_noop("A handover stays as it was confirmed."),
    "handover_confirmed_by_name": gettext_noop("A handover is confirmed by name, with what was counted."),
    "decision_numbered_once_by_issuer": gettext_noop("This issuer already has a decision with this number."),
    "one_scheme_from_a_day": gettext_noop("From this day on the body scores by a period that was set already."),
    "catalogue_version_once": gettext_noop("This version of the catalogue exists already."),
    "catalogue_approved_by_another": gettext_noop("Nobody approves the own draft: it takes a second person."),
    "catalogue_stays": gettext_noop("An approved catalogue stays: approve another version."),
    "product_once_in_catalogue": gettext_noop("Each product has a code of its own in its catalogue."),
    "one_standard_product": gettext_noop("Mark exactly one standard product: it counts for 1."),
    "one_main_owner": gettext_noop("This task has a main owner in this period already; assign the other as one who helps."),
    "assigned_more_than_none": gettext_noop("Somebody is assigned more than none of a product."),
    "taken_over_from_somebody": gettext_noop("Say from whose assignment it is taken over."),
    "coefficient_is_the_catalogues": gettext_noop("A coefficient is that of an approved catalogue."),
    "period_is_closed": gettext_noop("This period was decided for this person: it stays as it was."),
    "cause_confirmed_by_another": gettext_noop("A cause is confirmed by another person than who accepted the work."),
    "counts_are_not_negative": gettext_noop("Failures and delays are counted from 0 up."),
    "acceptance_stays": gettext_noop("What was accepted stays: accept it anew."),
    "evaluated_once_a_period": gettext_noop("This person has an evaluation for this period already."),
    "decided_grade_is_kept_whole": gettext_noop("A decided evaluation keeps what it was reckoned from."),
    "undetermined_says_why": gettext_noop("Say why: the reason stays with the evaluation."),
    "decided_evaluation_stays": gettext_noop("What was decided stays: cancel it, and decide anew."),
    "nobody_grades_oneself": gettext_noop("Nobody decides on the own evaluation."),
    "published_by_another": gettext_noop("Whoever decided does not publish: it takes a second person."),
    "evaluation_begins_with_the_person": gettext_noop("An evaluation begins with the own word of the person."),
    "one_limit_from_a_day": gettext_noop("From this day on the body counts by a reading that was set already."),
    "outstanding_once_a_year": gettext_noop("The results of this body in this year were recognised already."),
    "outstanding_by_another_body": gettext_noop("Nobody recognises the results of the own body: the authority above does."),
    "below_is_good_and_says_why": gettext_noop("Say why: the reason stays with the evaluation."),
    "adopted_minutes_stay": gettext_noop("These minutes were adopted: they stay as they are."),
    "minutes_adopted_by_another": gettext_noop("Whoever wrote the minutes does not adopt them: it takes a second person."),
    "refers_to_adopted_minutes": gettext_noop("An evaluation refers to adopted minutes of its own body and period."),
    "year_needs_a_meeting": gettext_noop("The grade of a year is decided after the meeting, to whose minutes it refers."),
    "queued_once": gettext_noop("This result is in the queue already."),
    "acknowledged_once_sent": gettext_noop("Only a result that was sent, and has no receipt yet, is acknowledged."),
    "sent_result_stays": gettext_noop("What was sent and acknowledged stays so."),
    "one_petition_at_a_time": gettext_noop("A petition waits for its answer already."),
    "competency_level_is_one_to_five": gettext_noop("A level is 1 to 5."),
    "competency_confirmed_by_another": gettext_noop("A level is confirmed by a second person."),
    "competency_refused_says_why": gettext_noop("Say why; the reason stays with the assessment."),
    "proof_is_a_file_or_a_record": gettext_noop("What shows a level is a file, or a record of the register."),
    "assessed_level_stays": gettext_noop("What was assessed stays: assess anew."),
    "assessed_level_begins": gettext_noop("A level is assessed by the person or by another, and then waits for a second person."),
    "one_objection_at_a_time": gettext_noop("An objection waits for its answer already."),
    "objection_answered_by_another": gettext_noop(
        "An objection is answered once, by somebody who had no part in the assessment."
    ),
}


def name_of(problem: IntegrityError) -> str | None:
    """The name of the constraint that refused, as the database gave it."""
    cause = problem.__cause__
    diagnostic = getattr(cause, "diag", None)
    return getattr(diagnostic, "constraint_name", None)


def explained(problem: IntegrityError) -> str:
    """The sentence for a refused write, with the name of the constraint in brackets."""
    name = name_of(problem)
    text = SENTENCES.get(name or "")
    if text is None:
        return _("The database refused this: %(why)s") % {"why": str(problem).strip().splitlines()[0]}
    return saying.together([_(text), f"[{name}]"])
