"""This file holds accounts: the people who sign in."""

from collections.abc import Callable, Collection
from typing import Any, Self

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.actor import Actor
from core.personal.declarations import ERASED_NAME, Kept, Personal
from core.records import Row
from core.texts import FoldedField
from users.accounts.addresses import AddressShapeField, as_login, is_deceptive


class UserQuerySet(models.QuerySet):
    def visible_to(self, actor: Actor, permission: str) -> Self:
        """People who hold or held a grant, or are or were in a group, where the actor has the permission: an account
        lies nowhere itself.
        """
        reach = actor.reach(permission)
        if reach.nation:
            return self
        held = Q(institution__in=reach.institutions) | Q(department__in=reach.units) | Q(faculty__in=reach.units)
        grants = apps.get_model("users.Grant")._base_manager.filter(held)
        members = apps.get_model("users.Membership")._base_manager.filter(institution__in=reach.institutions)
        mine = Q(pk=actor.id) if reach.related else Q(pk__in=())
        # Not those of groups: an IN over a NULL is never false.
        holders = grants.filter(user__isnull=False)
        return self.filter(Q(pk__in=holders.values("user")) | Q(pk__in=members.values("user")) | mine)

    def acting(self, actor: Actor) -> Any:
        """The account of the actor, where a person acts who has one; None otherwise."""
        return self.filter(pk=actor.id).first() if actor.id else None


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # made by Django at run time
    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email=as_login(email))


class User(Row, AbstractBaseUser):
    """One person who may sign in, known by an e-mail address that is kept folded.

    What they may do stands in their grants. There is no superuser: reach over the nation is a role.
    """

    personal = Personal(
        means="Your account: how you sign in.",
        is_person=True,
        withheld={"password": "A digest of your password, which is of use only to whoever would guess it."},
        erased={
            "name": ERASED_NAME,
            "email": lambda user: f"erased-{user.pk}@erased.invalid",
            "password": lambda user: make_password(None),
            "is_active": False,
            "erased_at": lambda user: timezone.now(),
        },
        kept=Kept("An empty account stays, so that what the audit log says of it can't become somebody else's."),
    )

    email = models.EmailField(unique=True, max_length=254)
    email_shape = AddressShapeField(source="email", help_text="What the address looks like.")
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(
        default=False, editable=False, help_text="An account of the demo country: it needs no second factor."
    )
    signed_out_at = models.DateTimeField(null=True, editable=False, help_text="No session begun before it counts.")
    erased_at = models.DateTimeField(null=True, editable=False, help_text="When the person was erased.")
    search_text = FoldedField(sources=("name", "email"))

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    sensitive_fields = ("password",)

    objects = UserManager()

    actor: Actor
    load_actor: Callable[[], Actor]

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(email=models.functions.Lower("email")),
                name="user_email_is_folded",
                violation_error_code="invalid",
                violation_error_message="An e-mail address is kept in lower case.",
            ),
            models.UniqueConstraint(
                fields=["email_shape"],
                name="user_email_looks_unlike_others",
                violation_error_code="confusable_address",
                violation_error_message="This e-mail address looks like that of another account.",
            ),
        ]
        indexes = [
            models.Index(fields=["search_text", "id"], name="user_by_text"),
            models.Index(fields=["name", "id"], name="user_by_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.email = as_login(self.email)
        if is_deceptive(self.email):
            message = "This e-mail address mixes alphabets, or holds signs that can't be seen. Type it anew."
            raise ValidationError({"email": ValidationError(message, code="deceptive_address")})

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """An address that is taken is told once, not once more as one that looks alike."""
        is_told = exclude and "email" in exclude
        super().validate_constraints({*(exclude or ()), "email_shape"} if is_told else exclude)
