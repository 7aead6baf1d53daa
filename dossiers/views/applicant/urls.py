"""Addresses of the hospital's screens."""

from django.urls import path
from django.urls.resolvers import URLPattern, URLResolver

from dossiers.views.applicant.answer import Answer
from dossiers.views.applicant.documents import Documents, RemoveDocument
from dossiers.views.applicant.edit import EditSection, EditStart
from dossiers.views.applicant.filing import FilingPage
from dossiers.views.applicant.filing_meetings import EditMeeting, NewMeeting
from dossiers.views.applicant.home import GroupPage, Home
from dossiers.views.applicant.new import ChangeMedicine, NewRequest, StartRequest
from dossiers.views.applicant.pharmacy import Check, Queue
from dossiers.views.applicant.renew import Renew
from dossiers.views.applicant.renew_many import RenewMany
from dossiers.views.applicant.review import Review
from dossiers.views.applicant.starts import StartOf
from dossiers.views.applicant.wizard import Wizard, WizardOf

urlpatterns: list[URLPattern | URLResolver] = [
    path("", Home.as_view(), name="home"),
    path("files/<slug:name>/", GroupPage.as_view(), name="group"),
    path("dossiers/new/", NewRequest.as_view(), name="new"),
    path("dossiers/new/start/", StartRequest.as_view(), name="start"),
    path("filing-meetings/new/", NewMeeting.as_view(), name="filing_meeting_new"),
    path("filing-meetings/<str:reference>/edit/", EditMeeting.as_view(), name="filing_meeting_edit"),
    path("dossiers/new/<slug:procedure>/", StartOf.as_view(), name="start_of"),
    path("dossiers/<str:reference>/edit/", EditStart.as_view(), name="edit_start"),
    path("dossiers/<str:reference>/edit/<slug:section>/", EditSection.as_view(), name="edit"),
    path("dossiers/<str:reference>/medicine/", ChangeMedicine.as_view(), name="medicine"),
    path("dossiers/<str:reference>/documents/", Documents.as_view(), name="documents"),
    path("dossiers/<str:reference>/documents/<int:pk>/remove/", RemoveDocument.as_view(), name="remove_document"),
    path("dossiers/<str:reference>/filing/", FilingPage.as_view(), name="filing"),
    path("dossiers/<str:reference>/review/", Review.as_view(), name="review"),
    path("dossiers/<str:reference>/check/", Check.as_view(), name="check"),
    path("dossiers/<str:reference>/answer/", Answer.as_view(), name="answers"),
    path("qualification/", Wizard.as_view(), name="wizard"),
    path("dossiers/<str:reference>/qualification/", WizardOf.as_view(), name="wizard_of"),
    path("worklists/pharmacy/", Queue.as_view(), name="pharmacy"),
    path("expiring/renew/", RenewMany.as_view(), name="renew_many"),
    path("titles/<str:number>/renew/", Renew.as_view(), name="renew"),
]
