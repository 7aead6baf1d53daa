"""The addresses of the API. A route's name is what tests/api/matrix.csv calls it."""

from django.urls import include, path, re_path

from api.views import (
    catalogue,
    cohort,
    cohort_forms,
    comments,
    docs,
    documents,
    dossiers,
    drafts,
    examination,
    letters,
    me,
    messages,
    oauth,
    obligations,
    pages,
    procedures,
    register,
    replies,
    schema,
    titles,
    transitions,
    verify,
)
from api.views.unknown import unknown

V1 = [
    path("me/", me.Me.as_view(), name="me"),
    path("procedures/", procedures.Procedures.as_view(), name="procedures"),
    path("procedures/<str:code>/", procedures.OneProcedure.as_view(), name="procedure"),
    path("catalogue/medicines/", catalogue.Medicines.as_view(), name="medicines"),
    path("catalogue/indications/", catalogue.Indications.as_view(), name="indications"),
    path("catalogue/devices/", catalogue.Devices.as_view(), name="devices"),
    path("catalogue/establishments/", catalogue.Establishments.as_view(), name="establishments"),
    path("dossiers/", dossiers.Dossiers.as_view(), name="dossiers"),
    path("dossiers/<str:reference>/", dossiers.OneDossier.as_view(), name="dossier"),
    path("dossiers/<str:reference>/answers/", drafts.Answers.as_view(), name="answers"),
    path("dossiers/<str:reference>/transitions/", transitions.Transitions.as_view(), name="transitions"),
    path("dossiers/<str:reference>/transitions/<str:name>/", transitions.Transition.as_view(), name="act"),
    path("dossiers/<str:reference>/events/", dossiers.Events.as_view(), name="events"),
    path("dossiers/<str:reference>/reply/", replies.Reply.as_view(), name="reply"),
    path("dossiers/<str:reference>/assignment/", examination.Assignment.as_view(), name="assignment"),
    path("dossiers/<str:reference>/recusals/", examination.Recusals.as_view(), name="recusals"),
    path("dossiers/<str:reference>/reminders/", examination.Reminders.as_view(), name="reminders"),
    path("dossiers/<str:reference>/tasks/", examination.Tasks.as_view(), name="tasks"),
    path("dossiers/<str:reference>/tasks/<int:id>/done/", examination.TaskDone.as_view(), name="task_done"),
    path("dossiers/<str:reference>/product/", examination.Product.as_view(), name="product"),
    path("dossiers/<str:reference>/documents/", documents.Documents.as_view(), name="documents"),
    path("documents/<int:id>/", documents.OneDocument.as_view(), name="document"),
    path("documents/<int:id>/content/", documents.DocumentContent.as_view(), name="document_content"),
    path("dossiers/<str:reference>/messages/", messages.Messages.as_view(), name="messages"),
    path("dossiers/<str:reference>/letters/", letters.Letters.as_view(), name="letters"),
    path("letters/<str:number>/", letters.OneLetter.as_view(), name="letter"),
    path("titles/", titles.Titles.as_view(), name="titles"),
    path("titles/<str:number>/", titles.OneTitle.as_view(), name="title"),
    path("titles/<str:number>/transitions/<str:name>/", titles.Transition.as_view(), name="title_act"),
    path("titles/<str:number>/obligations/", obligations.Obligations.as_view(), name="title_obligations"),
    path("titles/<str:number>/obligations/<int:id>/", obligations.OneObligation.as_view(), name="obligation"),
    path("titles/<str:number>/obligations/<int:id>/done/", obligations.Done.as_view(), name="obligation_done"),
    path("titles/<str:number>/obligations/<int:id>/cancel/", obligations.Cancel.as_view(), name="obligation_cancel"),
    path("titles/<str:number>/obligations/<int:id>/reopen/", obligations.Reopen.as_view(), name="obligation_reopen"),
    path("titles/<str:number>/comments/", comments.Comments.as_view(), name="comments"),
    path("titles/<str:number>/comments/answer/", comments.Answer.as_view(), name="comments_answer"),
    path("titles/<str:number>/comments/give_up/", comments.GiveUp.as_view(), name="comments_give_up"),
    path("titles/<str:number>/cohort/", cohort.Patients.as_view(), name="cohort"),
    path("titles/<str:number>/cohort/figures/", cohort.Figures.as_view(), name="cohort_figures"),
    path("titles/<str:number>/cohort/protocol/", cohort.Protocol.as_view(), name="cohort_protocol"),
    path("titles/<str:number>/cohort/<str:access_number>/", cohort.Patient.as_view(), name="cohort_patient"),
    path(
        "titles/<str:number>/cohort/<str:access_number>/transitions/<str:name>/",
        cohort.Step.as_view(),
        name="cohort_act",
    ),
    path("titles/<str:number>/cohort/<str:access_number>/forms/", cohort_forms.Forms.as_view(), name="cohort_forms"),
    path(
        "titles/<str:number>/cohort/<str:access_number>/forms/<str:form>/<int:visit>/",
        cohort_forms.OneForm.as_view(),
        name="cohort_form",
    ),
    path(
        "titles/<str:number>/cohort/<str:access_number>/forms/<str:form>/<int:visit>/sign/",
        cohort_forms.Sign.as_view(),
        name="cohort_sign",
    ),
    path("obligations/", obligations.ToDo.as_view(), name="obligations"),
    path("register/", register.Register.as_view(), name="register"),
    path("register.csv", register.RegisterFile.as_view(), name="register_csv"),
    path("verify/<str:code>/", verify.Verify.as_view(), name="verify"),
    path("schema/", schema.Schema.as_view(), name="schema"),
]

API = [
    path("api/v1/", include(V1)),
    path("api/oauth/token/", oauth.Token.as_view(), name="oauth_token"),
    re_path(r"^api/", unknown, name="unknown"),
]

PAGES = [
    path("api/docs/", docs.docs, name="docs"),
    path("account/tokens/", pages.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", pages.revoke, name="revoke_token"),
    path("organisation/systems/", pages.clients, name="clients"),
    path("organisation/systems/<int:pk>/revoke/", pages.revoke_client, name="revoke_client"),
]

urlpatterns = [
    # Before the API, which answers every other address under /api/.
    path("", include((PAGES, "systems"))),
    path("", include((API, "api"))),
]
