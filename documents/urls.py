"""The addresses of this room. The address of a verification is printed in every letter: it never changes."""

from django.urls import path

from documents import views

app_name = "documents"
urlpatterns = [
    path("verify/", views.verify, name="verify"),
    path("verify/<str:code>/", views.VerifyCode.as_view(), name="verify_code"),
    path("letters/<str:number>/", views.letter, name="letter"),
    path("documents/<int:pk>/content/", views.attachment, name="attachment"),
]
