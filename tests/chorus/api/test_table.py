from chorus.api.answers import RULES
from chorus.api.table import HEADINGS, as_markdown


def test_it_prints_every_rule_on_a_line_of_its_own():
    lines = as_markdown().splitlines()
    assert len(lines) == len(RULES) + 2
    assert {line.count(" | ") for line in lines} == {len(HEADINGS) - 1}


def test_it_prints_what_a_reader_looks_for():
    printed = as_markdown()
    assert "| any that changes an invoice | any | 500–599 | any | `AnswerLost` (doubt) |" in printed
    assert "| any | JSON with codeRetour | 200–299 | SIM_MSG_01.001 | `Refused` (already there) |" in printed
    assert "| `transverses/ajouter/fichier` | JSON with codeRetour | 200–299 | 20003 | `Refused` (refused) |" in printed
    assert "| any | JSON with codeRetour | 200–299 | 0 | accepted |" in printed
    assert "| any | any | 401 | any | `Denied` (account) |" in printed
