"""The journey's visitor sees forms as a browser does."""

from agrilocal18.demo.html import forms, parse

PAGE = """
<main><h1>Vérifier&nbsp;la facture</h1><script>nothing()</script>
<form method="post" action="/ici" id="fiche">
  <input type="hidden" name="jeton" value="abc"><input name="numero" value="F-1">
  <input type="checkbox" name="oui" checked><input type="checkbox" name="non">
  <input type="radio" name="qui" value="a"><input type="radio" name="qui" value="b" checked>
  <input name="gris" value="x" disabled>
  <textarea name="texte">
Deux
lignes</textarea>
  <select name="service"><option value="">Aucun</option><option value="CUISINE" selected>Cuisine</option></select>
  <select name="premier"><option>un</option><option>deux</option></select>
  <input type="file" name="document">
  <button name="action" value="save">Enregistrer</button><button name="action" value="confirm">Confirmer</button>
  <button form="autre">Ailleurs</button>
</form>
<form id="autre" action="/la"></form>
<input name="loin" value="là-bas" form="fiche">
</main>
"""


def test_it_sends_what_a_browser_would():
    form, other = forms(parse(PAGE))

    assert (form.action, form.method) == ("/ici", "post")
    assert form.fields == {
        "jeton": ["abc"],
        "numero": ["F-1"],
        "oui": ["on"],
        "non": [],
        "qui": ["b"],
        "texte": ["Deux\nlignes"],
        "service": ["CUISINE"],
        "premier": ["un"],
        "loin": ["là-bas"],
    }
    assert form.files == ["document"]
    assert form.buttons == [("action", "save", "Enregistrer"), ("action", "confirm", "Confirmer")]
    assert (other.method, other.buttons) == ("get", [("", "", "Ailleurs")])


def test_it_reads_text_with_plain_spaces_and_without_scripts():
    main = parse(PAGE).all("main")[0]

    assert main.text.startswith("Vérifier la facture Deux lignes")
    assert "nothing" not in main.text


def test_it_survives_tags_that_are_never_closed():
    assert [node.text for node in parse("<ul><li>un<li>deux</ul><p>trois").all("p")] == ["trois"]
