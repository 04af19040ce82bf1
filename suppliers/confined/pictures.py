"""A child: writes a hostile photograph anew, under limits, and ends.

It is decoded, turned as its EXIF says, made small and written on white: only pixels are carried over, neither the place
it was taken (GPS) nor any other remark. The same photograph gives the same bytes.
"""

import io
from pathlib import Path

from PIL import Image

from suppliers.confined.child import Refused, leave_answer, take_job

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


def main(folder: str) -> None:
    place = Path(folder)
    job = take_job(place)

    def work() -> dict:
        _, content = shrunk(upright(place / "photo"), job["limits"]["file_size"])
        (place / "photo.jpg").write_bytes(content)
        return {}

    leave_answer(place, work, too_heavy="photo-too-heavy", broken="photo-broken")


def upright(path: Path) -> Image.Image:
    """The first picture of the file, turned, on white, at most as large as the best step asks for."""
    longest = STEPS[0][0]
    # Our own bound, below, counts what is really decoded.
    Image.MAX_IMAGE_PIXELS = None
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
