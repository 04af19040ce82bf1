"""What a page or a letter says to people, and what is wrong in its French typography."""

import re
from html.parser import HTMLParser

from django.core.mail.backends.locmem import EmailBackend

from suppliers import tagged_pdf

# Read aloud or shown, though they stand in no text.
SPOKEN = ("alt", "aria-label", "placeholder", "title", "data-label")
# What is not prose: programs, what other machines said word for word, what people typed.
NOT_PROSE = ("script", "style", "pre", "code", "textarea", "svg")
# From the code of Django's admin: « Facture: F-1 » in the list of what would be deleted, « 6:00 » to choose from.
NOT_OURS = ("deleted-objects", "clockbox0")
INLINE = ("a", "abbr", "b", "em", "i", "mark", "small", "span", "strong", "sub", "sup", "time", "button")

NARROW, NBSP = "\u202f", "\u00a0"
MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
ENGLISH = (
    "the|and|of|is|are|was|your|you|this|that|with|from|have|has|please|not|yes|no results|save|delete|remove|add"
    "|edit|search|view|close|cancel|submit|required|invalid|password|login|log in|log out|sign in|sign up"
    "|sign out|enter|home|back|next|previous|page not found|error|warning|success|today|yesterday|now|user|users"
    "|january|february|march|april|may|june|july|august|september|october|november|december"
    "|none|true|false|null|undefined|nan"
)

ADDRESS = re.compile(r"https?://\S+|\S+@\S+")
WRONG = {
    "an ordinary space before a high sign": re.compile(r"[^\S\u00a0\u202f][;:!?»€%](?=[\s.,)»]|$)"),
    "no space before a high sign": re.compile(r"[^\W_][;!?»€%]|[^\W\d_]:(?=\s|$)|\):(?=\s|$)"),
    "no no-break space after «": re.compile(r"«[^\u00a0\u202f]"),
    "straight quotes": re.compile(r'"[^"\n]*"'),
    "a space before a comma or full stop": re.compile(r"\w[\s\u00a0\u202f]+[.,](?=\s|$)"),
    "three dots": re.compile(r"\.\.\."),
    "a bracketed ending": re.compile(r"\w\((?:s|e|es|x|nt|ne|le)\)"),
    "a decimal point": re.compile(r"(?<![\w.@/-])\d+\.\d+(?![\w./@-]|\.\d)"),
    "thousands run together": re.compile(r"\d{4,}(?:,\d\d)?[\s\u00a0\u202f]?€"),
    "an amount without its cents": re.compile(r"(?<![\d,])\d+,\d[\s\u00a0\u202f]€"),
    "an ordinary space between thousands": re.compile(r"\b\d{1,3}(?: \d{3})+(?:,\d+)?[\s\u00a0\u202f]?€"),
    "a date of machines": re.compile(r"\b20\d\d-\d\d-\d\d\b"),
    "a time of machines": re.compile(r"(?<![\w.:+/-])[0-2]?\d:[0-5]\d(?![\w/-]|\.\d)"),
    "a day without its month in letters": re.compile(rf"\b(?:0\d|1) (?:{MONTHS})\b"),
    "an ordinary space after n°": re.compile(r"\b[nN]° "),
    "words of programs or of English": re.compile(rf"(?<![\w/.-])(?:{ENGLISH})(?![\w/@-]|\.\w)", re.IGNORECASE),
}


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.pieces: list[str] = []
        self._skipped: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in NOT_PROSE or tag in self._skipped or dict(attrs).get("id") in NOT_OURS:
            self._skipped.append(tag)
        if tag not in INLINE:
            self.pieces.append("\n")
        spoken = [value for name, value in attrs if value and name in SPOKEN]
        if tag == "input" and dict(attrs).get("type") in ("submit", "button", "reset"):
            spoken.append(dict(attrs).get("value") or "")
        if not self._skipped:
            self.pieces += [f"\n{value}\n" for value in spoken]

    def handle_endtag(self, tag):
        if self._skipped and self._skipped[-1] == tag:
            self._skipped.pop()
        if tag not in INLINE:
            self.pieces.append("\n")

    def handle_data(self, data):
        if not self._skipped:
            self.pieces.append(re.sub(r"[ \t\r\n]+", " ", data))


def prose(html: str) -> list[str]:
    """The lines of a page as its reader sees or hears them."""
    reader = _Reader()
    reader.feed(html)
    return [line.strip(" ") for line in "".join(reader.pieces).split("\n") if line.strip(" ")]


def mistakes(lines: list[str]) -> list[str]:
    return [
        f"{what} ({found.group()!r}): {line[max(0, found.start() - 40) : found.end() + 20]}"
        for line in dict.fromkeys(ADDRESS.sub("", line) for line in lines)
        for what, pattern in WRONG.items()
        for found in pattern.finditer(line)
    ]


def letter_lines(message) -> list[str]:
    """Subject, text and HTML of a mail."""
    pages = [content for content, kind in getattr(message, "alternatives", []) if kind == "text/html"]
    return [message.subject, *message.body.splitlines(), *(line for page in pages for line in prose(page))]


def read_what_leaves(patch) -> list[str]:
    """From now on each mail that is sent and each PDF that is made is read too; gives the list of their mistakes."""
    found: list[str] = []
    send, lay_out = EmailBackend.send_messages, tagged_pdf._without_layout

    def sent(backend, messages):
        for message in messages:
            found.extend(mistakes(letter_lines(message)))
        return send(backend, messages)

    def laid_out(fragment):
        found.extend(mistakes(prose(fragment)))
        return lay_out(fragment)

    patch.setattr(EmailBackend, "send_messages", sent)
    patch.setattr(tagged_pdf, "_without_layout", laid_out)
    return found
