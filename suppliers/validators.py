"""Field validators: the rules of identifiers.py and a few others, said in French."""

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError

from suppliers import identifiers, scan
from suppliers.photos import FIRST_BYTES, JPEG, PNG, is_heif

# Beyond them a date is a slip of the finger, and the sums made with it would leave the calendar.
YEARS = range(2000, 2101)
# A farm may be older than anything it sells here.
YEARS_OF_FARMS = range(1800, 2101)


def validate_year(day: date) -> None:
    _must_be_of(YEARS, day)


def validate_year_of_farm(day: date) -> None:
    _must_be_of(YEARS_OF_FARMS, day)


def _must_be_of(years: range, day: date) -> None:
    if day.year not in years:
        raise ValidationError(f"L'année {day.year} n'est pas possible ici\u00a0: vérifiez la date.")


def validate_siret(value: str) -> None:
    """Chorus Pro's qualification platform hands out fictitious ones that fail the Luhn check: see STRICT_SIRET."""
    if not identifiers.is_siret(value, strict=settings.STRICT_SIRET):
        raise ValidationError(
            "Ce SIRET n'est pas valable. Un SIRET compte 14 chiffres\u00a0: voyez une facture ou un bon de commande.",
            code="siret",
        )


def validate_siren(value: str) -> None:
    if not identifiers.is_siren(value, strict=settings.STRICT_SIRET):
        raise ValidationError(
            "Ce SIREN n'est pas valable. Un SIREN compte 9 chiffres\u00a0: ce sont les 9 premiers du SIRET.",
            code="siren",
        )


def validate_iban(value: str) -> None:
    if not identifiers.is_iban(value):
        raise ValidationError(
            "Cet IBAN n'est pas valable. Recopiez-le depuis votre relevé d'identité bancaire.", code="iban"
        )


def validate_vat_number(value: str) -> None:
    if not identifiers.is_vat_number(value):
        raise ValidationError(
            "Ce numéro de TVA n'est pas valable. En France il commence par FR suivi de 11 caractères.",
            code="vat_number",
        )


RIB_MAX_BYTES = 5 * 1024 * 1024
PHOTO_STARTS = (JPEG, PNG)
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png")
HEIF = (
    "Cette photo est au format HEIC, que peu d'ordinateurs ouvrent. Sur l'iPhone, choisissez «\u00a0Réglages › "
    "Appareil photo › Formats › Le plus compatible\u00a0», puis reprenez la photo."
)


def validate_rib(upload) -> None:
    """A PDF or a photograph."""
    if upload.size > RIB_MAX_BYTES:
        raise ValidationError("Ce fichier dépasse 5 Mo. Joignez une image plus petite ou un PDF.", code="rib")
    starts, suffixes = (b"%PDF-", *PHOTO_STARTS), (".pdf", *PHOTO_SUFFIXES)
    _validate_kept(upload, starts, suffixes, "Ce fichier n'est ni un PDF ni une photo (JPG, PNG).")


def validate_photo(upload) -> None:
    if upload.size > settings.PHOTO_MAX_BYTES:
        most = f"{settings.PHOTO_MAX_BYTES // 1_000_000}\u00a0Mo"
        raise ValidationError(f"Cette photo dépasse {most}. Joignez-en une plus petite.", code="photo")
    _validate_kept(upload, PHOTO_STARTS, PHOTO_SUFFIXES, "Ce fichier n'est pas une photo (JPG, PNG).")


def _validate_kept(upload, starts: tuple[bytes, ...], suffixes: tuple[str, ...], otherwise: str) -> None:
    """By its name and by its first bytes, without a virus. Nothing opens it here."""
    start = upload.read(FIRST_BYTES)
    upload.seek(0)
    if is_heif(start):
        raise ValidationError(HEIF, code="heif")
    if not upload.name.lower().endswith(suffixes) or not start.startswith(starts):
        raise ValidationError(otherwise, code="kind")
    if problem := scan.problem_of([upload]):
        raise ValidationError(problem, code="virus")
