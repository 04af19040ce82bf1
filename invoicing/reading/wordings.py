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
DATE = r"dates?(?: ?\(s\))?"
DOCUMENT = r"(?:facture (?:d')?avoir|facture|fact\b\.?|avoir|note de credit|piece|document|doc\b\.?)"
# What kind of invoice: « facture d'acompte », « facture récapitulative ».
SORT = (
    r"(?: (?:(?:de |d')?(?:vente|solde|acompte|situation|regularisation|cloture|client)"
    r"|mensuelle|trimestrielle|hebdomadaire|periodique|recapitulative|definitive|finale|intermediaire|partielle"
    r"|en (?:€|euros?|eur)|simplifiee|rectificative|complementaire|originale|electronique|commerciale))?"
)
ORDER = r"(?:bons? de commande|bons? d'achat|commandes?|bdc|b\.c\.|bc\b|cde\b\.?|cmde?\b\.?)"
NOTE = (
    r"(?:bon(?:s|\(s\))? (?:de )?livraison|bons? de liv\.?|bordereaux? (?:de )?livraison|bordereaux?\b|bls?\b|b\.l\.)"
)
DELIVERY = (
    r"(?:(?:la |les )?(?:liv(?:raison(?:s|\(s\))?|r?\b\.?)|prestations?|expeditions?|vente|execution|realisation"
    r"|enlevements?|retrait|depart|service fait))"
)
EURO = r"(?:€|eur\b|euros?\b)"
SUM = r"(?:total|montant|net|valeur|somme)"
WEEKDAY = r"(?:lundi |mardi |mercredi |jeudi |vendredi |samedi |dimanche )?"

Wordings = dict[str, tuple[tuple[int, str], ...]]

HEADING: Wordings = {
    "number": (
        (3, rf"{NO} ?{THE}{DOCUMENT}(?: ?{NO})?"),
        (3, rf"{DOCUMENT}{SORT} ?{NO}"),
        (3, rf"{REF} ?{THE}(?:facture|avoir|document|piece)(?: ?{NO})?"),
        (3, r"invoice (?:no\.?|number|#)"),
        (2, rf"(?:facture (?:d')?avoir|facture{SORT}|avoir|note de credit|invoice)\b"),
        (2, r"fact\.?(?= ?:)"),
        (1, rf"^{NO}"),
        (1, rf"(?:(?:notre|nos) {REF}|n/ref|references?|ref)\b\.?(?= ?[:=>°]| ?$| \S*\d)"),
    ),
    "origin_number": (
        (
            3,
            r"(?:sur|annule|annulant|annulation|corrige|correction|rectifie|rectifiant|rectification|relatif a|concerne"
            r"|concernant|suite a|rapport a|reference a|imputable a|imputation|remboursement|pour)"
            rf"(?: et remplace)?(?: partiellement)?(?: de)?(?: la| notre| votre| une)?(?: ?:)? ?facture(?: ?{NO})?",
        ),
        (
            3,
            rf"(?:{NO} ?{THE})?facture ?(?:d'|de )?(?:origine|initiale|liee|concernee|rectifiee|corrigee|annulee"
            rf"|reference|referencee)(?: ?{NO})?",
        ),
        (3, rf"{REF} ?{THE}facture (?:d'origine|initiale)(?: ?{NO})?"),
        (2, r"extourne (?:de|du)\b|^origine(?= ?:| ?$)"),
    ),
    "origin_date": (
        (3, rf"{DATE} ?{THE}facture (?:d'origine|initiale|liee|concernee|rectifiee|corrigee|annulee)"),
        (3, rf"{DATE} ?{THE}origine"),
    ),
    "issue_date": (
        (
            3,
            rf"{DATE} ?{THE}(?:facture|facturation|fact\b\.?|avoir|emission|document|etablissement|creation"
            r"|(?:la )?piece)",
        ),
        (2, rf"{DATE} ?{THE}edition"),
        (3, r"(?:facture|avoir|facturee?|emise?|etablie?|editee?|faite?) (?:le|du|en date du)\b|^en date (?:du|de)\b"),
        (3, rf"^(?:facture|avoir)(?=[ :|-]{{1,3}}{WEEKDAY}\d\d?[ /.-](?:\d\d?|[a-z]{{3,9}}\.?)[ /.-](?:20)?\d\d\b)"),
        (2, rf"^{DATE}(?= ?[:=>/]| ?$| ?\d| le\b| {WEEKDAY}\d)"),
    ),
    "due_date": (
        (
            3,
            rf"(?:{DATE} )?(?:d'|de l'|a )?(?:echeances?(?: ?\(s\))?|ech\b\.?)(?: (?:de |du )?(?:paiement|reglement))?"
            r"(?: (?:le|du|au))?",
        ),
        (3, rf"{DATE} (?:limite |butoir |prevue? )?(?:de |du |d')?(?:paiement|reglement|exigibilite)(?: prevue?)?"),
        (
            3,
            r"(?:a )?(?:regler|payer|payable|reglement|paiement|exigible|acquitter|virement|honorer)(?: a faire)?"
            r"(?: attendu| du| par \w+)? (?:avant|au plus tard|jusqu'au|pour)(?: le)?\b",
        ),
        (
            3,
            r"(?:paiement|reglement|payable|virement|echeance|payer|regler)[^:;.\d]{0,20} (?:a )?\d\d jours"
            r"[^:;.\d]{0,30}(?:soit|le|avant|au)\b",
        ),
        (3, r"(?:regler|payer|payable|reglement|paiement|virement)[^:;.\d]{0,60} (?:au plus tard|avant) le\b"),
        (2, r"(?:payable|exigible|(?:net )?a (?:payer|regler)|reglement|paiement) (?:le|au|du)\b"),
    ),
    "delivery_dates": (
        (3, rf"{DATE} ?{THE}{DELIVERY}(?: effective)?"),
        (3, rf"{DATE} ?{THE}{NOTE}"),
        (3, r"livraisons? (?:effectuees? |realisees? |faites? )?(?:le|du|des|les)\b"),
        (3, r"livre\(e\)(?:s|\(s\))? (?:le|les)"),
        (3, r"(?:livree?s?|livre|prestations? (?:du|realisees?)) ?(?:le|les|du|entre le|des)?\b"),
        (3, r"(?<!cheque )remise?s? les?\b"),
        (3, rf"(?:{DATE} ?{THE})?reception ?{THE}(?:marchandises?|produits?|colis)"),
        (3, r"periode(?: de (?:livraison|facturation))?(?: ?du)?\b"),
        (2, rf"livraison [^:.\d]{{2,30}} le(?= {WEEKDAY}\d)"),
        (2, r"^livraison(?:s|\(s\))?(?!\w)|livraisons?(?= ?:)"),
    ),
}

