# Setup: does nothing where udtlib is installed; elsewhere (Colab) installs it and leaves torch and numpy alone.
import importlib.metadata, importlib.util, os, subprocess, sys, tempfile

if importlib.util.find_spec("udtlib") is None:
    source = os.environ.get("UDT_REPOSITORY", "git+https://github.com/udt-course/udt-course")
    pins = [f"{name}=={importlib.metadata.version(name)}\n" for name in ("torch", "numpy")]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
        file.writelines(pins)
    subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", "-c", file.name, f"udtlib @ {source}"])
    importlib.invalidate_caches()
    print("installed udtlib; kept", ", ".join(pin.strip() for pin in pins))
