"""An invitation as both see it: the farmer invites and removes, the guest comes in from his letter."""

import pytest

from tests.browser.conftest import PHONE
from tests.factories import MemberFactory
from tests.invitations import letter_to, link_in
from tests.test_accounts import code_in, forget_attempts

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_from_the_invitation_to_the_removal(somebody, enter, mailoutbox, javascript):
    forget_attempts()
    # An address is sent one code in three minutes, and the site beside this test does not forget.
    address = f"javascript-{javascript}@example.org".lower()
    member = MemberFactory()
    host = enter(member.user, javascript=javascript)
    host.visit("/profil/")
    host.press("Inviter ou retirer une personne", role="link")
    host.page.get_by_label("Adresse e-mail de la personne").fill(address)
    host.page.keyboard.press("Enter")
    host.page.get_by_text("L'invitation part dans la minute").wait_for()
    host.look()

    guest = somebody(PHONE, javascript=javascript)
    guest.visit(link_in(letter_to(address)))
    assert guest.page.url.endswith("/invitation/")
    guest.press("Créer mon compte", role="link")
    assert guest.page.get_by_label("Adresse e-mail").is_disabled()
    mailoutbox.clear()
    guest.press("Continuer")
    guest.page.get_by_label("Code").fill(code_in(mailoutbox[0]))
    guest.press("Valider le code")
    guest.press("Accepter")
    guest.page.get_by_text("Vous agissez maintenant pour").wait_for()

    host.visit(member.supplier.members_path)
    host.press(f"Retirer {address}", role="link")
    host.press("Retirer cette personne")
    host.page.get_by_text("n'agit plus pour").first.wait_for()
    assert guest.page.goto(member.supplier.path).status == 404
    guest.complaints = [one for one in guest.complaints if "404" not in one]
