"""The optional virus scan, with a small clamd over a real socket."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

import agrilocal18.urls  # noqa: F401  imports every view, and with it every form
from invoicing.forms import InvoiceFilesField
from suppliers.scan import NoScanner, is_infected
from tests.invoicing.photographs import a_scanner


def test_without_the_setting_nothing_is_asked(settings):
    settings.CLAMD = ""
    assert not is_infected(b"EICAR")


@pytest.mark.parametrize("size", [0, 10, 200_000])
def test_what_is_clean_is_let_through_whole(settings, size):
    with a_scanner() as scanner:
        settings.CLAMD = scanner.address
        assert not is_infected(b"a" * size)
    assert scanner.seen == [b"a" * size]


def test_a_virus_is_found(settings):
    with a_scanner() as scanner:
        settings.CLAMD = scanner.address
        assert is_infected(b"x" * 100_000 + b"EICAR")


def test_it_listens_on_a_path_too(settings, tmp_path):
    with a_scanner(path=tmp_path / "clamd.sock") as scanner:
        settings.CLAMD = scanner.address
        assert is_infected(b"EICAR")


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK but not quite\0", b"x" * 10_000]
)
def test_an_answer_that_is_not_clean_lets_nothing_through(settings, answer):
    with a_scanner(lambda content: answer) as scanner:
        settings.CLAMD = scanner.address
        with pytest.raises(NoScanner):
            is_infected(b"abc")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.sock", "clamd", "127.0.0.1:clamd"])
def test_a_scanner_that_is_not_there_lets_nothing_through(settings, address):
    settings.CLAMD = address
    with pytest.raises(NoScanner):
        is_infected(b"abc")


# --- The doors ---


def every_form(base=forms.BaseForm):
    for form in base.__subclasses__():
        yield form
        yield from every_form(form)


DOORS = {
    f"{form.__name__}.{name}": field
    for form in every_form()
    if form.__module__.startswith(("suppliers", "orders", "invoicing", "chorus"))
    for name, field in getattr(form, "base_fields", {}).items()
    if isinstance(field, forms.FileField) and not isinstance(field, InvoiceFilesField)
}


@pytest.mark.parametrize("door", sorted(DOORS))
def test_no_form_that_keeps_a_file_at_once_lets_a_virus_through(settings, door):
    """Those that leave it to a reader, InvoiceFilesField, are tried in tests/invoicing/test_waiting.py."""
    content = b"\xff\xd8\xff\xe0 EICAR"
    infected = SimpleUploadedFile("bon.jpg", content)
    with a_scanner() as scanner:
        settings.CLAMD = scanner.address
        with pytest.raises(ValidationError, match="antivirus"):
            DOORS[door].clean(infected)
    assert scanner.seen == [content]


def test_the_doors_are_known():
    assert set(DOORS) == {
        *("IbanForm.rib", "IbanCallForm.rib", "ImportForm.file", "ReceptionForm.photo", "ReplyForm.files"),
        *("JoinedFields.joined", "ConfirmForm.joined"),
    }
