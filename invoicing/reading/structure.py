"""What a PDF carries besides its pages: programs, attached files, a hidden invoice, signatures."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pypdf import PasswordType, PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from invoicing.reading.result import Refused

# Bounds the walk on documents made to have no end; a long invoice has some thousand objects.
OBJECTS = 200_000
# Branches that lead nowhere an action can hide, and make most of the objects of a tagged document.
SKIPPED = {"/Parent", "/P", "/StructTreeRoot", "/Resources", "/Contents", "/Dest", "/Dests", "/Metadata"}
ACTIONS = {"/JavaScript", "/Launch", "/ImportData", "/RichMediaExecute", "/Rendition"}
MEDIA = {"/RichMedia", "/3D", "/Movie", "/Screen"}
ATTACHED = {".xml", ".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".txt", ".csv", ".ods", ".odt", ".xlsx", ".docx"}


def inspect(path: Path) -> dict:
    """Facts about the document; raises Refused when it may run a program."""
    reader = PdfReader(path, strict=False)
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise Refused("password")
    facts = {"embedded_xml": False, "signed": False}
    for item in _dictionaries(reader.trailer):
        if _value(item, "/S") in ACTIONS or _value(item, "/Subtype") in MEDIA or "/JS" in item or "/XFA" in item:
            raise Refused("active-content")
        if "/EF" in item:
            facts["embedded_xml"] |= _kind_of_attachment(item) == ".xml"
        facts["signed"] |= "/ByteRange" in item
    return facts


def _kind_of_attachment(item: DictionaryObject) -> str:
    kind = PurePosixPath(str(_value(item, "/UF") or _value(item, "/F"))).suffix.lower()
    if kind not in ATTACHED:
        raise Refused("embedded-program")
    return kind


def _value(item: DictionaryObject, name: str) -> object:
    """The value itself, even where the document hides it behind a reference."""
    # `get` would give the reference.
    return item[name] if name in item else ""  # noqa: SIM401


def _dictionaries(root: DictionaryObject) -> Iterator[DictionaryObject]:
    """Every dictionary that can be reached, each once, without recursion: documents may loop."""
    seen: set[tuple[int, int]] = set()
    waiting = [root]
    budget = OBJECTS
    while waiting:
        budget -= 1
        if not budget:
            raise Refused("too-heavy")
        item = waiting.pop()
        if isinstance(item, IndirectObject):
            if (item.idnum, item.generation) not in seen:
                seen.add((item.idnum, item.generation))
                waiting.append(item.get_object())
        elif isinstance(item, DictionaryObject):
            yield item
            waiting.extend(value for name, value in item.items() if name not in SKIPPED)
        elif isinstance(item, ArrayObject):
            waiting.extend(item)
