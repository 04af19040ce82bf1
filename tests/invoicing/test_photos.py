"""Photographs become one upright PDF in the confined process, or a sentence."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from invoicing.photos import make_pdf
from invoicing.reading import DEFAULT, read_invoice
from suppliers.confined.child import Refused
from suppliers.photos import is_heif, is_photo
from tests.invoicing import photographs
from tests.invoicing.photographs import lying, photo

PLENTY = replace(DEFAULT, readers=64)


def pages(pdf: bytes) -> list[Image.Image]:
    reading = read_invoice(pdf, limits=PLENTY)
    assert reading.refusal is None
    return [Image.open(io.BytesIO(picture)) for picture in reading.pictures]


def is_dark(page: Image.Image, across: float, down: float) -> bool:
    return sum(page.convert("RGB").getpixel((int(page.width * across), int(page.height * down)))) < 200


@pytest.mark.parametrize("turn", [3, 6, 8])
def test_a_page_held_sideways_stands_upright(turn):
    pdf = make_pdf([lying(turn)], PLENTY)
    [page] = pages(pdf)
    assert page.height > page.width
    assert is_dark(page, 0.5, 0.06)
    assert not is_dark(page, 0.5, 0.9)


def test_nothing_but_pixels_is_carried_over():
    content = lying(6)
    assert b"Exif" in content
    pdf = make_pdf([content], PLENTY)
    assert b"Exif" not in pdf
    assert b"prise a la ferme" not in pdf


def test_photographs_are_pages_in_their_order():
    made = pages(make_pdf([photo(colour=colour) for colour in ("red", "lime", "blue")], PLENTY))
    middles = [page.convert("RGB").getpixel((page.width // 2, page.height // 2)) for page in made]
    assert [max(range(3), key=colour.__getitem__) for colour in middles] == [0, 1, 2]


def test_the_same_photographs_give_the_same_bytes():
    content = [photo(), lying(8)]
    assert make_pdf(content, PLENTY) == make_pdf(content, PLENTY)


def test_large_photographs_are_made_to_fit():
    noise = io.BytesIO()
    Image.effect_noise((3000, 2250), 80).convert("RGB").save(noise, "JPEG", quality=92)
    limits = replace(PLENTY, file_size=900_000)
    pdf = make_pdf([noise.getvalue()] * 3, limits)
    assert len(pdf) <= 900_000
    assert len(pages(pdf)) == 3


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("PNG", "RGBA", {}),
        ("PNG", "P", {}),
        ("PNG", "P", {"transparency": 0}),
        ("PNG", "LA", {}),
        ("PNG", "1", {}),
        ("PNG", "I;16", {}),
        ("JPEG", "CMYK", {}),
        ("JPEG", "L", {"progressive": True}),
    ],
)
def test_every_way_of_writing_colours_is_read(kind, mode, options):
    content = photo(kind=kind, mode="L" if mode == "I;16" else mode, **options)
    if mode == "I;16":
        grey = Image.open(io.BytesIO(content)).convert("I").point(lambda value: value * 257 + 0)
        out = io.BytesIO()
        grey.convert("I;16").save(out, "PNG")
        content = out.getvalue()
    [page] = pages(make_pdf([content], PLENTY))
    assert not is_dark(page, 0.5, 0.6)


def test_what_can_be_seen_through_is_white():
    out = io.BytesIO()
    Image.new("RGBA", (300, 400), (0, 0, 0, 0)).save(out, "PNG")
    [page] = pages(make_pdf([out.getvalue()], PLENTY))
    assert not is_dark(page, 0.5, 0.5)


def test_of_an_animated_png_the_first_picture_is_taken():
    out = io.BytesIO()
    more = [Image.new("RGB", (300, 400), "black") for _ in range(4)]
    Image.new("RGB", (300, 400), "white").save(out, "PNG", save_all=True, append_images=more)
    made = pages(make_pdf([out.getvalue()], PLENTY))
    assert len(made) == 1
    assert not is_dark(made[0], 0.5, 0.5)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (photo()[:3000], "photo-broken"),
        (photo(kind="PNG")[:400], "photo-broken"),
        (b"\xff\xd8\xff" + bytes(range(256)) * 50, "photo-broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "photo-broken"),
        (photographs.png_that_claims(60_000, 60_000), "photo-too-heavy"),
        (photographs.png_that_claims(2_000_000_000, 2), "photo-broken"),
        (photographs.png_that_claims(0, 0), "photo-broken"),
        (photographs.png_full_of_remarks(), "photo-broken"),
        (photo(3000, 40), "photo-broken"),
    ],
    ids=["cut", "cut png", "noise", "noise png", "giant", "endless strip", "nothing", "remarks", "strip"],
)
def test_a_hostile_photograph_is_a_sentence(content, code):
    with pytest.raises(Refused) as refused:
        make_pdf([photo(), content], PLENTY)
    assert str(refused.value) == code


def test_telephones_formats_are_told_apart():
    assert is_heif(photographs.heic()[:12])
    assert not is_heif(photo()[:12])
    assert is_photo(photo()[:12])
    assert is_photo(photo(kind="PNG")[:12])
    assert not is_photo(b"%PDF-1.4\n123")
