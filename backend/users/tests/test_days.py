"""This file holds that rights end with a day where they hold: at their institution, or for the nation."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core.errors import RuleBroken
from core.tenancy.scope import reaching
from faculties.factories import make_institution, zone_of_another_day
from faculties.models import Institution
from users.delegations.rules import delegate
from users.explanations.queries import why_not
from users.factories import make_grant, make_person, make_role, make_user
from users.groups.rules import add_member
from users.models import Delegation, Grant, Group, Membership
from users.roles.actors import actor_of
from users.roles.rules import end_grant

DAY = timedelta(days=1)
CODE = "x.view_y"

pytestmark = pytest.mark.django_db


@pytest.fixture
def abroad() -> Institution:
    return make_institution(time_zone=zone_of_another_day())


def day_at(place: Institution) -> object:
    return timezone.localdate(timezone=ZoneInfo(place.time_zone))


def test_a_grant_holds_on_the_days_of_its_institution(abroad: Institution):
    there, utc = day_at(abroad), timezone.localdate()
    assert there != utc
    role = make_role(CODE)
    for place, day in ((abroad, there), (None, utc)):
        on_the_day, before, after = make_user(), make_user(), make_user()
        assert Grant(user=on_the_day, role=role, institution=place, valid_until=day).save_checked().valid_from == day
        make_grant(before, role, place, valid_until=day - DAY)
        make_grant(after, role, place, valid_from=day + DAY)
        assert [actor_of(one).may(CODE) for one in (on_the_day, before, after)] == [True, False, False]
        grants = [one.grants.get() for one in (on_the_day, before, after)]
        assert [why_not(place, one) for one in grants] == ["", "ended", "not_begun"]
        assert set(Grant.objects.not_over().filter(pk__in=[one.pk for one in grants])) == {grants[0], grants[2]}


def test_what_ends_at_once_ends_on_the_day_of_its_institution(abroad: Institution):
    boss = make_person(grants=[("institution-administrator", abroad)])
    grant = make_grant(make_user(), "registrar", abroad)
    assert end_grant(boss.actor, grant).valid_until == day_at(abroad)


def test_memberships_and_loans_begin_and_end_with_the_day_of_their_institution(abroad: Institution):
    there, boss = day_at(abroad), make_person(grants=[("institution-administrator", abroad)])
    clerk = make_person(grants=[("registrar", abroad)])
    with reaching(abroad.pk):
        group = Group(institution=abroad, name="Examinations office").save_checked()
        assert add_member(boss.actor, group=group, user=clerk, valid_until=there).valid_from == there
        assert Membership.objects.in_force().filter(user=clerk).exists()
        lent = {"to": clerk.email, "reason": "Away.", "permissions": ["users.view_grant"]}
        with pytest.raises(RuleBroken) as refusal:
            delegate(boss.actor, valid_until=there - DAY, **lent)
        assert (refusal.value.code, Delegation.objects.count()) == ("in_the_past", 0)
        assert delegate(boss.actor, valid_until=there, **lent).valid_from == there
        assert Delegation.objects.in_force().get().valid_until == there
