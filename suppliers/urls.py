from django.urls import path

from suppliers import views

app_name = "suppliers"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("demande/", views.membership_request, name="membership_request"),
    path("<int:pk>/", views.supplier, name="supplier"),
    path("<int:pk>/identite/", views.identity, name="identity"),
    path("<int:pk>/iban/", views.iban, name="iban"),
    path("<int:pk>/associes/", views.partners, name="partners"),
    path("<int:pk>/chorus-pro/", views.chorus_box, name="chorus_box"),
]
