from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [
    path("", views.buyer_home, name="buyer_home"),
    path("a-facturer/", views.to_bill, name="to_bill"),
    path("nouvelle/", views.create, name="create"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/lignes/", views.edit_lines, name="edit_lines"),
    path("<int:pk>/references/", views.references, name="references"),
    path("<int:pk>/demander-le-numero/", views.ask_engagement, name="ask_engagement"),
]
