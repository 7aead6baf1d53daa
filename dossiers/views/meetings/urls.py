"""Pages of the meetings of the Innovation and Referral Service."""

from django.urls import path

from dossiers.views.meetings.calendar_file import meeting_ics
from dossiers.views.meetings.lists import meetings
from dossiers.views.meetings.planner import meeting_plan

urlpatterns = [
    path("meetings/", meetings, name="meetings"),
    path("dossiers/<str:reference>/meeting/", meeting_plan, name="meeting_plan"),
    path("dossiers/<str:reference>/meeting.ics", meeting_ics, name="meeting_ics"),
]
