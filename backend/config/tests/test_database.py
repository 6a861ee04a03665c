"""This file holds tests of the database of tests: the same roles and walls as production's."""

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import ProgrammingError, connection


@pytest.mark.django_db
def test_tests_log_in_as_the_application():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_user, current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = session_user"
        )
        row = cursor.fetchone()
    user = settings.DATABASES["default"]["USER"]
    assert row == (user, user, False, False)


@pytest.mark.django_db
def test_the_application_owns_no_table():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = session_user")
        assert cursor.fetchone() == (0,)
        with pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute("TRUNCATE auth_group CASCADE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_a_test_with_real_transactions_leaves_no_rows(time):
    Group.objects.create(name=time)
    assert list(Group.objects.values_list("name", flat=True)) == [time]
