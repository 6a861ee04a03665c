"""This file holds what every test stands on: a database its owner built, behind production's walls."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import teardown_databases
from hypothesis import settings
from pytest_django.plugin import DjangoDbBlocker

from core.freshness.watch import watch
from core.tenancy.roles import as_owner
from core.testing.emptying import bring_back_shipped, remember_shipped
from core.testing.templates import set_up_databases

# How long an example takes is the machine's business: speed is measured in bench/.
settings.register_profile("tesc", deadline=None)
settings.load_profile("tesc")

pytest_plugins = ["core.testing.fixtures", "users.testing", "instauth.testing"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Built and dropped by the owner; in between, every test logs in as the application's role."""
    with django_db_blocker.unblock():
        with as_owner():
            built = set_up_databases()
            remember_shipped()
            test_name = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = test_name
        yield
        with as_owner():
            teardown_databases(built, verbosity=0)


def bring_back_as_owner(_test: TransactionTestCase) -> None:
    """After a test with real transactions: the application may not remove all that stands there."""
    with as_owner():
        bring_back_shipped()
    watch.forget_all()  # what it was read from went with the other rows


TransactionTestCase._fixture_teardown = bring_back_as_owner  # type: ignore[attr-defined]
