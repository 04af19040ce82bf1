"""The words that announce a value on a French invoice, field by field.

Each wording has a weight, how much it proves (4 and 3 say it outright, 1 may mean something else), and a pattern over
folded text (lower case, no accents). Where two patterns meet, the longer match holds: « date de livraison » is no
« date ». Fields that start with « other » are decoys: they keep telephone, lot or client numbers from being taken for
something else.
"""

NO = r"(?:n ?[°o]s?\b ?\.?|n°s?|nums?\b\.?|numeros?|#)"
HT = r"(?:h\.? ?t\b\.?|hors[ -]taxes?)"
TVA = r"(?:t\.? ?v\.? ?a\b\.?|taxes?)"
TTC = r"(?:t\.? ?t\.? ?c\b\.?|toutes taxes(?: comprises)?)"
THE = r"(?:d['eu]? ?|de la |de l'|de |du |la |votre |notre |vos |nos )?"
REF = r"(?:references?|ref\.?)"
DATE = r"dates?"
DOCUMENT = r"(?:facture d'avoir|facture|fact\.|avoir|note de credit|piece|document)"
ORDER = r"(?:bons? de commande|commandes?|bdc|b\.c\.|bc\b|cde\b\.?)"
SUM = r"(?:total|montant|net|valeur|somme)"
WEEKDAY = r"(?:lundi |mardi |mercredi |jeudi |vendredi |samedi |dimanche )?"

Wordings = dict[str, tuple[tuple[int, str], ...]]

HEADING: Wordings = {
    "number": (
        (3, rf"{NO} ?{THE}{DOCUMENT}(?: ?{NO})?"),
        (3, rf"{DOCUMENT}(?: de vente| client)? ?{NO}"),
        (3, rf"{REF} ?{THE}(?:facture|avoir)(?: ?{NO})?"),
        (3, r"invoice (?:no\.?|number|#)"),
        (2, r"(?:facture d'avoir|facture|avoir|note de credit|invoice)\b"),
        (1, rf"^{NO}"),
        (1, rf"(?:(?:notre|nos) {REF}|n/ref|references?|ref)\b\.?"),
    ),
    "origin_number": (
        (
            3,
            r"(?:sur|annule|annulant|corrige|rectifie|relatif a|concerne|concernant|suite a|rapport a|pour)"
            rf"(?: et remplace)?(?: la| notre| votre| une)? ?facture(?: ?{NO})?",
        ),
        (
            3,
            rf"(?:{NO} ?{THE})?facture ?(?:d'|de )?(?:origine|initiale|liee|concernee|rectifiee|corrigee|annulee"
            rf"|reference|referencee)(?: ?{NO})?",
        ),
        (3, rf"{REF} ?{THE}facture (?:d'origine|initiale)(?: ?{NO})?"),
    ),
    "issue_date": (
        (3, rf"{DATE} ?{THE}(?:facture|facturation|avoir|emission|document|edition|etablissement|(?:la )?piece)"),
        (3, r"(?:facture|avoir|facturee?|emise?|etablie?|editee?|en date) (?:le|du|en date du)\b"),
        (2, rf"^{DATE}\b(?! ?de\b)(?! ?d')"),
        (1, rf"le(?= {WEEKDAY}\d)"),
    ),
    "due_date": (
        (3, rf"(?:{DATE} )?(?:d'|a )?echeances?(?: ?(?:le|du|au))?\b"),
        (3, rf"{DATE} (?:limite )?(?:de |du )?(?:paiement|reglement)"),
        (
            3,
            r"(?:a )?(?:regler|payer|payable|reglement|paiement|exigible)(?: a faire)?(?: par \w+)?"
            r" (?:avant|au plus tard|jusqu'au|pour)(?: le)?\b",
        ),
        (2, r"(?:payable|exigible|net a payer|reglement|paiement) (?:le|au|du)\b"),
    ),
    "delivery_dates": (
        (3, rf"{DATE} ?{THE}(?:(?:la |les )?livraisons?|prestations?|(?:la )?vente|execution|realisation|enlevement)"),
        (3, r"livraisons? (?:effectuees? )?(?:le|du|des|les)\b"),
        (3, r"(?:livree?s?|livre|prestations? (?:du|realisees?)) ?(?:le|les|du|entre le|des)?\b"),
        (3, r"periode(?: de (?:livraison|facturation))?(?: ?du)?\b"),
        (2, r"^livraisons?\b"),
    ),
}

