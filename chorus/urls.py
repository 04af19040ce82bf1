from django.urls import path

from chorus import views

app_name = "chorus"
urlpatterns = [
    path("guide/", views.guide, name="guide"),
    path("guide/guide-chorus-pro.pdf", views.guide_pdf, name="guide_pdf"),
    path("verifier/<int:supplier_pk>/", views.verify, name="verify"),
    path("connexion/<int:supplier_pk>/", views.connection, name="connection"),
    path("compte/<int:supplier_pk>/", views.own_account, name="own_account"),
    path("compte/<int:supplier_pk>/retirer/", views.remove_own_account, name="remove_own_account"),
    path("dossier/<int:invoice_pk>/", views.proof_pack, name="proof_pack"),
    path("chercher/<int:invoice_pk>/", views.look_again, name="look_again"),
]
