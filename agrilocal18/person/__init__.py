"""What the portal knows of one person: given to him (`export`), or taken away from what stays (`erase`)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models

from suppliers.encryption import EncryptedTextField
from suppliers.models import User

PROOF = "preuve de ce qui s'est passé pour une facture, gardée comme elle"
# Columns in which his name or address stays, and why. What is public of a company is not his.
KEPT = {
    "suppliers.Mandate.signatory": "le mandat de déposer engage qui l'a signé ; il prouve le droit du portail",
    "suppliers.IbanCall.person": "preuve du contre-appel qui a confirmé un IBAN",
    "suppliers.Supplier.name": "nom public de l'entreprise",
    "suppliers.MembershipRequest.company_name": "nom public de l'entreprise",
    "orders.Buyer.name": "nom public de l'acheteur",
    "orders.Recipient.name": "nom public du destinataire, lu sur Chorus Pro",
    "chorus.AttachedStructure.name": "nom public de la structure, lu sur Chorus Pro",
    **dict.fromkeys(
        [
            *(f"invoicing.InvoiceEvent.{name}" for name in ("acted_as", "label", "reason")),
            *(f"invoicing.Invoice.{name}" for name in ("reading", "verdict", "passed_over", "document_name")),
            *(f"invoicing.Reply.{name}" for name in ("acted_as", "comment", "refusal")),
            *(f"invoicing.{name}" for name in ("Deposit.acted_as", "Attachment.name", "Original.name", "Upload.name")),
            *(f"chorus.Submission.{name}" for name in ("payload", "answer", "report")),
        ],
        PROOF,
    ),
}


@dataclass(frozen=True)
class Column:
    model: type[models.Model]
    field: models.Field

    def __str__(self):
        return f"{self.model._meta.label}.{self.field.name}"


def text_columns() -> Iterator[Column]:
    """Every column in which somebody may be named; not those of users, choices, secrets and files."""
    for model in apps.get_models():
        if model is User or model._meta.proxy:
            continue
        for field in model._meta.local_fields:
            if _may_name(field):
                yield Column(model, field)


def _may_name(field: models.Field) -> bool:
    texts = (models.CharField, models.TextField, models.JSONField)
    return isinstance(field, texts) and not field.choices and not isinstance(field, EncryptedTextField)
