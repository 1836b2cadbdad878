"""`tools/install.py` says which package an installation failed at, why, and what to do."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("install_course", ROOT / "tools" / "install.py")
course = importlib.util.module_from_spec(SPEC)
Capture = pytest.CaptureFixture[str]

#: What pip 23 to 26 print, shortened: the package and the reason that a reader must be told.
LOGS = {
    "a pin that this Python is too old for": (
        "Collecting beautifulsoup4==4.15.0\n"
        "ERROR: Cannot install beautifulsoup4==4.15.0 because these package versions have conflicting "
        "dependencies.\n\nThe conflict is caused by:\n    beautifulsoup4 4.15.0 depends on soupsieve>=1.6.1\n"
        "    The user requested (constraint) soupsieve==4.1.2\n\nERROR: ResolutionImpossible: for help visit",
        ("soupsieve==4.1.2", "does not go with this Python", "PYTHON=python3.12"),
    ),
    "no network": (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<HTTPSConnection>: "
        "Failed to establish a new connection: [Errno -2] Name or service not known')': /simple/six/\n"
        "ERROR: Could not find a version that satisfies the requirement six>=1 (from versions: none)\n"
        "ERROR: No matching distribution found for six>=1",
        ("six>=1", "could not be reached", "HTTPS_PROXY"),
    ),
    "a Python that has no file yet": (
        "Collecting torch==2.13.0\n"
        "ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: 2.14)\n"
        "ERROR: No matching distribution found for torch==2.13.0",
        ("torch==2.13.0", "no index has a file of it", "PYTHON=python3.12"),
    ),
    "a compiler is missing": (
        "Collecting pyzmq==27\n  error: subprocess-exited-with-error\n  fatal error: zmq.h\n"
        "  ERROR: Failed building wheel for pyzmq\nFailed to build pyzmq",
        ("pyzmq", "compiling it failed", "build-essential"),
    ),
    "metadata cannot be made": (
        "Collecting POT==0.9.7\n  error: subprocess-exited-with-error\nerror: metadata-generation-failed",
        ("POT==0.9.7", "compiling it failed", "build-essential"),
    ),
    "the disk is full": (
        "Installing collected packages: six, torch\n"
        "ERROR: Could not install packages due to an OSError: "
        "[Errno 28] No space left on device: '/x/libtorch.so'",
        ("/x/libtorch.so", "the disk is full", "--extra-index-url https://download.pytorch.org/whl/cpu"),
    ),
    "a folder of somebody else": (
        "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/usr/lib/x'\n",
        ("/usr/lib/x", "may not write there", "without sudo"),
    ),
    "a download that broke": (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"
        "    scipy==1.17.1 from https://example.org/scipy.whl:\n        Expected sha256 1\n",
        ("scipy==1.17.1", "not the published file", "--no-cache-dir"),
    ),
    "something new": (
        "Collecting tqdm\nERROR: the moon is in the way",
        ("tqdm", "the moon is in the way", "make clean"),
    ),
    "nothing at all": ("", ("pip itself", "pip said nothing", "make clean")),
}


@pytest.fixture(autouse=True, scope="module")
def _loaded():
    sys.modules[SPEC.name] = course
    SPEC.loader.exec_module(course)
    yield
    del sys.modules[SPEC.name]


@pytest.mark.parametrize("case", LOGS)
def test_a_failure_names_the_package_the_reason_and_the_remedy(case: str) -> None:
    log, (package, reason, remedy) = LOGS[case]
    first, why, what = course.diagnose(log).split("\n", 2)
    assert first == f"The installation failed at: {package}"
    assert reason in why
    assert remedy in what


def test_a_retry_that_helped_is_not_the_reason() -> None:
    retried = "WARNING: Retrying after connection broken by 'ReadTimeoutError'\n"
    assert "soupsieve" in course.diagnose(retried + LOGS["a pin that this Python is too old for"][0])


@pytest.mark.parametrize("page", ["README.md", "book/setup.md"])
def test_pages_show_the_cpu_build_as_a_line_to_copy(page: str) -> None:
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    option = f' PIP_ARGS="--extra-index-url {course.CPU_INDEX}"'
    assert any(line in (f"make book{option}", f"make lab{option}") for line in lines)


def test_a_failed_installation_ends_with_the_diagnosis(tmp_path: Path, capsys: Capture) -> None:
    """pip itself, without any index, on a project whose build needs a package that does not exist."""
    (tmp_path / "constraints.txt").write_text("")
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["no-such-backend"]\nbuild-backend = "no_such_backend"\n'
        '[project]\nname = "x"\nversion = "1"\n'
    )
    log = tmp_path / "install.log"
    assert course.install(tmp_path, "book", ["--no-index", "--find-links", str(tmp_path)], log=log) != 0
    said = capsys.readouterr().err
    assert "The installation failed at: no-such-backend" in said
    assert said.rstrip().endswith(str(log))
    assert "no-such-backend" in log.read_text()
