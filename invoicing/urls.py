from django.urls import path

from invoicing.views import declaring, deposits, drafts, files, invoice, lists, off_order, redoing, replies

app_name = "invoicing"
urlpatterns = [
    path("", lists.supplier_home, name="supplier_home"),
    path("liste/", lists.supplier_list, name="list"),
    path("recues/", lists.received, name="received"),
    path("deposer/", deposits.deposit, name="deposit"),
    path("depots/<int:pk>/", deposits.deposited, name="deposited"),
    path("depots/<int:pk>/fichier/<int:upload_pk>/", deposits.settle, name="settle_upload"),
    path("depots/<int:pk>/fichier/<int:upload_pk>/page/<int:number>/", deposits.page, name="upload_page"),
    path("<int:pk>/", invoice.detail, name="detail"),
    path("<int:pk>/suivi/", invoice.status, name="status"),
    path("<int:pk>/verifier/", drafts.confirm, name="confirm"),
    path("<int:pk>/prendre-numero/", drafts.take_number, name="take_number"),
    path("<int:pk>/remplacer/", drafts.replace, name="replace"),
    path("<int:pk>/repondre/", invoice.answer, name="answer"),
    path("<int:pk>/retirer/", invoice.withdraw, name="withdraw"),
    path("<int:pk>/annuler-envoi/", invoice.cancel_sending, name="cancel_sending"),
    path("<int:pk>/declarer-depot/", declaring.deposited, name="declare_deposited"),
    path("<int:pk>/declarer/", declaring.declare, name="declare"),
    path("<int:pk>/retirer-declaration/", declaring.take_back, name="take_declaration_back"),
    path("<int:pk>/envoyee/", declaring.sent, name="declare_sent"),
    path("<int:pk>/confier-depot/", declaring.hand_over, name="hand_over"),
    path("<int:pk>/rattacher/", off_order.attach, name="attach"),
    path("<int:pk>/livraison-inconnue/", off_order.disown, name="disown"),
    path("<int:pk>/livraison-reconnue/", off_order.recognise, name="recognise"),
    path("<int:pk>/repondre-acheteur/", replies.reply, name="reply"),
    path("<int:pk>/refaire/", redoing.redo, name="redo"),
    path("<int:pk>/ne-pas-refaire/", redoing.give_up, name="give_up"),
    path("<int:pk>/demander-reference/", replies.ask_buyer, name="ask_buyer"),
    path("<int:pk>/piece/<int:attachment_pk>/", replies.attachment, name="attachment"),
    path("<int:pk>/pdf/", files.document, name="document"),
    path("<int:pk>/copie/", files.plain, name="plain"),
    path("<int:pk>/original/<int:number>/", files.original, name="original"),
    path("<int:pk>/page/<int:number>/", files.page, name="page"),
]
