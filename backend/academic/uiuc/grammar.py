"""This file holds how a sentence of prerequisites is read: as a tree of requisites, or not at all.

    text      = sentence {"." sentence} ["."]
    sentence  = clause {";" ["and" | "or"] clause}
    clause    = item {joint item}                    joint = "," | "and" | "or" | ", and" | ", or"
    item      = [lead] [quantifier] (list | course | condition | "(" sentence ")")

Nothing may be left over. What binds closer than what:

 1. A semicolon or a full stop binds loosest. Alone it means "and"; "; or" is understood where no other joint of the
    sentence says anything else.
 2. A comma before "and" or "or" binds looser than the bare word: "A or B, and C" is (A or B) and C. The comma that
    ends a list does not: "A, B, and C".
 3. "A, B or C" and "A, B, or C" are lists, of any of them. A list of courses that closes with something else, as in
    "A, B, or consent of instructor", is not understood: is B enough, or is it A with B?
 4. "A and B or C" is not understood, nor is a list without "and" or "or".
 5. What is said before a course ("concurrent registration in") holds for the list that it begins, and is not
    understood where that list may end sooner.
 6. Consent at the end of the last of several clauses is not understood: it may stand in for that clause, or for all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from academic.uiuc.words import CONDITIONS, EMPTY, LEADS, PASSED, QUANTIFIERS, TOGETHER, Phrases, reason_of, tokens_of

Node = dict[str, Any]
AND, OR, COMMA = "and", "or", ","
KINDS = {AND: "all_of", OR: "any_of"}
END = ("mark", "")

# Reasons that the grammar itself gives; those of words stand in words.py.
UNCLEAR = {
    "and_or": "“and” beside “or”, and nothing says which binds closer",
    "open_list": "a list without “and” or “or”",
    "mixed_list": "a list of courses that closes with a consent or a standing: one of all, or in place of all",
    "scope_of_lead": "“concurrent registration in”, and nothing says for how many of the courses that follow",
    "scope_of_consent": "consent at the end of several clauses: in place of the last, or of all",
}


class NotUnderstood(Exception):
    """The text stays text, for this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a clause. `lead` is what was said before it; only one about courses takes the lead of another."""

    node: Node
    lead: str | None = None
    of_courses: bool = False


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
    return joined(parts, [AND] * (len(parts) - 1))


class Reader:
    """The tokens of a text, from the first to the last."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.place, self.subject = text, list(tokens_of(text)), 0, ""

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

    def takes_phrase(self, known: Phrases) -> Any:
        """What the next words mean, and then they are read; False where they are none of these."""
        for words, meaning in known.items():
            if [token.text for token in self.tokens[self.place : self.place + len(words)]] == list(words):
                self.place += len(words)
                return meaning
        return False

    # --- What a text is made of ---
    def sentence(self) -> Node:
        clauses, joints = [self.clause()], []
        while self.takes(";"):
            joints.append(self.takes(AND, OR) or ";")
            clauses.append(self.clause())
        return joined(clauses, joints)

    def clause(self) -> Node:
        node = arranged(*self.items())
        self.takes_phrase(EMPTY)
        return node

    def items(self) -> tuple[list[Item], list[Joint]]:
        items, joints = [self.item()], []
        while joint := self.joint():
            joints.append(joint)
            items.append(self.item())
        return items, joints

    def joint(self) -> Joint | None:
        comma = self.takes(COMMA)
        word = self.takes(AND, OR)
        return Joint(word or COMMA, bool(comma)) if comma or word else None

    def item(self) -> Item:
        lead = self.takes_phrase(LEADS) or None
        if quantifier := self.takes_phrase(QUANTIFIERS):
            self.takes(":")
            return Item(led(self.quantified(quantifier), lead), lead, of_courses=True)
        if course := self.course():
            return Item(led({"is": PASSED, "course": course}, lead), lead, of_courses=True)
        if lead is None and self.takes("("):
            node = self.sentence()
            if self.takes(")"):
                return Item(node)
        elif lead is None and (condition := self.takes_phrase(CONDITIONS)):
            return Item(dict(condition))
        raise NotUnderstood(reason_of(self.text))

    def quantified(self, quantifier: int | str) -> Node:
        """So many of the list that goes on up to the end of the clause; of "either" and "both", all as they say."""
        items, joints = self.items()
        words = {joint.word for joint in joints} - {COMMA}
        if isinstance(quantifier, str):
            if words != {quantifier}:
                raise NotUnderstood("and_or")
            return arranged(items, joints)
        if len(words) > 1 or len(items) < quantifier:
            raise NotUnderstood("and_or")
        refuse_mixed(items, joints)
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
    return combined(outer.pop() if outer else AND, segments)


def breaks(joints: Sequence[Joint]) -> Iterator[int]:
    """Where a comma before "and" or "or" divides; after another comma it ends a list instead."""
    for place, joint in enumerate(joints):
        if joint.has_comma and joint.word != COMMA and (place == 0 or joints[place - 1].word != COMMA):
            yield place


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


def refuse_mixed(items: Sequence[Item], joints: Sequence[Joint]) -> None:
    """A list with commas, of courses, closes with a course."""
    words = [joint.word for joint in joints]
    if COMMA in words and OR in words:
        closing = words.index(OR) + 1
        if any(item.of_courses for item in items[:closing]) and not items[closing].of_courses:
            raise NotUnderstood("mixed_list")


def carried(items: Sequence[Item], joints: Sequence[Joint]) -> Iterator[Node]:
    """The nodes of items; courses without a lead of their own take that of the list that they are in."""
    since: int | None = None
    divided = list(breaks(joints))
    for place, item in enumerate(items):
        if item.lead:
            since = place if item.lead == TOGETHER else None
        elif item.of_courses and since is not None:
            # The list goes on: from the first word of the clause, or by a comma, and no break lies between.
            begins = since == 0 or (joints[since].word == COMMA and joints[since - 1].word != COMMA)
            if not begins or any(since <= one < place for one in divided):
                raise NotUnderstood("scope_of_lead")
            yield led(item.node, TOGETHER)
            continue
        yield item.node


def led(node: Node, lead: str | None) -> Node:
    """The node with what was said before it."""
    if lead != TOGETHER:
        return node
    if node["is"] == PASSED:
        return {**node, "is": TOGETHER}
    return {**node, "of": [led(one, lead) for one in node["of"]]} if "of" in node else node


def joined(nodes: Sequence[Node], joints: Sequence[str]) -> Node:
    """One node of clauses, or of sentences. A semicolon alone means "and"."""
    if OR in joints and set(joints) != {OR}:
        raise NotUnderstood("and_or")
    word = OR if OR in joints else AND
    if word == AND and len(nodes) > 1 and offers_consent(nodes[-1]):
        raise NotUnderstood("scope_of_consent")
    return combined(word, nodes)


def offers_consent(node: Node) -> bool:
    return node["is"] == "any_of" and any(one["is"] == "permission" for one in node["of"])


def combined(word: str, nodes: Iterable[Node]) -> Node:
    """All or any of the nodes, each once; one of the same kind gives up its own."""
    kind = KINDS[word]
    of: list[Node] = []
    for node in nodes:
        of += [one for one in (node["of"] if node["is"] == kind else [node]) if one not in of]
    return of[0] if len(of) == 1 else {"is": kind, "of": of}
