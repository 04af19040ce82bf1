from django.urls import path, re_path

from orders.models import Buyer
from orders.views import establishment, lists, numbers, order, reception, writing
from suppliers import member_pages

app_name = "orders"
urlpatterns = [
    path("", lists.buyer_home, name="buyer_home"),
    re_path(r"^liste\.(?P<wanted>csv|xlsx)$", lists.buyer_export, name="export"),
    path("a-facturer/", lists.to_bill, name="to_bill"),
    re_path(r"^a-facturer\.(?P<wanted>csv|xlsx)$", lists.supplier_export, name="to_bill_export"),
    path("etablissement/", establishment.mine, name="my_buyer"),
    path("etablissement/<int:pk>/", establishment.buyer, name="buyer"),
    path("etablissement/<int:pk>/fermetures/", establishment.add_closure, name="add_closure"),
    path("etablissement/<int:pk>/fermetures/<int:closure_pk>/", establishment.remove_closure, name="remove_closure"),
    path("etablissement/<int:pk>/personnes/", member_pages.members, {"houses": Buyer}, name="members"),
    path("etablissement/<int:pk>/personnes/<int:member_pk>/", member_pages.member, {"houses": Buyer}, name="member"),
    path(
        "etablissement/<int:pk>/invitations/<int:invitation_pk>/",
        member_pages.invitation,
        {"houses": Buyer},
        name="member_invitation",
    ),
    path("numeros/", numbers.numbers, name="numbers"),
    path("nouvelle/", writing.create, name="create"),
    path("<int:pk>/", order.detail, name="detail"),
    path("<int:pk>/commander-de-nouveau/", writing.again, name="again"),
    path("<int:pk>/lignes/", writing.edit_lines, name="edit_lines"),
    path("<int:pk>/references/", order.references, name="references"),
    path("<int:pk>/livraison/", order.delivery, name="delivery"),
    path("<int:pk>/demander-le-numero/", order.ask_engagement, name="ask_engagement"),
    path("<int:pk>/reception/", reception.record, name="record_reception"),
    path("<int:pk>/reception/photo/<int:reception_pk>/", reception.photo, name="reception_photo"),
]
