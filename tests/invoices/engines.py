"""Programs that make PDFs: each puts the same drawing on the page with operators and fonts of its own.

`reportlab` writes whole strings; `by_hand` is written by hand, with codes of its own, letter by letter or word by word;
`chromium` prints a web page; `cairo` embeds a font; `merged` puts a page
into the page of another program.
"""

import ctypes
import ctypes.util
import html
import random
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader, PdfWriter, Transformation
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase._fontdata_enc_winansi import WinAnsiEncoding
from reportlab.pdfgen.canvas import Canvas

from tests.invoices.pen import Drawing, Stroke

FONTS = {
    "sans": ("Helvetica", "Helvetica-Bold"),
    "serif": ("Times-Roman", "Times-Bold"),
    "mono": ("Courier", "Courier-Bold"),
}
CSS_FONTS = {"sans": "sans-serif", "serif": "serif", "mono": "monospace"}
NARROW, NBSP = "\u202f", "\u00a0"
# What the standard fonts lack, and what they draw in its place.
LACKING = str.maketrans({NARROW: NBSP, "\u2212": "–"})
CHROMIUM = shutil.which("chromium") or ""
CHROMIUM_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def reportlab(drawing: Drawing, chance: random.Random) -> bytes:
    output = BytesIO()
    canvas = Canvas(output, pagesize=A4, invariant=1)
    for page in drawing.pages:
        for stroke in page:
            _draw_on_canvas(canvas, stroke, FONTS[drawing.font][stroke.bold])
        canvas.showPage()
    canvas.save()
    return output.getvalue()


def _draw_on_canvas(canvas: Canvas, stroke: Stroke, font: str) -> None:
    canvas.saveState()
    canvas.setFont(font, stroke.size)
    canvas.setFillGray(1 if stroke.white else 0)
    canvas.translate(stroke.x * mm, A4[1] - stroke.y * mm)
    canvas.rotate(stroke.angle)
    draw = canvas.drawRightString if stroke.right else canvas.drawString
    draw(0, 0, stroke.text.translate(LACKING))
    canvas.restoreState()


def merged(drawing: Drawing, chance: random.Random) -> bytes:
    """The page of one program laid into the page of another, a little smaller, perhaps lying and shown upright."""
    writer = PdfWriter()
    scale, turned = chance.uniform(0.9, 0.98), chance.random() < 0.5
    for page in PdfReader(BytesIO(reportlab(drawing, chance))).pages:
        place = Transformation().scale(scale).translate(8, 11)
        width, height = A4
        if turned:
            place, (width, height) = place.rotate(90).translate(A4[1], 0), (A4[1], A4[0])
        sheet = writer.add_blank_page(width, height)
        sheet.merge_transformed_page(page, place)
        if turned:
            sheet.rotate(90)
        sheet.compress_content_streams()
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def by_hand(drawing: Drawing, chance: random.Random) -> bytes:
    """Objects written one by one: fonts with shuffled codes and a ToUnicode map, letters placed as old drivers do."""
    manner = chance.choice((_whole, _kerned, _letters, _words))
    signs = sorted({sign for page in drawing.pages for stroke in page for sign in stroke.text})
    codes = dict(zip(signs, chance.sample(range(33, 250), len(signs)), strict=True))
    fonts = [_font(name, codes) for name in FONTS[drawing.font]]
    contents = [
        "\n".join(_by_hand(stroke, FONTS[drawing.font][stroke.bold], codes, manner) for stroke in page)
        for page in drawing.pages
    ]
    first = 7
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(contents)}/Kids[{kids}]>>".encode(),
        *(part.encode() for font, _ in fonts for part in [font]),
        *(_stream(unicode.encode()) for _, unicode in fonts),
    ]
    for number, content in enumerate(contents):
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {A4[0]:.2f} {A4[1]:.2f}]/Contents {first + 2 * number + 1} 0 R"
            "/Resources<</Font<</F0 3 0 R/F1 4 0 R>>>>>>".encode()
        )
        objects.append(_stream(content.encode("ascii")))
    return _file(objects)


