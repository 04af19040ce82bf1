from django.urls import path

from suppliers import member_pages, views
from suppliers.models import Supplier

app_name = "suppliers"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("demande/", views.membership_request, name="membership_request"),
    path("<int:pk>/", views.supplier, name="supplier"),
    path("<int:pk>/identite/", views.identity, name="identity"),
    path("<int:pk>/iban/", views.iban, name="iban"),
    path("<int:pk>/associes/", views.partners, name="partners"),
    path("<int:pk>/personnes/", member_pages.members, {"houses": Supplier}, name="members"),
    path("<int:pk>/personnes/<int:member_pk>/", member_pages.member, {"houses": Supplier}, name="member"),
    path(
        "<int:pk>/invitations/<int:invitation_pk>/",
        member_pages.invitation,
        {"houses": Supplier},
        name="member_invitation",
    ),
    path("<int:pk>/chorus-pro/", views.chorus_box, name="chorus_box"),
]
