from django.urls import path

from chorus import views

app_name = "chorus"
urlpatterns = [path("verifier/<int:supplier_pk>/", views.verify, name="verify")]
