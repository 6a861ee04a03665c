"""This file holds how a sentence of prerequisites is read: as a tree of requisites, or not at all.

    text      = sentence {"." sentence} ["."]
    sentence  = clause {";" ["and" | "or"] clause}
    clause    = item {joint item}                    joint = "," | "and" | "or" | ", and" | ", or"
    item      = [lead] (quantifier list | course) | condition | "(" sentence ")"

Nothing may be left over. What binds closer than what:

 1. A semicolon or a full stop binds loosest. Alone it means "and"; "; or" is understood where no other joint of the
    sentence says anything else.
 2. A comma before "and" or "or" binds looser than the bare word: "A or B, and C" is (A or B) and C. The comma that
    ends a list does not: "A, B, and C".
 3. "A, B or C" and "A, B, or C" are lists, of any of them. A list of courses that closes with something else, as in
    "A, B, or consent of instructor", is not understood: is B enough, or is it A with B?
 4. "A and B or C" is not understood, nor is a list without "and" or "or".
 5. What is said before a course ("credit or concurrent registration in") holds for the list that it begins, and is
    not understood where that list may end sooner.
 6. Consent as a choice in the last of several parts that are all asked for, or at the head of the first, is not
    understood: it may stand in for that part, or for all.
 7. The list behind "one of", "either" and the like is not understood where it may end sooner, or go on: "one of A, B,
    and C", "one of A, B; C or D", and, with anything before it, "A and either B or C, or D". "Two of A, B, and C" is.
 8. "Concurrent registration in" alone means at the same time. No tree says that without counting an earlier pass too:
    it is understood only beside that pass, as in "A or concurrent registration in A". Nor does a tree know of a
    registration before that was not passed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from academic.requisites.trees import leaves_of
from academic.uiuc.words import (
    CONCURRENT,
    CONDITIONS,
    EMPTY,
    LEADS,
    PASSED,
    PERMISSION,
    PRIOR,
    QUANTIFIERS,
    TOGETHER,
    Phrases,
    reason_of,
    tokens_of,
)

Node = dict[str, Any]
AND, OR, COMMA = "and", "or", ","
KINDS = {AND: "all_of", OR: "any_of"}
END = ("mark", "")

# Reasons that the grammar itself gives; those of words stand in words.py.
UNCLEAR = {
    "and_or": "“and” beside “or”, and nothing says which binds closer",
    "open_list": "a list without “and” or “or”",
    "mixed_list": "a list of courses that closes with a consent or a standing: one of all, or in place of all",
    "scope_of_lead": "“credit or concurrent registration in”, and nothing says for how many of the courses that follow",
    "scope_of_consent": "consent as a choice at one end of several conditions: in place of the nearest, or of all",
    "scope_of_quantity": "“one of”, “either” and the like, and nothing says where the list ends",
    CONCURRENT: "“concurrent enrollment in” alone: at the same time, and whether an earlier pass counts is not said",
    PRIOR: "“prior enrollment in”, and nothing says that the course was passed",
}


class NotUnderstood(Exception):
    """The text stays text, for this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a clause. `lead` is what was said before it; only one about courses takes the lead of another.
    `is_group` if it has several of its own, in brackets or behind "one of" and the like.
    """

    node: Node
    lead: str | None = None
    of_courses: bool = False
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class Joint:
    """What stands between two items."""

    word: str
    has_comma: bool = False


def tree_of(text: str) -> Node:
    """The tree that a text says, with the codes of courses in it; `NotUnderstood` where it is not all understood."""
    reader = Reader(text)
    parts = [reader.sentence()]
    while reader.takes("."):
        if reader.is_over:
            break
        parts.append(reader.sentence())
    if not reader.is_over:
        raise NotUnderstood(reason_of(text))
    tree = joined(parts, [AND] * (len(parts) - 1))
    for _, leaf in leaves_of(tree):
        if leaf["is"] in (CONCURRENT, PRIOR):
            raise NotUnderstood(leaf["is"])
    return tree


class Reader:
    """The tokens of a text, from the first to the last."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.place, self.subject = text, list(tokens_of(text)), 0, ""
        self.leads = 0  # how many were read
        # Where a list behind "one of" ended that no "and" or "or" closes; and whether "or" may go on with it unharmed.
        self.unclosed: tuple[int, bool] = (0, False)

    @property
    def is_over(self) -> bool:
        return self.place == len(self.tokens)

    @property
    def next(self) -> tuple[str, str]:
        return END if self.is_over else self.tokens[self.place]

    def takes(self, *texts: str) -> str:
        """The next token if it is one of these, and then it is read."""
        if self.is_over or self.next[1] not in texts:
            return ""
        self.place += 1
        return self.tokens[self.place - 1].text

    def phrase(self, known: Phrases) -> tuple[str, ...]:
        """The phrase that comes next; empty where it is none of these."""
        said = tuple(token.text for token in self.tokens[self.place : self.place + len(next(iter(known)))])
        return next((words for words in known if said[: len(words)] == words), ())

    def takes_phrase(self, known: Phrases) -> Any:
        """What the next words mean, and then they are read; None where they are none of these."""
        words = self.phrase(known)
        self.place += len(words)
        return known[words] if words else None

    # --- What a text is made of ---
    def sentence(self) -> Node:
        clauses, joints, is_doubtful = [self.clause()], [], False
        while self.takes(";"):
            place, may_go_on = self.unclosed
            is_unclosed = place == self.place - 1
            joints.append(self.takes(AND, OR) or ";")
            is_harmless = bool(self.phrase(QUANTIFIERS)) or (may_go_on and joints[-1] == OR)
            is_doubtful |= is_unclosed and not is_harmless
            clauses.append(self.clause())
        if is_doubtful:
            raise NotUnderstood("scope_of_quantity")
        return joined(clauses, joints)

    def clause(self) -> Node:
        node = arranged(*self.items(opens=True))
        self.takes_phrase(EMPTY)
        return node

    def items(self, *, opens: bool = False) -> tuple[list[Item], list[Joint]]:
        """Items up to the end of the clause; `opens` where they are all of it."""
        items, joints = [self.item(opens=opens)], []
        while joint := self.joint():
            joints.append(joint)
            items.append(self.item())
        return items, joints

    def joint(self) -> Joint | None:
        comma = self.takes(COMMA)
        word = self.takes(AND, OR)
        return Joint(word or COMMA, bool(comma)) if comma or word else None

    def item(self, *, opens: bool = False) -> Item:
        lead = self.takes_phrase(LEADS)
        self.leads += lead is not None
        if quantifier := self.takes_phrase(QUANTIFIERS):
            self.takes(":")
            leads = self.leads
            node = self.quantified(quantifier, alone=opens and lead is None)
            if lead and self.leads > leads:
                raise NotUnderstood("scope_of_lead")
            return Item(led(node, lead), lead, of_courses=True, is_group=True)
        if course := self.course():
            return Item(led({"is": PASSED, "course": course}, lead), lead, of_courses=True)
        if lead is None and self.takes("("):
            node = self.sentence()
            if self.takes(")"):
                return Item(node, is_group=True)
        elif lead is None and (condition := self.takes_phrase(CONDITIONS)):
            return Item(dict(condition))
        raise NotUnderstood(reason_of(self.text))

    def quantified(self, quantifier: int | str, *, alone: bool) -> Node:
        """So many of the list that goes on up to the end of the clause; of "either" and "both", all as they say.
        `alone` where nothing stands before it in its clause: what else the clause says by the same word goes with it.
        """
        items, joints = self.items()
        words = {joint.word for joint in joints} - {COMMA}
        if len(words) > 1 or (isinstance(quantifier, str) and words != {quantifier}):
            raise NotUnderstood("and_or")
        goes_on = alone and words == {OR if quantifier == 1 else quantifier}
        if not (goes_on or is_one_list(joints)):
            raise NotUnderstood("scope_of_quantity")
        if isinstance(quantifier, str):
            return arranged(items, joints)
        # "and" closes a list of which some is asked where, without its last item, there would be nothing to choose.
        may_end_sooner = words == {AND} and len(items) - 1 > quantifier
        if len(items) < quantifier or may_end_sooner or (words != {OR} and any(item.is_group for item in items)):
            raise NotUnderstood("scope_of_quantity")
        if not words:
            self.unclosed = self.place, alone and quantifier == 1
        refuse_mixed(items, joints, of_some=True)
        nodes = [*carried(items, joints)]
        if quantifier == 1:
            return combined(OR, nodes)
        return {"is": "n_of", "n": quantifier, "of": nodes}

    def course(self) -> str:
        """The code of a course; a number alone is one of the subject named last: "MATH 220 or 221"."""
        kind, text = self.next
        if kind not in ("course", "number") or (kind == "number" and not self.subject):
            return ""
        self.place += 1
        if kind == "course":
            self.subject = text.split()[0]
            return text
        return f"{self.subject} {text}"


