from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from agrilocal18 import views
from agrilocal18.metrics import metrics
from suppliers import invitation_pages
from suppliers.views import mail_rhythm

# Agents come in through the same door as everybody: e-mailed code or password, throttled, second factor if set.
admin.site.login = secure_admin_login(admin.site.login)
admin.site.site_header = f"{settings.SITE['name']} — {settings.SITE['department']}"
admin.site.site_title = settings.SITE["name"]
admin.site.index_title = "Bureau du Département"
# Pages in English that show the secrets of second factors and declare addresses verified. All that is needed of them,
# to take a lost second factor away, is an act on the list of people.
admin.site.unregister([EmailAddress, Authenticator])

urlpatterns = [
    path("", views.home, name="home"),
    path("couleurs.css", views.colours, name="colours"),
    path("logo", views.logo, name="logo"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("mentions-legales/", views.legal_notice, name="legal_notice"),
    path("donnees-personnelles/", views.personal_data, name="personal_data"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("compte/messages/", mail_rhythm, name="mail_rhythm"),
    path("compte/", include("allauth.urls")),
    path("invitation/", invitation_pages.invitation, name="invitation"),
    path("invitation/compte/", invitation_pages.new_account, name="invitation_account"),
    path("invitation/<str:token>/", invitation_pages.link, name="invitation_link"),
    path("profil/", include("suppliers.urls")),
    path("commandes/", include("orders.urls")),
    path("factures/", include("invoicing.urls")),
    path("chorus/", include("chorus.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMONSTRATION:
    urlpatterns.append(path("demonstration/", include("agrilocal18.demo.mails")))

handler400 = "agrilocal18.views.bad_request"
handler500 = "agrilocal18.views.server_error"
