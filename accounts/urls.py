"""Sign-in (django-allauth, only the pages we use) and everything about oneself and one's organisation.

allauth's names have no prefix because allauth reverses them so.
"""

from allauth.account import views as sign_in
from django.urls import include, path, re_path

from accounts import members, views

SIGN_IN = [
    path("login/", sign_in.login, name="account_login"),
    path("logout/", sign_in.logout, name="account_logout"),
    path("inactive/", sign_in.account_inactive, name="account_inactive"),
    # Closed (accounts/adapter.py): accounts come from invitations. allauth's sign-in page reverses this name.
    path("signup/", sign_in.signup, name="account_signup"),
    path("reauthenticate/", sign_in.reauthenticate, name="account_reauthenticate"),
    path("password/change/", sign_in.password_change, name="account_change_password"),
    path("password/set/", sign_in.password_set, name="account_set_password"),
    path("password/reset/", sign_in.password_reset, name="account_reset_password"),
    path("password/reset/done/", sign_in.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        sign_in.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        sign_in.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("second-factor/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]

OURS = [
    path("welcome/", views.landing, name="landing"),
    path("profile/", views.profile, name="profile"),
    path("profile/memberships/<int:pk>/", views.contact, name="contact"),
    path("profile/act-as/", views.choose_membership, name="choose_membership"),
    path("language/", views.language, name="language"),
    path("session/", views.session, name="session"),
    path("organisation/members/", members.listing, name="members"),
    path("organisation/members/invite/", members.invite, name="invite"),
    path("organisation/members/<int:pk>/", members.member, name="member"),
    path("organisation/members/<int:pk>/role/", members.change_role, name="change_role"),
    path("organisation/members/<int:pk>/end/", members.end, name="end_membership"),
    path("organisation/members/<int:pk>/mail/", members.send_again, name="send_again"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("legal/", views.legal, name="legal"),
]

urlpatterns = [
    path("account/", include(SIGN_IN)),
    path("", include((OURS, "accounts"))),
]