# --- How items are put together ---
def arranged(items: Sequence[Item], joints: Sequence[Joint]) -> Node:
    """One node of the items of a clause: segments, which commas before "and" and "or" divide, of lists."""
    nodes = list(carried(items, joints))
    segments: list[Node] = []
    outer: set[str] = set()
    words: set[str] = set()
    start, closed = 0, True
    for place in (*breaks(joints), len(joints)):
        own = joints[start:place]
        words |= {joint.word for joint in own}
        closed = closed and (not own or own[0].word != COMMA or any(one.has_comma and one.word != COMMA for one in own))
        segments.append(listed(items[start : place + 1], nodes[start : place + 1], own))
        if place < len(joints):
            outer.add(joints[place].word)
        start = place + 1
    # A list that no comma closes could go on beyond the break: "A, B and C, or D" is A, or (B and C), or D as well.
    if len(outer) > 1 or (len((outer | words) - {COMMA}) > 1 and not closed):
        raise NotUnderstood("and_or")
    return whole(outer.pop() if outer else AND, segments)


def breaks(joints: Sequence[Joint]) -> Iterator[int]:
    """Where a comma before "and" or "or" divides; after another comma it ends a list instead."""
    for place, joint in enumerate(joints):
        if joint.has_comma and joint.word != COMMA and (place == 0 or joints[place - 1].word != COMMA):
            yield place


