"""Who may decide, and what every row says to do."""

import pytest

from chorus import desk
from chorus.models import Look, Submission
from tests.chorus.desk.acts import page, press
from tests.factories import UserFactory
from tests.invoicing.at_desk import read, staff

pytestmark = pytest.mark.django_db(transaction=True)


ST = Submission.Status


ACTS = ["regarder", "renvoyer", "rendre"]


@pytest.mark.parametrize("act", ACTS)
def test_only_who_may_settle_acts(client, held, act):
    row = held()
    onlooker = staff("view_submission", "view_setaside", "view_invoice")
    client.force_login(onlooker)
    assert "Pourquoi renvoyer" not in read(client.get(page(row)))
    assert press(client, row, act).status_code == 403
    client.force_login(UserFactory())
    assert press(client, row, act).status_code in (403, 404)
    client.logout()
    assert client.post(f"/admin/chorus/submission/{row.pk}/{act}/").status_code == 302
    row.refresh_from_db()
    assert row.status == ST.HELD
    assert not Look.objects.exists()


@pytest.mark.parametrize("act", ["relire", "classer"])
def test_only_who_may_settle_touches_news_set_aside(client, aside, act):
    client.force_login(staff("view_setaside"))
    assert press(client, aside, act).status_code == 403
    aside.refresh_from_db()
    assert aside.solved_at is None


@pytest.mark.parametrize("act", ACTS)
def test_opening_the_address_of_an_act_does_nothing(agent, held, act):
    row = held()
    assert agent.get(f"/admin/chorus/submission/{row.pk}/{act}/").status_code == 302
    row.refresh_from_db()
    assert row.status == ST.HELD
    assert agent.post(f"/admin/chorus/submission/99999/{act}/").status_code == 404


@pytest.mark.parametrize("kind", Submission.Kind)
@pytest.mark.parametrize("status", ST)
def test_every_kind_in_every_state_says_what_to_do(kind, status):
    assert desk.what_to_do(Submission(kind=kind, status=status)).endswith((".", "une."))
