"""This file holds how somebody signs up by themselves where an institution allows it: proved first, then approved.

Nobody gets an account by signing up. Whoever approves invites the person, with their own right to do so.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.actor import Actor
from core.audit.origin import origin
from core.audit.record import record
from core.errors import RuleBroken
from core.forgetting import forget
from core.mail.posting import post
from core.outbox.events import announce
from core.rules import rule
from core.tenancy.scope import reaching
from instauth.attempts.rules import admit
from instauth.invitations.rules import GIVES, invite
from instauth.policies.models import Policy
from instauth.policies.rules import refuse_address
from instauth.proofs.models import Proof
from instauth.proofs.rules import ProofRefused, issue, spend, subject_of
from instauth.proofs.sealing import sealed
from instauth.signups.events import SignUpAsked
from instauth.signups.models import SignUp
from users.accounts.addresses import as_login
from users.models import User

PURPOSE = Proof.Purpose.SIGN_UP
PROOF_LASTS = timedelta(hours=24)
DECISION_LASTS = timedelta(days=30)
BETWEEN_LETTERS = timedelta(minutes=1)


def offered() -> QuerySet[Policy]:
    """The policies of open institutions where people sign up by themselves."""
    found = Policy.objects.filter(sign_up_role__isnull=False, institution__status="open")
    return found.select_related("institution", "sign_up_role").order_by("institution__name")


def ask_to_sign_up(institution: UUID, email: str, name: str) -> None:
    """Ask to be let in. All of the work is done later, by a worker, whether or not the address is known."""
    if not offered().filter(institution=institution).exists():
        raise RuleBroken("no_sign_up", "Nobody signs up here: ask the institution to invite you.", field="institution")
    refuse_address(institution, email)
    with admit(email, origin.get().address, purpose="sign-up") as attempt, transaction.atomic():
        attempt.failed()  # every letter counts
        announce(SignUpAsked(*sealed({"institution": str(institution), "email": email, "name": name})))


def begin(institution: str, email: str, name: str) -> None:
    """Write down that somebody wants to sign up, and send the letter by which they prove their address."""
    policy = offered().filter(institution=UUID(institution)).first()
    if policy is None:
        return
    with reaching(policy.institution_id):
        open_ones = SignUp.objects.filter(institution=policy.institution_id, email=as_login(email))
        open_ones.stale().delete()
        found = open_ones.filter(status__in=(SignUp.Status.UNPROVED, SignUp.Status.WAITING)).first()
        if found and (found.status == SignUp.Status.WAITING or timezone.now() - found.updated_at < BETWEEN_LETTERS):
            return
        sign_up = found or SignUp(email=email, institution=policy.institution)
        sign_up.change(
            name=name,
            role=policy.sign_up_role,
            faculty=policy.sign_up_faculty,
            department=policy.sign_up_department,
            expires_at=timezone.now() + PROOF_LASTS,
        )
        record(Actor("unknown"), "instauth.sign_up.asked", sign_up)
        post(
            "sign-up",
            sign_up.email,
            name=name,
            institution=policy.institution.name,
            hours=PROOF_LASTS // timedelta(hours=1),
            link=f"{settings.PUBLIC_URL}/account/sign-up/?token={issue(PURPOSE, sign_up.pk, PROOF_LASTS)}",
        )


def prove(token: str) -> SignUp:
    """Prove one's address by the token of the letter: from now on somebody of the institution may decide."""
    with transaction.atomic():
        found = SignUp.objects.select_for_update(of=("self",)).select_related("institution")
        sign_up = found.filter(pk=subject_of(PURPOSE, token), status=SignUp.Status.UNPROVED).first()
        if sign_up is None:
            raise ProofRefused()
        spend(PURPOSE, token)
        with reaching(sign_up.institution_id):
            sign_up.change(status=SignUp.Status.WAITING, expires_at=timezone.now() + DECISION_LASTS)
        record(Actor("unknown"), "instauth.sign_up.proved", sign_up)
        return sign_up


@rule("instauth.sign_up.approved", needs=GIVES, step_up=True)
def approve(actor: Actor, sign_up: SignUp) -> SignUp:
    """Let somebody in: they are invited in one's own name, to a role that one may grant there."""
    refuse_decided(sign_up)
    invitation = invite(actor, email=sign_up.email, name=sign_up.name, **sign_up.role_at_place)
    return decided(actor, sign_up, SignUp.Status.APPROVED, invitation=invitation)


@rule("instauth.sign_up.declined", needs=GIVES)
def decline(actor: Actor, sign_up: SignUp, *, reason: str) -> SignUp:
    """Don't let somebody in, and say why: the person is told by letter."""
    refuse_decided(sign_up)
    post("sign-up-declined", sign_up.email, name=sign_up.name, institution=sign_up.institution.name, reason=reason)
    return decided(actor, sign_up, SignUp.Status.DECLINED, reason=reason)


def refuse_decided(sign_up: SignUp) -> None:
    if sign_up.status != SignUp.Status.WAITING or sign_up.expires_at <= timezone.now():
        raise RuleBroken("not_waiting", "This sign-up does not wait for a decision.")


def decided(actor: Actor, sign_up: SignUp, status: SignUp.Status, **fields: object) -> SignUp:
    return sign_up.change(status=status, decided_by=User.objects.get(pk=str(actor.id)), **fields)


def forget_stale() -> int:
    """Delete sign-ups that nobody confirmed within a day, or decided within a month; how many."""
    return forget(SignUp.objects.stale())


def forget_of(email: str) -> int:
    """Delete what an address asked for and nobody decided; how many."""
    undecided = (SignUp.Status.UNPROVED, SignUp.Status.WAITING)
    return SignUp.objects.filter(email=email, status__in=undecided).delete()[0]
