"""This file holds the levels of programs, as the register of institutions and those who teach speak of them."""

from django.db.models import TextChoices


class ProgramLevel(TextChoices):
    """What a program leads to."""

    CERTIFICATE = "certificate"
    DIPLOMA = "diploma"
    HIGHER_DIPLOMA = "higher_diploma"
    BACHELOR = "bachelor"
    POSTGRADUATE_DIPLOMA = "postgraduate_diploma"
    MASTER = "master"
    DOCTORATE = "doctorate"
    MODULE_STUDY = "module_study", "single modules, no award"
