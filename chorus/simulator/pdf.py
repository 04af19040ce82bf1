"""The smallest honest PDF: one page of lines, for reports and for invoices that have no file of their own."""

import textwrap

WIDTH, LINES = 95, 60


def one_page(lines: list[str]) -> bytes:
    """A4, Helvetica, letters of Western Europe; what does not fit on the page is left out."""
    wrapped = [part for line in lines for part in (textwrap.wrap(line, WIDTH) or [""])][:LINES]
    shown = "\n".join(f"({_escaped(line)}) Tj T*" for line in wrapped)
    content = f"BT /F1 10 Tf 13 TL 40 800 Td\n{shown}\nET".encode("cp1252", "replace")
    return _assembled(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _assembled(*objects: bytes) -> bytes:
    document, places = b"%PDF-1.4\n", []
    for rank, body in enumerate(objects, 1):
        places.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (rank, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(document))
    return document + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + trailer
