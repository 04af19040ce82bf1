"""What is looked for in every page and every letter: French as it is printed, no English left by a library."""

from datetime import date, datetime

import pytest
from django.template import Context, Template

from suppliers.days import date_format
from tests.typography import mistakes, prose


@pytest.mark.parametrize(
    ("said", "is_right"),
    [
        ("Rien à faire\u00a0: le virement part.", True),
        ("Rien à faire : le virement part.", False),
        ("Rien à faire: le virement part.", False),
        ("«\u00a0Bon à déposer\u00a0»", True),
        ("« Bon à déposer »", False),
        ("1\u202f234,56\u00a0€ à 5,5\u00a0%", True),
        ("1 234,56\u00a0€", False),
        ("1234,56\u00a0€", False),
        ("1.234,56\u00a0€", False),
        ("12,5\u00a0€", False),
        ("12.50", False),
        ("12,50 €", False),
        ("le 3 novembre 2026 à 12\u00a0h\u00a030", True),
        ("le 3 novembre 2026 à 12:30", False),
        ("03:57", False),
        ("appelé à 3:19:07.", False),
        ("le 03 novembre 2026", False),
        ("le 2026-11-03", False),
        ("2 facture(s)", False),
        ("Un instant...", False),
        ("RGAA 4.1.2, voir http://127.0.0.1:8000/a?b=1", True),
        ("Save", False),
        ("None", False),
    ],
)
def test_mistakes_are_found(said, is_right):
    assert (mistakes([said]) == []) is is_right


def test_a_page_is_read_as_people_see_and_hear_it():
    page = """<p>Un <b>mot</b> <code>None</code></p><ul id="deleted-objects"><li>A: <ul><li>B: b</li></ul></li></ul>
    <script>save</script><img alt="Plan" src="x"><input type="submit" value="Envoyer">"""
    assert prose(page) == ["Un mot", "Plan", "Envoyer"]


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 12, 1), "1er décembre 2026"),
        (date(2026, 8, 11), "11 août 2026"),
        (date(2026, 8, 1), "1er août 2026"),
    ],
)
def test_the_first_day_of_a_month_is_written_as_in_french(day, written):
    assert date_format(day, "j F Y") == written
    assert Template('{{ day|date:"j F Y" }}').render(Context({"day": day})) == written


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("H:i", "3\u00a0h\u00a005"),
        ("j F Y à H:i", "1er novembre 2026 à 3\u00a0h\u00a005"),
        ("d/m/Y H:i:s", "01/11/2026 3\u00a0h\u00a005\u00a0min\u00a009\u00a0s"),
        ("SHORT_DATETIME_FORMAT", "01/11/2026 3\u00a0h\u00a005"),
        ("DATETIME_FORMAT", "01/11/2026 3\u00a0h\u00a005"),
        ("TIME_FORMAT", "3\u00a0h\u00a005"),
        ("c", "2026-11-01T03:05:09"),
    ],
)
def test_an_hour_is_written_as_in_french(pattern, written):
    at = datetime(2026, 11, 1, 3, 5, 9)
    assert date_format(at, pattern) == written
    assert Template(f'{{{{ at|date:"{pattern}" }}}}').render(Context({"at": at})) == written


def test_a_day_without_a_pattern_is_written_in_figures():
    assert Template("{{ day }}").render(Context({"day": date(2026, 12, 1)})) == "01/12/2026"
