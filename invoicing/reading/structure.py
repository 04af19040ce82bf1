"""What a PDF carries besides its pages: programs, attached files, a hidden invoice, signatures."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pypdf import PasswordType, PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from suppliers.confined.child import Refused

# Bounds the walk on documents made to have no end; a long invoice has some thousand objects.
OBJECTS = 200_000
# Branches that lead nowhere an action can hide, and make most of the objects of a tagged document.
SKIPPED = {"/P", "/StructTreeRoot", "/Resources", "/Contents", "/Dest", "/Dests", "/Metadata"}
# They run a program, open another file (whose name may lead to a stranger's machine), or send what was typed. A link to
# a web page or to another page does none of it.
ACTIONS = {
    *("/JavaScript", "/Launch", "/RichMediaExecute", "/Rendition"),
    *("/GoToR", "/GoToE", "/Thread", "/ImportData", "/SubmitForm"),
}
MEDIA = {"/RichMedia", "/3D", "/Movie", "/Screen"}
SCRIPTS = {"/JS", "/XFA"}
# The names of all this, wherever they are written, but for those that also have an honest meaning (the mode of a blend,
# an article) and those so short that packed bytes spell them by chance.
PROGRAMS = (ACTIONS | MEDIA | SCRIPTS) - {"/Screen", "/Thread", "/3D", "/JS"}
# For a damaged file: what packs or encrypts other objects, so that a search of its bytes does not see them; and what
# announces an attached file.
VEILS = {"/ObjStm", "/XRef", "/XRefStm", "/Encrypt"}
ATTACHED_FILES = {"/EF", "/EmbeddedFile", "/EmbeddedFiles"}
ATTACHMENTS = ATTACHED_FILES | {"/AF", "/Filespec", "/FileAttachment", "/Collection"}
NAME = re.compile(rb"/[^\0\t\n\f\r ()<>\[\]{}/%]+")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
# In XMP, as an element or as an attribute; the prefix is free.
MARKS = (
    re.compile(rb"pdfaid:part\s*(?:>|=\s*[\"'])\s*3"),
    re.compile(rb"urn:(?:factur-x|zugferd|ferd):pdfa"),
)
# What opens without running anything. A name without an ending is judged by what the file holds.
ATTACHED = {
    *(".xml", ".pdf", ".txt", ".md", ".csv"),
    *(".jpg", ".jpeg", ".png", ".tif", ".tiff", ".gif", ".bmp", ".webp", ".heic"),
    *(".ods", ".odt", ".odp", ".xlsx", ".docx", ".pptx"),
}
BEGINNINGS = {b"\xff\xd8\xff": ".jpg", b"\x89PNG\r\n\x1a\n": ".png", b"GIF8": ".gif", b"%PDF-": ".pdf"}
UNPRINTABLE = re.compile(rb"[\0-\x08\x0e-\x1f]")
NAMES = ("/UF", "/F", "/DOS", "/Mac", "/Unix")


@dataclass
class Contents:
    """`xml`: name and bytes of attached XML files. The rest as in Reading."""

    xml: list[tuple[str, bytes]] = field(default_factory=list)
    has_files: bool = False
    is_signed: bool = False
    is_marked: bool = False
    is_locked: bool = False

    @property
    def needs_copy(self) -> bool:
        """Whether Chorus Pro may take it for something else than a plain PDF. What is signed is never written anew."""
        return bool(self.xml or self.is_marked or self.is_locked) and not self.is_signed

    @property
    def facts(self) -> dict:
        return {
            "embedded_xml": bool(self.xml),
            "signed": self.is_signed,
            "is_marked": self.is_marked,
            "is_locked": self.is_locked,
        }


def open_reader(path: Path) -> PdfReader:
    """Also opens what only its owner's password protects; raises Refused for a user's password."""
    reader = PdfReader(path, strict=False)
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise Refused("password")
    return reader


def inspect(path: Path) -> Contents:
    """What the document carries; raises Refused when it may run a program."""
    # pypdf passes in silence over what it does not understand, and another program may understand it.
    names = _harmless(_names(path.read_bytes()))
    try:
        reader = open_reader(path)
        contents = _walk(reader)
        names |= _harmless(_packed_names(reader))
        # Files that are named where the walk met none are there for another program: only a copy is without them.
        contents.is_marked |= not contents.has_files and not ATTACHED_FILES.isdisjoint(names)
        return contents
    except (Refused, MemoryError):
        raise
    except Exception:
        # An object is damaged: nobody can tell what the rest of the walk would have met.
        return _of_damaged(names)


def _walk(reader: PdfReader) -> Contents:
    contents = Contents(is_locked=reader.is_encrypted, is_marked=_is_marked(reader))
    for item in dictionaries(reader.trailer):
        if _value(item, "/S") in ACTIONS or _value(item, "/Subtype") in MEDIA or not SCRIPTS.isdisjoint(item):
            raise Refused("active-content")
        # Under the same name an array says what the rights of a form allow.
        if isinstance(_value(item, "/EF"), DictionaryObject) and _kind_of_attachment(item) == ".xml":
            contents.xml.append((_name_of_attachment(item), _attached(item)))
        contents.has_files |= "/EF" in item
        contents.is_signed |= "/ByteRange" in item
    return contents


def _of_damaged(names: set[str]) -> Contents:
    """The same by the names written anywhere in it. Refuses whatever could hide some of them."""
    if names & (VEILS | ATTACHMENTS):
        raise Refused("broken")
    # Metadata may be packed: what cannot be read is not believed to be plain.
    return Contents(is_signed="/ByteRange" in names, is_marked="/Metadata" in names)


def _harmless(names: set[str]) -> set[str]:
    if names & PROGRAMS:
        raise Refused("active-content")
    return names


def _names(content: bytes) -> set[str]:
    return {_unescaped(name) for name in {found[0] for found in NAME.finditer(content)}}


def _packed_names(reader: PdfReader) -> set[str]:
    """Those in the streams that hold objects."""
    packed = {number for number, _ in reader.xref_objStm.values()}
    return set().union(*(_names(_data(reader.get_object(number))) for number in packed))


def _unescaped(name: bytes) -> str:
    """A letter of a name may be written as # and its code."""
    return ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), name).decode("latin-1")