def _font(name: str, codes: dict[str, int]) -> tuple[str, str]:
    low, high = min(codes.values()), max(codes.values())
    signs = {code: sign for sign, code in codes.items()}
    widths = " ".join(
        f"{_width(signs[code], name, 1000):.0f}" if code in signs else "0" for code in range(low, high + 1)
    )
    glyphs = " ".join(f"{code}/{_glyph(sign)}" for code, sign in sorted(signs.items()))
    unicode = "\n".join(f"<{code:02x}> <{ord(sign):04x}>" for code, sign in signs.items())
    number = 6 if name.endswith("Bold") else 5
    font = (
        f"<</Type/Font/Subtype/Type1/BaseFont/{name}/FirstChar {low}/LastChar {high}/Widths[{widths}]"
        f"/Encoding<</Type/Encoding/Differences[{glyphs}]>>/ToUnicode {number} 0 R>>"
    )
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{len(signs)} beginbfchar\n{unicode}\nendbfchar\n"
        "endcmap end end"
    )
    return font, cmap


def _glyph(sign: str) -> str:
    return WinAnsiEncoding[sign.translate(LACKING).replace(NBSP, " ").encode("cp1252")[0]]


def _width(text: str, font: str, size: float) -> float:
    return pdfmetrics.stringWidth(text.translate(LACKING), font, size)


def _by_hand(stroke: Stroke, font: str, codes: dict[str, int], manner: Callable) -> str:
    x, y = stroke.x * mm, A4[1] - stroke.y * mm
    if stroke.right:
        x -= _width(stroke.text, font, stroke.size)
    turn = {0: "1 0 0 1", 45: ".7071 .7071 -.7071 .7071", 90: "0 1 -1 0"}[round(stroke.angle)]
    shown = _whole if stroke.angle else manner
    grey = "1 g" if stroke.white else "0 g"
    return f"BT {grey} /F{int(stroke.bold)} {stroke.size} Tf {shown(stroke, font, codes, turn, x, y)} ET"


def _hex(text: str, codes: dict[str, int]) -> str:
    return "<" + "".join(f"{codes[sign]:02x}" for sign in text) + ">"


def _whole(stroke, font, codes, turn, x, y) -> str:
    return f"{turn} {x:.2f} {y:.2f} Tm {_hex(stroke.text, codes)} Tj"


def _kerned(stroke, font, codes, turn, x, y) -> str:
    pieces = " ".join(f"{_hex(sign, codes)} {-12 + 24 * (number % 2)}" for number, sign in enumerate(stroke.text))
    return f"{turn} {x:.2f} {y:.2f} Tm [{pieces}] TJ"


def _letters(stroke, font, codes, turn, x, y) -> str:
    parts = []
    for number, sign in enumerate(stroke.text):
        at = x + _width(stroke.text[:number], font, stroke.size)
        if sign.strip():
            parts.append(f"{turn} {at:.2f} {y:.2f} Tm {_hex(sign, codes)} Tj")
    return " ".join(parts)


def _words(stroke, font, codes, turn, x, y) -> str:
    parts, position = [], 0
    for word in stroke.text.replace(NBSP, " ").replace(NARROW, " ").split(" "):
        at = x + _width(stroke.text[:position], font, stroke.size)
        if word:
            parts.append(f"{turn} {at:.2f} {y:.2f} Tm {_hex(word, codes)} Tj")
        position += len(word) + 1
    return " ".join(parts)


def _stream(content: bytes) -> bytes:
    return b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)


def _file(objects: list[bytes]) -> bytes:
    output, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(output))
        output += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return output + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
        len(objects) + 1,
        len(output),
    )


def chromium(drawing: Drawing, chance: random.Random) -> bytes:
    pages = "".join(f"<section>{''.join(map(_span, page))}</section>" for page in drawing.pages)
    return print_page(
        "<style>@page{size:A4;margin:0}body{margin:0}"
        "section{position:relative;width:210mm;height:296mm;page-break-after:always;overflow:hidden}"
        f"span{{position:absolute;white-space:pre;line-height:1;font-family:{CSS_FONTS[drawing.font]}}}</style>{pages}"
    )


