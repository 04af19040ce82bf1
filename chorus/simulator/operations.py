"""Every business operation answered here: path, function, success label. Anything else is « not declared » (403)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chorus.simulator import (
    consult,
    deposits,
    details,
    downloads,
    received,
    references,
    returns,
    search,
    structures,
    transverses,
)
from chorus.simulator.codes import DONE, DONE_DEFAULT, DONE_GCU, Code
from chorus.simulator.flux import operations as flux
from chorus.simulator.office import Call


@dataclass(frozen=True)
class Operation:
    """`bare`: answered without `codeRetour`. `alone`: opens its own short transaction (file decoding stays outside)."""

    run: Callable[[Call], dict[str, Any]]
    success: Code = DONE
    method: str = "POST"
    bare: bool = False
    alone: bool = False


OPERATIONS: dict[str, Operation] = {
    "factures/soumettre": Operation(deposits.submit, DONE_GCU),
    "factures/deposer/pdf": Operation(transverses.deposit_pdf, DONE_GCU, alone=True),
    "factures/deposer/flux": Operation(flux.deposit, DONE_GCU, alone=True),
    "factures/rechercher/fournisseur": Operation(search.search),
    "factures/rechercher/atraiter/fournisseur": Operation(search.to_handle),
    "factures/rechercher/recipiendaire": Operation(received.search),
    "factures/rechercher/demandePaiement": Operation(transverses.not_in_qualification),
    "factures/consulter/fournisseur": Operation(details.consult_issued),
    "factures/consulter/recipiendaire": Operation(details.consult_received),
    "factures/consulter/historique": Operation(consult.history, DONE_GCU),
    "factures/completer": Operation(returns.complete),
    "factures/recycler": Operation(returns.recycle),
    "factures/traiterRejet": Operation(returns.handle_rejections),
    "factures/traiter/recue": Operation(returns.treat),
    "factures/telecharger/groupe": Operation(downloads.download, DONE_DEFAULT),
    "structures/rechercher": Operation(structures.search_structures),
    "structures/consulter": Operation(structures.consult_structure),
    "structures/rechercher/services": Operation(structures.search_services),
    "structures/consulter/service": Operation(structures.consult_service),
    "structures/rechercher/espaces": Operation(structures.search_spaces),
    "structures/lister/rattachementsutilisateur": Operation(structures.list_attachments),
    "utilisateurs/monCompte/recuperer/rattachements": Operation(structures.own_attachments),
    "transverses/health-check": Operation(transverses.health, method="GET", bare=True),
    "transverses/ajouter/fichier": Operation(transverses.add_file, DONE_GCU, alone=True),
    "transverses/recuperer/structures/actives/fournisseur": Operation(transverses.active_suppliers),
    "transverses/recuperer/structures/actives/destinataire": Operation(transverses.active_recipients),
    "transverses/recuperer/structures/actives/facturetravaux": Operation(transverses.active_for_works),
    "transverses/recuperer/structuresPourUtilisateur": Operation(transverses.structures_of_user),
    "transverses/rechercher/destinataire": Operation(transverses.search_recipients),
    "transverses/consulter/information/siret": Operation(transverses.not_in_qualification),
    "transverses/recuperer/coordbanc/valides": Operation(references.bank_details, DONE_GCU),
    "transverses/recuperer/tauxtva": Operation(references.vat_rates),
    "transverses/recuperer/typespj": Operation(references.piece_types),
    "transverses/recuperer/motifs/exonerationtva": Operation(references.exemption_reasons),
    "transverses/recuperer/devises": Operation(references.currencies),
    "transverses/recuperer/modereglements": Operation(references.payment_modes),
    "transverses/recuperer/cadrefacturation": Operation(references.billing_frames),
    "transverses/recuperer/modedepot": Operation(references.deposit_modes),
    "transverses/recuperer/etat/typedp": Operation(references.statuses),
    "transverses/recuperer/formatflux": Operation(references.flux_formats),
    "transverses/recuperer/syntaxeflux": Operation(references.flux_syntaxes),
    "transverses/recuperer/pays": Operation(references.countries),
    "transverses/recuperer/typedp": Operation(references.request_types),
    "transverses/recuperer/typeidentifiant/structure": Operation(references.identifier_types),
    "transverses/recuperer/etats/traitement": Operation(references.next_statuses),
    "transverses/consulterCR": Operation(flux.report),
    "transverses/consulterCRDetaille": Operation(flux.detailed_report),
    "transverses/telecharger/pieceJointe": Operation(downloads.download_piece),
    "transverses/telecharger/annuaire/destinataire": Operation(references.directory, DONE_GCU),
    "facturesTravaux/rechercher": Operation(transverses.works_invoices),
    "engagementsJuridiques/rechercher": Operation(references.engagements),
}


def operation_name(path: str) -> str:
    """`/cpro/factures/v1/soumettre` -> `factures/soumettre`; another path is returned as it is."""
    parts = path.strip("/").split("/", 3)
    if len(parts) == 4 and parts[0] == "cpro" and parts[2] == "v1":
        return f"{parts[1]}/{parts[3]}"
    return path
