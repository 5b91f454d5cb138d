"""The short form of a property: a number of examples, the same ones every time.

The long form (`test_soak.py`) goes on from seeds, to where nobody has been.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings


def fixed_examples(examples: int) -> settings:
    """Settings for a test that runs in seconds."""
    return settings(
        max_examples=int(os.environ.get("FUZZ_EXAMPLES", examples)),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
