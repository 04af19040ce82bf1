"""French business identifiers: SIREN, SIRET, VAT number, IBAN.

The arithmetic is python-stdnum's. A right check digit proves the typing, not that the establishment exists.
"""

import re
import unicodedata

from stdnum import iban as stdnum_iban
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret
from stdnum.fr import tva as stdnum_tva

# People copy identifiers with spaces of every width, dots, and hyphens of every length.
_SEPARATORS = re.compile(r"[\s.\u00ad\u200b-\u200d\u2060\ufeff\-\u2010-\u2015]+")


def one_line(value: str) -> str:
    """Single spaces, and none of the invisible characters that come along with a copied text."""
    return " ".join("".join(char for char in value if char.isprintable() or char.isspace()).split())


def clean_digits(value: str) -> str:
    """Drop what people put between the digits: « 123 456 789 00012 » becomes « 12345678900012 ».

    Letters stay, so that a wrong value stays wrong.
    """
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", value))


def is_siren(value: str, *, strict: bool = True) -> bool:
    """True for 9 digits whose check digit is right; `strict=False` as for `is_siret`."""
    return _is_digits(value, 9) and (not strict or stdnum_siren.is_valid(value))


def is_siret(value: str, *, strict: bool = True) -> bool:
    """True for 14 digits whose check digit is right (La Poste's own rule included).

    `strict=False` is for Chorus Pro's qualification environment, whose SIRETs are 14 digits without a check digit.
    """
    return _is_digits(value, 14) and (not strict or stdnum_siret.is_valid(value))


def is_vat_number(value: str) -> bool:
    """True for « FR », a right key of two characters, and a SIREN."""
    return bool(re.fullmatch(r"FR[0-9A-Z]{2}[0-9]{9}", value)) and stdnum_tva.is_valid(value)


def vat_number_of(siren: str) -> str:
    """The VAT number that goes with a SIREN: « FR » + (12 + 3 × SIREN) mod 97 + SIREN."""
    return f"FR{(12 + 3 * int(siren)) % 97:02d}{siren}"


def is_iban(value: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", value)) and stdnum_iban.is_valid(value)


def clean_iban(value: str) -> str:
    return clean_digits(value).upper()


def mask_iban(value: str) -> str:
    """What may be shown, stored in events or said by telephone: « FR76 •••• 1234 »; nothing stays nothing."""
    value = clean_iban(value)
    if not value:
        return ""
    return f"{value[:4]}\u00a0••••\u00a0{value[-4:]}" if len(value) > 8 else "••••"


def format_siren(value: str) -> str:
    """« 123 456 789 », with no-break spaces; anything that is not 9 digits comes back as it is."""
    return "\u00a0".join((value[:3], value[3:6], value[6:])) if _is_digits(value, 9) else value


def format_siret(value: str) -> str:
    """« 123 456 789 00012 », with no-break spaces; anything that is not 14 digits comes back as it is."""
    if not _is_digits(value, 14):
        return value
    return "\u00a0".join((value[:3], value[3:6], value[6:9], value[9:]))


def _is_digits(value: str, length: int) -> bool:
    """ASCII digits only, and not all zeros: the check digit of zeros is right, yet nobody bears that number."""
    return bool(re.fullmatch(rf"[0-9]{{{length}}}", value)) and value.strip("0") != ""
