"""The child: reads one hostile PDF under limits, writes answer.json and page pictures in its folder, and ends."""

import time
from dataclasses import asdict, replace
from pathlib import Path

# Loaded before the limits hold: a library that no longer fits would look like a fault of the file.
from invoicing.reading import extract, facturx, flatten, ocr, pages, parts, structure, text
from invoicing.reading.result import Source
from suppliers.confined.child import Refused, leave_answer, take_job, whereabouts


def main(folder: str) -> None:
    place = Path(folder)
    job = take_job(place)
    leave_answer(place, lambda: read(place, job), too_heavy="too-heavy", broken="broken")


def read(place: Path, job: dict) -> dict:
    """The answer for invoice.pdf. `job`: limits, own_sirets, draws_scans (whether pages without text are drawn large,
    for Tesseract), and its tables in ocr-1.tsv… where it has read them."""
    path, limits = place / "invoice.pdf", job["limits"]
    begun, whole = time.monotonic(), limits["wall_seconds"]
    with pages.open_document(path) as document:
        if not len(document):
            raise Refused("no-page")
        if len(document) > limits["pages"]:
            raise Refused("too-many-pages")
        contents = structure.inspect(path)
        answer = contents.facts | {"pages": len(document)}
        answer |= read_values(document, place, job, read_xml(contents.xml), until=begun + whole / 3)
        if len(answer["unread"]) == len(document):
            raise Refused("broken")
        answer["pictures"] = pages.draw(document, place, limits, until=begun + whole / 2)
        return answer | {"plain": contents.needs_copy and write_plain(document, place)}


def read_xml(files: list[tuple[str, bytes]]) -> dict[str, str]:
    """What the electronic invoice says. One that cannot be read leaves the pages; a hostile one is refused."""
    if not files:
        return {}
    try:
        return facturx.read(files)
    except (Refused, MemoryError):
        raise
    except Exception:
        return {}


def read_values(document, place: Path, job: dict, electronic: dict[str, str], *, until: float) -> dict:
    """What the text, the pictures and the electronic invoice say. A page we fail to understand is still shown: the
    supplier types the values."""
    try:
        pages = text.read_pages(document, until=until)
        unread = [page.number for page in pages if page.missed]
        wordless = [page.number for page in pages if not page.words and not page.missed]
        answer = {
            "unread": unread,
            "has_text": any(page.words for page in pages),
            "scans": ocr.draw(document, wordless, place, job, until=until),
        }
        pages = ocr.recognised(pages, place)
        answer["guessed"] = any(page.guessed for page in pages)
        several = [] if electronic or unread else parts.parts(pages, job["own_sirets"])
        answer["parts"] = [asdict(part) for part in several]
        return answer | values_of(pages, job["own_sirets"], electronic)
    except Exception as error:
        nothing = {"fields": {}, "differences": {}, "scans": [], "unread": [], "guessed": False, "parts": []}
        return {"has_text": True, "error": whereabouts(error), **nothing}


def values_of(pages: list, own_sirets: list[str], electronic: dict[str, str]) -> dict:
    fields, differences = extract.extract(pages, own_sirets), {}
    guesses = {page.number for page in pages if page.guessed}
    fields = {name: replace(one, source=Source.OCR) if one.page in guesses else one for name, one in fields.items()}
    printed = [page for page in pages if not page.guessed]
    if printed and len(printed) < len(pages):
        # A picture behind the invoice casts no doubt on what is written.
        fields |= extract.extract(printed, own_sirets)
    if electronic:
        merged = facturx.merge(electronic, fields, pages)
        fields, differences = merged.fields, merged.differences
    return {
        "fields": {name: asdict(found) for name, found in fields.items()},
        "differences": {name: asdict(difference) for name, difference in differences.items()},
    }


def write_plain(document, place: Path) -> bool:
    """Whether there is now a copy without what is hidden; what cannot be copied is told to the supplier."""
    try:
        flatten.write_plain(document, place / "invoice.pdf", place / "plain.pdf")
    except Exception:
        return False
    return True
