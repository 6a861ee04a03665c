"""This file holds the tests of what institutions ask: stricter than the nation, never looser."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from core.errors import RuleBroken
from core.freshness.watch import watch
from core.testing.fixtures import client_of, person_at
from core.testing.promises import ResourcePromises
from faculties.models import Institution
from instauth.models import Policy
from instauth.policies.rules import asked_of, refuse_address
from instauth.sessions.queries import lacks_factor
from instauth.sessions.rules import begin_session
from users.factories import make_person
from users.roles.limits import limits_of

POLICIES = "/api/v1/auth/policies/"
CHANGE = "instauth.change_policy"

pytestmark = pytest.mark.django_db


def make_policy(institution: Institution, **fields) -> Policy:
    return Policy(institution=institution, **fields).save_checked()


class TestPolicies(ResourcePromises):
    url = POLICIES
    view = "instauth.view_policy"
    create = update = CHANGE
    changes = {"second_factor": "all"}

    def make(self, institution):
        return Policy.objects.filter(institution=institution).first() or make_policy(institution)

    def body(self, institution):
        return {"second_factor": "staff", "email_domains": ["harare.test"], "idle_minutes": 20}


def post(institution: Institution, **body):
    return client_of(person_at(institution, CHANGE, "instauth.view_policy")).post(POLICIES, body)


def test_there_is_one_policy_of_each_institution(harare: Institution):
    assert post(harare).status_code == 201
    answer = post(harare)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "institution")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"idle_minutes": 4}, "min_value"),
        ({"idle_minutes": 721}, "max_value"),
        ({"longest_minutes": 59}, "min_value"),
        ({"longest_minutes": 20161}, "max_value"),
        ({"idle_minutes": 700, "longest_minutes": 60}, "idle_beyond_longest"),
        ({"email_domains": ["not a domain"]}, "invalid"),
        ({"second_factor": "nobody"}, "invalid_choice"),
    ],
)
def test_a_policy_outside_the_national_bounds_is_refused(harare: Institution, body: dict, code: str):
    answer = post(harare, **body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert not Policy.objects.exists()


def test_session_times_become_shorter_and_never_longer(harare: Institution):
    person = make_person(grants=[("student", harare)])
    nation = limits_of(person)
    policy = make_policy(harare, idle_minutes=12 * 60, longest_minutes=14 * 24 * 60)
    assert asked_of(person) == nation
    policy.change(idle_minutes=10, longest_minutes=60)
    asked = asked_of(person)
    assert (asked.idle, asked.longest) == (timedelta(minutes=10), timedelta(hours=1))


def test_the_strictest_of_several_institutions_counts(harare: Institution, mutare: Institution):
    person = make_person(grants=[("student", harare), ("student", mutare)])
    make_policy(harare, idle_minutes=10)
    make_policy(mutare, longest_minutes=60)
    asked = asked_of(person)
    assert (asked.idle, asked.longest) == (timedelta(minutes=10), timedelta(hours=1))


def test_an_institution_asks_nothing_of_people_elsewhere(harare: Institution, mutare: Institution):
    person = make_person(grants=[("student", mutare)])
    make_policy(harare, idle_minutes=10, second_factor="all")
    assert asked_of(person) == limits_of(person)


@pytest.mark.parametrize(
    ("asks", "of_student", "of_lecturer"), [("by_role", False, False), ("staff", False, True), ("all", True, True)]
)
def test_a_second_factor_is_asked_of_whom_the_policy_says(
    harare: Institution, asks: str, of_student: bool, of_lecturer: bool
):
    make_policy(harare, second_factor=asks)
    assert asked_of(make_person(grants=[("student", harare)])).needs_second_factor is of_student
    assert asked_of(make_person(grants=[("lecturer", harare)])).needs_second_factor is of_lecturer
    assert asked_of(make_person(grants=[("institution-administrator", harare)])).needs_second_factor


def test_only_addresses_of_the_domains_are_taken(harare: Institution, mutare: Institution):
    make_policy(harare, email_domains=["harare.test"])
    refuse_address(harare.pk, "Rudo@HARARE.test")
    refuse_address(mutare.pk, "rudo@elsewhere.test")
    for address in ("rudo@elsewhere.test", "rudo@sub.harare.test", "harare.test@elsewhere.test"):
        with pytest.raises(RuleBroken, match=r"only addresses of these domains: harare\.test"):
            refuse_address(harare.pk, address)


@pytest.mark.parametrize("address", ["rud\N{CYRILLIC SMALL LETTER O}@tesc.test", "rudo\u200b@tesc.test"])
def test_an_address_that_passes_for_another_is_refused_everywhere(harare: Institution, address: str):
    for institution in (harare.pk, None):
        with pytest.raises(RuleBroken, match="mixes alphabets"):
            refuse_address(institution, address)


def test_a_session_lasts_as_the_institution_says(harare: Institution):
    make_policy(harare, idle_minutes=10, longest_minutes=60)
    person = make_person(grants=[("student", harare)])
    session = begin_session(person, "").session
    assert session.idle_until - session.created_at < timedelta(minutes=10, seconds=1)
    assert session.absolute_until - session.created_at < timedelta(minutes=60, seconds=1)
    assert not lacks_factor(session)


def test_whoever_must_have_a_second_factor_here_does_nothing_without(harare: Institution):
    person = make_person(grants=[("student", harare)])
    tokens = begin_session(person, "")
    client = APIClient(headers={"Authorization": f"Bearer {tokens.access}"})
    assert client.get("/api/v1/auth/providers/").json()["errors"][0]["code"] == "not_allowed"
    assert client_of(person_at(harare, CHANGE)).post(POLICIES, {"second_factor": "all"}).status_code == 201
    watch.looked_at = float("-inf")
    assert client.get("/api/v1/auth/providers/").json()["errors"][0]["code"] == "second_factor_needed"
