"""This file holds the promises of a resource, kept by units, the profile, places and bookings."""

from datetime import date, timedelta

from core.testing.promises import ResourcePromises
from faculties.factories import (
    make_booking,
    make_building,
    make_campus,
    make_equipment,
    make_room,
    make_travel_time,
)
from faculties.models import Accreditation, ApprovedIntake, Department, Faculty, FormerName, InstitutionContact


class TestFaculties(ResourcePromises):
    url = "/api/v1/faculties/"
    view = "faculties.view_faculty"
    create = "faculties.add_faculty"
    update = "faculties.change_faculty"
    remove = "faculties.remove_faculty"
    changes = {"name": "Renamed"}

    def make(self, institution):
        count = Faculty.objects.count()
        return Faculty.objects.create(institution=institution, code=f"F{count}", name=f"Faculty {count}")

    def body(self, institution):
        return {"code": "NEW", "name": "New"}


class TestDepartments(ResourcePromises):
    url = "/api/v1/departments/"
    view = "faculties.view_department"
    create = "faculties.add_department"
    update = "faculties.change_department"
    remove = "faculties.remove_department"
    also = ("faculties.view_faculty",)
    references = ("faculty",)
    changes = {"name": "Renamed"}

    def parent(self, institution):
        return Faculty.objects.get_or_create(institution=institution, code="SCI", defaults={"name": "Science"})[0]

    def make(self, institution):
        count, parent = Department.objects.count(), self.parent(institution)
        return Department.objects.create(
            institution=institution, faculty=parent, code=f"D{count}", name=f"Department {count}"
        )

    def body(self, institution):
        return {"faculty": str(self.parent(institution).pk), "code": "NEW", "name": "New"}


class TestContacts(ResourcePromises):
    url = "/api/v1/institution-contacts/"
    view = "faculties.view_contact"
    create = update = remove = "faculties.change_contact"
    changes = {"title": "Acting Registrar"}

    def make(self, institution):
        count = InstitutionContact.objects.count()
        return InstitutionContact.objects.create(institution=institution, office="registrar", name=f"R. {count}")

    def body(self, institution):
        return {"office": "bursar", "name": "Rudo Sibanda", "email": "bursar@example.org"}


class TestAccreditations(ResourcePromises):
    url = "/api/v1/accreditations/"
    view = "faculties.view_institution"
    create = update = "faculties.change_accreditation"
    changes = {"number": "Z/2"}

    def make(self, institution):
        count = Accreditation.objects.count()
        return Accreditation.objects.create(institution=institution, body=f"Body {count}", starts_on=date(2020, 1, 1))

    def body(self, institution):
        return {"body": "ZIMCHE", "starts_on": "2024-01-01"}


class TestApprovedIntakes(ResourcePromises):
    url = "/api/v1/approved-intakes/"
    view = "faculties.view_institution"
    create = update = "faculties.change_intake"
    changes = {"number": 900}

    def make(self, institution):
        year = 2020 + ApprovedIntake.objects.count()
        return ApprovedIntake.objects.create(institution=institution, year=year, number=700)

    def body(self, institution):
        return {"year": 2019, "level": "bachelor", "number": 500}


class TestFormerNames(ResourcePromises):
    url = "/api/v1/former-names/"
    view = "faculties.view_institution"

    def make(self, institution):
        day = date(2000, 1, 1) + timedelta(days=FormerName.objects.count())
        return FormerName.objects.create(
            institution=institution, name=f"Until {day}", starts_on=day, ends_on=day + timedelta(days=1)
        )


class TestCampuses(ResourcePromises):
    url = "/api/v1/campuses/"
    view = "faculties.view_campus"
    create = "faculties.add_campus"
    update = "faculties.change_campus"
    changes = {"name": "Renamed"}

    def make(self, institution):
        return make_campus(institution)

    def body(self, institution):
        return {"code": "MAIN", "name": "Main", "latitude": "-17.784400", "longitude": "31.053300"}


class TestBuildings(ResourcePromises):
    url = "/api/v1/buildings/"
    view = "faculties.view_campus"
    create = "faculties.add_campus"
    update = "faculties.change_campus"
    remove = "faculties.change_campus"
    references = ("campus",)
    changes = {"floors": 3}

    def make(self, institution):
        return make_building(institution)

    def body(self, institution):
        return {"campus": str(make_campus(institution).pk), "code": "L", "name": "Library"}


class TestTravelTimes(ResourcePromises):
    url = "/api/v1/travel-times/"
    view = "faculties.view_campus"
    create = update = remove = "faculties.change_campus"
    references = ("origin", "destination")
    changes = {"minutes": 45}

    def make(self, institution):
        return make_travel_time(institution)

    def body(self, institution):
        return {
            "origin": str(make_campus(institution).pk),
            "destination": str(make_campus(institution).pk),
            "minutes": 20,
        }


class TestRooms(ResourcePromises):
    url = "/api/v1/rooms/"
    view = "faculties.view_room"
    create = "faculties.add_room"
    update = "faculties.change_room"
    also = ("faculties.view_campus",)
    references = ("building",)
    changes = {"capacity": 50}

    def make(self, institution):
        return make_room(institution)

    def body(self, institution):
        building = str(make_building(institution).pk)
        return {"building": building, "code": "101", "kind": "laboratory", "capacity": 20, "features": ["projector"]}


class TestEquipment(ResourcePromises):
    url = "/api/v1/equipment/"
    view = "faculties.view_equipment"
    create = "faculties.add_equipment"
    update = "faculties.change_equipment"
    also = ("faculties.view_room",)
    references = ("room",)
    changes = {"name": "Telescope"}

    def make(self, institution):
        return make_equipment(institution)

    def body(self, institution):
        room = str(make_room(institution).pk)
        return {"asset_number": "0001", "name": "Microscope", "kind": "laboratory", "room": room}


class TestBookings(ResourcePromises):
    url = "/api/v1/bookings/"
    view = "faculties.view_booking"
    create = "faculties.add_booking"
    update = "faculties.change_booking"
    also = ("faculties.view_room",)
    references = ("room",)
    changes = {"title": "Geometry"}

    def make(self, institution):
        return make_booking(institution)

    def body(self, institution):
        return {
            "room": str(make_room(institution).pk),
            "title": "Open day",
            "purpose": "event",
            "starts_at": "2190-03-01T08:00:00Z",
            "ends_at": "2190-03-01T10:00:00Z",
        }
