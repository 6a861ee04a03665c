"""This file holds the tree of hashes over the entries of a block, as RFC 6962 describes it, and nothing else.

A leaf and an inner node are hashed under different first bytes, so that neither can pass for the other.
"""

import hashlib
from collections.abc import Sequence

LEAF, NODE = b"\x00", b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()


class Tree:
    """A tree that leaves are added to one by one. It holds one hash for each height, however many leaves there are."""

    def __init__(self) -> None:
        self.count = 0
        self._whole: list[bytes] = []  # roots of the whole subtrees so far, the largest first

    def add(self, entry: bytes) -> None:
        node, self.count = leaf_hash(entry), self.count + 1
        filled = self.count
        while filled % 2 == 0:
            node = node_hash(self._whole.pop(), node)
            filled //= 2
        self._whole.append(node)

    def root(self) -> bytes:
        """The hash over everything; of no leaf it is the hash of nothing."""
        if not self._whole:
            return hashlib.sha256(b"").digest()
        *larger, root = self._whole
        for left in reversed(larger):
            root = node_hash(left, root)
        return root


def path_to(position: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The hashes beside the way from one leaf up to the root; `leaves` are hashes already."""
    path, level, here = list[bytes](), list(leaves), position
    while len(level) > 1:
        beside = here ^ 1
        if beside < len(level):
            path.append(level[beside])
        paired = [node_hash(level[slot], level[slot + 1]) for slot in range(0, len(level) - 1, 2)]
        level, here = paired + level[len(paired) * 2 :], here // 2
    return path


def root_from(entry: bytes, position: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an entry leads to by its path; None where the path does not fit a tree of that many leaves."""
    if not 0 <= position < count:
        return None
    node, here, last, waiting = leaf_hash(entry), position, count - 1, list(path)
    while last:
        if here % 2 or here < last:
            if not waiting:
                return None
            beside = waiting.pop(0)
            node = node_hash(beside, node) if here % 2 else node_hash(node, beside)
        here, last = here // 2, last // 2
    return None if waiting else node
