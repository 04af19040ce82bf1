"""What is typed and joined to answer a buyer. Files are judged by name, by size and by the virus
scanner if there is one, and never opened here."""

import hashlib
from collections.abc import Iterable
from pathlib import PurePath

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

from invoicing.draft_values import find_recipient
from invoicing.fields import SiretField, SuggestingInput, files_of
from invoicing.forms import ActedAsField, InvoiceFilesField
from invoicing.models import Invoice
from invoicing.replies import COMMENT_MAX, NAME_MAX, Attachment
from invoicing.review import without_ibans
from invoicing.typography import french
from orders.forms import service_label, usable_code
from orders.models import ENGAGEMENT_MAX, SERVICE_MAX, RecipientService
from suppliers import scan
from suppliers.identifiers import clean_digits, format_siret

NO_IBAN = french("N'écrivez pas d'IBAN dans le commentaire : joignez plutôt votre RIB.")
NOTHING = french("Écrivez un commentaire, joignez un document, ou les deux : cette réponse est vide.")
UNCHANGED = french(
    "Rien n'est corrigé : l'acheteur a déjà ces valeurs. Changez le SIRET, le service ou l'engagement. "
    "Si vous ne savez pas lequel, demandez-le à l'acheteur."
)
TOO_HEAVY = french("Le PDF et toutes ses pièces dépassent 120 Mo. Joignez moins de fichiers.")
FORGOTTEN = french("Votre navigateur oublie les fichiers : choisissez-les de nouveau.")


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; gives a list of uploads, each one fit for Chorus Pro."""

    widget = FilesInput
    default_error_messages = {"invalid": "Choisissez vos fichiers de nouveau."}

    def clean(self, data, initial=None):
        uploads = files_of(data)
        errors = [sentence for upload in uploads if (sentence := problem_of(upload))]
        if errors or (errors := scan.problem_of(uploads)):
            raise ValidationError(errors)
        return uploads


def problem_of(upload: UploadedFile) -> str:
    """What is wrong with one file, as a French sentence; empty when it may be sent."""
    name = upload.name[:80]
    if extension_of(upload.name) not in settings.ATTACHMENT_EXTENSIONS:
        return french(f"« {name} » n'est pas d'un type accepté par Chorus Pro. Joignez un PDF ou une photo (JPG, PNG).")
    if not upload.size:
        return french(f"« {name} » est vide. Choisissez un autre fichier.")
    if upload.size > settings.ATTACHMENT_MAX_BYTES:
        return french(f"« {name} » dépasse 10 Mo. Réduisez-le ou partagez-le en plusieurs fichiers.")
    return ""


def is_too_heavy(invoice: Invoice, uploads: Iterable[UploadedFile]) -> bool:
    already = sum(invoice.attachments.values_list("size", flat=True)) + invoice.document_size
    return already + sum(upload.size for upload in uploads) > settings.DOSSIER_MAX_BYTES


def extension_of(name: str) -> str:
    return PurePath(name).suffix.removeprefix(".").lower()


def sent_name(name: str) -> str:
    """The name Chorus Pro gets: at most 50 characters, its extension kept, nothing that does not print."""
    name = "".join(sign for sign in name if sign.isprintable())
    suffix = PurePath(name).suffix
    return name[: NAME_MAX - len(suffix)].removesuffix(suffix) + suffix


class ReturnForm(forms.Form):
    """What the answers to every kind of return share: a comment, the revision that was seen, who acts."""

    comment = forms.CharField(required=False, max_length=COMMENT_MAX, widget=forms.Textarea(attrs={"rows": 5}))
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, invoice: Invoice, ask_who: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.invoice = invoice
        if ask_who:
            field = ActedAsField(invoice.supplier)
            if field.has_names:
                self.fields["acted_as"] = field

    def clean_comment(self):
        comment = self.cleaned_data["comment"].replace("\r\n", "\n")
        if without_ibans(comment) != comment:
            raise ValidationError(NO_IBAN)
        return comment

    def uploads(self) -> list[UploadedFile]:
        return self.cleaned_data.get("files", [])

    def columns(self) -> dict:
        """The columns of the reply this form fills, its files left out."""
        return {"comment": self.cleaned_data["comment"]}


class ReplyForm(ReturnForm):
    """Documents, a comment or both."""

    files = FilesField(
        label="Documents à joindre",
        required=False,
        help_text=french("PDF, photo ou document, 10 Mo au plus chacun. Vous pouvez en choisir plusieurs."),
    )
    file_kind = forms.ChoiceField(label="Nature des documents", required=False)
    field_order = ("comment", "files", "file_kind")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["comment"].label = "Votre réponse à l'acheteur"
        self.fields["comment"].help_text = french(
            "2 000 caractères au plus. L'acheteur la lit sur Chorus Pro ; le Département la voit ici."
        )
        self.fields["file_kind"].choices = list(settings.ATTACHMENT_KINDS.items())

    def clean_files(self):
        uploads = self.cleaned_data["files"]
        if is_too_heavy(self.invoice, uploads):
            raise ValidationError(TOO_HEAVY)
        return uploads

    def clean(self):
        data = super().clean()
        if not self.errors and not data["comment"] and not data["files"]:
            raise ValidationError(NOTHING)
        return data


class RerouteForm(ReturnForm):
    """Where the invoice should have gone. Its number, date and amounts stay."""

    buyer_siret = SiretField(label="SIRET du destinataire")
    service_code = forms.CharField(
        label="Code service",
        required=False,
        max_length=SERVICE_MAX,
        widget=SuggestingInput(attrs={"autocomplete": "off"}),
    )
    engagement_number = forms.CharField(label="Numéro d'engagement", required=False, max_length=ENGAGEMENT_MAX)
    field_order = ("buyer_siret", "service_code", "engagement_number", "comment")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["comment"].label = "Commentaire pour l'acheteur"
        self._suggest_services(clean_digits(str(self["buyer_siret"].value() or "")))

    def _suggest_services(self, siret: str) -> None:
        """What Chorus Pro told us of this recipient; another code may be right all the same."""
        services = RecipientService.objects.usable().filter(recipient__siret=siret)
        field = self.fields["service_code"]
        field.widget.suggestions = [(service.code, service_label(service)) for service in services]
        if field.widget.suggestions:
            field.help_text = french(
                f"Les services du SIRET {format_siret(siret)} sont proposés. Pour un autre destinataire, écrivez le "
                "code que l'acheteur vous donne."
            )

    def clean_service_code(self):
        return usable_code(self.cleaned_data["service_code"])

    def clean(self):
        data = super().clean()
        if not self.errors and self._is_unchanged(data):
            raise ValidationError(UNCHANGED)
        return data

    def _is_unchanged(self, data) -> bool:
        invoice = self.invoice
        known = (invoice.recipient.siret, invoice.service_code, invoice.engagement_number)
        return known == (data["buyer_siret"], data["service_code"], data["engagement_number"])

    def columns(self) -> dict:
        data = self.cleaned_data
        return {
            "comment": data["comment"],
            "recipient": find_recipient(data["buyer_siret"]),
            "service_code": data["service_code"],
            "engagement_number": data["engagement_number"],
        }


class RedoForm(ReturnForm):
    """The new PDF in place of a rejected invoice."""

    document = InvoiceFilesField(
        label="Nouveau document, en PDF ou en photo",
        help_text="10 Mo au plus. Nouveau numéro, nouvelle date.",
        only_one=True,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["comment"]


class GiveUpForm(ReturnForm):
    """A word, if any, on why a rejected invoice is not redone."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["comment"].label = "Pourquoi (facultatif)"
        self.fields["comment"].widget.attrs["rows"] = 2


def store(uploads: Iterable[UploadedFile], kind: str) -> list[Attachment]:
    """Write the files where no URL reaches them; gives rows that are still to be saved."""
    return [_store(upload, kind) for upload in uploads]


def _store(upload: UploadedFile, kind: str) -> Attachment:
    content, field = upload.read(), Attachment._meta.get_field("file")
    name = sent_name(upload.name)
    return Attachment(
        file=field.storage.save(field.generate_filename(None, name), ContentFile(content)),
        name=name,
        kind=kind,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def forget(attachments: Iterable[Attachment]) -> None:
    """Remove files whose rows were not saved."""
    for attachment in attachments:
        attachment.file.storage.delete(attachment.file.name)
