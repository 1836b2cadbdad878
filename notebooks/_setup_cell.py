# Setup: does nothing where udtlib is installed. Elsewhere, as on Colab, it installs
# the library, and leaves the torch and numpy that are there alone.
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import tempfile

if importlib.util.find_spec("udtlib") is None:
    source = "git+https://github.com/udt-course/udt-course"
    source = os.environ.get("UDT_REPOSITORY", source)
    version = importlib.metadata.version
    kept = [f"{name}=={version(name)}" for name in ("torch", "numpy")]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as pins:
        pins.write("\n".join(kept))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "-c", pins.name]
    subprocess.check_call([*pip, f"udtlib @ {source}"])
    importlib.invalidate_caches()
    print("installed udtlib; kept", *kept)
