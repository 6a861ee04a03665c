"""This file holds the promises of what people ask for about their own data."""

from core.ids import uuid7
from core.testing.promises import ResourcePromises
from faculties.factories import numbered
from users.factories import make_user
from users.models import Correction, ErasureRequest, Group


class TestCorrections(ResourcePromises):
    url = "/api/v1/users/corrections/"
    view = "users.view_correction"

    def make(self, institution):
        return Correction(
            institution=institution,
            account=make_user(),
            subject="students.Student",
            subject_id=uuid7(),
            field="family_name",
            should_be="Ncube",
        ).save_checked()


class TestErasures(ResourcePromises):
    url = "/api/v1/users/erasures/"
    view = "users.view_erasure"

    def make(self, institution):
        return ErasureRequest(
            institution=institution, person_id=uuid7(), requested_by=make_user(), reason="By letter."
        ).save_checked()


class TestGroups(ResourcePromises):
    url = "/api/v1/users/groups/"
    view = "users.view_group"
    create = "users.add_group"
    update = "users.change_group"
    changes = {"name": "Examinations board"}

    def make(self, institution):
        return Group(institution=institution, name=numbered("Office ")).save_checked()

    def body(self, institution):
        return {"name": "Examinations office"}
