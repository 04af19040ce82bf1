"""The folder as a broker: whoever looks in at any moment finds whole messages or none."""

from queue import Empty

import pytest
from kombu import Connection

from agrilocal18.celery import app


@pytest.fixture
def channel(tmp_path):
    folders = {"data_folder_in": tmp_path, "data_folder_out": tmp_path, "control_folder": tmp_path / "control"}
    assert app is not None  # The transport is chosen where the application is made.
    with Connection(
        "filesystem://", transport_options={name: str(path) for name, path in folders.items()}
    ) as connection:
        yield connection.default_channel


class Watched:
    """A value of a message that looks into the queue while it is being written."""

    def __init__(self, channel):
        self.channel, self.seen = channel, None

    def __json__(self):
        try:
            self.seen = self.channel._get("celery")
        except Empty:
            self.seen = "nothing"
        return "written"


def test_an_unfinished_message_is_not_seen(channel):
    watched = Watched(channel)
    channel._put("celery", {"body": watched})
    assert watched.seen == "nothing"
    assert channel._get("celery") == {"body": "written"}
    with pytest.raises(Empty):
        channel._get("celery")
