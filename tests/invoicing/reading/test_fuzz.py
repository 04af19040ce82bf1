"""Good PDFs with bytes flipped and cut: a reading or a refusal, never an error, never past the limits."""

import random
import time
from dataclasses import replace

import pytest

from invoicing.reading import DEFAULT, read_invoice
from tests.conftest import SHARED
from tests.invoices.paper import make_invoice
from tests.invoicing import electronic

LIMITS = replace(DEFAULT, readers=64, pictures=1, picture_width=200)
PAPERS = [make_invoice(layout, seed).pdf for seed, layout in enumerate(("ferme", "gestion", "deux_pages"))]
PAPERS += [electronic.facturx(PAPERS[0], electronic.cii(make_invoice("ferme", 0).truth)), electronic.marked(PAPERS[1])]
if SHARED.is_dir():
    PAPERS += [path.read_bytes() for path in sorted((SHARED / "samples").glob("*.pdf"))]
ROUNDS = 32


def spoilt(chance: random.Random) -> bytes:
    content = bytearray(chance.choice(PAPERS))
    for _ in range(chance.choice((1, 5, 50, 400))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.5:
        start = chance.randrange(len(content))
        del content[start : start + chance.randrange(1, len(content) // 2)]
    return b"%PDF-1.4\n" + bytes(content) if b"%PDF-" not in content[:1024] else bytes(content)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_it_reads_or_refuses_whatever_the_bytes(seed):
    started = time.monotonic()
    reading = read_invoice(spoilt(random.Random(seed)), limits=LIMITS)
    assert time.monotonic() - started < DEFAULT.wall_seconds + 1
    if reading.refusal:
        assert reading.fields == {}
        assert reading.refusal.remedy
    else:
        assert reading.pages >= 1
        assert reading.plain[:5] in {b"", b"%PDF-"}
        assert not (reading.plain and reading.signed)
        assert all(len(found.value) <= 1000 for found in reading.fields.values())
