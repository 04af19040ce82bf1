"""What a refusal of Chorus Pro means to a producer: what happened, and what to do."""

from chorus.api import Refused

NUMBER_TAKEN = (
    "Une autre facture porte déjà ce numéro sur Chorus Pro. "
    "Donnez un nouveau numéro à cette facture, ou retirez-la si elle est déjà déposée."
)

ASK_SERVICE = "Demandez le bon code service à l'acheteur, corrigez la facture puis renvoyez-la."
ASK_ENGAGEMENT = "Demandez le numéro d'engagement à l'acheteur, complétez la facture puis renvoyez-la."
ASK_SIRET = "Demandez à l'acheteur le SIRET de facturation, corrigez la facture puis renvoyez-la."

# By the key inside `libelle`. The SIM_MSG keys are the simulator's: the real ones are added as they are met.
SENTENCES = {
    "SIM_MSG_01.002": "Ce numéro n'est pas accepté : 20 caractères au plus, lettres, chiffres, - _ / +. Corrigez-le.",
    "SIM_MSG_01.004": "La date de la facture est dans le futur. Corrigez-la puis renvoyez la facture.",
    "SIM_MSG_02.001": f"Le destinataire n'est pas connu de Chorus Pro. {ASK_SIRET}",
    "SIM_MSG_02.002": f"Le destinataire est inactif sur Chorus Pro. {ASK_SIRET}",
    "SIM_MSG_02.003": f"Ce destinataire exige un code service. {ASK_SERVICE}",
    "SIM_MSG_02.004": f"Ce code service n'existe pas chez ce destinataire. {ASK_SERVICE}",
    "SIM_MSG_02.005": f"Ce service n'est plus actif chez ce destinataire. {ASK_SERVICE}",
    "SIM_MSG_02.006": f"Ce code service est réservé aux administrations. {ASK_SERVICE}",
    "SIM_MSG_02.007": f"Ce destinataire exige un numéro d'engagement. {ASK_ENGAGEMENT}",
    "SIM_MSG_02.008": f"Ce destinataire exige un code service ou un numéro d'engagement. {ASK_ENGAGEMENT}",
    "SIM_MSG_03.001": "Les montants ne sont pas cohérents entre eux. Vérifiez HT, TVA et TTC puis renvoyez la facture.",
}


def reason_for(error: Refused) -> str:
    """A French sentence and, for whoever asks Chorus Pro's help desk, its own words."""
    sentence = SENTENCES.get(
        error.message_code, "Chorus Pro n'accepte pas cette facture. Corrigez-la puis renvoyez-la."
    )
    return f"{sentence} (Chorus Pro : « {error.label} »)" if error.label else sentence


NOT_AWAITED = (
    "Chorus Pro n'attend pas (ou plus) cette réponse : la facture a changé d'état entre-temps. "
    "Relisez son historique avant de répondre de nouveau."
)
OF_REPLIES = {
    "GDP_MSG_11.033": NOT_AWAITED,
    "GDP_MSG_11.001": NOT_AWAITED,
    "SIM_MSG_05.003": NOT_AWAITED,
    "SIM_MSG_04.003": "Chorus Pro ne connaît pas cette nature de document. Choisissez-en une autre.",
    "SIM_MSG_04.004": "Un fichier joint est vide. Choisissez-le de nouveau.",
    "SIM_MSG_04.006": "Chorus Pro n'accepte pas ce type de fichier. Joignez un PDF ou une photo.",
}


def reason_for_reply(error: Refused) -> str:
    """As `reason_for`, about what a supplier answered."""
    usual = SENTENCES.get(error.message_code, "Chorus Pro n'a pas accepté cette réponse. Corrigez-la puis renvoyez-la.")
    sentence = OF_REPLIES.get(error.message_code, usual)
    return f"{sentence} (Chorus Pro : « {error.label} »)" if error.label else sentence
