"""This file holds how a course is taught and assessed: words that its plan, sections, meetings and gradebook share."""

from django.db import models


class Kind(models.TextChoices):
    """How people are taught in a section, or at one of its meetings."""

    LECTURE = "lecture"
    TUTORIAL = "tutorial"
    SEMINAR = "seminar"
    LAB = "lab"
    PRACTICAL = "practical"
    EXAM = "exam"
    OTHER = "other"


class AssessmentType(models.TextChoices):
    """What somebody is assessed by."""

    TUTOR_MARKED = "tutor_marked", "tutor-marked coursework"
    COMPUTER_MARKED = "computer_marked", "computer-marked coursework"
    EXAM = "exam", "examination"
