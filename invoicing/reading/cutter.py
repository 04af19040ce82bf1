"""A child: writes each of several invoices in one hostile PDF to a file of its own, under limits, and ends."""

import json
from pathlib import Path

from suppliers.confined.child import take_job, whereabouts


def main(folder: str) -> None:
    place = Path(folder)
    job = take_job(place)
    try:
        cut(place, job["ranges"])
        answer = {}
    except Exception as error:
        answer = {"error": whereabouts(error)}
    (place / "answer.json").write_text(json.dumps(answer))


def cut(place: Path, ranges: list[list[int]]) -> None:
    """part-0.pdf, part-1.pdf…: pages first to last of each range, counted from 1."""
    from pypdf import PdfReader, PdfWriter

    reader = PdfReader(place / "invoice.pdf", strict=False)
    if reader.is_encrypted:
        reader.decrypt("")
    for number, (first, last) in enumerate(ranges):
        writer = PdfWriter()
        for page in reader.pages[first - 1 : last]:
            writer.add_page(page)
        writer.write(place / f"part-{number}.pdf")
