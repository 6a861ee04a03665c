"""This file holds the app's addresses, below /api/v1/auth/."""

from django.urls import path

from core.http.routing import resource_routes
from instauth.addresses import api as addresses
from instauth.credentials import api as credentials
from instauth.factors import api as factors
from instauth.invitations import api as invitations
from instauth.oauth import api as oauth
from instauth.policies.api import PolicyViewSet
from instauth.providers import api as providers
from instauth.recoveries import api as recoveries
from instauth.sessions import api
from instauth.signin import api as signin
from instauth.signups import api as signups
from instauth.support.api import SupportAccessViewSet

urlpatterns = [
    path("invitations/open/", invitations.Open.as_view(), name="invitations-open"),
    path("invitations/accept/", invitations.Accept.as_view(), name="invitations-accept"),
    path("invitations/join/", invitations.Join.as_view(), name="invitations-join"),
    *resource_routes("invitations", invitations.InvitationViewSet),
    path("password/change/", credentials.Change.as_view(), name="password-change"),
    path("password/reset/", credentials.Reset.as_view(), name="password-reset"),
    path("password/reset/confirm/", credentials.Confirm.as_view(), name="password-reset-confirm"),
    path("password/send-reset/", credentials.Send.as_view(), name="password-send-reset"),
    path("me/address/", addresses.OwnAddress.as_view(), name="own-address"),
    path("address/confirm/", addresses.ConfirmAddress.as_view(), name="address-confirm"),
    path("sign-ups/offers/", signups.Offers.as_view(), name="sign-ups-offers"),
    path("sign-ups/ask/", signups.Ask.as_view(), name="sign-ups-ask"),
    path("sign-ups/prove/", signups.Prove.as_view(), name="sign-ups-prove"),
    *resource_routes("sign-ups", signups.SignUpViewSet),
    *resource_routes("policies", PolicyViewSet),
    path("providers/offered/", providers.Offered.as_view(), name="providers-offered"),
    path("providers/depart/", providers.Depart.as_view(), name="providers-depart"),
    path("providers/return/", providers.Return.as_view(), name="providers-return"),
    *resource_routes("providers", providers.IdentityProviderViewSet),
    *resource_routes("clients", oauth.ClientViewSet),
    path("consents/", oauth.Consents.as_view(), name="consents"),
    path("consents/<uuid:pk>/", oauth.OneConsent.as_view(), name="consent"),
    *resource_routes("support", SupportAccessViewSet),
    path("factors/", factors.Factors.as_view(), name="factors"),
    path("factors/totp/", factors.NewTotp.as_view(), name="factors-totp"),
    path("factors/recovery-codes/", factors.NewRecoveryCodes.as_view(), name="factors-recovery-codes"),
    path("factors/passkeys/begin/", factors.NewPasskey.as_view(), name="factors-passkeys-begin"),
    path("factors/passkeys/", factors.AddedPasskey.as_view(), name="factors-passkeys"),
    path("recoveries/ask/", recoveries.AskForRecovery.as_view(), name="recoveries-ask"),
    path("recoveries/prove/", recoveries.ProveRecovery.as_view(), name="recoveries-prove"),
    path("recoveries/cancel/", recoveries.CancelRecovery.as_view(), name="recoveries-cancel"),
    path("recoveries/mine/", recoveries.OwnRecoveries.as_view(), name="recoveries-mine"),
    path("recoveries/mine/cancel/", recoveries.CancelOwnRecovery.as_view(), name="recoveries-mine-cancel"),
    *resource_routes("recoveries", recoveries.RecoveryViewSet),
    path("step-up/", factors.StepUp.as_view(), name="step-up"),
    path("step-up/passkey/begin/", factors.PasskeyStepUpBegin.as_view(), name="step-up-passkey-begin"),
    path("step-up/passkey/", factors.PasskeyStepUp.as_view(), name="step-up-passkey"),
    path("factors/<uuid:pk>/", factors.OneFactor.as_view(), name="factor"),
    path("factors/<uuid:pk>/confirm/", factors.Confirmation.as_view(), name="factor-confirm"),
    path("sign-in/", signin.SignIn.as_view(), name="sign-in"),
    path("sign-in/second/", signin.SecondStep.as_view(), name="sign-in-second"),
    path("sign-in/second/passkey/begin/", signin.SecondPasskeyBegin.as_view(), name="sign-in-second-passkey-begin"),
    path("sign-in/second/passkey/", signin.SecondPasskey.as_view(), name="sign-in-second-passkey"),
    path("sign-in/passkey/begin/", signin.PasskeyBegin.as_view(), name="sign-in-passkey-begin"),
    path("sign-in/passkey/", signin.PasskeySignIn.as_view(), name="sign-in-passkey"),
    path("refresh/", api.Refresh.as_view(), name="refresh"),
    path("sign-out/", api.SignOut.as_view(), name="sign-out"),
    path("sessions/", api.Sessions.as_view(), name="sessions"),
    path("sessions/revoke-others/", api.RevokeOthers.as_view(), name="sessions-revoke-others"),
    path("sessions/<uuid:pk>/revoke/", api.RevokeSession.as_view(), name="session-revoke"),
    path("me/", api.Me.as_view(), name="me"),
]