def is_one_list(joints: Sequence[Joint]) -> bool:
    """Whether "and" or "or" stands nowhere but before the last item, and divides nothing."""
    return all(joint.word == COMMA for joint in joints[:-1]) and not any(True for _ in breaks(joints))


def listed(items: Sequence[Item], nodes: Sequence[Node], joints: Sequence[Joint]) -> Node:
    """One node of a list: commas, and then one and the same word."""
    words = [joint.word for joint in joints]
    said = list(dict.fromkeys(word for word in words if word != COMMA))
    if not words:
        return nodes[0]
    if not said:
        raise NotUnderstood("open_list")
    if len(said) > 1 or COMMA in words[words.index(said[0]) :]:
        raise NotUnderstood("and_or")
    refuse_mixed(items, joints)
    return combined(said[0], nodes)


def refuse_mixed(items: Sequence[Item], joints: Sequence[Joint], *, of_some: bool = False) -> None:
    """A list of courses closes with a course, if it has commas and says "or", or if only some of it are asked for."""
    words = [joint.word for joint in joints]
    if COMMA in words and OR in words:
        closing = words.index(OR) + 1
    elif of_some and OR not in words:
        closing = len(items) - 1
    else:
        return
    if any(item.of_courses for item in items[:closing]) and not items[closing].of_courses:
        raise NotUnderstood("mixed_list")


def carried(items: Sequence[Item], joints: Sequence[Joint]) -> Iterator[Node]:
    """The nodes of items; courses without a lead of their own take that of the list that they are in."""
    since: int | None = None
    divided = list(breaks(joints))
    for place, item in enumerate(items):
        if item.lead:
            since = None if item.lead == PASSED else place
        elif since is not None and (item.of_courses or item.is_group):
            # The list goes on: from the first word of the clause, or by a comma, and nothing else lies between.
            begins = since == 0 or (joints[since].word == COMMA and joints[since - 1].word != COMMA)
            is_divided = any(since <= one < place for one in divided)
            if not begins or is_divided or item.is_group or not all(one.of_courses for one in items[since:place]):
                raise NotUnderstood("scope_of_lead")
            yield led(item.node, items[since].lead)
            continue
        yield item.node


def led(node: Node, lead: str | None) -> Node:
    """The node with what was said before it."""
    if lead is None:
        return node
    if node["is"] == PASSED:
        return {**node, "is": lead}
    return {**node, "of": [led(one, lead) for one in node["of"]]} if "of" in node else node


def joined(nodes: Sequence[Node], joints: Sequence[str]) -> Node:
    """One node of clauses, or of sentences. A semicolon alone means "and"."""
    if OR in joints and set(joints) != {OR}:
        raise NotUnderstood("and_or")
    return whole(OR if OR in joints else AND, nodes)


def whole(word: str, nodes: Sequence[Node]) -> Node:
    """All or any of the parts of a sentence or clause; of a consent it must be clear which of them it stands in for."""
    if word == AND and len(nodes) > 1:
        first, last = (node["of"] if node["is"] == KINDS[OR] else [] for node in (nodes[0], nodes[-1]))
        if any(one["is"] == PERMISSION for one in [*first[:1], *last]):
            raise NotUnderstood("scope_of_consent")
    return combined(word, nodes)


def combined(word: str, nodes: Iterable[Node]) -> Node:
    """All or any of the nodes, each once; one of the same kind gives up its own."""
    kind = KINDS[word]
    of: list[Node] = []
    for node in nodes:
        of += [one for one in (node["of"] if node["is"] == kind else [node]) if one not in of]
    if word == OR:
        # At the same time, or passed before: together these are what a tree can say.
        of = [{**one, "is": TOGETHER} if is_beside_pass(one, of) else one for one in of]
    return of[0] if len(of) == 1 else {"is": kind, "of": of}


def is_beside_pass(node: Node, others: Sequence[Node]) -> bool:
    return node["is"] == CONCURRENT and {**node, "is": PASSED} in others
