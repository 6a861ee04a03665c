"""This file holds what may happen to the logo of an institution."""

from core.actor import Actor
from core.errors import NotVisible
from core.files.keeping import keep, let_go
from core.files.kinds import IMAGES, MIB, FileKind
from core.files.taking import TakenFile
from core.rules import rule
from faculties.institutions.models import Institution
from faculties.logos.models import InstitutionLogo

LOGO = FileKind("logo", IMAGES, 2 * MIB)
CHANGE = "faculties.change_logo"


@rule("faculties.logo.set", needs=CHANGE)
def set_logo(actor: Actor, institution: Institution, *, file: TakenFile) -> InstitutionLogo:
    """Give an institution its logo; the one before it goes. The lock on the institution lets one at a time."""
    logo = InstitutionLogo.objects.filter(institution=institution.pk).select_related("file").first()
    before = logo.file if logo else None
    logo = logo or InstitutionLogo(institution_id=institution.pk)
    logo.change(file=keep(institution.pk, LOGO, file))
    if before is not None:
        let_go(before)
    return logo


@rule("faculties.logo.removed", needs=CHANGE)
def remove_logo(actor: Actor, institution: Institution) -> Institution:
    """Take the logo of an institution away, if it has one."""
    logo = InstitutionLogo.objects.filter(institution=institution.pk).select_related("file").first()
    if logo is None:
        raise NotVisible()
    logo.delete()
    let_go(logo.file)
    return institution
