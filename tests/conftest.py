"""Every test runs with udtlib's shape annotations checked at run time."""

from jaxtyping import install_import_hook

# The hook must be in place before the first import of the library.
install_import_hook("udtlib", "beartype.beartype")

import torch  # noqa: E402

torch.set_num_threads(1)
