"""A page as a tree, no more than a visitor without JavaScript needs: text, links and forms."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
SILENT = frozenset({"script", "style", "template"})


@dataclass
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, *tags: str, css: str = "") -> list["Node"]:
        """Every node below with one of these tags (any if none) and this class, in the order of the page."""
        found = [node for node in self.walk() if not tags or node.tag in tags]
        return [node for node in found if not css or css in node.attributes.get("class", "").split()]

    @property
    def text(self) -> str:
        """What is read, with single spaces; no-break spaces count as spaces."""
        return " ".join(" ".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in SILENT:
                yield from child._words()


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = Node("document")
        self._open = [self.root]

    def handle_starttag(self, tag, attrs):
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_endtag(self, tag):
        names = [node.tag for node in self._open]
        if tag in names[1:]:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data):
        self._open[-1].children.append(data)


def parse(html: str) -> Node:
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


@dataclass
class Form:
    """`fields` holds what the browser would send untouched; `buttons` are (name, value, words on it)."""

    action: str
    method: str
    fields: dict[str, list[str]]
    files: list[str]
    buttons: list[tuple[str, str, str]]

    def has(self, word: str) -> bool:
        """Whether a field is called so or a button says so."""
        return word in self.fields or word in self.files or any(word in (b[0], b[1], b[2]) for b in self.buttons)


def forms(root: Node) -> list[Form]:
    return [_form(node, root) for node in root.all("form")]


def _form(node: Node, root: Node) -> Form:
    # By its `form` attribute a field belongs to the form it names, wherever it stands.
    own = [child for child in node.walk() if "form" not in child.attributes]
    own += [far for far in root.walk() if far.attributes.get("form", "") == node.attributes.get("id")]
    form = Form(node.attributes.get("action", ""), node.attributes.get("method", "get").lower(), {}, [], [])
    for child in own:
        _add(form, child)
    return form


def _add(form: Form, node: Node) -> None:
    attributes = node.attributes
    name, kind, value = attributes.get("name", ""), attributes.get("type", "text"), attributes.get("value", "")
    if node.tag == "button" or (node.tag == "input" and kind == "submit"):
        form.buttons.append((name, value, node.text or value))
    elif not name or "disabled" in attributes:
        return
    elif node.tag == "input" and kind == "file":
        form.files.append(name)
    elif node.tag == "input" and kind in ("checkbox", "radio"):
        form.fields.setdefault(name, []).extend([value or "on"] if "checked" in attributes else [])
    elif node.tag == "input":
        form.fields.setdefault(name, []).append(value)
    elif node.tag == "textarea":
        # HTML drops the newline that directly follows the tag.
        form.fields.setdefault(name, []).append("".join(map(str, node.children)).removeprefix("\n"))
    elif node.tag == "select":
        form.fields.setdefault(name, []).extend(_chosen(node))


def _chosen(select: Node) -> list[str]:
    options = select.all("option")
    chosen = [option for option in options if "selected" in option.attributes]
    if not chosen and "multiple" not in select.attributes:
        chosen = options[:1]
    return [option.attributes.get("value", option.text) for option in chosen]
