"""This file holds the tests of what a viewset declares of its list: mistakes found at the start, few statements."""

from datetime import date
from decimal import Decimal
from urllib.parse import urlencode
from uuid import uuid4

import orjson
import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import connection, models
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from rest_framework import serializers

from core.actor import Reach
from core.audit.models import AuditEntry
from core.errors import Invalid
from core.lists.access import Access
from core.lists.checks import check_lists, has_index, listed, problems_of
from core.lists.columns import column
from core.lists.cursors import NotACursor, read_cursor, write_cursor
from core.lists.declarations import Declaration, Key, declaration_of
from core.lists.fetching import fetch
from core.lists.listing import ListMixin, Page
from core.lists.places import filled_up
from core.lists.plans import _plan, build_of
from core.lists.questions import value_of
from core.lists.references import table_of
from core.lists.statements import as_array, as_text, compiled
from core.testing.fixtures import client_of, person_at, person_with
from core.tests.lists_lab import make_students, page
from faculties.models import Department
from students.models import Student
from students.students.api import StudentViewSet

VIEW = "students.view_student"
SAMPLES = {
    "UUIDField": str(uuid4()),
    "DateField": "1999-01-01",
    "DateTimeField": "1999-01-01T00:00:00Z",
}


class NumberSerializer(serializers.ModelSerializer):
    class Meta:
        model = Student
        fields = ["id", "number"]


class NumberList(ListMixin):
    queryset = Student.objects.all()
    serializer_class = NumberSerializer
    view_permission = VIEW


def declared(**parts):
    return Declaration(type("Varied", (NumberList,), parts))


def shown_by(field, name="number"):
    fields = {name: field, "Meta": type("Meta", (), {"model": Student, "fields": [name]})}
    return type("Varied", (serializers.ModelSerializer,), fields)


def test_every_list_of_the_installation_holds():
    assert check_lists() == []


@pytest.mark.django_db
@pytest.mark.parametrize("view", listed(), ids=lambda view: view.__name__)
def test_every_list_answers_every_order_to_every_kind_of_reach(harare, mutare, view):
    declared = declaration_of(view)
    are_shipped = view.queryset.model._base_manager.exists()  # rows of a list that comes with the system
    one, two, unit = frozenset([harare.pk]), frozenset([harare.pk, mutare.pk]), frozenset([uuid4()])
    for reach in (
        Reach(institutions=one),
        Reach(institutions=two),
        Reach(units=unit, hosts=one),
        Reach(related=one),
        Reach(nation=True),
    ):
        access = Access(person_with(reach, view.view_permission).actor, view.view_permission)
        for ordering in declared.orderings:
            query = {"ordering": ordering, "count": "exact", "limit": "1"}
            if declared.references:
                query["expand"] = ",".join(declared.references)
            if declared.search_fields:
                query["search"] = "x"
            answer = Page(view, access, QueryDict(urlencode(query)), {}).answer(None)
            assert answer.status_code == 200
        for reference in declared.references.values():
            assert set(table_of(reference, {unknown := uuid4()}, access)) <= {unknown, None}
        for name, chosen in declared.filters.items():
            value = "false" if chosen.lookup == "isnull" else SAMPLES.get(chosen.field.get_internal_type(), "")
            if value:
                answer = Page(view, access, QueryDict(urlencode({name: value})), {}).answer(None)
                assert are_shipped or orjson.loads(answer.content)["data"] == []


@pytest.mark.django_db
def test_what_stands_in_the_address_is_a_filter(harare):
    make_students(harare, "H", 2)
    access = Access(person_at(harare, VIEW).actor, VIEW)
    answer = Page(StudentViewSet, access, QueryDict(), {"number": "H1"}).answer(None)
    assert [row["number"] for row in orjson.loads(answer.content)["data"]] == ["H1"]
    with pytest.raises(Invalid, match="Give this parameter once"):
        Page(StudentViewSet, access, QueryDict("number=H0"), {"number": "H1"})
    with pytest.raises(KeyError):
        Page(StudentViewSet, access, QueryDict(), {"undeclared": "H1"})


