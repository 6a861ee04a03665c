"""This file holds what may happen in a gradebook."""

from decimal import Decimal
from typing import Any

from academic.courses.versions.queries import course_on
from academic.gradebook.models import Assessment, Mark
from academic.registrations.models import Registration
from academic.sections.models import Section
from core.actor import Actor
from core.errors import RuleBroken
from core.rules import rule


@rule("academic.assessment.added", needs="academic.add_assessment")
def add_assessment(actor: Actor, *, section: Section, **fields: Any) -> Assessment:
    """Add a piece of assessed work to a section."""
    return Assessment(institution_id=section.institution_id, section=section, **fields).save_checked()


@rule("academic.assessment_plan.taken", needs="academic.add_assessment", bulk=True)
def take_assessment_plan(actor: Actor, section: Section) -> list[Assessment]:
    """Make the assessments that the course plans for a section that has none, with the weights of the plan."""
    if section.assessments.exists():
        raise RuleBroken("assessments_there", "This section has assessments: the plan is taken before there are any.")
    plan = course_on(section.course, section.starts_on).assessment_plan
    if not plan:
        words = f"The course has no assessment plan on {section.starts_on}: state it in the version of that day."
        raise RuleBroken("no_plan", words)
    kept = ("code", "name", "type", "weight")
    planned = [{name: part[name] for name in kept if name in part} for part in plan]
    return [
        Assessment(institution_id=section.institution_id, section=section, **part).save_checked() for part in planned
    ]


@rule("academic.assessment.changed", needs="academic.change_assessment")
def change_assessment(actor: Actor, assessment: Assessment, **fields: Any) -> Assessment:
    """Change an assessment. Its maximum never falls below a mark given."""
    lowest = fields.get("maximum")
    if lowest is not None and assessment.marks.filter(mark__gt=lowest).exists():
        raise RuleBroken("marks_above", f"Marks above {lowest} were given.", field="maximum")
    return assessment.change(**fields)


@rule("academic.mark.recorded", needs="academic.add_mark")
def record_mark(
    actor: Actor, *, assessment: Assessment, registration: Registration, mark: Decimal | None = None, **fields: Any
) -> Mark:
    """Record what a registration of this section got. A mark lies between zero and the assessment's maximum."""
    if registration.section_id != assessment.section_id:
        raise RuleBroken("other_section", "This student is registered in another section.", field="registration")
    refuse_above(assessment, mark)
    return Mark(
        institution_id=assessment.institution_id, assessment=assessment, registration=registration, mark=mark, **fields
    ).save_checked()


@rule("academic.mark.changed", needs="academic.change_mark")
def change_mark(actor: Actor, given: Mark, **fields: Any) -> Mark:
    """Change a mark that was given; the audit log keeps the one before."""
    refuse_above(given.assessment, fields.get("mark"))
    return given.change(**fields)


def refuse_above(assessment: Assessment, mark: Decimal | None) -> None:
    if mark is not None and mark > assessment.maximum:
        raise RuleBroken("mark_too_high", f"The highest mark here is {assessment.maximum}.", field="mark")
