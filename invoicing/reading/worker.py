"""The child: reads one hostile PDF under limits, writes answer.json and page pictures in its folder, and ends.

It imports neither Django nor the rest of the portal: it starts fast and holds no secret.
"""

import json
import resource
import signal
import traceback
from dataclasses import asdict
from pathlib import Path

from invoicing.reading.result import Refused


def main(folder: str) -> None:
    place = Path(folder)
    job = json.loads((place / "job.json").read_text())
    confine(job["limits"])
    try:
        answer = read(place, job["limits"], job["own_sirets"])
    except Refused as refused:
        answer = {"refusal": str(refused)}
    except MemoryError:
        answer = {"refusal": "too-heavy"}
    except Exception as error:
        answer = {"refusal": "broken", "error": whereabouts(error)}
    (place / "answer.json").write_text(json.dumps(answer))


def confine(limits: dict) -> None:
    """Limit this process before it opens anything. The alarm ends it even when the parent was killed."""
    signal.alarm(int(limits["wall_seconds"]) + 2)
    for what, value in (
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_FSIZE, limits["written_file"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        _, highest = resource.getrlimit(what)
        if highest != resource.RLIM_INFINITY:
            value = min(value, highest)
        resource.setrlimit(what, (value, value))


def whereabouts(error: Exception) -> str:
    """The kind of error and the line of code; never its message, which may quote the document."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} at {place}"


def read(place: Path, limits: dict, own_sirets: list[str]) -> dict:
    from invoicing.reading import pages, structure

    path = place / "invoice.pdf"
    with pages.open_document(path) as document:
        if not len(document):
            raise Refused("no-page")
        if len(document) > limits["pages"]:
            raise Refused("too-many-pages")
        answer = structure.inspect(path)
        answer |= {"pages": len(document), "pictures": pages.draw(document, place, limits)}
        answer |= read_text(document, own_sirets)
    return answer


def read_text(document, own_sirets: list[str]) -> dict:
    """What the text layer says. A page we fail to understand is still shown: the supplier types the values."""
    from invoicing.reading import extract, text

    try:
        pages = text.read_pages(document)
        fields = {name: asdict(found) for name, found in extract.extract(pages, own_sirets).items()}
        return {"has_text": any(page.words for page in pages), "fields": fields}
    except Exception as error:
        return {"has_text": True, "fields": {}, "error": whereabouts(error)}
