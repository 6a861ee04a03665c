"""This file holds the promises of a resource, kept by places, equipment and bookings."""

from core.testing.promises import ResourcePromises
from faculties.factories import make_booking, make_building, make_campus, make_equipment, make_room


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