REFERENCES: Wordings = {
    "engagement_number": (
        (
            4,
            rf"(?:{NO} ?|{REF} ?|code )?(?:d'|de l'|bons? d')?engagement(?: (?:juridique|comptable|de depenses?))?"
            rf"(?: ?\(?ej\)?)?(?: ?{NO})?",
        ),
        (4, rf"(?:{NO} ?|{REF} ?)?(?:d')?e\.?j\b\.?(?: ?{NO})?"),
        (3, rf"{NO} ?{THE}{ORDER} (?:publique?|acheteur|client|chorus(?: pro)?)"),
        (2, rf"{NO} ?{THE}{ORDER}"),
        (2, rf"(?:votre |v/ ?|vos )?{ORDER}(?: client| acheteur| publique?)? ?{NO}"),
        (2, rf"(?:{REF}|v/ref\.?) ?{THE}{ORDER}"),
        (2, rf"(?:votre |vos |v/ ?)bons? ?{NO}"),
        (2, rf"(?:votre |vos )?{ORDER}(?! agrilocal)(?: de reference)?"),
        (1, r"(?:votre|vos|v/) ?(?:references?|ref)\b\.?"),
        (1, rf"{REF} ?(?:de l'|du )?(?:acheteur|client)"),
    ),
    "service_code": (
        (4, r"code ?(?:du |de )?serv(?:ice|\.)(?: (?:executant|chorus(?: pro)?|destinataire|payeur))?"),
        (4, rf"(?:{NO} ?|code )(?:du |de )?(?:service )?executant|service executant"),
        (4, rf"{NO} ?(?:du |de )?service|code (?:de )?routage"),
        (3, r"service (?:destinataire|gestionnaire|facturier|chorus(?: pro)?)"),
        (2, r"service(?= ?[:=])|^serv(?:ice|\.)$"),
        (1, r"(?:^|(?<=- )|(?<=, )|(?<=/ )|(?<=\()|(?<=\d ))service(?= )"),
    ),
    "order_reference": ((3, rf"(?:(?:{NO}|{REF}) ?{THE})?(?:{ORDER} )?agrilocal(?:18)?(?: ?{NO})?"),),
    "contract_number": (
        (3, rf"(?:{NO}|{REF}) ?{THE}(?:marche|contrat|accord[ -]cadre)(?: public)?"),
        (3, rf"(?:marche|contrat|accord[ -]cadre)(?: public)? ?{NO}"),
        (2, r"(?:marche(?: public)?|contrat|accord[ -]cadre)(?= ?:)"),
    ),
    "delivery_note": (
        (
            3,
            rf"(?:(?:{NO}|{REF}) ?{THE})?(?:nos? |notre |vos? )?{NOTE}(?: associes?| associe\(s\))?"
            rf"(?: ?(?:{NO}|{REF}))?",
        ),
        (3, rf"livraisons? ?{NO}"),
        (1, rf"bons? ?{NO}|{NO} ?bons?\b"),
    ),
    "siret": ((3, rf"(?:{NO} ?(?:de )?)?siret\b(?: ?{NO})?"),),
    "iban": ((3, r"iban\b"),),
}

