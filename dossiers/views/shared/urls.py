"""Pages that every audience has."""

from django.urls import path

from dossiers.views.shared import (
    acts,
    after,
    calendar,
    comments,
    dossier,
    expiring,
    help,
    meetings,
    messages,
    obligations,
    search,
    titles,
)

urlpatterns = [
    path("search/", search.search, name="search"),
    path("dossiers/", search.search, name="list"),
    path("dossiers/<str:reference>/", dossier.dossier, name="dossier"),
    path("dossiers/<str:reference>/act/<slug:transition>/", acts.act, name="act"),
    path("dossiers/<str:reference>/messages/", messages.message, name="message"),
    path("dossiers/<str:reference>/notes/", messages.note, name="note"),
    path("titles/", titles.titles, name="titles"),
    path("titles/<str:number>/", titles.title, name="title"),
    path("titles/<str:number>/obligations/new/", obligations.New.as_view(), name="obligation_new"),
    path("titles/<str:number>/obligations/<int:pk>/done/", obligations.Done.as_view(), name="obligation_done"),
    path("titles/<str:number>/obligations/<int:pk>/reopen/", obligations.Reopen.as_view(), name="obligation_reopen"),
    path("titles/<str:number>/obligations/<int:pk>/cancel/", obligations.Cancel.as_view(), name="obligation_cancel"),
    path("titles/<str:number>/act/<slug:transition>/", acts.title_act, name="title_act"),
    path("titles/<str:number>/continuity/count/", after.Count.as_view(), name="continuity_count"),
    path("dossiers/<str:reference>/appeals/new/", after.Lodge.as_view(), name="appeal_new"),
    path("dossiers/<str:reference>/appeals/<int:pk>/settle/", after.Settle.as_view(), name="appeal_settle"),
    path("expiring/", expiring.expiring, name="expiring"),
    path("calendar/<str:secret>.ics", calendar.feed, name="calendar_feed"),
    path("account/calendar/", calendar.calendar, name="calendar"),
    path("titles/<str:number>/comments/", comments.comments, name="comments"),
    path("titles/<str:number>/preview/<slug:transition>/", acts.title_preview, name="title_preview"),
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/<str:reference>/", meetings.meeting, name="meeting"),
    path("meetings/<str:reference>/meeting.ics", meetings.calendar_file, name="meeting_calendar"),
    path("meetings/<str:reference>/act/<slug:step>/", meetings.MeetingStep.as_view(), name="meeting_act"),
    path("obligations/", obligations.obligations, name="obligations"),
    path("help/", help.index, name="help"),
    path("help/<slug:procedure_code>/", help.help_page, name="help"),
]
