"""What we print can be read aloud: the tags say what the HTML said."""

import html
import io

import pytest
from pypdf import PdfReader

from suppliers.tagged_pdf import UNPRINTABLE, tagged_pdf

FRAGMENT = """
<section id="un">
  <h2>D'abord</h2>
  <p>Deux   mots&nbsp;: <strong>un</strong> et
     <a href="/profil/">l'autre</a>.</p>
  <ol> <li>Lire</li> <li>Signer</li> </ol>
</section>
<h3>Puis</h3>
<ul><li>Voir</li></ul>
"""


def printed(fragment=FRAGMENT) -> PdfReader:
    made = tagged_pdf(fragment, title="Un essai", author="Le Cher", base_url="https://factures.example.org/guide/")
    return PdfReader(io.BytesIO(made))


def tags(element) -> list:
    """The tree of tags below an element, as nested (name, children)."""
    kids = element.get_object().get("/K", [])
    kids = kids if isinstance(kids, list) else [kids]
    inner = [kid.get_object() for kid in kids]
    return [(kid["/S"], tags(kid)) for kid in inner if isinstance(kid, dict) and "/S" in kid]


def names(tree) -> list[str]:
    return [name for kid, inner in tree for name in (kid, *names(inner))]


def test_it_says_its_language_its_title_and_that_it_is_tagged():
    reader = printed()
    root = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("fr-FR", True)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert (reader.metadata.title, reader.metadata.author) == ("Un essai", "Le Cher")
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_each_element_keeps_its_kind_and_place():
    (document, tree), *_ = tags(printed().trailer["/Root"]["/StructTreeRoot"])
    assert document == "/Document"
    assert [name for name, _ in tree] == ["/Title", "/H1", "/P", "/L", "/H2", "/L"]
    assert [name for name in names(tree[2][1]) if name != "/Span"] == ["/Strong", "/Link"]
    assert [name for name, _ in tree[3][1]] == ["/LI", "/LI"]


def test_links_lead_to_the_site():
    (link,) = (note.get_object() for note in printed().pages[0]["/Annots"])
    assert link["/A"]["/URI"] == "https://factures.example.org/profil/"


def test_words_are_spaced_as_on_the_page():
    text = printed().pages[0].extract_text()
    assert "Deux mots\u00a0: un et l'autre." in text
    assert "1. Lire" in text


def test_an_element_that_would_lose_its_sense_is_not_printed():
    with pytest.raises(Exception, match="table"):
        printed("<table>1</table>")


@pytest.mark.odd_words
def test_facts_are_a_list():
    (_, tree), *_ = tags(printed("<dl><dt>Total</dt><dd>5 €<br>TTC</dd></dl>").trailer["/Root"]["/StructTreeRoot"])
    assert [name for name, _ in tree] == ["/Title", "/L"]


@pytest.mark.odd_words
def test_every_sign_it_keeps_can_be_shown():
    kept = "".join(sign for sign in map(chr, range(0x20, 0xFFFF)) if not UNPRINTABLE.match(sign))
    assert "é" in kept
    assert "Œ" in kept
    assert printed(f"<p>{html.escape(kept)}</p>").pages


def test_other_signs_do_not_keep_it_from_being_made():
    assert "a\ufffdb\ufffdc" in printed("<p>a🍎b\u202ec</p>").pages[0].extract_text()
