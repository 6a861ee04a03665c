"""This file holds the command that writes pages of docs/ from the code: permissions, rules and error codes."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from inspect import getdoc
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.http.permissions import PUBLIC, SIGNED_IN, address
from core.http.routes import all_routes
from core.rules import ALL_RULES
from users.roles.models import RolePermission
from users.roles.shipped import SHIPPED_ROLES, all_permissions, permissions_of

BACKEND = Path(__file__).parents[3]
DOCS = BACKEND.parent / "docs"
MADE = "<!-- Written by `manage.py handbook`; change the code, not this page. -->\n"
# What a refusal is made with: a code first, a sentence second.
REFUSALS = {"RuleBroken", "Problem", "Conflict", "Busy", "SignInRefused", "ValidationError", "ArchiveRefused"}
SHOWN: dict[str | None, str] = {RolePermission.Over.PLACE: "x", RolePermission.Over.RELATED: "own", None: ""}


class Command(BaseCommand):
    """Write docs/permissions.md, docs/rules.md and docs/api/errors.md, or check that they are what the code says."""

    help = "Write the generated pages of docs/ (with --check: fail if they are old)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is old")

    def handle(self, *args: object, check: bool, **options: object) -> None:
        import_module(settings.ROOT_URLCONF)  # and with the addresses every room
        pages = {
            DOCS / "permissions.md": permissions_page(),
            DOCS / "rules.md": rules_page(),
            DOCS / "api" / "errors.md": errors_page(),
        }
        old = [path.name for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
        if check and old:
            raise CommandError(f"{', '.join(old)} differ from the code: run `manage.py handbook` and commit.")
        if not check:
            for path, text in pages.items():
                path.write_text(text, encoding="utf-8")


def permissions_page() -> str:
    """Which shipped role holds which permission."""
    held = {role: permissions_of(role) for role in SHIPPED_ROLES}
    lines = [
        "# Permissions and roles",
        MADE,
        "`x`: over every row at the place of the grant, or below. `own`: only over rows about the person.\n",
        f"| permission | allows | {' | '.join(SHIPPED_ROLES)} |",
        f"|---|---|{'---|' * len(SHIPPED_ROLES)}",
    ]
    for permission, sentence in sorted(all_permissions().items()):
        marks = " | ".join(SHOWN[held[role].get(permission)] for role in SHIPPED_ROLES)
        lines.append(f"| `{permission}` | {sentence} | {marks} |")
    return "\n".join([*lines, *matrix_of(held)]) + "\n"


def matrix_of(held: dict[str, dict[str, str]]) -> Iterator[str]:
    """Which shipped role may do which operation of the API: the lines of a table."""
    yield "\n## Operations and roles\n"
    yield "`config/tests/test_permission_matrix.py` asks each four ways: without sign-in or the right, in reach,"
    yield "and out of reach. What is public or needs only sign-in is for every role.\n"
    yield f"| operation | needs | {' | '.join(SHIPPED_ROLES)} |"
    yield f"|---|---|{'---|' * len(SHIPPED_ROLES)}"
    for path, method, need in sorted(operations()):
        if need in (PUBLIC, SIGNED_IN):
            marks = " | ".join("x" for _ in SHIPPED_ROLES)
            yield f"| `{method} {path}` | {need} | {marks} |"
        else:
            marks = " | ".join(SHOWN[held[role].get(need)] for role in SHIPPED_ROLES)
            yield f"| `{method} {path}` | `{need}` | {marks} |"


def operations() -> Iterator[tuple[str, str, str]]:
    """Each address of the current version, each of its methods, and what that needs."""
    for route in all_routes():
        if route.path.startswith("api/v1/"):
            path = re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{address(route.path)}").replace("{pk}", "{id}")
            for method, need in (route.needs or {}).items():
                yield path, method, str(need)


def rules_page() -> str:
    """Every rule: the name under which the audit log keeps it, what it needs, and what it does."""
    lines = ["# Rules", MADE, "| on the audit log as | needs | what it does |", "|---|---|---|"]
    for name, rule in sorted(ALL_RULES.items()):
        if not rule.function.__module__.split(".")[-1].startswith("test"):
            lines.append(f"| `{name}` | `{rule.needs}` | {' '.join((getdoc(rule.function) or '').split())} |")
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """Every code that an answer may carry, with the sentences said under it."""
    said: dict[str, set[str]] = {}
    for code, message in (*codes_in_code(), *codes_of_constraints()):
        said.setdefault(code, set()).add(message)
    lines = ["# Error codes", MADE, "Codes are stable; sentences may change.\n", "| code | said |", "|---|---|"]
    lines += [f"| `{code}` | {'<br>'.join(sorted(messages))} |" for code, messages in sorted(said.items())]
    return "\n".join(lines) + "\n"


def codes_in_code() -> Iterator[tuple[str, str]]:
    for app in settings.OUR_APPS:
        for path in sorted((BACKEND / app).rglob("*.py")):
            if not {"tests", "testing"} & {*path.relative_to(BACKEND).parts}:
                yield from codes_of(ast.parse(path.read_text("utf-8")))


def codes_of(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "REFUSALS":
            yield from codes_of_table(node.value)
        if isinstance(node, ast.Call) and len(node.args) > 1:
            yield from code_of_call(node, *node.args[:2])


def codes_of_table(table: ast.expr) -> Iterator[tuple[str, str]]:
    """Of a dictionary from codes to sentences; a set of names is none."""
    for code, sentence in zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ():
        yield str(ast.literal_eval(code)), sentence_of(sentence)  # type: ignore[arg-type] # no ** stands in it


def code_of_call(node: ast.Call, code: ast.expr, sentence: ast.expr) -> Iterator[tuple[str, str]]:
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    is_init = called == "__init__" and "super" in ast.unparse(node.func)
    is_told = called == "refuse" and isinstance(sentence, ast.Constant | ast.JoinedStr)
    if not (called in REFUSALS or is_init or is_told):
        return
    if isinstance(code, ast.Constant) and isinstance(code.value, str):
        yield code.value, sentence_of(sentence)


def sentence_of(node: ast.expr) -> str:
    """The text of a sentence; what is put into it at run time stands as an ellipsis."""
    if isinstance(node, ast.Constant):
        return str(node.value).replace("{}", "…")
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return "…"


def codes_of_constraints() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.violation_error_code and model._meta.app_label in settings.OUR_APPS:
                yield constraint.violation_error_code, str(constraint.get_violation_error_message())
