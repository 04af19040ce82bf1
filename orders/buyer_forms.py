"""What a buyer's people say of their own house."""

from django import forms

from orders.forms import DayInput, OneLineField, service_choices, usable_code
from orders.models import Buyer, BuyerClosure


class BuyerForm(forms.ModelForm):
    """Contact, what is usual, and the year's last day for invoices. Name and recipient are the Département's."""

    class Meta:
        model = Buyer
        fields = ["contact_name", "phone", "email", "usual_service", "usual_delivery_place", "invoice_deadline"]
        widgets = {
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "invoice_deadline": DayInput(),
        }
        field_classes = {"usual_delivery_place": OneLineField}
        help_texts = {
            "usual_service": "Proposé pour chaque nouvelle commande.",
            "usual_delivery_place": "Proposé pour chaque nouvelle commande.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if choices := service_choices(self.instance, self.instance.usual_service):
            field = self.fields["usual_service"]
            self.fields["usual_service"] = forms.ChoiceField(
                label=field.label, help_text=field.help_text, choices=choices, required=False
            )
        for field in self.fields.values():
            # « Changed » means compared with the page this person read.
            field.show_hidden_initial = True

    def clean_usual_service(self):
        return usable_code(self.cleaned_data["usual_service"])

    def write(self, *, by) -> None:
        """Only what was changed: a colleague may have changed the rest meanwhile."""
        self.instance.change(by=by, **{name: self.cleaned_data[name] for name in self.changed_data})


class ClosureForm(forms.ModelForm):
    class Meta:
        model = BuyerClosure
        fields = ["first_day", "last_day"]
        widgets = {"first_day": DayInput(), "last_day": DayInput()}

    def __init__(self, *args, buyer: Buyer, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.buyer = buyer

    def add(self, *, by) -> None:
        self.instance.buyer.close(**self.cleaned_data, by=by)
