"""Facts about the code itself that no linter knows."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_every_static_file_a_template_names_exists(template):
    named = re.findall(r'{% static "([^"]+)" %}', template.read_text())
    assert [name for name in named if not finders.find(name)] == []


def test_keys_inside_addresses_are_never_grouped():
    """« 1 758 » in an address leads nowhere; only tables past their thousandth row would show it."""
    assert Template("?commande={{ key }}").render(Context({"key": 1758})) == "?commande=1758"
