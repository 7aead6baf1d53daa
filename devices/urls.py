"""Addresses of exempted devices. Those of an exemption and of an incident are permanent: mails carry them."""

from django.urls import path

from devices.views import export, home, incidents, notification, units, vigilance

app_name = "devices"
urlpatterns = [
    path("devices/", home.home, name="home"),
    path("devices/vigilance/", vigilance.incidents, name="vigilance"),
    path("devices/<str:number>/", home.exemption, name="exemption"),
    path("devices/<str:number>/add/", units.Add.as_view(), name="add"),
    path("devices/<str:number>/act/", units.act, name="act"),
    path("devices/<str:number>/units/<int:rank>/use/", units.Use.as_view(), name="use"),
    path("devices/<str:number>/units.csv", export.units, name="export"),
    path("devices/<str:number>/incidents/new/", incidents.New.as_view(), name="report"),
    path("devices/<str:number>/incidents/<int:rank>/", incidents.Page.as_view(), name="incident"),
    path("devices/<str:number>/incidents/<int:rank>/acknowledge/", incidents.acknowledge, name="acknowledge"),
    path("devices/<str:number>/notification/", notification.page, name="notification"),
    path("devices/<str:number>/notification.csv", notification.table, name="notification_csv"),
    path("devices/<str:number>/notification.json", notification.data, name="notification_json"),
]
