import json
import os
import time
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from agrilocal18 import settings as site
from invoicing import waiting
from invoicing.reading import DEFAULT, Busy, Limits, read_invoice
from invoicing.reading.refusals import REFUSALS
from invoicing.reading.sandbox import _collect
from suppliers.confined import process
from suppliers.confined.slots import Starved
from tests.invoices.paper import make_invoice
from tests.invoicing.reading import hostile

GOOD = make_invoice("ferme", seed=3).pdf
# A field of a form that only its widget leads to.
HANDLER = b"<</FT/Tx/AA<</K<</S/JavaScript/JS(x)>>>>>>"
# Tests run beside one another: they do not compete for readers.
PLENTY = replace(DEFAULT, readers=64)


def read(content, **limits):
    return read_invoice(content, limits=replace(PLENTY, **limits))


def refusal(content, **limits):
    reading = read(content, **limits)
    return reading.refusal.code if reading.refusal else None


def test_it_reads_an_invoice_and_draws_its_pages():
    paper = make_invoice("deux_pages", seed=5)
    reading = read_invoice(paper.pdf, own_sirets={paper.seller.siret}, limits=PLENTY)
    assert reading.refusal is None
    assert (reading.pages, reading.has_text, reading.embedded_xml, reading.signed) == (2, True, False, False)
    assert {name: reading.fields[name].value for name in paper.truth} == paper.truth
    sizes = [Image.open(BytesIO(picture)).size for picture in reading.pictures]
    assert sizes == [(1100, 1556), (1100, 1556)]


