"""The XML of strangers: no entity, no network, no document type, a bounded size; and ways through it."""

from collections.abc import Iterator

from lxml import etree

from suppliers.confined.child import Refused

LARGEST = 2_000_000
LONGEST = 200

Node = etree._Element


def parse(content: bytes) -> Node | None:
    """The root, None for what is no XML. A document type has no place in an invoice: it serves to attack its reader."""
    if len(content) > LARGEST:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        # A parser stops at a bomb before it has told us of its document type.
        if b"<!DOCTYPE" in content.replace(b"\0", b""):
            raise Refused("hostile-xml") from None
        return None
    if root.getroottree().docinfo.doctype:
        raise Refused("hostile-xml")
    return root


def every(node: Node | None, path: str) -> Iterator[Node]:
    """The elements at a path of names without their namespaces: versions differ in them and in nothing we read."""
    if node is None:
        return
    head, _, rest = path.partition("/")
    for child in node:
        if isinstance(child.tag, str) and etree.QName(child).localname == head:
            yield from every(child, rest) if rest else (child,)


def first(node: Node | None, *paths: str) -> Node | None:
    return next((found for path in paths for found in every(node, path)), None)


def text(node: Node | None, *paths: str) -> str:
    """The first of these that says something printable."""
    for path in paths:
        for found in every(node, path):
            text = " ".join((found.text or "").split())
            if text and len(text) <= LONGEST and text.isprintable():
                return text
    return ""
