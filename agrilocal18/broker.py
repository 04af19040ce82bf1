"""The folder as a broker, in which a message is seen only once it is whole."""

import os
import time
import uuid

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Kombu opens a message under its final name and writes it afterwards: a worker that looked in between took an
    empty file, could not read it and ended, and `make demo` with it."""

    def _put(self, queue, payload, **kwargs):
        name = os.path.join(self.data_folder_out, f"{time.monotonic_ns() // 10**6}_{uuid.uuid4()}.{queue}.msg")
        try:
            with open(f"{name}.new", "wb") as unfinished:
                unfinished.write(dumps(payload).encode())
            os.replace(f"{name}.new", name)
        except OSError as error:
            raise ChannelError(f"cannot add {name} to the folder") from error


class Transport(filesystem.Transport):
    Channel = Channel
