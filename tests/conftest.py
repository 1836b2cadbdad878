"""Every test runs with udtlib's shape annotations checked at run time."""

import pytest
from jaxtyping import config, install_import_hook

# The hook must be in place before the first import of the library.
install_import_hook("udtlib", "beartype.beartype")

import torch  # noqa: E402

from tests.properties import load_profile  # noqa: E402

torch.set_num_threads(1)
load_profile()


@pytest.fixture
def as_a_user():
    """The library without the checks of its annotations, as its users have it: what it says itself is heard."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)
