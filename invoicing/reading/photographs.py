"""A child: turns hostile photographs of one invoice into one upright PDF, under limits, and ends.

Only pixels are carried over (suppliers/confined/pictures.py). The same photographs give the same bytes.
"""

from collections.abc import Iterator
from pathlib import Path

from suppliers.confined.child import leave_answer, take_job
from suppliers.confined.pictures import shrunk, upright

A4 = (595, 842)
OVERHEAD = 2_000


def main(folder: str) -> None:
    place = Path(folder)
    job = take_job(place)

    def work() -> dict:
        (place / "photos.pdf").write_bytes(as_pdf(place, job["photos"], job["limits"]["file_size"]))
        return {}

    leave_answer(place, work, too_heavy="photo-too-heavy", broken="photo-broken")


def as_pdf(place: Path, count: int, size: int) -> bytes:
    """One page for each photo-0, photo-1…, together no larger than `size` bytes."""
    share = size // count - OVERHEAD
    return bytes(write_pdf([shrunk(upright(place / f"photo-{number}"), share) for number in range(count)]))


# --- The PDF: JPEGs as they are, one on each page ---


def write_pdf(pictures: list[tuple[tuple[int, int], bytes]]) -> bytearray:
    """No date and no author: the same pictures make the same file."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(_objects(pictures), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, table)
    return out


def _objects(pictures: list[tuple[tuple[int, int], bytes]]) -> Iterator[bytes]:
    """The catalogue, the list of pages, then for each page itself, what is drawn on it, and the picture."""
    yield b"<</Type/Catalog/Pages 2 0 R>>"
    first = [3 + 3 * index for index in range(len(pictures))]
    yield b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(first), b" ".join(b"%d 0 R" % number for number in first))
    for number, (size, jpeg) in zip(first, pictures, strict=True):
        sheet, drawn = _placed(size)
        yield b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Resources<</XObject<</P %d 0 R>>>>/Contents %d 0 R>>" % (
            *sheet,
            number + 2,
            number + 1,
        )
        yield b"<</Length %d>>stream\n%b\nendstream" % (len(drawn), drawn)
        yield (
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
            b"/Filter/DCTDecode/Length %d>>stream\n%b\nendstream" % (*size, len(jpeg), jpeg)
        )


def _placed(size: tuple[int, int]) -> tuple[tuple[int, int], bytes]:
    """A sheet of A4, upright or lying as the picture, and the order to draw the picture in its middle."""
    sheet = A4 if size[0] <= size[1] else A4[::-1]
    scale = min(sheet[0] / size[0], sheet[1] / size[1])
    width, height = size[0] * scale, size[1] * scale
    left, bottom = (sheet[0] - width) / 2, (sheet[1] - height) / 2
    return sheet, f"q {width:.2f} 0 0 {height:.2f} {left:.2f} {bottom:.2f} cm /P Do Q".encode()
