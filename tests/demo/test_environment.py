"""What the demonstration tells its children."""

import pytest

from agrilocal18.demo.environment import environment

ASKED = {"web_port": 8000, "simulator_port": 8020, "send_delay": 20, "interval": 3}


def test_it_keeps_its_secrets_from_one_start_to_the_next(tmp_path):
    first = environment(tmp_path, **ASKED)

    assert environment(tmp_path, **ASKED) == first
    assert len({first[name] for name in ("SECRET_KEY", "FIELD_KEYS", "FIELD_HASH_KEY")}) == 3
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "BROKER_URL", "CHORUS_CLIENT_ID", "SECRET_KEY_FILE"])
def test_it_leaves_the_developers_own_servers_alone(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "/of-the-developer")

    assert "/of-the-developer" not in environment(tmp_path, **ASKED).values()


def test_what_is_off_by_default_may_be_switched_on(tmp_path, monkeypatch):
    assert "CHORUS_FACTURX" not in environment(tmp_path, **ASKED)
    monkeypatch.setenv("CHORUS_FACTURX", "1")
    assert environment(tmp_path, **ASKED)["CHORUS_FACTURX"] == "1"
