"""Photographs of a paper invoice, good and hostile, and a scanner that answers over a real socket."""

import io
import socketserver
import struct
import threading
import zlib
from contextlib import contextmanager

from PIL import Image, ImageDraw, PngImagePlugin

ORIENTATION, GPS = 0x0112, 0x8825


def photo(width=900, height=1200, *, colour="white", kind="JPEG", mode="RGB", exif=None, **options) -> bytes:
    """A page with a black bar across its top, so that one sees which way up it is."""
    image = Image.new("RGB", (width, height), colour)
    ImageDraw.Draw(image).rectangle((0, 0, width, height // 10), fill="black")
    out = io.BytesIO()
    image.convert(mode).save(out, kind, **options, **({"exif": exif} if exif else {}))
    return out.getvalue()


def lying(turn: int, **options) -> bytes:
    """The same page held sideways or upside down; its EXIF says how to turn it and where it was taken."""
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (47.0, 5.0, 1.5)
    upright = Image.open(io.BytesIO(photo(**options)))
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[turn]
    out = io.BytesIO()
    upright.transpose(back).save(out, "JPEG", exif=exif, comment=b"prise a la ferme")
    return out.getvalue()


def heic() -> bytes:
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose head announces a giant."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack("!I", len(body)) + kind + body + struct.pack("!I", zlib.crc32(kind + body))

    head = struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def png_full_of_remarks() -> bytes:
    """Compressed text that would unfold to a hundred million characters."""
    remarks = PngImagePlugin.PngInfo()
    remarks.add_text("Comment", "x" * 60_000_000, zip=True)
    return photo(kind="PNG", pnginfo=remarks)


class _Clamd(socketserver.BaseRequestHandler):
    """INSTREAM as clamd's manual tells it: length and bytes, until a length of nought."""

    def handle(self):
        with self.request.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            content = b""
            while length := struct.unpack("!I", stream.read(4))[0]:
                content += stream.read(length)
        self.server.seen.append(content)
        self.request.sendall(self.server.answer(content))


def eicar_only(content: bytes) -> bytes:
    return b"stream: Eicar-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0"


@contextmanager
def a_scanner(answer=eicar_only, *, path=None):
    """A small clamd; gives what CLAMD must say, and what it was asked about in `.seen`."""
    kind = socketserver.ThreadingUnixStreamServer if path else socketserver.ThreadingTCPServer
    with kind(str(path) if path else ("127.0.0.1", 0), _Clamd) as server:
        server.answer, server.seen = answer, []
        server.address = str(path) if path else f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
