"""The commands that the Dockerfile and docker-compose.yml run, as they stand there."""

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def serve() -> list[str]:
    """What the image runs unless told otherwise."""
    command = re.search(r"^CMD (\[.*\])", (ROOT / "Dockerfile").read_text().replace("\\\n", ""), re.MULTILINE)
    return json.loads(command[1])