def _is_marked(reader: PdfReader) -> bool:
    """Whether its metadata announce a Factur-X, or PDF/A-3, which Chorus Pro treats as one."""
    metadata = _value(reader.root_object, "/Metadata")
    # XMP may be written in two bytes a sign.
    written = _data(metadata).replace(b"\0", b"") if isinstance(metadata, StreamObject) else b""
    return any(mark.search(written) for mark in MARKS)


def _kind_of_attachment(item: DictionaryObject) -> str:
    """Its ending. Where it bears several names, none may be a program's: nobody knows which one is shown."""
    endings = {_ending(str(_value(item, name))) for name in NAMES if name in item} - {""}
    kinds = endings or {_kind_of_data(_attached(item))}
    if not kinds <= ATTACHED:
        raise Refused("embedded-program")
    return ".xml" if ".xml" in kinds else kinds.pop()


def _ending(name: str) -> str:
    """From the last dot, wherever it stands: Windows runs « .bat » and « x.bat. »."""
    return name[name.rfind(".") :].lower() if "." in name else ""


def _kind_of_data(data: bytes) -> str:
    """The ending that a file without one deserves: of a picture, a PDF, a text; none for what could be a program."""
    known = next((ending for beginning, ending in BEGINNINGS.items() if data.startswith(beginning)), "")
    if known:
        return known
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text or text.startswith(b"#!") or UNPRINTABLE.search(text):
        return ""
    return ".xml" if text.startswith(b"<") else ".txt"


def _name_of_attachment(item: DictionaryObject) -> str:
    return str(_value(item, "/UF") or _value(item, "/F"))


def _attached(item: DictionaryObject) -> bytes:
    """The bytes of an attached file; empty where there are none that can be read."""
    files = _value(item, "/EF")
    for name in ("/UF", "/F"):
        stream = _value(files, name) if isinstance(files, DictionaryObject) else None
        if isinstance(stream, StreamObject):
            return _data(stream)
    return b""


def _data(stream: StreamObject) -> bytes:
    """What a stream holds; empty where it cannot be unpacked: pages may be fine all the same."""
    try:
        return stream.get_data()
    except MemoryError:
        raise
    except Exception:
        return b""


def _value(item: DictionaryObject, name: str) -> object:
    """The value itself, even where the document hides it behind a reference."""
    # `get` would give the reference.
    return item[name] if name in item else ""  # noqa: SIM401


def dictionaries(root: DictionaryObject, *, skipped: Collection[str] = SKIPPED) -> Iterator[DictionaryObject]:
    """Every dictionary that can be reached, each once, without recursion: documents may loop.

    What was taken out of a dictionary when it came is not followed.
    """
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
            waiting.extend(value for name, value in item.items() if name not in skipped)
        elif isinstance(item, ArrayObject):
            waiting.extend(item)
