"""A part of one of our pages as a PDF that a screen reader can use (PDF/UA-1): both say the same words."""

import json
import re
from pathlib import Path

import typst
from lxml import html

LAYOUT = Path(__file__).with_suffix(".typ").read_bytes()
# The charter's (static/css/tokens.css).
GREEN = "#2d5f3e"
BLOCKS = re.compile(r" ?(</?(?:section|h2|h3|p|ol|ul|li)\b[^>]*>) ?")


def tagged_pdf(fragment: str, *, title: str, author: str, base_url: str, colour: str = "") -> bytes:
    """`fragment`: HTML made of the elements that tagged_pdf.typ knows, another raises. Links start at `base_url`."""
    body = html.fragment_fromstring(_without_layout(fragment), create_parent="body")
    body.make_links_absolute(base_url)
    document = {"title": title, "author": author, "colour": colour or GREEN, "body": _node(body)}
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
    children = [element.text]
    for child in element:
        children += [_node(child), child.tail]
    return {"tag": element.tag, "href": element.get("href", ""), "children": [child for child in children if child]}
