"""This file holds the failures a person can mend. Anything else is a bug, and stays a 500."""

from dataclasses import dataclass
from typing import Any

OFFSET_NEEDED = "offset_needed"
OFFSET_NEEDED_WORDS = "Say by whose clocks this is: give an offset, as in 2026-02-09T08:00:00+02:00, or Z for UTC."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request: a stable code, a sentence for people, and the path of the field or None."""

    code: str
    message: str
    field: str | None = None

    def at(self, position: int) -> "Problem":
        """The same of one of several items, which its position names."""
        return Problem(self.code, self.message, "/".join(filter(None, (str(position), self.field))))


class RuleBroken(Exception):
    """A rule of the domain said no. `code` is stable and documented; `message` is for people."""

    status = 422
    refusal: Any = None  # set where a rule says no: what the edge of the system puts on the audit log

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.problems = [Problem(code, message, field)]

    @property
    def code(self) -> str:
        return self.problems[0].code

    @property
    def message(self) -> str:
        return self.problems[0].message


class Invalid(RuleBroken):
    """Values that break a limit: every problem at once, each with its field."""

    status = 400

    def __init__(self, problems: list[Problem]) -> None:
        Exception.__init__(self, "; ".join(problem.message for problem in problems))
        self.problems = problems


class NotAllowed(RuleBroken):
    """The actor is known and lacks the permission."""

    status = 403

    def __init__(self, needs: str) -> None:
        super().__init__("not_allowed", f"You may not do this: it needs the permission {needs}.")
        self.needs = needs


class SecondFactorNeeded(RuleBroken):
    """What the actor holds asks for a second factor, and this session was never given one."""

    status = 403

    def __init__(self) -> None:
        message = "Your role asks for a second factor. Add one at /auth/factors/, or show yours at /auth/step-up/."
        super().__init__("second_factor_needed", message)


class StepUpNeeded(RuleBroken):
    """The actor may do this, after proving with a second factor, just now, who they are (RFC 9470)."""

    status = 401

    def __init__(self, max_age: int) -> None:
        super().__init__("step_up_needed", "Confirm with your second factor that it is you, then repeat this.")
        challenge = f'error="insufficient_user_authentication", acr_values="aal2", max_age="{max_age}"'
        self.headers = {"WWW-Authenticate": f'Bearer realm="tesc", {challenge}'}


class NotVisible(RuleBroken):
    """The row is absent or out of reach. The two look the same."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not_found", "There is nothing here, or nothing that you may see.")


class Conflict(RuleBroken):
    """Another change got there first, or the row is still in use."""

    status = 409


class PreconditionFailed(RuleBroken):
    """The row changed since the caller read it."""

    status = 412

    def __init__(self) -> None:
        super().__init__(
            "changed_meanwhile", "Someone changed this since you read it. Read it again, then repeat your change."
        )


class PreconditionRequired(RuleBroken):
    """A change that must name the version it builds on did not."""

    status = 428

    def __init__(self) -> None:
        super().__init__("if_match_required", "Send If-Match with the ETag of the version that you read.")
