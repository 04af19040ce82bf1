"""A part of one of our pages as a PDF that a screen reader can use (PDF/UA-1): both say the same words."""

import json
import re
import unicodedata
from pathlib import Path

import typst
from lxml import html

LAYOUT = Path(__file__).with_suffix(".typ").read_bytes()
# The charter's (static/css/tokens.css).
GREEN = "#2d5f3e"
BLOCKS = re.compile(r" ?(</?(?:section|h2|h3|p|ol|ul|li|dl|dt|dd|br)\b[^>]*>) ?")
# What the fonts that come with Typst can show; with any other sign, or one that turns the text around, no PDF is made.
PRINTABLE = (
    " -~\u00a0-\u024f\u0300-\u033f\u0391-\u03a1\u03a3-\u03c9\u0400-\u045f\u2009\u2010-\u2027\u202f-\u203a"
    "\u20a0-\u20bf\u2116\u2122\u2190-\u2199\u2212\ufffd"
)
UNPRINTABLE = re.compile(f"[^{PRINTABLE}]")
# A word longer than a line may be broken there.
LONG = re.compile(r"\S{30}(?=\S)")
MAY_BREAK = "\u200b"


def tagged_pdf(fragment: str, *, title: str, author: str, base_url: str, colour: str = "") -> bytes:
    """`fragment`: HTML made of the elements that tagged_pdf.typ knows, another raises. Links start at `base_url`."""
    body = html.fragment_fromstring(_without_layout(fragment), create_parent="body")
    body.make_links_absolute(base_url)
    document = {
        "title": _printable(title),
        "author": _printable(author),
        "colour": colour or GREEN,
        "body": _node(body),
    }
    return typst.compile(
        LAYOUT,
        sys_inputs={"document": json.dumps(document)},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )


def _without_layout(fragment: str) -> str:
    """Spaces as a browser shows them: one where there are several, none at the edges of a paragraph."""
    return BLOCKS.sub(r"\1", re.sub(r"[ \t\n]+", " ", fragment)).strip()


def _node(element: html.HtmlElement) -> dict:
    """{tag, href, children}: a child is a text or a node."""
    children = [_text(element.text, element.tag)]
    for child in element:
        children += [_node(child), _text(child.tail, element.tag)]
    return {"tag": element.tag, "href": element.get("href", ""), "children": [child for child in children if child]}


def _text(text: str | None, tag: str) -> str:
    """A fingerprint stays whole, to be copied."""
    shown = _printable(text or "")
    return shown if tag == "code" else LONG.sub(rf"\g<0>{MAY_BREAK}", shown)


def _printable(text: str) -> str:
    return UNPRINTABLE.sub("\ufffd", unicodedata.normalize("NFC", text))
