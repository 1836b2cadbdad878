"""Property tests take their depth from one place."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = [path for path in sorted(HERE.rglob("test_*.py")) if "hypothesis" in path.read_text("utf-8")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HERE)))
def test_no_test_sets_a_depth_or_a_deadline_of_its_own(path: Path) -> None:
    own = re.findall(r"\bsettings\([^)]*\)|max_examples|deadline=", path.read_text("utf-8"))
    assert path == Path(__file__) or not own, (
        "use @examples(…) of tests/properties.py, which knows a deep run"
    )
