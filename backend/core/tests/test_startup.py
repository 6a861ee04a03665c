"""This file holds the tests of the role check: a process does not serve as a role that no wall holds."""

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections

from core.tenancy.roles import as_owner
from core.tenancy.startup import RoleCheck, check_role, trouble_with

SERVES = {"is_superuser": False, "bypasses": False, "reads_nation": False, "owns": False}


@pytest.mark.django_db
def test_the_role_that_serves_is_fit():
    check = RoleCheck()
    check(connection)
    assert check.passed


@pytest.mark.django_db
def test_a_process_looks_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        check = RoleCheck()
        check(connection)
        check(connection)


@pytest.mark.django_db(transaction=True)
def test_the_check_runs_when_a_process_connects(monkeypatch):
    monkeypatch.setattr(check_role, "passed", False)
    connection.close()
    connection.ensure_connection()
    assert check_role.passed


def logged_in_as(user: str) -> dict:
    return {**connection.settings_dict, "USER": user}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("user", "said"),
    [("tesc_owner", "tesc_owner owns tables"), ("tesc_backup", "BYPASSRLS"), ("postgres", "postgres is a superuser")],
)
def test_an_unfit_role_is_refused_and_its_connection_is_closed(monkeypatch, user, said):
    if not connection.settings_dict["HOST"].startswith("/"):
        pytest.skip("only the servers that come along let every role in")
    connection.close()
    monkeypatch.setattr(check_role, "passed", False)
    monkeypatch.setattr(connections["default"], "settings_dict", logged_in_as(user))
    monkeypatch.setattr(settings, "OWNER_DATABASE", {**settings.OWNER_DATABASE, "USER": "somebody_else"})
    for _ in range(2):
        with pytest.raises(ImproperlyConfigured, match=said):
            connection.ensure_connection()
        assert connection.connection is None


@pytest.mark.django_db(transaction=True)
def test_an_owner_who_maintains_is_let_in(monkeypatch):
    monkeypatch.setattr(check_role, "passed", False)
    with as_owner():
        connection.ensure_connection()
    assert not check_role.passed


@pytest.mark.parametrize(
    ("trait", "said"),
    [
        ({"is_superuser": True}, "app is a superuser"),
        ({"bypasses": True}, "app has BYPASSRLS"),
        ({"reads_nation": True}, "app inherits tesc_national"),
        ({"owns": True}, "app owns tables"),
    ],
)
def test_each_unfit_role_hears_why(trait, said):
    assert said in trouble_with("app", **{**SERVES, **trait})


def test_on_a_small_site_the_owner_may_serve(monkeypatch):
    monkeypatch.setattr(settings, "OWNER_DATABASE", {**settings.OWNER_DATABASE, "USER": "app"})
    assert trouble_with("app", **{**SERVES, "owns": True}) is None
