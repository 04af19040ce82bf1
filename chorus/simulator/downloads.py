"""Files that come back: `factures/telecharger/groupe` and `transverses/telecharger/pieceJointe`.

PDF: the deposited PDF, or the one Chorus Pro makes for an invoice that has none. PIVOT: one XML per invoice with its
data and its files; the real schema is not public, so the frame is ours and the names those of `consulter`.
"""

import base64
import io
import sqlite3
import zipfile
from typing import Any
from xml.etree import ElementTree

from chorus.simulator import codes, life
from chorus.simulator.codes import Refusal, TooLarge
from chorus.simulator.consult import seen_invoice
from chorus.simulator.details import extras, whole
from chorus.simulator.fields import one_of
from chorus.simulator.office import Call
from chorus.simulator.pdf import one_page
from chorus.simulator.reading import block, integer, items

GROUP_LIMIT = 120 * 1024 * 1024
OBJECTS = (
    "DEMANDE_PAIEMENT", "ENGAGEMENT_JURIDIQUE", "SOLLICITATION", "STRUCTURE_PIECEJOINTE", "STRUCTURE_MANDAT",
    "STRUCTURE_COORDONNEE_BANCAIRE", "UTILISATEUR",
)  # fmt: skip

Folder = dict[str, bytes]


def download(call: Call) -> dict[str, Any]:
    """`telecharger/groupe`: one file for one invoice alone, else a ZIP with a folder per invoice."""
    return {"fichierResultat": base64.b64encode(_group(call)).decode()}


def download_piece(call: Call) -> dict[str, Any]:
    """`telecharger/pieceJointe`, for invoices only: nothing else has files here."""
    if one_of(call.body, "objetPieceJointe", OBJECTS) != "DEMANDE_PAIEMENT":
        raise Refusal(codes.PIECE_UNKNOWN)
    asked = Call(call.office, call.login, block(call.body, "demandePaiement"))
    return {"pieceJointe": base64.b64encode(_group(asked)).decode()}


def _group(call: Call) -> bytes:
    form = one_of(call.body, "format", ("PDF", "PIVOT"))
    given = one_of(call.body, "avecPiecesJointesComplementaires", ("Oui", "Non", "OUI", "NON"), optional=True)
    wanted = [{"idFacture": integer(row, "idFacture")} for row in items(call.body, "listeFacture")]
    if not wanted:
        raise Refusal(codes.FIELD_MISSING, "listeFacture")
    folders = {}
    for row in wanted:
        invoice = seen_invoice(Call(call.office, call.login, row), "idFacture")
        name = f"{invoice['number'].replace('/', '_')}_{invoice['id']}"
        folders[name] = _pivot(call, invoice) if form == "PIVOT" else _files(call, invoice, given.upper() == "OUI")
        life.note_act(call.office, invoice["id"], "TELECHARGEMENT_FACTURE", call.login)
    content = _packed(folders)
    if len(content) > GROUP_LIMIT:
        raise TooLarge
    return content


def _files(call: Call, invoice: sqlite3.Row, with_extras: bool) -> Folder:
    pieces = [row["pieceJointeId"] for row in extras(call, invoice)] if with_extras else []
    return dict([_main(call, invoice), *(_file(call, piece_id) for piece_id in pieces)])


def _main(call: Call, invoice: sqlite3.Row) -> tuple[str, bytes]:
    piece = call.store.one("select mime from piece where id = ?", invoice["piece_id"])
    if piece is not None and piece["mime"] == "application/pdf":
        return _file(call, invoice["piece_id"])
    return f"{invoice['number'].replace('/', '_')}.pdf", one_page(_lines(invoice))


def _lines(invoice: sqlite3.Row) -> list[str]:
    return [
        f"{invoice['kind'].capitalize()} {invoice['number']} du {invoice['invoice_date']}",
        f"Montant HT : {invoice['total_ht']:.2f} EUR",
        f"Montant de TVA : {invoice['total_tva']:.2f} EUR",
        f"Montant TTC : {invoice['total_ttc']:.2f} EUR",
        f"Engagement : {invoice['engagement'] or 'non indiqué'}",
        "Document produit par le simulateur de Chorus Pro.",
    ]


def _file(call: Call, piece_id: int) -> tuple[str, bytes]:
    row = call.store.one("select p.*, c.bytes from piece p join content c using (sha256) where p.id = ?", piece_id)
    if row["bytes"] is None:
        raise Refusal(codes.PIECE_UNKNOWN, "contenu non conservé par ce simulateur")
    return f"{piece_id}_{row['name'].replace('/', '_')}", row["bytes"]


def _pivot(call: Call, invoice: sqlite3.Row) -> Folder:
    root = ElementTree.Element("FacturePivot")
    _fill(root, whole(call, invoice))
    for name, content in _files(call, invoice, with_extras=True).items():
        piece = ElementTree.SubElement(root, "fichier", nom=name)
        piece.text = base64.b64encode(content).decode()
    text = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return {f"{invoice['number'].replace('/', '_')}.xml": text}


def _fill(parent: ElementTree.Element, value: Any) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            for row in part if isinstance(part, list) else [part]:
                _fill(ElementTree.SubElement(parent, key), row)
    else:
        parent.text = _printable(str(value).lower() if isinstance(value, bool) else str(value))


def _printable(words: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(letter for letter in words if letter >= " " or letter in "\t\n")


def _packed(folders: dict[str, Folder]) -> bytes:
    every = [(folder, name, content) for folder, files in folders.items() for name, content in files.items()]
    if len(folders) == len(every) == 1:
        return every[0][2]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder, name, content in every:
            archive.writestr(f"{folder}/{name}", content)
    return packed.getvalue()
