"""A child: turns hostile photographs of one invoice into one upright PDF, under limits, and ends.

Each photograph is decoded, turned as its EXIF says, made small and written anew on white: only pixels are carried
over, neither the place it was taken (GPS) nor any other remark. The same photographs give the same bytes.
"""

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from invoicing.reading.child import leave_answer, take_job
from invoicing.reading.result import Refused

# What stays after JPEG's own cheap reduction; 24 million in four colours are 96 MB.
PIXELS = 24_000_000
# A strip far longer than wide is no page.
NARROWEST = 20
ORIENTATION = 0x0112
TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
# Longest side in pixels and quality of JPEG, from the best (A4 at 220 dpi) to what can still be read.
STEPS = ((2600, 82), (2200, 75), (1800, 70), (1500, 60), (1200, 50))
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
    # Our own bound, below, counts what is really decoded.
    Image.MAX_IMAGE_PIXELS = None
    share = size // count - OVERHEAD
    return bytes(write_pdf([shrunk(upright(place / f"photo-{number}"), share) for number in range(count)]))


def upright(path: Path) -> Image.Image:
    """The first picture of the file, turned, on white, at most as large as the best step asks for."""
    longest = STEPS[0][0]
    with Image.open(path, formats=("JPEG", "PNG")) as image:
        turns = TURNS.get(_orientation(image), ())
        if min(image.size) * NARROWEST < max(image.size):
            raise Refused("photo-broken")
        image.draft("RGB", (longest, longest))
        if image.width * image.height > PIXELS:
            raise Refused("photo-too-heavy")
        image.thumbnail((longest, longest)) if _is_plain(image) else image.load()
        flat = _on_white(image)
    for turn in turns:
        flat = flat.transpose(turn)
    flat.thumbnail((longest, longest))
    return flat


def _is_plain(image: Image.Image) -> bool:
    """Whether its colours can be mixed as they stand: not those of a palette, nor of 16 bits."""
    return image.mode in {"RGB", "L", "CMYK", "YCbCr"}


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1  # EXIF is written by anybody; a photograph without it is a photograph.


def _on_white(image: Image.Image) -> Image.Image:
    """In red, green and blue, without transparency, and without anything that was written beside the pixels."""
    if image.mode.startswith("I"):
        image = _in_eight_bits(image)
    ground = Image.new("RGB", image.size, "white")
    seen_through = "A" in image.getbands() or "transparency" in image.info
    clear = image.convert("RGBA") if seen_through else image.convert("RGB")
    ground.paste(clear, mask=clear.getchannel("A") if seen_through else None)
    return ground


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits; `convert` alone would cut off whatever is brighter than 255."""
    return image.convert("I").point(lambda value: value * (1 / 257) + 0).convert("L")


def shrunk(image: Image.Image, size: int) -> tuple[tuple[int, int], bytes]:
    """(width, height) and the JPEG at the best step that is no larger than `size` bytes."""
    for longest, quality in STEPS:
        smaller = image.copy()
        smaller.thumbnail((longest, longest))
        out = io.BytesIO()
        smaller.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= size:
            return smaller.size, out.getvalue()
    raise Refused("photo-too-heavy")


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
