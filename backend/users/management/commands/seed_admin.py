"""This file holds the command that makes the first administrator."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from core.actor import Actor
from core.errors import RuleBroken
from users.accounts.rules import add_user, generated_password
from users.models import Grant, Role
from users.roles.rules import give_grant
from users.roles.shipped import permissions_of

ROLE = "national-administrator"


class Command(BaseCommand):
    """Make the first national administrator, with a generated password that is printed once and kept nowhere."""

    help = "Make the first administrator if there is none, and print a generated password once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", default="admin@tesc.test", help="the login name (default: %(default)s)")
        parser.add_argument("--name", default="First administrator")
        parser.add_argument("--demo", action="store_true", help="a demo account, which needs no second factor")

    def handle(self, *args: object, email: str, name: str, demo: bool, **options: object) -> None:
        if Grant.objects.in_force().filter(role__code=ROLE, role__institution=None, user__is_active=True).exists():
            self.stdout.write("There is an administrator already; nothing to do.")
            return
        password = generated_password()
        # It grants what the role holds, so it must hold that itself.
        founder = Actor.system("seed_admin", *permissions_of(ROLE))
        try:
            with transaction.atomic():
                user = add_user(founder, email=email, name=name, password=password, is_demo=demo)
                give_grant(founder, user=user, role=Role.objects.shipped(ROLE))
        except RuleBroken as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"Administrator: {user.email}\nPassword:      {password}\nIt is shown only here: keep it.")
