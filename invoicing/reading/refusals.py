"""The reasons not to take a file, in the words the supplier reads."""

from invoicing.reading.result import Refusal
from invoicing.typography import french

PRINT_IT = (
    "Ouvrez la facture sur votre ordinateur, choisissez « Imprimer », puis « Enregistrer au format PDF », "
    "et déposez ce nouveau fichier."
)
EXPORT_AGAIN = "Refaites le PDF depuis votre logiciel de facturation, puis déposez-le de nouveau."

_SENTENCES = {
    "empty": ("Ce fichier est vide.", EXPORT_AGAIN),
    "not-pdf": (
        "Ce fichier n'est pas un PDF.",
        "Enregistrez la facture au format PDF depuis votre logiciel, puis déposez-la.",
    ),
    "too-large": (
        "Ce fichier dépasse 10 Mo, la taille que Chorus Pro accepte.",
        "Réduisez-le : numérisez en noir et blanc ou avec moins de détails, ou enlevez les photos.",
    ),
    "password": ("Ce PDF est protégé par un mot de passe.", PRINT_IT),
    "broken": ("Ce PDF est abîmé : il ne s'ouvre pas.", EXPORT_AGAIN),
    "no-page": ("Ce PDF ne contient aucune page.", EXPORT_AGAIN),
    "too-many-pages": (
        "Ce PDF compte trop de pages pour une facture.",
        "Déposez la facture seule ; les autres documents pourront y être joints.",
    ),
    "active-content": ("Ce PDF contient un programme (script, action ou formulaire dynamique).", PRINT_IT),
    "embedded-program": ("Ce PDF contient un fichier joint qui pourrait être un programme.", PRINT_IT),
    "too-slow": ("Ce PDF est trop long à lire.", PRINT_IT),
    "too-heavy": ("Ce PDF est trop lourd à lire : une page ou une image y est démesurée.", PRINT_IT),
    "crashed": ("Ce PDF n'a pas pu être lu.", PRINT_IT),
}

REFUSALS = {code: Refusal(code, french(message), french(remedy)) for code, (message, remedy) in _SENTENCES.items()}
