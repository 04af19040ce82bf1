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
        "Ce fichier n'est pas un PDF, ni une photo.",
        "Enregistrez la facture au format PDF depuis votre logiciel, ou photographiez-la (JPEG ou PNG).",
    ),
    "too-large": (
        "Ce fichier dépasse 10 Mo, la taille que Chorus Pro accepte.",
        "Réduisez-le : numérisez en noir et blanc ou avec moins de détails, ou enlevez les photos.",
    ),
    "photo-broken": (
        "Cette photo est abîmée : elle ne s'ouvre pas.",
        "Reprenez la photo, ou envoyez l'image d'origine plutôt qu'une copie reçue par message.",
    ),
    "photo-too-heavy": (
        "Une photo est trop lourde à lire.",
        "Reprenez-la avec l'appareil photo de votre téléphone, ou déposez moins de photos à la fois.",
    ),
    "photo-too-large": (
        "Cette photo dépasse 25 Mo.",
        "Reprenez-la avec l'appareil photo de votre téléphone, dans sa taille habituelle.",
    ),
    "heif": (
        "Cette photo est au format HEIC, que Chorus Pro n'accepte pas.",
        "Sur l'iPhone, choisissez « Réglages › Appareil photo › Formats › Le plus compatible », puis reprenez la "
        "photo ; ou déposez-la depuis Safari, qui la convertit.",
    ),
    "not-cut": (
        "Ce PDF n'a pas pu être découpé.",
        "Déposez chaque facture dans son propre PDF : votre logiciel sait les enregistrer une à une.",
    ),
    "infected": (
        "L'antivirus a trouvé un programme dangereux dans ce fichier : il n'a pas été gardé.",
        "Refaites la facture depuis votre logiciel et faites vérifier votre ordinateur ; le Département est prévenu.",
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
    "hostile-xml": (
        "La facture électronique jointe à ce PDF contient des instructions qui n'ont rien à y faire.",
        PRINT_IT,
    ),
    "too-slow": ("Ce PDF est trop long à lire.", PRINT_IT),
    "too-heavy": ("Ce PDF est trop lourd à lire : une page ou une image y est démesurée.", PRINT_IT),
    "crashed": ("Ce PDF n'a pas pu être lu.", PRINT_IT),
}

REFUSALS = {code: Refusal(code, french(message), french(remedy)) for code, (message, remedy) in _SENTENCES.items()}
