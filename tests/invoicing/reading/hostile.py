"""PDFs that mean harm, made by hand. Each function gives bytes."""

import struct
import zlib
from io import BytesIO

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject


def pdf(*, content: bytes = b"", fifth: bytes = b"null", page: str = "", catalog: str = "", box: str = "0 0 595 842"):
    """One page written by hand: `content` is its stream object, `fifth` a free object it may name as 5 0 R."""
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>{page}>>".encode(),
        content or stream(b""),
        fifth,
    ]
    output, places = b"%PDF-1.5\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(output))
        output += f"{number} 0 obj\n".encode() + item + b"\nendobj\n"
    table = b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    return (
        output
        + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
        + table
        + f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(output)}\n%%EOF".encode()
    )


def with_packed_object(item: bytes, *, catalog: str) -> bytes:
    """One page, and 5 0 R in a compressed stream of objects, with the table of all objects that this takes."""
    objects = {
        1: f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        4: squeezed(b"5 0 " + item, entries="/Type/ObjStm/N 1/First 4"),
    }
    output, rows = b"%PDF-1.5\n", [struct.pack("!BHH", 0, 0, 65535)]
    for number, written in objects.items():
        rows.append(struct.pack("!BHH", 1, len(output), 0))
        output += f"{number} 0 obj\n".encode() + written + b"\nendobj\n"
    rows += [struct.pack("!BHH", 2, 4, 0), struct.pack("!BHH", 1, len(output), 0)]
    table = stream(b"".join(rows), "/Type/XRef/Size 7/W[1 2 2]/Root 1 0 R")
    return output + b"6 0 obj\n" + table + f"\nendobj\nstartxref\n{len(output)}\n%%EOF".encode()


def stream(data: bytes, entries: str = "") -> bytes:
    return f"<<{entries}/Length {len(data)}>>stream\n".encode() + data + b"\nendstream"


def squeezed(data: bytes, times: int = 1, entries: str = "") -> bytes:
    """A compressed stream that grows to `times` × `data`."""
    press = zlib.compressobj(9)
    small = b"".join([*(press.compress(data) for _ in range(times)), press.flush()])
    return stream(small, f"{entries}/Filter/FlateDecode")


def huge_stream() -> bytes:
    return pdf(content=squeezed(b" " * 1_000_000, 700))


def many_drawings() -> bytes:
    return pdf(content=squeezed(b"q 0 0 500 500 re f Q\n" * 50_000, 100))


def huge_image() -> bytes:
    image = zlib.compress(b"\0" * 50_000_000, 9)
    entries = (
        "/Type/XObject/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceRGB"
        "/Filter/FlateDecode"
    )
    return pdf(content=stream(b"q 500 0 0 500 0 0 cm /I Do Q"), fifth=stream(image, entries))


def form_that_draws_itself() -> bytes:
    entries = "/Type/XObject/Subtype/Form/BBox[0 0 100 100]/Resources<</XObject<</I 5 0 R>>>>"
    return pdf(content=stream(b"/I Do"), fifth=stream(b"/I Do /I Do", entries))


def pages_that_hold_themselves() -> bytes:
    return pdf().replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")


def table_that_follows_itself() -> bytes:
    whole = pdf()
    start = int(whole.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    return whole.replace(b"/Root 1 0 R", f"/Root 1 0 R/Prev {start}".encode())


def deep_nest() -> bytes:
    return pdf(fifth=b"[" * 50_000 + b"]" * 50_000, page="/AA 5 0 R")


def objects_in_a_ring() -> bytes:
    return pdf(fifth=b"<</Next 5 0 R/Other[5 0 R 1 0 R 5 0 R]>>", page="/AA 5 0 R")


# --- Changes to a good PDF ---


def changed(good: bytes, change) -> bytes:
    """A good PDF after `change(writer)`."""
    writer = PdfWriter(clone_from=BytesIO(good))
    change(writer)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def encrypted(good: bytes, user: str, owner: str, algorithm: str) -> bytes:
    return changed(good, lambda writer: writer.encrypt(user, owner, algorithm=algorithm))


def with_attachment(good: bytes, name: str, content: bytes = b"x") -> bytes:
    return changed(good, lambda writer: writer.add_attachment(name, content))


def with_javascript_on_opening(good: bytes) -> bytes:
    def change(writer):
        writer._root_object[NameObject("/OpenAction")] = javascript()

    return changed(good, change)


def with_javascript_deep_in_a_field(good: bytes) -> bytes:
    """The way a form hides it: an action of an action, each behind a reference."""

    def change(writer):
        action = writer._add_object(javascript())
        first = DictionaryObject({NameObject("/S"): NameObject("/GoTo"), NameObject("/Next"): action})
        field = DictionaryObject({NameObject("/FT"): NameObject("/Tx"), NameObject("/A"): writer._add_object(first)})
        fields = ArrayObject([writer._add_object(field)])
        writer._root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): fields})

    return changed(good, change)


def with_pages_that_are_none(good: bytes, count: int) -> bytes:
    def change(writer):
        pages = writer._root_object["/Pages"]
        pages["/Kids"].extend(writer._add_object(NumberObject(42)) for _ in range(count))
        pages[NameObject("/Count")] = NumberObject(pages["/Count"] + count)

    return changed(good, change)


def with_signature(good: bytes) -> bytes:
    def change(writer):
        signature = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Sig"),
                NameObject("/ByteRange"): ArrayObject(map(NumberObject, (0, 10, 20, 10))),
                NameObject("/Contents"): TextStringObject("00"),
            }
        )
        field = DictionaryObject(
            {NameObject("/FT"): NameObject("/Sig"), NameObject("/V"): writer._add_object(signature)}
        )
        fields = ArrayObject([writer._add_object(field)])
        writer._root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): fields})

    return changed(good, change)


def javascript() -> DictionaryObject:
    return DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )


def blank_pages(count: int) -> bytes:
    writer, output = PdfWriter(), BytesIO()
    for _ in range(count):
        writer.add_blank_page(595, 842)
    writer.write(output)
    return output.getvalue()
