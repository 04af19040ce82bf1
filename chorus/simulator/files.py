"""Files: added alone by `ajouter/fichier` or `deposer/pdf`, then attached to an invoice by their id."""

import base64
import binascii
import hashlib
from typing import Any

from chorus.simulator import codes
from chorus.simulator.codes import Refusal
from chorus.simulator.office import Call
from chorus.simulator.reading import integer, items, text
from chorus.simulator.world import PIECE_TYPES

LIMIT = 10 * 1024 * 1024
_EXTENSIONS = (
    "BMP GIF FAX ODT PPT TIFF XLS BZ2 GZ JPEG P7S RTF TXT XML CSV GZIP JPG PDF SVG XHTML XLSX DOC HTM ODP PNG TGZ XLC"
    " ZIP DOCX HTML ODS PPS TIF XLM PPTX"
)
EXTENSIONS = frozenset(_EXTENSIONS.split())
TYPE_CODES = frozenset(code for _id, code, _label in PIECE_TYPES)


def decoded(call: Call, key: str) -> bytes:
    """The bytes of a base 64 field; line breaks are accepted."""
    value = text(call.body, key)
    if not value:
        raise Refusal(codes.FIELD_MISSING, key)
    try:
        content = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(codes.FILE_UNREADABLE) from error
    if not content:
        raise Refusal(codes.FILE_EMPTY)
    return content


def extension_of(name: str, given: str = "") -> str:
    extension = (given or name.rpartition(".")[2]).lstrip(".").upper()
    if extension not in EXTENSIONS:
        raise Refusal(codes.FILE_FORMAT, extension[:20])
    return extension


def keep(call: Call, content: bytes, *, name: str, extension: str, mime: str) -> int:
    """Store the file and return its `pieceJointeId`. Equal bytes are stored once."""
    sha256 = hashlib.sha256(content).hexdigest()
    kept = content if call.office.options.keep_files else None
    with call.store.transaction():
        call.store.run("insert or ignore into content (sha256, bytes) values (?, ?)", sha256, kept)
        return call.store.insert(
            "piece",
            name=name,
            extension=extension,
            mime=mime,
            size=len(content),
            sha256=sha256,
            login=call.login,
            added_at=call.clock.now(),
        )


def main_piece(call: Call, *, required: bool) -> int | None:
    """The id in `pieceJointePrincipale`, an array in practice though an object in the swagger: both are read."""
    given = items(call.body, "pieceJointePrincipale")
    piece_id = integer(given[0], "pieceJointePrincipaleId") if given else None
    if piece_id is None:
        if required:
            raise Refusal(codes.PIECE_MISSING)
        return None
    _check_exists(call, piece_id)
    return piece_id


def check_extra_pieces(call: Call) -> list[dict[str, Any]]:
    """Columns of each additional piece. An empty type is borne: a client in production sends it so."""
    rows = []
    for given in items(call.body, "pieceJointeComplementaire"):
        piece_id = integer(given, "pieceJointeComplementaireId")
        if piece_id is None:
            raise Refusal(codes.FIELD_MISSING, "pieceJointeComplementaireId")
        _check_exists(call, piece_id)
        rows.append(_extra(given, piece_id))
    return rows


def attach(call: Call, invoice_id: int, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        call.store.insert("extra_piece", invoice_id=invoice_id, **row)


def _extra(given: dict[str, Any], piece_id: int) -> dict[str, Any]:
    kind = text(given, "pieceJointeComplementaireType")
    if kind and kind not in TYPE_CODES:
        raise Refusal(codes.PIECE_TYPE_UNKNOWN, kind[:30])
    designation = text(given, "pieceJointeComplementaireDesignation")
    if not designation:
        raise Refusal(codes.FIELD_MISSING, "pieceJointeComplementaireDesignation")
    if len(designation) > 100:
        raise Refusal(codes.FIELD_TOO_LONG, "pieceJointeComplementaireDesignation (100)")
    line = integer(given, "pieceJointeComplementaireNumeroLigneFacture")
    return {"piece_id": piece_id, "kind": kind, "designation": designation, "line": line}


def _check_exists(call: Call, piece_id: int) -> None:
    if call.store.one("select 1 from piece where id = ?", piece_id) is None:
        raise Refusal(codes.PIECE_UNKNOWN, str(piece_id))
