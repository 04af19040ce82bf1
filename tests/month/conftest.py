"""A month is also lived with Chorus Pro: the portal of tests/chorus, switched on for those who ask."""

from tests.chorus.conftest import account, portal, running_simulator, simulator  # noqa: F401
