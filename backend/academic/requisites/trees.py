"""This file holds what a tree of requisites may look like: its kinds of node, their fields, and what is wrong with one.

A node is an object whose `is` says what it is: `all_of`, `any_of` and `n_of` combine the nodes in `of`; any other is a
condition of its own. Courses and programs are named by code or id; kept is the id, as a code may change.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from core.errors import Problem

MOST_NODES, DEEPEST, LONGEST_NAME = 200, 10, 40
# Whose permission a course may ask for: each further up than the one before.
GIVERS = ("lecturer", "head_of_department", "dean", "registrar")
RESULTS = ("pass", "distinction")


class Shape(NamedTuple):
    """Which fields a kind of node has besides `is`, and what it asks for, in words."""

    means: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


SHAPES = {
    "all_of": Shape("each of the nodes in `of` holds", ("of",)),
    "any_of": Shape("at least one of the nodes in `of` holds", ("of",)),
    "n_of": Shape("at least `n` of the nodes in `of` hold", ("n", "of")),
    "passed": Shape("the course was passed, or an equivalent one", ("course",), ("min_mark", "min_result")),
    "in_progress": Shape("the course was passed, or is being taken: then it is conditional", ("course",)),
    "registered_together": Shape("the course is registered together with this one, or was before", ("course",)),
    "not_taken": Shape("the course was neither passed nor is being taken", ("course",)),
    "credits_at_least": Shape("so many credits were earned", ("credits",), ("level", "program")),
    "level_at_least": Shape("the student is in this year of study, or a later one", ("level",)),
    "program": Shape("the student is enrolled in one of these programs", ("programs",)),
    "permission": Shape("somebody permitted this student to take the course", ("who",)),
}
COMBINING = ("all_of", "any_of", "n_of")
ABOUT_TOGETHER = ("registered_together", "not_taken")
ABOUT_A_COURSE = tuple(kind for kind, shape in SHAPES.items() if "course" in shape.required)


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    return is_whole(value) or isinstance(value, float | Decimal)


def exactly(value: Any) -> Decimal:
    """A number of a tree as it was written: 60.1 of JSON is a little more than that."""
    return Decimal(str(value))


def is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME


FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "of": (lambda value: isinstance(value, list) and len(value) > 0, "a list of one node or more"),
    "n": (lambda value: is_whole(value) and value >= 1, "a whole number from 1"),
    "course": (is_name, "the code or the id of a course"),
    "program": (is_name, "the code or the id of a program"),
    "programs": (
        lambda value: isinstance(value, list) and 0 < len(value) <= MOST_NODES and all(map(is_name, value)),
        "a list of codes or ids of programs",
    ),
    "min_mark": (lambda value: is_number(value) and 0 <= value <= 100, "a number from 0 to 100"),
    "min_result": (lambda value: value in RESULTS, f"one of {', '.join(RESULTS)}"),
    "credits": (lambda value: is_number(value) and 0 < value < 10_000, "a number above 0"),
    "level": (lambda value: is_whole(value) and 1 <= value <= 10, "a year of study, from 1 to 10"),
    "who": (lambda value: value in GIVERS, f"one of {', '.join(GIVERS)}"),
}


class Named(NamedTuple):
    """A course or program that a tree names: where, and in which place of which object it stands."""

    path: str
    field: str
    holder: Any
    key: Any

    @property
    def name(self) -> str:
        return self.holder[self.key]

    def becomes(self, value: str) -> None:
        self.holder[self.key] = value


def problems_of(tree: Any, path: str = "tree") -> list[Problem]:
    """Everything wrong with the form of a tree, each with the path of its node."""
    problems: list[Problem] = []
    nodes = 0
    waiting = [(tree, path, 1)]
    while waiting:
        node, here, depth = waiting.pop()
        nodes += 1
        if nodes > MOST_NODES:
            return [Problem("too_many_nodes", f"A tree of requisites has at most {MOST_NODES} nodes.", path)]
        if depth > DEEPEST:
            return [Problem("too_deep", f"A tree of requisites is at most {DEEPEST} nodes deep.", here)]
        found = list(problems_of_node(node, here))
        problems += found
        if not found:
            below = node.get("of", ())
            waiting += [(one, f"{here}/of/{place}", depth + 1) for place, one in reversed(list(enumerate(below)))]
    return problems


def problems_of_node(node: Any, path: str) -> Iterator[Problem]:
    if not isinstance(node, Mapping):
        yield Problem("not_a_node", 'A node is an object, such as {"is": "passed", "course": "CS101"}.', path)
        return
    kind = node.get("is")
    shape = SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        yield Problem("unknown_node", f"`is` is one of {', '.join(SHAPES)}.", f"{path}/is")
        return
    for name in shape.required:
        if name not in node:
            yield Problem("required", f"A node that is {kind} has {name}: {FIELDS[name][1]}.", f"{path}/{name}")
    for name in node:
        if name != "is" and name not in (*shape.required, *shape.optional):
            allowed = ", ".join((*shape.required, *shape.optional))
            yield Problem("unknown_field", f"A node that is {kind} has no {name}. It has: {allowed}.", f"{path}/{name}")
        elif name != "is" and not FIELDS[name][0](node[name]):
            yield Problem("invalid", f"This is {FIELDS[name][1]}.", f"{path}/{name}")
    if kind == "n_of" and is_whole(node.get("n")) and isinstance(node.get("of"), list) and node["n"] > len(node["of"]):
        yield Problem("too_many_asked", f"It asks for {node['n']} of {len(node['of'])}.", f"{path}/n")


def leaves_of(node: Mapping[str, Any], path: str = "tree") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The conditions of a tree, in order, each with its path."""
    if node["is"] not in COMBINING:
        yield path, node
    for place, one in enumerate(node.get("of", ())):
        yield from leaves_of(one, f"{path}/of/{place}")


