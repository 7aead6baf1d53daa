from django.urls import path

from notifications import operations_views, preference_views, views

app_name = "notifications"

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.mark_all_read, name="read_all"),
    path("inbox/<int:pk>/read/", views.mark_read, name="read"),
    path("account/notifications/", preference_views.preferences, name="preferences"),
    path("operations/outbox/", operations_views.outbox, name="operations"),
    path("operations/outbox/again/", operations_views.again, name="operations_again"),
    path("demo/mailbox/", views.mailbox, name="mailbox"),
    path("demo/mailbox/<str:name>/", views.mail, name="mail"),
]