REFERENCES: Wordings = {
    "engagement_number": (
        (4, rf"(?:{NO} ?|{REF} ?|code )?(?:d'|de l')?engagement(?: juridique)?(?: \(?ej\)?)?(?: ?{NO})?"),
        (4, rf"(?:{NO} ?)?(?:d')?e\.?j\b\.?(?: ?{NO})?"),
        (3, rf"{NO} ?{THE}{ORDER} (?:publique?|acheteur|client|chorus(?: pro)?)"),
        (2, rf"{NO} ?{THE}{ORDER}"),
        (2, rf"(?:votre |v/ ?|vos )?{ORDER}(?: client| acheteur)? ?{NO}"),
        (2, rf"(?:{REF}|v/ref\.?) ?{THE}{ORDER}"),
        (1, rf"(?:votre |vos )?{ORDER}(?! agrilocal)"),
        (1, r"(?:votre|vos|v/) ?(?:references?|ref)\b\.?"),
        (1, rf"{REF} ?(?:de l')?(?:acheteur|client)"),
    ),
    "service_code": (
        (4, r"code ?(?:du |de )?service(?: (?:executant|chorus(?: pro)?|destinataire|payeur))?"),
        (4, rf"(?:{NO} ?|code )(?:du |de )?(?:service )?executant|service executant"),
        (4, rf"{NO} ?(?:du |de )?service|code (?:de )?routage"),
        (2, r"service(?= ?:)"),
    ),
    "order_reference": ((3, rf"(?:(?:{NO}|{REF}) ?{THE})?(?:{ORDER} )?agrilocal(?:18)?(?: ?{NO})?"),),
    "contract_number": (
        (3, rf"(?:{NO}|{REF}) ?{THE}(?:marche|contrat|accord[ -]cadre)(?: public)?"),
        (3, rf"(?:marche|contrat)(?: public)? ?{NO}"),
    ),
    "delivery_note": (
        (3, rf"(?:{NO} ?{THE})?(?:bons? de livraison|bordereaux? de livraison|bls?\b|b\.l\.)(?: ?{NO})?"),
    ),
    "siret": ((3, rf"(?:{NO} ?(?:de )?)?siret\b(?: ?{NO})?"),),
    "iban": ((3, r"iban\b"),),
}

AMOUNTS: Wordings = {
    "total_ht": (
        (3, rf"{SUM}(?: general| net| facture| des ventes| marchandises?| produits?)? ?{HT}(?: net)?"),
        (2, rf"(?:sous[ -]?total|s/total|base|net commercial) ?{HT}"),
    ),
    "total_tva": (
        (3, rf"(?:total|montant)(?: total| general)?(?: de la| des| de| du)? ?{TVA}(?! ?\(?\d)"),
        (3, rf"{TVA} (?:totale|total)"),
        (
            2,
            rf"(?:dont |montant )?{TVA}(?: collectee| a| au taux de)?(?: \(?ventes?\)?)?"
            r" ?\(?(?:\d+(?:[.,]\d+)? ?%)?\)?",
        ),
    ),
    "total_ttc": (
        (3, rf"{SUM}(?: general| facture| de la facture| net)? ?{TTC}"),
        (2, r"total (?:de la |de cette )?(?:facture|avoir|general)"),
        (1, r"^total(?: en euros| eur| \(?€\)?)?"),
    ),
    "net_to_pay": (
        (
            3,
            rf"(?:net|montant|solde|reste|total|somme)(?: {TTC})? (?:du|a|restant)(?: a)?"
            rf"(?: payer| regler| deduire| rembourser| votre credit)?(?: (?:en euros|{TTC}))?\b",
        ),
        (2, r"a (?:payer|regler)\b"),
    ),
    "other_deposit": (
        (
            3,
            r"(?:acomptes?|arrhes|avance|deja (?:regle|paye|verse)s?|versements?|reglements? recus?)"
            r"(?: (?:recus?|verses?|deduits?))?",
        ),
    ),
    "other_carried": ((3, rf"(?:a reporter|reports?|total page|sous[ -]total(?! ?{HT}))"),),
    "other_discount": (
        (3, r"(?:remises?|rabais|escompte|ristourne|frais de port|port(?: et emballage)?|consignes?)\b"),
    ),
    "other_penalty": ((3, r"(?:penalites?|indemnites?|interets? de retard|taux|recouvrement)"),),
    "other_capital": ((3, r"(?:au )?capital(?: social)?(?: de)?"),),
}

DECOYS: Wordings = {
    "other_phone": ((3, r"(?:telephones?|tel\b\.?|portable|mobile|mob\b\.?|fax|telecopie|gsm|port\.)(?: fixe)?"),),
    "other_register": ((3, r"(?:r\.?c\.?s\b\.?|rm\b|repertoire des metiers|siren|ape\b|naf\b|code (?:ape|naf)|rna)"),),
    "other_vat": (
        (
            3,
            rf"(?:{NO} ?{THE})?(?:tva|t\.v\.a\.)(?: ?{NO})? ?"
            rf"(?:intra\w*(?: ?communautaire)?|client|fr\b)(?: ?{NO})?|vat\b",
        ),
        (3, rf"{NO} ?(?:de |d'identification )?tva|identifiant tva|id(?:\.|entification)? tva"),
    ),
    "other_bank": ((3, r"(?:bic\b|swift\b|rib\b|code (?:banque|guichet)|domiciliation|ics\b|rum\b)"),),
    "other_client": ((3, rf"(?:{NO} ?{THE}|code ?|compte ?)client|client ?{NO}"),),
    "other_lot": (
        (3, rf"(?:{NO} ?{THE})?lots?\b(?: ?{NO})?|dlc\b|ddm\b|dluo\b|agrement(?: sanitaire)?|gtin|code[ -]barres?"),
    ),
    "other_quote": ((3, rf"(?:{NO} ?{THE})?devis(?: ?{NO})?"),),
    "other_date": ((3, rf"{DATE} ?{THE}(?:commande|devis|peremption|naissance|impression|saisie)"),),
    "other_page": ((3, r"pages?\b|folio"),),
    "other_article": (
        (3, r"(?:designation|description|libelle|quantites?|qtes?|prix|p\.u\.?|pu\b|unites?|code article|poids)\b"),
        (3, r"(?:articles?|produits?)\b"),
    ),
    "other_mail": ((3, r"(?:e-?mail|courriel|site|web)\b"),),
}

WORDINGS: Wordings = {**HEADING, **REFERENCES, **AMOUNTS, **DECOYS}
