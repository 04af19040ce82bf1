"""What a cook's telephone would have taken, drawn."""

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

WOOD, DARK, EARTH, SPROUT = "#b98a56", "#7a5430", "#c9a36a", "#8fae6b"
SIZE = (900, 675)


def crate_of_potatoes() -> bytes:
    """A JPEG of a crate in which some have sprouted; the same each time."""
    image, chance = Image.new("RGB", SIZE, "#d9d6cf"), Random(18)
    draw = ImageDraw.Draw(image)
    draw.rectangle((90, 150, 810, 560), fill=DARK)
    for number in range(60):
        _potato(draw, chance.randint(110, 720), chance.randint(165, 480), has_sprouted=number % 5 == 0)
    for top in (500, 560):
        draw.rectangle((70, top, 830, top + 45), fill=WOOD, outline=DARK, width=4)
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def _potato(draw: ImageDraw.ImageDraw, left: int, top: int, *, has_sprouted: bool) -> None:
    draw.ellipse((left, top, left + 85, top + 60), fill=EARTH, outline=DARK, width=3)
    if has_sprouted:
        for lean in (-14, 0, 14):
            draw.line((left + 42, top + 8, left + 42 + lean, top - 22), fill=SPROUT, width=7)