@pytest.mark.parametrize(
    ("field", "name", "because"),
    [
        (serializers.SerializerMethodField(), "number", "has no column"),
        (serializers.ReadOnlyField(source="__str__"), "label", "has no column"),
        (serializers.CharField(), "national_id", "a CharField has no column"),
        (serializers.CharField(), "entry_year", "a CharField has no column"),
        (serializers.DateTimeField(format="%Y"), "created_at", "a DateTimeField has no column"),
        (serializers.UUIDField(format="hex"), "id", "a UUIDField has no column"),
        (serializers.CharField(source="department.name"), "where", "department may be empty"),
        (serializers.CharField(source="nobody"), "who", "has no column nobody"),
    ],
)
def test_a_field_that_no_column_shows_stops_the_start(field, name, because):
    with pytest.raises(ImproperlyConfigured, match=because):
        declared(serializer_class=shown_by(field, name))


def test_a_decimal_is_shown_as_kept_only_where_drf_would_print_the_same():
    assert column(sized_model(), "size", bound(serializers.DecimalField(5, 2), "size")).name == "size"
    for other in (serializers.DecimalField(5, 1), serializers.DecimalField(5, 2, coerce_to_string=False)):
        with pytest.raises(ImproperlyConfigured, match="a DecimalField has no column"):
            column(sized_model(), "size", bound(other, "size"))


def sized_model():
    """A model in name only, with one decimal."""
    size = models.DecimalField(max_digits=5, decimal_places=2)
    options = type("Options", (), {"label": "core.Measured", "get_field": lambda name: size})
    return type("Measured", (), {"_meta": options})


def bound(field, name):
    field.bind(name, None)
    return field


@pytest.mark.parametrize(
    ("parts", "because"),
    [
        ({"filters": {"shoe_size": ["exact"]}}, "shoe_size is no column"),
        ({"filters": {"status__x": ["exact"]}}, "status__x is no column"),
        ({"filters": {"number": ["regex"]}}, "there is no lookup regex"),
        ({"filters": {"number": ["contains"]}}, "a list is asked for what it contains"),
        ({"orders": {"born": "birth_year"}}, "may have no born"),
        ({"orders": {"home": "department__name"}}, "may have no home"),
    ],
)
def test_a_question_that_can_t_be_answered_stops_the_start(parts, because):
    with pytest.raises(ImproperlyConfigured, match=because):
        declared(**parts)


def test_an_order_without_an_index_is_an_error():
    class Unsorted(NumberList):
        orders = {"given_names": "given_names", "family_name": "family_name", "number": "number"}

    (problem,) = problems_of(Unsorted)
    assert problem.id == "lists.E002"
    assert problem.msg == "The list of students.Student offers the order given_names, which has no index."


def test_an_index_must_start_with_the_order_and_run_one_way():
    born = Coalesce("birth_year", Value(0))
    keys = tuple(Key(part, models.IntegerField()) for part in (born, F("id")))
    for index, fits in (
        (models.Index(F("institution"), born, F("id"), name="a"), True),
        (models.Index(F("institution"), born.desc(), F("id").desc(), name="b"), True),
        (models.Index(F("institution"), born.desc(), F("id"), name="c"), False),
        (models.Index(born, F("id"), name="d"), False),
        (models.Index(F("institution"), born, name="e"), False),
        (models.Index(F("institution"), born, F("id"), name="f", condition=models.Q(status="x")), False),
    ):
        assert has_index(with_indexes(index), keys) is fits, index.name


def with_indexes(*indexes):
    class Changed:
        class _meta:  # noqa: N801
            local_fields = Student._meta.local_fields
            constraints = ()

    Changed._meta.indexes = indexes
    return type("Declared", (), {"model": Changed})


@pytest.mark.django_db
def test_sets_of_fields_add_no_statements(harare):
    make_students(harare, "H", 2)
    client = client_of(person_at(harare, VIEW))
    page(client, "/api/v1/students/")
    before = _plan.cache_info().currsize
    for name in ("id", "number", "family_name", "id,number", "status,sex"):
        page(client, "/api/v1/students/", fields=name)
    assert _plan.cache_info().currsize == before
    assert (_plan.cache_info().maxsize, build_of.cache_info().maxsize) == (1024, 512)


