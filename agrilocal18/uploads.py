"""What the site reads of a post with files before anybody looks at them: never more than it is ready to keep."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

HEAD = 64


class TooLargeFile(UploadedFile):
    """A file that went past the bound: its name, its first bytes, and how much of it came."""

    def __init__(self, name: str, size: int, head: bytes):
        super().__init__(name=name, size=size)
        self.head = head

    def read(self, count: int | None = None) -> bytes:
        return self.head[:count]

    def seek(self, *args) -> int:
        return 0

    def chunks(self, chunk_size=None):
        return iter(())


class BoundedUploadHandler(FileUploadHandler):
    """Refuses a post that is announced as far too long before reading it, and keeps nothing of a file past its bound.

    The rest of such a file is read and dropped: the page can then say which one it was. The server hands out no more
    bytes than were announced, so the first bound holds for all files together.
    """

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        if content_length > settings.UPLOAD_MAX_BYTES:
            raise RequestDataTooBig("the files of this post are too large")

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.came, self.head = 0, b""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.came = start + len(raw_data)
        self.head = self.head or raw_data[:HEAD]
        # None keeps it from the handlers behind this one, which would store it.
        return raw_data if self.came <= settings.UPLOAD_MAX_FILE_BYTES else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if self.came <= settings.UPLOAD_MAX_FILE_BYTES:
            return None
        return TooLargeFile(self.file_name, self.came, self.head)
