"""Read the PDFs of a folder through the real sandbox and say how long each took: a small process of its own.

A child's peak memory includes what its parent held when it was started, so this one holds next to nothing.
"""

import json
import resource
import sys
import time
from pathlib import Path

from invoicing.reading import read_invoice


def main(folder: str) -> None:
    seconds = []
    for path in sorted(Path(folder).glob("*.pdf")):
        content = path.read_bytes()
        started = time.perf_counter()
        reading = read_invoice(content)
        seconds.append(time.perf_counter() - started)
        assert reading.refusal is None, path
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = (used.ru_utime + used.ru_stime) / len(seconds)
    print(json.dumps({"seconds": seconds, "processor": processor, "peak_megabytes": used.ru_maxrss / 1024}))


if __name__ == "__main__":
    main(sys.argv[1])
