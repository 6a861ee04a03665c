"""This file holds the tests of reading lists over HTTP: pages, filters, search, fields, counts, tags, refusals."""

import random
from uuid import uuid4

import orjson
import pytest

from core.http.envelope import as_json
from core.tenancy.scope import reaching
from core.testing.fixtures import client_of, person_at, person_with
from core.tests.lists_lab import change, make_department, make_student, make_students, page, refusals
from students.students.api import StudentViewSet

pytestmark = pytest.mark.django_db

URL = "/api/v1/students/"
VIEW = "students.view_student"


@pytest.fixture
def client(harare):
    return client_of(person_at(harare, VIEW))


def numbers(body):
    return [row["number"] for row in body["data"]]


def test_a_list_has_the_envelope_and_is_not_to_be_stored(harare, client):
    student = make_student(harare, "H1")
    answer = client.get(URL, headers={"X-Request-ID": "request-0001"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    body = answer.json()
    assert list(body) == ["status", "data", "meta", "errors"]
    assert (body["status"], body["errors"]) == ("success", [])
    assert body["meta"] == {"request_id": "request-0001", "next": None, "previous": None, "limit": 50}
    assert [row["id"] for row in body["data"]] == [str(student.pk)]


def test_walking_forth_and_back_shows_every_row_once_in_order(harare, client):
    dice = random.Random(7)  # noqa: S311
    families = [dice.choice(["", "Moyo", "Ncube", "Dube"]) for _ in range(23)]
    for slot, family in enumerate(families):
        make_student(harare, f"H{slot:02}", family_name=family)
    for ordering in ("id", "-id", "family_name", "-family_name"):
        pages, cursor = [], ""
        while cursor is not None:
            body = page(client, URL, ordering=ordering, limit=5, **({"cursor": cursor} if cursor else {}))
            pages.append(numbers(body))
            cursor, previous = body["meta"]["next"], body["meta"]["previous"]
        assert [len(one) for one in pages] == [5, 5, 5, 5, 3]
        walked = [number for one in pages for number in one]
        name = ordering.removeprefix("-")
        by_key = sorted(range(23), key=lambda slot: (families[slot] if name == "family_name" else "", slot))
        expected = [f"H{slot:02}" for slot in by_key]
        assert walked == (expected[::-1] if ordering.startswith("-") else expected)
        for expected_page in reversed(pages[:-1]):
            body = page(client, URL, ordering=ordering, limit=5, cursor=previous)
            assert numbers(body) == expected_page
            assert body["meta"]["next"] is not None
            previous = body["meta"]["previous"]
        assert previous is None


def test_a_row_that_comes_meanwhile_moves_no_other(harare, client):
    make_students(harare, "B", 4, family_name="Moyo")
    first = page(client, URL, ordering="family_name", limit=2)
    make_student(harare, "A", family_name="Dube")
    second = page(client, URL, ordering="family_name", limit=2, cursor=first["meta"]["next"])
    assert numbers(first) + numbers(second) == ["B0", "B1", "B2", "B3"]


def test_pages_of_every_limit_are_cut_right(harare, client):
    make_students(harare, "H", 60)
    for limit in (1, 9, 10, 11, 50, 51, 59):
        body = page(client, URL, limit=limit)
        assert (len(body["data"]), body["meta"]["limit"]) == (limit, limit)
        rest = page(client, URL, limit=200, cursor=body["meta"]["next"])
        assert (len(rest["data"]), rest["meta"]["next"]) == (60 - limit, None)
    assert page(client, URL, limit=60)["meta"]["next"] is None


def test_filters_narrow_by_each_lookup(harare, client):
    science, law = make_department(harare, "SCI"), make_department(harare, "LAW")
    make_student(harare, "A", status="active", entry_year=2020, department=science)
    make_student(harare, "B", status="deferred", entry_year=2021, department=law)
    make_student(harare, "C,D", status="graduated", entry_year=2022)
    for query, expected in {
        "status=active": ["A"],
        "status__in=active,deferred": ["A", "B"],
        "entry_year=2021": ["B"],
        "entry_year__gte=2021": ["B", "C,D"],
        "entry_year__lt=2021": ["A"],
        "entry_year__gte=2021&entry_year__lt=2022": ["B"],
        "department__isnull=true": ["C,D"],
        "department__isnull=false": ["A", "B"],
        f"department={science.pk}": ["A"],
        f"department__in={science.pk},{law.pk}": ["A", "B"],
        f"department={uuid4()}": [],
        f"institution={harare.pk}&number=C%2CD": ["C,D"],
        "region=%22%5C%27%25": [],
    }.items():
        assert numbers(page(client, f"{URL}?{query}")) == expected, query


def test_a_search_is_the_folded_beginning_of_the_text(harare, client):
    make_student(harare, "A", family_name="Moyó", given_names="Chipo")
    make_student(harare, "B", family_name="Moyana")
    make_student(harare, "C", family_name="A%_\\moyo")
    assert numbers(page(client, URL, search="MOYO")) == ["A"]
    assert numbers(page(client, URL, search=" moy")) == ["A", "B"]
    assert numbers(page(client, URL, search="%")) == []
    assert numbers(page(client, URL, search="a%_\\")) == ["C"]
    assert numbers(page(client, URL, search=" ")) == ["A", "B", "C"]


def test_fields_are_shown_as_asked_in_their_own_order(harare, client):
    student = make_student(harare, "A")
    body = page(client, URL, fields="number,id")
    assert [list(row.items()) for row in body["data"]] == [[("id", str(student.pk)), ("number", "A")]]


def test_a_count_is_given_when_asked_for(harare, mutare, client):
    make_students(harare, "A", 12)
    make_student(harare, "B", status="deferred")
    make_student(mutare, "M")
    assert "count" not in page(client, URL)["meta"]
    first = page(client, URL, count="exact", status="active", limit=5)
    assert first["meta"]["count"] == 12
    second = page(client, URL, count="exact", status="active", limit=5, cursor=first["meta"]["next"])
    assert second["meta"]["count"] == 12
    assert isinstance(page(client, URL, count="estimate")["meta"]["count"], int)


def test_the_tag_is_of_what_is_shown_and_answers_304(harare, client):
    student = make_student(harare, "A")
    first = client.get(URL)
    again = client.get(URL, headers={"If-None-Match": f'"x", W/{first["ETag"]}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    change(student, family_name="Moyo")
    changed = client.get(URL, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_head_answers_as_get_without_a_body(harare, client):
    answer = client.head(URL)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["ETag"] == client.get(URL)["ETag"]


def test_every_problem_of_a_question_is_told_at_once(harare, client):
    answer = client.get(
        f"{URL}?foo=1&status=gone&status__in=active,gone&limit=201&limit=5&ordering=email&fields=id,password"
        "&expand=institution&count=all&department=x&department__isnull=maybe&number=a%00b&cursor=nonsense"
    )
    assert answer.status_code == 400
    assert answer.json()["status"] == "error"
    assert refusals(answer) == {
        "foo": "unknown_parameter",
        "status": "invalid_choice",
        "status__in": "invalid_choice",
        "limit": "repeated_parameter",
        "ordering": "invalid_choice",
        "fields": "invalid_choice",
        "expand": "invalid_choice",
        "count": "invalid_choice",
        "department": "invalid",
        "department__isnull": "invalid_choice",
        "number": "invalid",
    }
    messages = {one["field"]: one["message"] for one in answer.json()["errors"]}
    assert messages["status"] == (
        "There is no such value here. Allowed are: active, on_attachment, deferred, suspended, dropped_out, graduated, "
        "transferred_out, deceased."
    )
    assert messages["expand"] == "There is no such field here: institution. Allowed are: department."
    assert messages["foo"].startswith("There is no such parameter. Allowed are: limit, cursor, ordering, search,")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("limit", value) for value in ("0", "-1", "201", "1.5", "٣", "", "999999999999")],
        *[("entry_year", value) for value in ("", "x", "1", "99999999999999999999")],
        ("department", "null"),
        ("status__in", ""),
        ("status__in", ",".join(["active"] * 201)),
        ("department__isnull", "True"),
        ("cursor", ""),
        ("cursor", "é"),
        ("fields", ""),
        ("search", "a\0b"),
    ],
)
def test_a_value_that_means_nothing_is_refused(client, name, value):
    answer = client.get(URL, {name: value})
    assert answer.status_code == 400
    assert list(refusals(answer)) == [name]


def test_a_cursor_that_was_touched_or_comes_from_elsewhere_is_refused(harare, client):
    make_students(harare, "A", 3)
    cursor = page(client, URL, limit=1)["meta"]["next"]
    for query in (
        {"cursor": cursor[:-4] + "AAAA"},
        {"cursor": cursor + "AAAA"},
        {"cursor": cursor, "ordering": "-id"},
        {"cursor": cursor, "ordering": "family_name"},
    ):
        assert refusals(client.get(URL, query)) == {"cursor": "invalid"}, query
    other = client_of(person_at(harare, "faculties.view_department"))
    assert refusals(other.get("/api/v1/departments/", {"cursor": cursor})) == {"cursor": "invalid"}


def test_without_the_permission_there_is_no_list(harare):
    assert client_of(person_at(harare, "students.add_student")).get(URL).status_code == 403


def test_a_list_prints_byte_for_byte_what_the_serializer_would(harare, mutare):
    dice = random.Random(11)  # noqa: S311
    departments = [make_department(harare, code) for code in ("SCI", "LAW", "ART")]
    for slot in range(40):
        make_student(
            harare,
            f"H{slot:02}",
            family_name=dice.choice(["Moyo", 'O"Neil\\', "Ncube é 𝄞", "<b>&\u2028", ""]),
            birth_year=dice.choice([None, 1990, 2001]),
            status=dice.choice(["active", "deferred"]),
            entry_year=dice.choice([2019, 2020, 2021]),
            department=dice.choice([None, *departments]),
        )
    person = person_with(person_at(harare, VIEW).actor.reach(VIEW) | person_at(mutare, VIEW).actor.reach(VIEW), VIEW)
    readers = [(one, client_of(one)) for one in (person, person_at(harare, VIEW))]
    for _ in range(200):
        reader, client = dice.choice(readers)
        filters = {
            name: value
            for name, value in {
                "status": dice.choice(["active", "deferred"]),
                "entry_year__gte": dice.choice([2019, 2020, 2021]),
                "department__isnull": dice.choice([True, False]),
            }.items()
            if dice.random() < 0.4
        }
        ordering, limit = dice.choice(["id", "-id", "family_name", "-entry_year"]), dice.choice([3, 10, 50])
        shown = dice.sample(StudentViewSet.serializer_class.Meta.fields[:16], dice.choice([1, 5, 16]))
        asked = {"ordering": ordering, "limit": limit, "fields": ",".join(shown)}
        asked |= {name: str(value).lower() for name, value in filters.items()}
        answer = client.get(URL, asked)
        rows = StudentViewSet.queryset.visible_to(reader.actor, VIEW).filter(**filters)
        tie = "-id" if ordering.startswith("-") else "id"
        with reaching(*reader.actor.institutions):
            data = StudentViewSet.serializer_class(rows.order_by(ordering, tie)[:limit], many=True).data
        expected = as_json([{name: value for name, value in row.items() if name in shown} for row in data])
        assert answer.content.partition(b'"data":')[2].partition(b',"meta":{"request_id"')[0] == expected
        assert orjson.loads(answer.content)["meta"]["limit"] == limit
