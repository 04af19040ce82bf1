from django.urls import path

from invoicing.views import drafts, files, invoice, lists, redoing, replies

app_name = "invoicing"
urlpatterns = [
    path("", lists.supplier_home, name="supplier_home"),
    path("liste/", lists.supplier_list, name="list"),
    path("recues/", lists.received, name="received"),
    path("deposer/", drafts.deposit, name="deposit"),
    path("<int:pk>/", invoice.detail, name="detail"),
    path("<int:pk>/suivi/", invoice.status, name="status"),
    path("<int:pk>/verifier/", drafts.confirm, name="confirm"),
    path("<int:pk>/remplacer/", drafts.replace, name="replace"),
    path("<int:pk>/repondre/", invoice.answer, name="answer"),
    path("<int:pk>/retirer/", invoice.withdraw, name="withdraw"),
    path("<int:pk>/annuler-envoi/", invoice.cancel_sending, name="cancel_sending"),
    path("<int:pk>/repondre-acheteur/", replies.reply, name="reply"),
    path("<int:pk>/refaire/", redoing.redo, name="redo"),
    path("<int:pk>/ne-pas-refaire/", redoing.give_up, name="give_up"),
    path("<int:pk>/demander-reference/", replies.ask_buyer, name="ask_buyer"),
    path("<int:pk>/piece/<int:attachment_pk>/", replies.attachment, name="attachment"),
    path("<int:pk>/pdf/", files.document, name="document"),
    path("<int:pk>/page/<int:number>/", files.page, name="page"),
]
