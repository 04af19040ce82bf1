"""The forms of the desk as a browser sends them."""

from html.parser import HTMLParser

from django.urls import reverse


class Fields(HTMLParser):
    """What a browser would post of a page as it is."""

    def __init__(self, page: str):
        super().__init__()
        self.values, self.select = {}, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("name") and given.get("type") not in ("submit", "checkbox"):
            self.values[given["name"]] = given.get("value", "")
        elif tag == "input" and given.get("type") == "checkbox" and "checked" in given:
            self.values[given["name"]] = given.get("value", "on")
        elif tag == "select":
            self.select = given.get("name")
        elif tag == "option" and self.select and "selected" in given:
            self.values[self.select] = given.get("value", "")


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def url_of(obj, action="change") -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{action}", args=[obj.pk])


def list_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def save(client, obj, page=None, **values):
    """Open, change, save, as a browser does; `page` is an older look at it."""
    fields = Fields(page or text_of(client.get(url_of(obj)))).values
    fields.pop("_save", None)
    return client.post(url_of(obj), {**fields, **values, "_save": "1"}, follow=True)
