"""This file holds the command that shows dead messages, and gives them another round."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from core.outbox import relay, tasks
from core.outbox.models import Message


class Command(BaseCommand):
    """`outbox` lists dead messages; `outbox --replay ID` or `--replay all` sends them again."""

    help = "List the messages that were given up, or send them again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--replay", metavar="ID", help="one message to send again, or all")

    def handle(self, *args: Any, replay: str | None, **options: Any) -> None:
        if replay is None:
            self.show()
        else:
            self.send_again(replay)

    def show(self) -> None:
        dead = Message.objects.filter(dead_at__isnull=False).order_by("dead_at")
        for message in dead.iterator():
            self.stdout.write(f"{message.pk} {message.dead_at:%Y-%m-%d %H:%M} {message} {message.last_error}")
        self.stdout.write(f"{dead.count()} dead, {Message.objects.filter(done_at=None, dead_at=None).count()} waiting.")

    def send_again(self, named: str) -> None:
        dead = Message.objects.filter(dead_at__isnull=False)
        if named != "all":
            dead = dead.filter(pk=as_id(named))
        count = relay.replay(list(dead.values_list("pk", flat=True)))
        if named != "all" and not count:
            raise CommandError(f"No dead message has the id {named}: run `outbox` to see those that do.")
        tasks.relay.delay()
        self.stdout.write(f"{count} sent again.")


def as_id(named: str) -> UUID:
    try:
        return UUID(named)
    except ValueError as error:
        raise CommandError(f"{named} is no id of a message: name one that `outbox` lists, or all.") from error
