"""This file holds attacks on access tokens, and the rotation of the keys that sign them."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from io import StringIO
from time import time
from uuid import uuid4

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from core.audit.models import AuditEntry
from core.freshness.watch import watch
from instauth.models import SigningKey
from instauth.sessions.rules import Tokens, begin_session, end_session
from instauth.tokens.keys import EDDSA, ES256, ring
from instauth.tokens.rotation import MARGIN, PUBLISHED_FIRST, rotate_signing_keys
from instauth.tokens.signing import LONGEST_TOKEN, TYPE
from users.factories import make_person

ME, JWKS = "/api/v1/auth/me/", "/.well-known/jwks.json"
HOUR = PUBLISHED_FIRST + timedelta(seconds=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_keys")]


@pytest.fixture
def tokens() -> Tokens:
    return begin_session(make_person(name="Rudo Ncube"), "test")


def ask(token: str):
    return APIClient(headers={"Authorization": f"Bearer {token}"}).get(ME)


def assert_refused(token: str) -> None:
    answer = ask(token)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "invalid_token")
    assert set(answer.json()) == {"status", "data", "meta", "errors"}
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def claims_of(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def ours(claims: dict, **header) -> str:
    """Signed by our own key: whatever is wrong with it is not the signature."""
    signer = ring.keys().signers[EDDSA]
    return jwt.encode(claims, signer.key, algorithm=EDDSA, headers={"kid": signer.kid, "typ": TYPE, **header})


def by_hand(header: dict, claims: dict, key: bytes = b"") -> str:
    """A token that no library would make."""
    body = b".".join(packed(json.dumps(part).encode()) for part in (header, claims))
    return (body + b"." + (packed(hmac.digest(key, body, "sha256")) if key else b"")).decode()


def packed(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def look_again() -> None:
    watch.looked_at = float("-inf")


# --- Attacks ---
def test_a_genuine_token_is_taken(tokens: Tokens):
    assert ask(tokens.access).status_code == 200
    assert ask(ours(claims_of(tokens.access))).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://tesc.example.org"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["tesc", "another"]},
        {"exp": 1},
        {"exp": "soon"},
        {"nbf": 32503680000},
        {"iat": 32503680000},
        {"sub": "rudo"},
        {"sub": None},
        {"sid": "1"},
        {"sid": None},
        {"jti": None},
    ],
    ids=str,
)
def test_a_claim_that_is_not_ours_is_refused(tokens: Tokens, wrong: dict):
    claims = {name: value for name, value in {**claims_of(tokens.access), **wrong}.items() if value is not None}
    assert_refused(ours(claims))


def test_a_session_of_somebody_else_is_refused(tokens: Tokens):
    answer = ask(ours({**claims_of(tokens.access), "sub": str(make_person().pk)}))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "session_ended")


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"crit": ["exp"]},
        {"jku": "https://attacker.test/keys"},
        {"x5u": "https://attacker.test/cert"},
        {"x5c": ["MIIB"]},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
        {"kid": "0000000000000000"},
        {"kid": "../../etc/passwd"},
        {"kid": ""},
    ],
    ids=str,
)
def test_a_header_that_wants_a_key_or_a_rule_of_its_own_is_refused(tokens: Tokens, header: dict):
    assert_refused(ours(claims_of(tokens.access), **header))


def test_a_key_of_the_header_is_not_followed(tokens: Tokens):
    key = Ed25519PrivateKey.generate()
    jwk = jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    kid = ring.keys().signers[EDDSA].kid
    header = {"kid": kid, "typ": TYPE}
    assert_refused(jwt.encode(claims_of(tokens.access), key, algorithm=EDDSA, headers=header))
    assert_refused(jwt.encode(claims_of(tokens.access), key, algorithm=EDDSA, headers={**header, "jwk": jwk}))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_an_unsigned_token_is_refused(tokens: Tokens, algorithm: str):
    header = {"alg": algorithm, "kid": ring.keys().signers[EDDSA].kid, "typ": TYPE}
    assert_refused(by_hand(header, claims_of(tokens.access)))


def test_the_public_key_is_no_shared_secret(tokens: Tokens):
    signer = ring.keys().signers[EDDSA]
    public = signer.key.public_key()
    header = {"alg": "HS256", "kid": signer.kid, "typ": TYPE}
    for form in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes_raw(),
    ):
        assert_refused(by_hand(header, claims_of(tokens.access), form))


def test_another_algorithm_of_ours_signs_no_access_token(tokens: Tokens):
    signer = ring.keys().signers[ES256]
    token = jwt.encode(claims_of(tokens.access), signer.key, algorithm=ES256, headers={"kid": signer.kid, "typ": TYPE})
    assert_refused(token)


def test_a_changed_token_is_refused(tokens: Tokens):
    head, _, signature = tokens.access.split(".")
    other = packed(json.dumps({**claims_of(tokens.access), "sub": str(uuid4())}).encode()).decode()
    assert_refused(f"{head}.{other}.{signature}")


@pytest.mark.parametrize("cut", [1, 10, 86, 87, 200, 10_000])
def test_a_truncated_token_is_refused(tokens: Tokens, cut: int):
    assert_refused(tokens.access[:-cut])


@pytest.mark.parametrize("token", ["..", "a.b.c.d", "é.é.é", "e30.e30.e30", "\x7f" * 40, "W10.W10.W10", "MQ.MQ.MQ"])
def test_noise_is_refused(token: str):
    assert_refused(token)


def test_a_token_of_a_mebibyte_is_refused_without_work():
    token = "a" * 1024 * 1024
    began = time()
    with CaptureQueriesContext(connection) as asked:
        assert_refused(token)
    assert len(asked) == 0
    assert time() - began < 0.5


def test_our_own_tokens_are_far_from_the_limit(tokens: Tokens):
    assert len(tokens.access) < LONGEST_TOKEN / 4


def test_a_token_is_not_replayed_after_signing_out(tokens: Tokens):
    assert ask(tokens.access).status_code == 200
    end_session(tokens.session)
    look_again()
    answer = ask(tokens.access)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "session_ended")


# --- The keys ---
def keys_shown() -> dict[str, dict]:
    answer = APIClient().get(JWKS)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    return {key["kid"]: key for key in answer.json()["keys"]}


def test_the_key_set_verifies_our_tokens_and_shows_no_secret(tokens: Tokens):
    kid = jwt.get_unverified_header(tokens.access)["kid"]
    shown = keys_shown()
    assert {key["alg"] for key in shown.values()} == {EDDSA, ES256}
    assert all(not {"d", "p", "q", "k"} & set(key) and key["use"] == "sig" for key in shown.values())
    claims = jwt.decode(tokens.access, jwt.PyJWK(shown[kid]), audience="tesc", issuer=settings.PUBLIC_URL)
    assert claims["sid"] == str(tokens.session.pk)


def test_the_key_set_is_only_read():
    assert APIClient().post(JWKS).status_code == 405


def test_the_first_rotation_publishes_and_changes_nothing_else(tokens: Tokens):
    before = set(keys_shown())
    rotate_signing_keys()
    look_again()
    assert before < set(keys_shown())
    assert len(keys_shown()) == 4
    fresh = begin_session(tokens.session.user, "test").access
    assert jwt.get_unverified_header(fresh)["kid"] in before
    assert ask(tokens.access).status_code == 200


def test_the_next_key_signs_after_an_hour_and_the_old_one_is_trusted_until_its_last_token_ran_out(tokens: Tokens):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        old = jwt.get_unverified_header(tokens.access)["kid"]
        rotate_signing_keys()
        assert rotate_signing_keys() == []
        clock.shift(HOUR)
        last = begin_session(tokens.session.user, "test").access
        rotate_signing_keys()
        look_again()
        fresh = begin_session(tokens.session.user, "test").access
        assert jwt.get_unverified_header(last)["kid"] == old
        assert jwt.get_unverified_header(fresh)["kid"] != old
        assert (ask(last).status_code, ask(fresh).status_code) == (200, 200)
        assert old in keys_shown()
        clock.shift(timedelta(minutes=settings.ACCESS_TOKEN_MINUTES) + MARGIN)
        assert old not in keys_shown()
        assert ring.keys().trusted(old) is None


def test_a_retired_key_can_sign_no_more():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        rotate_signing_keys()
        clock.shift(HOUR)
        rotate_signing_keys()
    retired = SigningKey.objects.filter(state="retired")
    assert retired.count() == 2
    assert all(key.private_key is None for key in retired)
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.filter(state="active").update(state="retired")


def test_a_stolen_key_is_out_at_once(tokens: Tokens):
    assert ask(tokens.access).status_code == 200
    rotate_signing_keys(at_once=True)
    look_again()
    assert_refused(tokens.access)
    assert ask(begin_session(tokens.session.user, "test").access).status_code == 200


def test_private_keys_are_sealed_in_the_database():
    rotate_signing_keys()
    with connection.cursor() as cursor:
        cursor.execute("SELECT private_key FROM instauth_signingkey")
        assert all(b"PRIVATE KEY" not in bytes(row[0]) for row in cursor.fetchall())
    assert all("PRIVATE KEY" in key.private_key for key in SigningKey.objects.all())


def test_there_is_one_active_and_one_pending_key_of_an_algorithm():
    rotate_signing_keys()
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.filter(state="pending").update(state="active")


def test_rotation_is_on_the_audit_log():
    rotate_signing_keys(at_once=True)
    told = AuditEntry.objects.filter(rule__startswith="instauth.signing_key.").values_list("rule", flat=True)
    assert sorted(rule.rpartition(".")[2] for rule in told) == sorted(
        2 * ["adopted", "published", "retired", "activated"]
    )
    assert "PRIVATE" not in str(list(AuditEntry.objects.values_list("changes", flat=True)))


def test_the_command_says_what_it_did():
    said = [StringIO(), StringIO()]
    for out in said:
        call_command("rotate_signing_keys", stdout=out)
    assert said[0].getvalue().count("is pending.") == 2
    assert said[1].getvalue().startswith("Nothing to do: the next keys sign 60 minutes after")


def test_key_ids_are_the_begin_of_the_digest_of_the_public_key():
    for kid, verifier in ring.keys().verifiers.items():
        spki = verifier.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert hashlib.sha256(spki).hexdigest().startswith(kid)
