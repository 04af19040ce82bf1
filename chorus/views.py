from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from chorus.accounts import ask_for_check
from suppliers.models import Supplier


@require_POST
def verify(request: HttpRequest, supplier_pk: int) -> HttpResponse:
    """« Vérifier la connexion »: asked for here, answered by the next sweep, shown on the profile."""
    supplier = get_object_or_404(Supplier.objects.for_user(request.user), pk=supplier_pk)
    ask_for_check(supplier)
    messages.info(request, "La vérification est demandée. Le résultat s'affiche ici dans une minute environ.")
    return redirect("suppliers:supplier", supplier_pk)
