"""What the supplier says of the money: it came, it did not come, or he was mistaken."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from invoicing.ball import viewer
from invoicing.declare_form import ReceivedForm
from invoicing.lifecycle import TransitionError
from invoicing.typography import french
from invoicing.views.access import acting_as, to_act_for

NOTED_RECEIVED = french("C'est noté : le paiement est reçu.")
NOTED_UNPAID = french("C'est noté : vous trouvez ci-dessous ce qui vous est dû et une relance à copier.")
TAKEN_BACK = french("C'est noté : votre réponse est retirée.")


@require_POST
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """`answer`: received (with its day), unpaid, or none, which takes an answer back."""
    invoice = to_act_for(request, pk)
    reader = viewer(invoice, request.user)
    form = ReceivedForm(request.POST, invoice=invoice, ask_who=reader.is_supplier)
    answer = request.POST.get("answer", "")
    if answer == "received" and not form.is_valid():
        return render(request, "invoicing/payment.html", {"invoice": invoice, "received_form": form}, status=422)
    typed = form.cleaned_data.get("acted_as", "") if answer == "received" else ""
    who = {"by": request.user, "acted_as": acting_as(invoice, request.user, typed)}
    try:
        if answer == "received":
            invoice.declare_received(on=form.cleaned_data["on"], **who)
            messages.success(request, NOTED_RECEIVED)
        elif answer == "unpaid":
            invoice.declare_unpaid(**who)
            messages.success(request, NOTED_UNPAID)
        elif answer == "none":
            invoice.take_payment_back(**who)
            messages.success(request, TAKEN_BACK)
    except TransitionError as moved:
        messages.warning(request, str(moved))
    return redirect(f"{reverse('invoicing:detail', args=[pk])}#paiement")