AMOUNTS: Wordings = {
    "total_ht": (
        (
            3,
            rf"{SUM}(?: general| total| net| facture| des ventes| marchandises?| produits?)? ?(?:en )?"
            rf"(?:\(?{EURO}\)? )?(?:\({HT}\)|{HT})(?: net)?",
        ),
        (2, rf"(?:sous[ -]?total|s/total|base|net commercial) ?(?:imposable )?(?:{HT}|hors tva)"),
        (2, r"(?:total|montant) hors tva"),
        (1, rf"(?:^|(?<=[,;/-] )){HT}(?= ?[:=]| ?$| -?\d)"),
        (1, r"^sous[ -]?total|^prix net(?= ?:| ?$)"),
    ),
    "total_tva": (
        (3, rf"(?:total|montant)(?: total| general)?(?: de la| des| de| du)? ?{TVA}(?! ?\(?\d)(?! compris)"),
        (3, rf"{TVA} (?:totale|total)"),
        (
            2,
            rf"(?:dont |montant )?{TVA}(?: collectee| a| au taux de)?(?: \(?ventes?\)?)?"
            r" ?\(?(?:\d+(?:[.,]\d+)? ?%)?\)?",
        ),
    ),
    "total_ttc": (
        (3, rf"{SUM}(?: general| total| facture| de la facture| net)? ?(?:en )?(?:\(?{EURO}\)? )?(?:\({TTC}\)|{TTC})"),
        (2, r"(?:total|montant)(?: total)? (?:de la |de cette |de l'|du )?(?:facture|avoir|general)"),
        (2, rf"(?:total|montant)(?: total)? (?:avec |y compris )?{TVA} ?(?:comprises?|incluses?)"),
        (2, rf"(?:total|montant)(?: total)? (?:avec|y compris) {TVA}"),
        (2, r"montant total(?! (?:ht|h\.|hors|tva|de la tva|des))"),
        (1, r"^prix total(?= ?:| ?$)"),
        (1, rf"(?:^|(?<=[,;] ))tota(?:l|ux)(?: en)?(?: \(?{EURO}\)?)?"),
        (1, rf"(?:^|(?<=[,;/-] )){TTC}"),
    ),
    "net_to_pay": (
        (
            3,
            rf"(?:net|montant|solde|reste|total|somme)(?: {TTC}| brut)? (?:du|due|a|restante?|net)(?: du| a)?"
            rf"(?: payer| regler| verser| acquitter| virer| deduire| rembourser| votre (?:credit|faveur|avoir))?"
            rf"(?: (?:en euros|{TTC}))?\b",
        ),
        (3, r"(?:net|solde|montant|somme) en (?:votre|notre) faveur"),
        (2, r"a (?:payer|regler|verser|acquitter|virer|nous devoir)\b"),
        (1, r"^net$|^solde$"),
    ),
    "other_deposit": (
        (
            3,
            r"(?:acomptes?|arrhes|avance|(?:montant |somme )?deja (?:regle|paye|verse|facture|encaisse)e?s?|versements?"
            r"|(?:montant )?(?:paye|regle|percu|encaisse)s?|(?:reglements?|paiements?)(?: deja)? (?:recus?|effectues?))"
            r"(?: (?:recus?|verses?|deduits?|payes?|regles?))?",
        ),
        (3, r"^a deduire\b|avoirs? (?:a deduire|deduits?|imputes?)\b|imputation (?:de l'|d'un )?avoir"),
    ),
    "other_carried": (
        (3, r"(?:a reporter|reports?|total (?:de la )?page|cumul|total brut(?: ht)?|brut ht)\b"),
        (3, r"(?:ancien solde|solde (?:anterieur|precedent|initial|reporte|de l'exercice)|encours)\b"),
    ),
    # What was ordered is more, or less, than what is billed.
    "other_order": (
        (
            3,
            rf"(?:{SUM} |prix )(?:{HT} |{TTC} )?{THE}(?:bons? de commande|commande|devis|marche|contrat|convention)"
            rf"(?: initiale?)?(?: ?(?:{HT}|{TTC}))?",
        ),
        (3, rf"(?:d'un|pour un) (?:montant|total)(?: total)?(?: (?:{HT}|{TTC}))?(?: de)?\b"),
    ),
    "other_discount": (
        (
            3,
            r"(?:remises?|rabais|(?<!pas d')(?<!sans )(?<!aucun )escompte(?![^.;]*(?:neant|aucun|\b0 ?%))|ristourne"
            r"|frais de port|port(?: et emballage)?(?: ht)?|consignes?|eco-?participation)\b",
        ),
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
        (3, rf"{NO} ?(?:de |d')?(?:boucle|elevage|cheptel|pacage|tracabilite|article|produit|dossier|adherent|compte)"),
        (3, rf"(?:ean|gencod)\b(?: ?{NO})?"),
    ),
    "other_invoice": ((3, rf"(?:acomptes?|avances?|arrhes)[^.\d]{{0,40}}\bfacture(?: ?{NO})?"),),
    "other_quote": ((3, rf"(?:{NO} ?{THE})?(?:devis|proforma|contrat de vente)(?: ?{NO})?"),),
    "other_date": (
        (3, rf"(?:{DATE} ?{THE})?{DELIVERY} (?:souhaitee?s?|demandee?s?|voulue?s?|prevue?s?)(?: le)?\b"),
        (3, rf"{DATE} ?{THE}(?:{ORDER}|devis|peremption|naissance|impression|saisie|abattage|recolte|valeur)"),
        (3, r"(?:imprimee?|paye|regle|commandee?|recu|verse|abattu|recolte|conditionne) (?:le|du)\b"),
        (
            3,
            r"(?:valable|valide|offre) jusqu'au|a consommer (?:avant|jusqu'au)(?: le)?|depuis le|modifiee? (?:le|par)"
            r"|loi|decret|arrete|directive|article|art\.",
        ),
    ),
    "other_reference": (
        (
            3,
            rf"{REF} ?{THE}(?:projet|chantier|dossier|produit|article|devis|fournisseur|vendeur|contact|interne|mandat"
            r"|banque|virement|paiement)",
        ),
    ),
    "other_least": ((3, r"minimum (?:de |par |d'une? )?commande"),),
    "other_page": ((3, r"pages?\b|folio"),),
    "other_article": (
        (
            3,
            r"(?:designation|description|libelle|quantites?|qtes?|prix(?! total)|p\.u\.?|pu\b|unites?"
            r"|code article|poids)\b",
        ),
        (3, r"(?:articles?|produits?)\b"),
    ),
    "other_mail": ((3, r"(?:e-?mail|courriel|site|web)\b"),),
}

