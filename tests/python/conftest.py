"""What every test shares: the `slow` mark, repeatable property tests, a view of the slab."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable

import pytest
from support import FREE_THREADED

# A background job of a shell ignores Ctrl-C, and so would the programs that tests start: those that
# wait to be ended by it would run for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

try:
    import hypothesis
except ImportError:  # the files that need it skip themselves
    pass
else:
    hypothesis.settings.register_profile(
        "cslots",
        deadline=None,  # a time limit would make the result depend on the machine
        derandomize=True,
        database=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("cslots")


# Else Python says on stderr of each process that it has switched the GIL on for us.
if FREE_THREADED:
    os.environ.setdefault("PYTHON_GIL", "1")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than about two seconds")


@pytest.fixture
def live_blocks() -> Callable[[], int]:
    """A function that says how many slab blocks are alive once all garbage is gone."""
    from cslots import _core

    def count() -> int:
        gc.collect()
        return int(_core.slab_stats()["blocks"])

    return count
