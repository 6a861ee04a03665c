"""This file holds the tests of proofs: an entry is in the log, and whoever has the public key can tell."""

import hashlib
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from config.local.keys import KEY_FILES
from core.ids import uuid7
from core.ledger.checkpoints import as_pem, signing_key
from core.ledger.merkle import Tree, leaf_hash, node_hash, path_to, root_from
from core.ledger.models import Block
from core.ledger.proofs import ProofWrong, check_proof, prove
from core.testing.fixtures import client_of, person_at, person_of_nation
from core.tests.ledger_lab import seal, written
from faculties.models import Institution

AUDIT = "/api/v1/audit/"


# --- The tree ---
def test_the_tree_is_the_one_of_rfc_6962():
    """Its own test vectors: the root over these eight leaves, from the reference implementation."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    tree = Tree()
    assert tree.root() == hashlib.sha256(b"").digest()
    for text in inputs:
        tree.add(bytes.fromhex(text))
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_a_leaf_and_a_node_are_never_taken_for_each_other():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


@given(st.integers(1, 70), st.data())
def test_every_leaf_of_every_tree_has_a_path_that_leads_to_the_root(count: int, data):
    entries = [bytes([number]) for number in range(count)]
    tree = Tree()
    for entry in entries:
        tree.add(entry)
    position = data.draw(st.integers(0, count - 1))
    path = path_to(position, [leaf_hash(entry) for entry in entries])
    assert root_from(entries[position], position, count, path) == tree.root()
    assert root_from(entries[position] + b"x", position, count, path) != tree.root()
    assert root_from(entries[position], position, count, [*path, b"x" * 32]) is None
    assert root_from(entries[position], count, count, path) is None
    if path:
        assert root_from(entries[position], position, count, path[:-1]) is None
        assert root_from(entries[position], position, count, [*path[:-1], b"x" * 32]) != tree.root()


# --- Proofs of entries ---
@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.AUDIT_DIR = tmp_path / "audit"
    return settings.AUDIT_DIR


@pytest.fixture
def entries(transactional_db: None, folder: Path):
    entries = written(5)
    assert seal() == 1
    return entries


@pytest.fixture
def public_key() -> str:
    return as_pem(signing_key().public_key())


def test_every_entry_of_a_block_is_proved_with_the_public_key_alone(entries, public_key: str, django_db_blocker):
    proofs = [json.loads(json.dumps(prove(entry))) for entry in entries]
    with django_db_blocker.block():
        shown = [check_proof(proof, public_key) for proof in proofs]
    assert [one["id"] for one in shown] == [str(entry.pk) for entry in entries]
    assert shown[0]["actor_name"] == "Tendai Moyo"


def test_the_published_key_is_the_one_that_checks(entries, folder: Path):
    (published,) = folder.glob("*.pem")
    assert check_proof(prove(entries[0]), published.read_text())["id"] == str(entries[0].pk)


@pytest.mark.parametrize(
    ("part", "wrong", "sentence"),
    [
        ("entry", '{"id": "another"}', "does not lead to the root"),
        ("position", 3, "does not lead to the root"),
        ("position", -1, "does not lead to the root"),
        ("path", [], "does not lead to the root"),
        ("path", ["00" * 32] * 3, "does not lead to the root"),
        ("path", ["zz"], "missing or malformed"),
        ("path", None, "missing or malformed"),
        ("entry", "what", "missing or malformed"),
        ("note", {}, "missing or malformed"),
        ("signature", "00" * 64, "not signed by this key"),
        ("signature", "", "not signed by this key"),
    ],
)
def test_a_wrong_proof_fails(entries, public_key: str, part: str, wrong: object, sentence: str):
    with pytest.raises(ProofWrong, match=sentence):
        check_proof({**prove(entries[1]), part: wrong}, public_key)


@pytest.mark.parametrize("part", ["root", "count", "previous", "sealed_at", "block"])
def test_a_proof_with_a_changed_note_fails(entries, public_key: str, part: str):
    proof = prove(entries[1])
    with pytest.raises(ProofWrong, match="not signed by this key"):
        check_proof({**proof, "note": {**proof["note"], part: 4}}, public_key)


def test_a_proof_under_another_key_fails(entries):
    other = json.loads(json.dumps(KEY_FILES["audit_signing.pem"]().decode()))
    with pytest.raises(ProofWrong):
        check_proof(prove(entries[1]), other)


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_a_proof(entries, public_key: str):
    call_command("audit_prove", str(entries[2].pk), stdout=(said := StringIO()))
    assert check_proof(json.loads(said.getvalue()), public_key)["id"] == str(entries[2].pk)


@pytest.mark.parametrize(
    ("named", "sentence"), [("x", "no id of an entry"), ("019a0000-0000-7000-8000-000000000000", "has no entry")]
)
def test_the_command_says_that_there_is_no_such_entry(entries, named: str, sentence: str):
    with pytest.raises(CommandError, match=sentence):
        call_command("audit_prove", named)


def test_the_command_says_that_an_entry_is_not_sealed_yet(entries):
    with pytest.raises(CommandError, match="not sealed yet"):
        call_command("audit_prove", str(written(1)[0].pk))


# --- Over HTTP ---
def test_an_auditor_gets_a_proof_and_the_key_that_checks_it(entries):
    auditor = client_of(person_of_nation("core.view_audit"))
    proof = auditor.get(f"{AUDIT}{entries[3].pk}/proof/").json()["data"]
    (key,) = auditor.get(f"{AUDIT}keys/").json()["data"]
    assert key["id"] == proof["key"]
    assert check_proof(proof, key["pem"])["id"] == str(entries[3].pk)


def test_an_entry_that_is_not_sealed_yet_has_no_proof(entries):
    auditor = client_of(person_of_nation("core.view_audit"))
    answer = auditor.get(f"{AUDIT}{written(1)[0].pk}/proof/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "not_sealed_yet")


def test_an_entry_out_of_reach_has_no_proof(entries, harare: Institution):
    auditor = client_of(person_at(harare, "core.view_audit"), **{"X-Request-ID": "the-same-id"})
    hidden, absent = (auditor.get(f"{AUDIT}{key}/proof/") for key in (entries[0].pk, uuid7()))
    assert (hidden.status_code, hidden.content) == (404, absent.content)


def test_checkpoints_are_listed(entries):
    written(1)
    seal()
    rows = client_of(person_of_nation("core.view_audit")).get(f"{AUDIT}checkpoints/").json()["data"]
    first, second = Block.objects.all()
    assert [(row["id"], row["hash"], row["signature"]) for row in rows] == [
        (block.pk, block.hash, block.signature) for block in (first, second)
    ]


@pytest.mark.parametrize("address", ["checkpoints/", "keys/", "019a0000-0000-7000-8000-000000000000/proof/"])
def test_proofs_need_the_permission(db, harare: Institution, address: str):
    assert client_of().get(f"{AUDIT}{address}").status_code == 401
    assert client_of(person_at(harare, "students.view_student")).get(f"{AUDIT}{address}").status_code == 403