# Looser words, for labels nobody listed: a whole cell, or what stands before its colon. They count where no wording
# above is found, and never make a value sure by themselves.
_ANY = r"[^:=\d]{0,32}"
_ENDS = r"[^:=\d]{0,24}(?= ?[:=>]| ?$| \d)"
LOOSE: dict[str, str] = {
    "number": rf"^{_ANY}(?:n°|num|ref|ident|#){_ANY}(?:facture|document|piece){_ENDS}"
    rf"|^(?:facture|document){_ANY}(?:n°|num|ref){_ENDS}",
    "issue_date": rf"^{_ANY}(?:date|jour|le\b|du\b){_ANY}(?:factur|emis|emet|cre[ea]|etabl|document|edit){_ENDS}",
    "due_date": rf"^{_ANY}(?:echeance|exigib|paiement|reglement|regler|payer|date limite){_ENDS}",
    "delivery_dates": rf"^{_ANY}(?:livr|expedi|prestation|enleve|depart\b){_ENDS}",
    "delivery_note": rf"^{_ANY}(?:\bbl\b|\bbls\b|bordereau|(?:n°|num|ref){_ANY}livr|bons? de livr){_ENDS}",
    "engagement_number": rf"^{_ANY}(?:engagement|\bej\b|commande|\bbdc\b){_ENDS}",
    "service_code": rf"^{_ANY}(?:\bservice\b|routage|\bcode se\b){_ENDS}",
    "contract_number": rf"^{_ANY}(?:(?<!la )marche\b|contrat\b){_ENDS}",
    "total_ht": rf"^{_ANY}(?:\bh\.? ?t\b|hors tax){_ENDS}",
    "total_tva": rf"^{_ANY}(?:\bt\.? ?v\.? ?a\b|taxes?\b){_ENDS}",
    "total_ttc": rf"^{_ANY}(?:\bt\.? ?t\.? ?c\b|toutes taxes){_ENDS}",
    "net_to_pay": rf"^{_ANY}(?:net\b|solde\b|reste\b|payer|regler|verser){_ENDS}"
    rf"|^{_ANY}\bdue?s?(?= ?[:=>]| ?$)",
}

WORDINGS: Wordings = {**HEADING, **REFERENCES, **AMOUNTS, **DECOYS}