def test_it_says_when_there_is_no_text():
    reading = read(hostile.blank_pages(1))
    assert (reading.pages, reading.has_text, reading.fields, len(reading.pictures)) == (1, False, {}, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n\0" * 100, "empty"),
        (b"PK\x03\x04 not a pdf", "not-pdf"),
        (b"\xff\xd8\xff\xe0" + b"x" * 5000 + b"%PDF-1.4", "not-pdf"),
        (b"%PDF-1.4\n", "broken"),
        (b"%PDF-1.4\n" + bytes(range(256)) * 100, "broken"),
        (GOOD[: len(GOOD) // 3], "broken"),
        (hostile.encrypted(GOOD, "secret", "owner", "AES-256"), "password"),
        (hostile.encrypted(GOOD, "secret", "owner", "RC4-128"), "password"),
        (hostile.with_javascript_on_opening(GOOD), "active-content"),
        (hostile.with_javascript_deep_in_a_field(GOOD), "active-content"),
        (hostile.pdf(page="/AA<</O 5 0 R>>", fifth=b"<</S/Launch/F(cmd.exe)>>"), "active-content"),
        (hostile.pdf(page="/Annots[<</Subtype 5 0 R>>]", fifth=b"/RichMedia"), "active-content"),
        (hostile.pdf(catalog="/AcroForm<</XFA(x)>>"), "active-content"),
        (hostile.pdf(page="/Annots[<</Subtype/Widget/Parent 5 0 R>>]", fifth=HANDLER), "active-content"),
        (hostile.blank_pages(101), "too-many-pages"),
    ],
)
def test_it_refuses_with_a_sentence_and_a_remedy(content, code):
    reading = read(content)
    assert reading.refusal == REFUSALS[code]
    assert reading.refusal.message.endswith(".")
    assert reading.refusal.remedy.endswith(".")
    assert reading.fields == {}


def test_it_refuses_a_file_above_the_limit_without_opening_it():
    assert refusal(GOOD, file_size=len(GOOD) - 1) == "too-large"
    assert refusal(GOOD, file_size=len(GOOD)) is None


@pytest.mark.parametrize("action", ["GoToR", "GoToE", "ImportData", "SubmitForm", "Launch"])
def test_it_refuses_what_opens_another_file_or_sends_data(action):
    assert refusal(hostile.pdf(catalog="/OpenAction 5 0 R", fifth=f"<</S/{action}/F(x)>>".encode())) == "active-content"


@pytest.mark.parametrize("action", ["/S/URI/URI(https://example.org)", "/S/GoTo/D[3 0 R/Fit]", "/S/Named/N/Print"])
def test_it_takes_a_link(action):
    page = f"/Annots[<</Subtype/Link/Rect[0 0 9 9]/A<<{action}>>>>]"
    assert refusal(hostile.pdf(page=page)) is None


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_it_reads_what_only_the_owners_password_protects(algorithm):
    reading = read(hostile.encrypted(GOOD, "", "owner", algorithm))
    assert reading.fields["number"].value == make_invoice("ferme", seed=3).truth["number"]


def test_it_sees_a_hidden_invoice_and_a_signature():
    assert read(hostile.with_attachment(GOOD, "factur-x.xml", b"<x/>")).embedded_xml
    assert read(hostile.with_signature(GOOD)).signed
    plain = read(hostile.with_attachment(GOOD, "bon-de-livraison.pdf"))
    assert (plain.refusal, plain.embedded_xml, plain.signed) == (None, False, False)


@pytest.mark.parametrize(
    "make",
    [
        hostile.many_drawings,
        hostile.huge_image,
        hostile.form_that_draws_itself,
        hostile.pages_that_hold_themselves,
        hostile.table_that_follows_itself,
        hostile.deep_nest,
        hostile.objects_in_a_ring,
    ],
)
def test_it_survives_files_made_to_exhaust_it(make):
    reading = read(make())
    assert reading.refusal or reading.pages == 1


def test_it_refuses_a_stream_too_large_to_be_unpacked():
    assert refusal(hostile.huge_stream()) in {"too-heavy", "too-slow"}


@pytest.mark.parametrize(
    "box", ["0 0 14400 14400", "0 0 1 14400", "0 0 14400 1", "0 0 1e30 1e30", "0 0 0 0", "9 9 1 1"]
)
def test_it_draws_no_page_larger_than_a_screen(box):
    reading = read(hostile.pdf(box=box))
    width, height = Image.open(BytesIO(reading.pictures[0])).size
    assert 1 <= width <= 1101
    assert 1 <= height <= 3301


def test_it_draws_only_the_first_pages():
    reading = read(hostile.blank_pages(5), pictures=2)
    assert (reading.pages, len(reading.pictures)) == (5, 2)


def test_it_gives_up_on_time_and_kills_the_reader():
    assert refusal(GOOD, wall_seconds=0.01, cpu_seconds=0) == "too-slow"


def test_a_file_is_not_to_blame_for_a_reader_that_hardly_had_a_processor():
    with pytest.raises(Starved):
        read(GOOD, wall_seconds=0.01)


def test_who_waits_goes_on_in_time_and_the_file_is_not_to_blame():
    for wall_seconds in (60, DEFAULT.wall_seconds):
        with pytest.raises(Busy):
            read(GOOD, until=time.monotonic() + 0.05, wall_seconds=wall_seconds)
    assert refusal(GOOD, until=time.monotonic() + 60, wall_seconds=0.01, cpu_seconds=0) == "too-slow"


@pytest.mark.parametrize("memory", [20_000_000, 30_000_000, 60_000_000, 90_000_000])
def test_what_needs_too_much_memory_is_too_heavy_and_not_broken(memory):
    assert refusal(GOOD, memory=memory) == "too-heavy"


def test_it_starts_the_reader_without_our_settings_and_files(tmp_path, monkeypatch):
    """A child that can see neither our environment nor our open files has nothing to betray."""
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    told = tmp_path / "told.json"
    spy = (
        "import json, os, resource, sys; sys.path.insert(0, sys.argv[1]);"
        "from invoicing.reading import worker; from suppliers.confined import child;"
        f"child.confine({json.dumps(vars(DEFAULT))!r} and json.loads({json.dumps(json.dumps(vars(DEFAULT)))}));"
        "json.dump({'env': sorted(os.environ), 'modules': [m for m in sys.modules if m.split('.')[0] in"
        " ('django', 'celery', 'requests')], 'core': resource.getrlimit(resource.RLIMIT_CORE)[0],"
        " 'memory': resource.getrlimit(resource.RLIMIT_AS)[0], 'leader': os.getpid() == os.getsid(0)},"
        f" open({str(told)!r}, 'w'))"
    )
    monkeypatch.setattr(process, "LAUNCH", spy)
    read(GOOD)
    seen = json.loads(told.read_text())
    assert "SECRET_KEY" not in seen["env"]
    assert seen["modules"] == []
    assert (seen["core"], seen["memory"], seen["leader"]) == (0, DEFAULT.memory, True)


FINE_ANSWER = {
    "pages": 1,
    "has_text": True,
    "fields": {},
    "differences": {},
    "parts": [],
    "pictures": 0,
    "scans": [],
    "unread": [],
    "plain": False,
    **dict.fromkeys(("embedded_xml", "signed", "is_marked", "is_locked", "guessed"), False),
}


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "not json",
        "[" * 100_000,
        json.dumps({"pages": 1}),
        json.dumps({**FINE_ANSWER, "pages": "many"}),
        json.dumps({**FINE_ANSWER, "pictures": 1}),
        json.dumps({**FINE_ANSWER, "parts": [{"number": "F-1", "first": 2, "last": 3}]}),
        json.dumps({**FINE_ANSWER, "fields": {"number": "F-12"}}),
        json.dumps({**FINE_ANSWER, "fields": {"number": {"value": "F", "page": 1, "box": [0, 0], "sure": True}}}),
        json.dumps({**FINE_ANSWER, "padding": "x" * 2_000_000}),
        json.dumps({"refusal": "no such code"}),
    ],
)
def test_it_does_not_believe_a_reader_that_was_taken_over(tmp_path, answer):
    (tmp_path / "answer.json").write_text(answer)
    assert _collect(tmp_path, DEFAULT).refusal == REFUSALS["crashed"]


