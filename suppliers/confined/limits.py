"""How much one reading may take, and how many may be at work at once."""

import math
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one reading. Sizes in bytes, times in seconds; `readers`: how many may run at once on this host.

    `patience`: how long to wait for one of them to come free; `until`: when, on the monotonic clock, whoever waits for
    all of it has to go on. `workplace`: the folder where they work and by which they count one another; without one,
    that of this user in the system's folder for temporary files. Tesseract is given `ocr_pages` at most, and has
    `ocr_seconds` for all of them, so that one page drawn to have no end leaves time to the others.
    """

    file_size: int = 10_000_000
    pages: int = 100
    pictures: int = 20
    picture_width: int = 1100
    cpu_seconds: int = 8
    wall_seconds: float = 7.5
    memory: int = 512 * 1024 * 1024
    written_file: int = 12_000_000
    open_files: int = 32
    ocr_pages: int = 12
    ocr_seconds: float = 45.0
    ocr_page_seconds: float = 15.0
    readers: int = os.cpu_count() or 1
    patience: float = 2.0
    until: float = math.inf
    workplace: str = ""


DEFAULT = Limits()