def names_in(tree: Mapping[str, Any]) -> Iterator[Named]:
    """Every course and program that a tree names."""
    for path, leaf in leaves_of(tree):
        for field in ("course", "program"):
            if field in leaf:
                yield Named(f"{path}/{field}", field, leaf, field)
        for place in range(len(leaf.get("programs", ()))):
            yield Named(f"{path}/programs/{place}", "program", leaf["programs"], place)


def asked_of(node: Mapping[str, Any]) -> int:
    """How many of the nodes below a combining one must hold."""
    return {"all_of": len(node["of"]), "any_of": 1}.get(node["is"]) or node["n"]


def hard_courses(node: Mapping[str, Any]) -> Iterator[str]:
    """The courses that nobody gets past without having passed them: too few nodes are left that do without."""
    if node["is"] == "passed":
        yield node["course"]
    elif node["is"] in COMBINING:
        asking = Counter(course for one in node["of"] for course in set(hard_courses(one)))
        yield from (course for course, nodes in asking.items() if len(node["of"]) - nodes < asked_of(node))


def in_words(node: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What a tree asks for, as a person reads it; `names` holds the codes of courses and programs by id."""
    if node["is"] in COMBINING:
        parts = [bracketed(one, names) if len(node["of"]) > 1 else in_words(one, names) for one in node["of"]]
        joined = {"all_of": " and ", "any_of": " or "}.get(node["is"], "; ").join(parts)
        return f"at least {node['n']} of: {joined}" if node["is"] == "n_of" else joined
    course = names.get(node.get("course", ""), "?")
    program = f" of {names.get(node['program'], '?')}" if "program" in node else ""
    match node["is"]:
        case "passed":
            mark = f" with at least {node['min_mark']}" if "min_mark" in node else ""
            return f"{course} passed{' with distinction' if node.get('min_result') == 'distinction' else ''}{mark}"
        case "in_progress":
            return f"{course} passed or in progress"
        case "registered_together":
            return f"{course} registered together or before"
        case "not_taken":
            return f"{course} not taken"
        case "credits_at_least":
            level = f" of level {node['level']} or above" if "level" in node else ""
            return f"at least {node['credits']} credits{level}{program}"
        case "level_at_least":
            return f"year {node['level']} of study or later"
        case "program":
            return f"enrolled in {' or '.join(names.get(one, '?') for one in node['programs'])}"
        case _:
            return f"permission of the {node['who'].replace('_', ' ')}"


def bracketed(node: Mapping[str, Any], names: Mapping[str, str]) -> str:
    words = in_words(node, names)
    return f"({words})" if node["is"] in COMBINING and len(node["of"]) > 1 else words
