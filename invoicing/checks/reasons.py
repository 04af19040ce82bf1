"""Where each rule comes from and when it speaks: the part of docs/checks.md that its sentences do not say.

A source is an entry of the consolidated list (rules.md §7: « no. 7 » among its stops, « warn », « always »), another
section of that reference, Chorus Pro's own limits, or « Agrilocal » for what only the orders can tell. A rule warns
where only a part of a stop's entry is known.
"""

CHORUS, ORDERS = "Chorus Pro", "Agrilocal"

REASONS: dict[str, tuple[str, str]] = {
    # parties
    "supplier-siret-missing": ("no. 2", "no establishment is chosen"),
    "supplier-siret-invalid": ("no. 2", "14 digits with a wrong check digit, La Poste's rule included"),
    "supplier-siret-foreign": ("no. 2", "printed or chosen, not an establishment of the supplier's open on that day"),
    "supplier-number-foreign": ("no. 2", "the SIREN or VAT number of the issuer, printed or electronic, is another's"),
    "supplier-siret-unprinted": ("§1.2", "no SIRET of an issuer was found on an invoice with text"),
    "supplier-siret-other": ("no. 2", "another establishment of the supplier's is printed than the chosen one"),
    "buyer-siret-missing": ("no. 3", "no recipient"),
    "buyer-siret-invalid": ("no. 3", "14 digits with a wrong check digit"),
    "buyer-is-portal": ("no. 3", "the recipient is one of `PORTAL_SIRETS`"),
    "buyer-is-supplier": ("no. 3", "the recipient is the supplier himself"),
    "recipient-not-checked": ("no. 3", "Chorus Pro's directory was not asked yet"),
    "recipient-unknown": ("no. 3", "the directory knows no public body with this SIRET"),
    "recipient-inactive": ("no. 3", "the directory says it is closed"),
    # numbering
    "kind-unknown": (
        "no. 5, §1.8",
        "neither FACTURE (380) nor AVOIR (381), by the XML's code too; made by the buyer (autofacturation)",
    ),
    "number-missing": ("no. 4", "no letter and no digit in it"),
    "number-too-long": ("no. 4", "more than 20 characters"),
    "number-characters": (CHORUS, "other signs than letters without accent, digits, spaces and + - _ /"),
    "number-used": ("no. 4", "same supplier and year, normalised, submitted and rejected ones included"),
    "number-used-other-year": ("no. 4", "the same in another year; level by `NUMBER_OF_OTHER_YEAR`"),
    "same-file": ("no. 4", "the bytes are those of an earlier file, or of the copy we made of it"),
    "same-file-elsewhere": ("no. 4", "the bytes are those of a file that another supplier handed over"),
    "similar-invoice": ("no. 4", "same supplier, recipient, date, type and TTC: six collèges may well pay the same"),
    # credit
    "origin-missing": ("no. 9", "an AVOIR without the number of its origin"),
    "origin-is-itself": ("no. 9", "an AVOIR that bears the number of its origin"),
    "origin-unknown": ("no. 9", "the portal does not hold the origin: the supplier confirms its number"),
    "credit-empty": ("no. 9", "the total of an AVOIR is zero"),
    "origin-date-missing": ("no. 9", "an AVOIR whose origin the portal does not hold, without its date"),
    "origin-date-differs": ("no. 9", "the origin the portal holds is of another date"),
    "origin-later": ("no. 9", "the origin is dated after the AVOIR"),
    "origin-other-buyer": ("§1.8", "the origin went to another recipient"),
    "origin-not-deposited": ("§1.8", "the origin can still be corrected: bill what was received"),
    "origin-not-ordered": ("§1.8", "the origin is deposited and not « Mandatée »: a rejection or an avoir"),
    "origin-rejected": ("§1.8", "the origin was rejected"),
    "credit-over-origin": ("§1.8", "more than other avoirs leave of the origin"),
    # dates
    "date-missing": ("no. 5", "no date of issue"),
    "date-future": ("no. 5", "after today: Chorus Pro refuses a date after that of the deposit"),
    "date-old": ("warn", "more than a year ago"),
    "delivery-missing": ("warn", "no delivery date, on an invoice"),
    "delivery-after-issue": ("warn", "the last delivery is after the date of issue"),
    "delivery-two-months": ("warn, §1.2", "deliveries in two calendar months or more"),
    "due-before-issue": ("warn", "due before the date of issue"),
    "due-not-legal": (
        "warn, §1.3",
        "more than three days off 30, 50 or 60 days after the issue, as the buyer pays",
    ),
    "buyer-closed": ("warn", "today lies in one of the buyer's closures"),
    "buyer-deadline-passed": ("warn", "today is after the last day on which the buyer takes invoices of this year"),
    # references
    "service-missing": ("no. 6", "the recipient demands a service code"),
    "service-unknown": ("no. 6", "not a service of the recipient in the directory"),
    "service-inactive": ("no. 6", "the service is closed in the directory"),
    "service-too-long": (CHORUS, "more than 100 characters"),
    "service-forbidden": ("no. 6", "FACTURES_PUBLIQUES, reserved to public senders"),
    "engagement-missing": ("no. 6", "the recipient demands an engagement number"),
    "engagement-missing-for-service": ("no. 6", "this service demands one"),
    "engagement-or-service-missing": ("no. 6", "the recipient demands one or the other"),
    "engagement-too-long": ("no. 6", "more than 50 characters"),
    "engagement-unknown": (CHORUS, "a service of the State, and Chorus Pro does not know the number"),
    # amounts
    "currency-not-euro": ("no. 5", "another currency is printed beside the total"),
    "total-missing": ("no. 7", "HT, TVA or TTC is empty"),
    "totals-do-not-add": ("no. 7", "HT + TVA is not TTC, beyond one cent"),
    "lines-sum-differs": (
        "no. 7",
        "the lines that were read do not add up to HT: a stop in the XML; a warning on a page, if each proves itself",
    ),
    "total-not-positive": ("no. 7", "the total of a FACTURE is zero or less"),
    "net-over-total": ("no. 7", "the net to pay is below zero or above TTC"),
    "net-differs": ("no. 7", "the net to pay is not TTC less the deposit that is printed"),
    "net-unexplained": ("no. 7", "the net to pay is below TTC and no deposit was read that explains it"),
    "vat-line-wrong": (
        "no. 7",
        "base × rate is not the tax, beyond one cent a line: those counted on the invoice, else ten",
    ),
    "vat-bases-differ": ("no. 7", "the bases do not add up to HT"),
    "vat-taxes-differ": ("no. 7", "the taxes do not add up to TVA"),
    "vat-rate-unusual": ("warn, §1.6", "a rate that is not in use on the invoice's date"),
    "vat-rate-unlikely": (
        "warn, §1.6",
        "VAT is charged, not at the usual rate of an ordered product nor at the order's",
    ),
    "vat-regime-unknown": ("no. 8, §1.5", "the supplier never said his VAT regime"),
    "vat-forbidden": ("no. 8", "VAT is charged, and the profile says franchise or remboursement forfaitaire"),
    "vat-absent": ("no. 8", "no VAT, neither a known mention nor a regime that explains it"),
    "vat-mention-missing": ("no. 8", "no VAT, the regime explains it, and its mention was not found"),
    "vat-mention-old": (
        "warn",
        "article of the CGI: a warning until its last day, then a stop where it was surely read",
    ),
    "vat-mention-other-regime": ("no. 8", "the mention printed belongs to another regime than the profile's"),
    # bank
    "iban-invalid": ("no. 10", "wrong key"),
    "iban-too-long": (CHORUS, "more than 27 characters"),
    "iban-denied": ("no. 10", "on the telephone the person did not know this account"),
    "iban-first": ("no. 10", "the profile has no account; held until an agent has telephoned"),
    "iban-changed": ("no. 10", "not the profile's account; held until an agent has telephoned"),
    "iban-former": ("no. 10", "confirmed by an earlier call, no longer the profile's"),
    "iban-awaits-call": ("no. 10", "the profile's account, not confirmed yet; held until an agent has telephoned"),
    "iban-not-printed": (
        "no. 10",
        "not the account that was read; a stop when its key is right and no other account is printed",
    ),
    "iban-of-another": ("no. 10", "the wording of a factor or an assignment is printed"),
    # orders
    "order-other-buyer": (ORDERS, "a billed order belongs to another recipient"),
    "orders-engagements-differ": (CHORUS, "billed orders have two engagement numbers: an invoice carries one"),
    "engagement-not-of-order": (ORDERS, "not the number of a billed order"),
    "engagement-printed-former": ("warn", "the PDF bears the number the order had before"),
    "engagement-other-year": ("warn", "dated in a later year than an order with a number"),
    "order-overbilled": ("warn", "more than what remains of the order; less is a part and no fault"),
    "order-not-arrived": ("warn", "more than the buyer noted as received, once he spoke of every line"),
    "orders-sum-differs": ("warn", "what is counted for the orders does not add up to HT"),
    # matching
    "engagement-corrected": (ORDERS, "a slip away from the number of the billed order, which is the one kept"),
    "order-missing": (ORDERS, "a FACTURE that bills no order, and nobody said why"),
    "order-taken-over": (
        ORDERS,
        "no order, and the reference or engagement number is that of an order which went to the supplier's successor",
    ),
    "order-unrelated": (ORDERS, "« Sans rapport avec Agrilocal »; level by `UNRELATED_INVOICES`"),
    "off-order": (ORDERS, "the supplier said why there is no order"),
    "delivery-disowned": (ORDERS, "« Je ne connais pas cette livraison », said by the buyer"),
    # printed
    "no-text": ("warn", "a scan: nothing could be read"),
    "guessed-text": ("warn", "the text was guessed from a picture: to be confirmed by a person"),
    "unread-pages": (
        "warn",
        "pages that do not open, that no time was left for, or that are pictures nobody read beside others",
    ),
    "electronic-signed": ("always, §4.5", "a signed PDF hides a Factur-X: it is never rewritten"),
    "locked-signed": (CHORUS, "a signed PDF is protected against changes"),
    "hidden-kept": ("always, §4.5", "a Factur-X, its mark or a protection, and no copy without it"),
    "electronic-differs": (
        "always, §4.5",
        "number, date, SIRET, TTC, IBAN or type of the Factur-X are not those of the pages; what rests on a date, a "
        "TTC or an IBAN that surely differs is not judged besides",
    ),
    "electronic-unseen": ("always, §4.5", "values of the Factur-X were not found on the pages"),
    "printed-number-differs": ("always", "surely read, and another than typed"),
    "printed-date-differs": ("always", "surely read, and another than typed"),
    "printed-total-differs": ("always", "surely read, and another than typed, whatever its sign"),
    "printed-kind-differs": ("always", "surely read, and another than chosen"),
    "printed-buyer-differs": ("warn", "the buyer's SIRET on the PDF is not the recipient's (école, commune)"),
    "printed-engagement-differs": (
        "always",
        "surely read, neither the typed number, a slip or a former one of the order's, nor its reference",
    ),
    # wording
    "payment-terms-missing": ("warn, §1.2", "late penalty, fixed fee or discount not found on an invoice with text"),
    "new-mentions-missing": (
        "warn, §1.2",
        "nature of the operation or client's SIREN not found, before it is demanded",
    ),
    "new-mentions-demanded": ("warn, §1.2", "the same, from the day on which it is demanded"),
    "vat-number-missing": (
        "§1.2",
        "VAT is charged on more than 150 € HT, and no VAT number was found on an invoice with text",
    ),
    "sole-trader-missing": ("warn, §1.2", "neither « EI » nor the form of a company found"),
    "supplier-name-differs": ("warn, §1.7", "no word of the supplier's name at the top or the foot of the PDF"),
    # what the portal adds
    "buyer-outside": ("§1.1", "the canteen is known and has no place on Chorus Pro"),
}