def _span(stroke: Stroke) -> str:
    side = f"right:{210 - stroke.x}mm" if stroke.right else f"left:{stroke.x}mm"
    style = [
        side,
        f"top:{stroke.y - stroke.size * 0.32}mm",
        f"font-size:{stroke.size}pt",
        f"font-weight:{700 if stroke.bold else 400}",
        f"color:{'white' if stroke.white else 'black'}",
        f"transform:rotate({-stroke.angle}deg)",
    ]
    return f'<span style="{";".join(style)}">{html.escape(stroke.text)}</span>'


def print_page(content: str) -> bytes:
    """What Chromium prints of a page."""
    page = browser().new_page()
    try:
        page.set_content(f"<!DOCTYPE html><meta charset=utf-8>{content}")
        return page.pdf(prefer_css_page_size=True, print_background=True)
    finally:
        page.close()


@cache
def browser():
    """The one Chromium of this process: Playwright drives no second one from the same thread."""
    from playwright.sync_api import sync_playwright

    return sync_playwright().start().chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))


@cache
def _cairo() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("cairo")
    if not name:
        return None
    library, real, pointer = ctypes.CDLL(name), ctypes.c_double, ctypes.c_void_p
    for function, arguments in {
        "pdf_surface_create": [ctypes.c_char_p, real, real],
        "create": [pointer],
        "select_font_face": [pointer, ctypes.c_char_p, ctypes.c_int, ctypes.c_int],
        "set_font_size": [pointer, real],
        "set_source_rgb": [pointer, real, real, real],
        "move_to": [pointer, real, real],
        "rotate": [pointer, real],
        "show_text": [pointer, ctypes.c_char_p],
        "text_extents": [pointer, ctypes.c_char_p, pointer],
        **{name: [pointer] for name in ("save", "restore", "show_page", "destroy", "surface_destroy")},
    }.items():
        getattr(library, f"cairo_{function}").argtypes = arguments
    library.cairo_pdf_surface_create.restype = library.cairo_create.restype = pointer
    return library


def cairo(drawing: Drawing, chance: random.Random) -> bytes:
    library = _cairo()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "facture.pdf")
        surface = library.cairo_pdf_surface_create(str(path).encode(), *A4)
        context = library.cairo_create(surface)
        for page in drawing.pages:
            for stroke in page:
                _draw_with_cairo(library, context, stroke, CSS_FONTS[drawing.font])
            library.cairo_show_page(context)
        library.cairo_destroy(context)
        library.cairo_surface_destroy(surface)
        return path.read_bytes()


def _draw_with_cairo(library: ctypes.CDLL, context: int, stroke: Stroke, family: str) -> None:
    text, extents = stroke.text.encode(), (ctypes.c_double * 6)()
    library.cairo_save(context)
    library.cairo_select_font_face(context, family.encode(), 0, int(stroke.bold))
    library.cairo_set_font_size(context, stroke.size * 0.9)
    library.cairo_set_source_rgb(context, *[float(stroke.white)] * 3)
    library.cairo_text_extents(context, text, extents)
    library.cairo_move_to(context, stroke.x * mm - (extents[4] if stroke.right else 0), stroke.y * mm)
    library.cairo_rotate(context, -stroke.angle * 3.14159265 / 180)
    library.cairo_show_text(context, text)
    library.cairo_restore(context)


ENGINES: dict[str, Callable[[Drawing, random.Random], bytes]] = {
    "reportlab": reportlab,
    "by_hand": by_hand,
    "merged": merged,
    "chromium": chromium,
    "cairo": cairo,
}


def usable(engine: str) -> bool:
    """Whether this machine has what the engine needs."""
    needed = {"chromium": lambda: bool(CHROMIUM), "cairo": lambda: _cairo() is not None}
    return needed.get(engine, lambda: True)()