def test_it_follows_no_link_a_reader_left(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(json.dumps(FINE_ANSWER))
    place = tmp_path / "place"
    place.mkdir()
    os.symlink(secret, place / "answer.json")
    assert _collect(place, DEFAULT).refusal == REFUSALS["crashed"]


def test_it_bounds_what_a_reader_answers(tmp_path):
    found = {"value": "x" * 50_000, "page": 1, "box": [-5, 0.5, 7, 1e9], "sure": True, "source": "page"}
    (tmp_path / "answer.json").write_text(json.dumps({**FINE_ANSWER, "fields": {"number": found}}))
    kept = _collect(tmp_path, DEFAULT).fields["number"]
    assert (len(kept.value), kept.box) == (1000, (0.0, 0.5, 1.0, 1.0))


@pytest.mark.parametrize(("copy", "kept"), [(b"%PDF-1.7 x", b"%PDF-1.7 x"), (b"%PDF-1.7 too large", b"")])
def test_it_takes_no_copy_larger_than_what_may_be_sent(tmp_path, copy, kept):
    (tmp_path / "answer.json").write_text(json.dumps({**FINE_ANSWER, "plain": True}))
    (tmp_path / "plain.pdf").write_bytes(copy)
    assert _collect(tmp_path, replace(DEFAULT, file_size=10)).plain == kept


@pytest.mark.parametrize("copy", [b"MZ", b""])
def test_it_takes_no_copy_that_is_no_pdf(tmp_path, copy):
    (tmp_path / "answer.json").write_text(json.dumps({**FINE_ANSWER, "plain": True}))
    (tmp_path / "plain.pdf").write_bytes(copy)
    assert _collect(tmp_path, DEFAULT).refusal == REFUSALS["crashed"]


def test_its_limits_stay_within_what_was_promised():
    assert Limits() == DEFAULT
    assert waiting.PAGE_PATIENCE < site.PAGE_READING_SECONDS
    assert site.PAGE_READING_SECONDS + DEFAULT.wall_seconds < 10
    assert DEFAULT.memory <= 512 * 1024 * 1024
    assert DEFAULT.file_size == 10_000_000