@pytest.mark.django_db
def test_the_order_of_an_index_is_walked_and_not_sorted(harare):
    make_students(harare, "H", 3)
    access = Access(person_at(harare, VIEW).actor, VIEW)
    with connection.cursor() as cursor:
        # What remains is what can't be avoided, whatever the planner believes about so few rows.
        for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    for ordering in ("id", "-id", "family_name", "-family_name", "entry_year"):
        for way in (None, "next"):
            plan = _plan(StudentViewSet, access.place, (), False, ordering, way, 50, False)
            values = access.values | {"key 0": "2020", "key 1": str(harare.pk)}
            values |= {"key 0": str(harare.pk)} if ordering.endswith("id") else {}
            lines = fetch(f"EXPLAIN {plan.statement.sql}", [values[name] for name in plan.statement.holes])
            text = "\n".join(line for (line,) in lines)
            assert "Index" in text, text
            assert "Sort" not in text, text


def test_a_day_is_never_a_constant_of_a_statement():
    with pytest.raises(ImproperlyConfigured, match="use Now"):
        compiled(Department.objects.filter(opened_on__lt=date(2026, 1, 1)))


@pytest.mark.django_db
def test_constants_are_written_out_and_quoted():
    statement = compiled(Student.objects.filter(number="O'Neil 100%").exclude(region="$1").values_list("id"))
    assert "'O''Neil 100%'" in statement.sql
    assert "'$1'" in statement.sql
    assert statement.rows({}) == []


def test_what_can_match_nothing_asks_the_database_nothing():
    statement = compiled(Student.objects.none())
    assert statement.sql is None
    assert statement.rows({}) == []


@pytest.mark.django_db
def test_values_survive_the_way_to_the_database():
    texts = ['a"b', "c\\d", "", "{e,f}", "null", "é"]
    assert fetch("SELECT $1::text[]", [as_array(texts)]) == [(texts,)]
    assert as_text(models.DecimalField(max_digits=9, decimal_places=2), Decimal("1.50")) == "1.50"
    assert as_text(models.BinaryField(), b"\x01\xff") == "\\x01ff"
    instant = value_of(models.DateTimeField(), "2026-01-02T03:04:05Z")
    assert instant == "2026-01-02T03:04:05+00:00"
    assert value_of(models.BooleanField(), "true") == "true"


def test_sets_of_ids_are_filled_up_so_that_statements_are_few():
    assert [filled_up(count) for count in (0, 1, 2, 3, 4, 5, 8, 9, 100)] == [0, 1, 2, 4, 4, 8, 8, 16, 128]


@pytest.mark.django_db
def test_a_reach_over_many_units_and_institutions_is_one_statement(harare, mutare):
    make_students(harare, "H", 2)
    reach = Reach(institutions=frozenset([harare.pk]), units=frozenset(range(0)), hosts=frozenset([mutare.pk]))
    body = page(client_of(person_with(reach, VIEW)), "/api/v1/students/")
    assert len(body["data"]) == 2


def test_a_cursor_holds_for_its_subject_alone():
    token = write_cursor("a", "next", ["x", "é"])
    assert read_cursor("a", token) == ("next", ["x", "é"])
    for subject, other in (("b", token), ("a", token[1:]), ("a", ""), ("a", "!")):
        with pytest.raises(NotACursor):
            read_cursor(subject, other)


@pytest.mark.django_db
def test_an_address_of_the_network_is_shown_without_its_mask():
    AuditEntry.objects.create(rule="x", actor_name="x", address="10.0.0.1")
    shown = column(AuditEntry, "address", bound(serializers.IPAddressField(), "address"))
    assert AuditEntry.objects.values_list(shown.expression).get() == ("10.0.0.1",)


def test_a_step_over_a_relation_that_is_always_there_is_a_join():
    shown = column(Student, "where", bound(serializers.CharField(source="institution.name"), "where"))
    assert shown.expression == F("institution__name")


def test_a_value_of_a_filter_of_flags_is_true_or_false():
    with pytest.raises(ValidationError, match="Give true or false"):
        value_of(models.BooleanField(), "yes")
