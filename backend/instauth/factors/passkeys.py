"""This file holds what is said to passkeys (WebAuthn): the questions they sign, and how an answer is believed.

A passkey answers only for our own origin, to a question that we asked for this very purpose and that is spent by the
answer, right or wrong, and only after its person was verified by the device: so one of them is two factors.
"""

import secrets
import struct
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from fido2 import cbor
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from instauth.factors.models import Factor, Question
from instauth.factors.proofs import warn
from instauth.tokens.refresh import digest_of
from users.models import User

log = structlog.get_logger("tesc.passkeys")

ALGORITHMS = (ES256, EdDSA, RS256)
QUESTION_LASTS = timedelta(minutes=5)
REFUSED, CLONED = "passkey_refused", "passkey_cloned"
VERIFIED = UserVerificationRequirement.REQUIRED
# Whatever a stranger sends is read by a library that says in many ways that it makes no sense.
MAKES_NO_SENSE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    AssertionError,
    RecursionError,
    struct.error,
)


class NotProved(Exception):
    """A passkey did not prove who its person is. `code` says why for the audit log; `user` whose it would have been."""

    def __init__(self, code: str, user: User | None = None) -> None:
        super().__init__(code)
        self.code, self.user = code, user


def server() -> Fido2Server:
    """The one that checks answers: of our own host, and of no page but our own."""
    site = urlsplit(settings.PUBLIC_URL)
    ours = f"{site.scheme}://{site.netloc}"
    rp = PublicKeyCredentialRpEntity(name=settings.SITE_NAME, id=site.hostname)
    made = Fido2Server(rp, verify_origin=lambda origin: origin == ours)
    made.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=one.ALGORITHM) for one in ALGORITHMS
    ]
    return made


# --- Adding one ---
def how_to_add(user: User) -> dict[str, Any]:
    """What `navigator.credentials.create` is given: a passkey that names its person, and none that is known already."""
    entity = PublicKeyCredentialUserEntity(id=user.pk.bytes, name=user.email, display_name=user.name)
    options, _ = server().register_begin(
        entity,
        credentials=descriptors_of(user),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=VERIFIED,
        challenge=asked(Question.Purpose.ADD, user),
    )
    return plain(options)


def added(user: User, credential: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a new passkey, or NotProved."""
    try:
        client_data = RegistrationResponse.from_dict(credential).response.client_data
        state = spent(client_data, Question.Purpose.ADD, user)
        data = server().register_complete(state, credential)
        key = data.credential_data
        if client_data.cross_origin or key is None or key.public_key.ALGORITHM not in {a.ALGORITHM for a in ALGORITHMS}:
            refuse("of another page, or by an algorithm that was not asked for", user)
    except MAKES_NO_SENSE as error:
        refuse(str(error), user, error)
    return {
        "credential_id": bytes(key.credential_id),
        "public_key": cbor.encode(dict(key.public_key)),
        "sign_count": data.counter,
    }


# --- Showing one ---
def how_to_show(purpose: Question.Purpose, user: User | None = None) -> dict[str, Any]:
    """What `navigator.credentials.get` is given: any passkey of ours, or one of this person's."""
    options, _ = server().authenticate_begin(
        credentials=descriptors_of(user) if user else None, user_verification=VERIFIED, challenge=asked(purpose, user)
    )
    return plain(options)


def shown(purpose: Question.Purpose, credential: Mapping[str, Any], user: User | None = None) -> Factor:
    """The passkey that answered, of this person or of whoever's it is; or NotProved."""
    try:
        answer = AuthenticationResponse.from_dict(credential)
        state = spent(answer.response.client_data, purpose, user)
        factor = factor_of(answer, user)
        stored: Any = cbor.decode(bytes(factor.public_key or b""))
        known = AttestedCredentialData.create(Aaguid.NONE, answer.raw_id, CoseKey.parse(stored))
        server().authenticate_complete(state, [known], credential)
        if answer.response.client_data.cross_origin:
            refuse("of another page", factor.user)
    except MAKES_NO_SENSE as error:
        refuse(str(error), user, error)
    count(factor, answer.response.authenticator_data)
    return factor


def factor_of(answer: AuthenticationResponse, user: User | None) -> Factor:
    """The passkey that says it answers. Where nobody was named before, it names its person itself."""
    found = Factor.objects.ready().filter(kind=Factor.Kind.PASSKEY, credential_id=answer.raw_id)
    factor = (found.filter(user=user) if user else found).select_related("user").first()
    if factor is None:
        refuse("unknown", user)
    named = answer.response.user_handle
    if (named is not None or user is None) and named != factor.user.pk.bytes:
        refuse("of somebody else", factor.user)
    return factor


def count(factor: Factor, data: AuthenticatorData) -> None:
    """Keep what the passkey counted. One that counts backwards is a copy; those that are synchronized count nothing."""
    now = timezone.now()
    goes_on = Q(sign_count__lt=data.counter) if data.counter else Q(sign_count=0)
    if not Factor.objects.filter(goes_on, pk=factor.pk).update(sign_count=data.counter, last_used_at=now):
        warn(factor.user, f"Your passkey {factor.name} answered as a copy of it would. It was refused; remove it.")
        log.warning("passkey counts backwards", factor=str(factor.pk), had=factor.sign_count, said=data.counter)
        raise NotProved(CLONED, factor.user)


# --- Questions ---
def asked(purpose: Question.Purpose, user: User | None) -> bytes:
    now, question = timezone.now(), secrets.token_bytes(32)
    digest = digest_of(websafe_encode(question))
    Question.objects.create(digest=digest, purpose=purpose, user=user, expires_at=now + QUESTION_LASTS)
    return question


def spent(client_data: CollectedClientData, purpose: Question.Purpose, user: User | None) -> dict[str, Any]:
    """What the server compares an answer with. One statement takes the question away, so that it is answered once."""
    question = websafe_encode(client_data.challenge)
    pending = Question.objects.filter(digest=digest_of(question), purpose=purpose, expires_at__gt=timezone.now())
    if not pending.filter(user=user).delete()[0]:
        refuse("never asked, or answered before", user)
    return {"challenge": question, "user_verification": VERIFIED}


def descriptors_of(user: User) -> list[PublicKeyCredentialDescriptor]:
    known = Factor.objects.ready().filter(user=user, kind=Factor.Kind.PASSKEY).values_list("credential_id", flat=True)
    return [
        PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=bytes(one)) for one in known if one
    ]


def plain(value: Any) -> Any:
    """Options as JSON has them."""
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def refuse(why: str, user: User | None, error: Exception | None = None) -> NoReturn:
    log.info("passkey refused", why=why[:200], person=str(user.pk) if user else None)
    raise NotProved(REFUSED, user) from error
