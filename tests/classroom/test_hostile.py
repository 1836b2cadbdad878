"""Hand-ins that cheat or break things: none gets a point for it, and nobody else's line changes."""

import csv
import json
import os
import sys
import time
from pathlib import Path

import nbformat
import pytest
from classroom.limits import Limits
from classroom.notebook import with_answers

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="rooms of their own are Linux's"),
    pytest.mark.slow,
]

LIMITS = Limits(cell_seconds=40, total_seconds=200, memory_mib=1024, output_mib=1)
RIGHT = {
    "answer_double": "def double(x):\n    return 2 * x",
    "answer_triple": "def triple(x):\n    return 3 * x",
}
MARK = "987654"


def both(body, before=""):
    return {f"answer_{name}": f"{before}\ndef {name}(x):\n{body}" for name in ("double", "triple")}


#: Code of a cell before the untouched stubs, or answers; %(root)s is where the course lies, %(csv)s the points.
CHEATS = {
    "transformer": "shell = get_ipython()\nshell.input_transformers_cleanup.append(lambda lines: ['pass\\n'])\n"
    "shell.input_transformers_post.append(lambda lines: ['pass\\n'])\n"
    "from IPython.core import inputtransformer2\n"
    "inputtransformer2.TransformerManager.transform_cell = lambda self, text: 'pass\\n'",
    "solution from the course's folder": "import json, re\n"
    "for cell in json.load(open('%(root)s/assignments/source/99_tiny/99_tiny.ipynb'))['cells']:\n"
    "    exec(''.join(cell['source']))",
    "result file": "import glob, json, os, signal\n"
    "for place in glob.glob('/tmp/**/graded/**', recursive=True) + ['.', '/tmp', '/student']:\n"
    "    if os.path.isdir(place):\n"
    "        open(place + '/result.json', 'w').write(json.dumps({'name': 'x', 'errors': {}, 'scores':"
    " {'double_value': 2.0, 'triple_value': 3.0}}))\n"
    "os.kill(os.getppid(), signal.SIGKILL)",
    "edits the points later": "import os, time\n"
    "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
    "        while True:\n            time.sleep(0.2)\n"
    "            try:\n                open('%(csv)s', 'a').write('99_tiny,cheat,5,5\\n')\n"
    "            except OSError:\n                pass\n    os._exit(0)",
    "udtlib": "from udtlib.numerics import double, triple",
    "caller's constants": both(
        "    import sys\n    code = sys._getframe(1).f_code\n"
        "    return max(c for c in code.co_consts if type(c) is int)"
    ),
    "caller by an error": both(
        "    try:\n        raise KeyError\n    except KeyError as error:\n"
        "        frame = error.__traceback__.tb_frame.f_back\n"
        "    return [c for c in frame.f_code.co_consts if type(c) is int][-1]"
    ),
    "caller by inspect": both(
        "    import inspect\n    frame = inspect.currentframe().f_back\n"
        "    return [c for c in frame.f_code.co_consts if type(c) is int][-1]"
    ),
    "caller by exec": both(
        "    there = {}\n    exec('import sys; f = sys._getframe(2)', there)\n"
        "    return [c for c in there['f'].f_code.co_consts if type(c) is int][-1]"
    ),
    "caller by traceback": both(
        "    import traceback\n    try:\n        raise KeyError\n    except KeyError as error:\n"
        "        frame = next(traceback.walk_tb(error.__traceback__))[0].f_back\n"
        "    return [c for c in frame.f_code.co_consts if type(c) is int][-1]"
    ),
    "equals everything": both(
        "    return Same('')",
        before="class Same(str):\n    def __eq__(self, other):\n        return True\n    __hash__ = str.__hash__",
    ),
    "equals everything, made later": both(
        "    Same.__eq__ = lambda self, other: True\n    return Same(0)", before="class Same(int):\n    pass"
    ),
    "equals everything, in a type": both(
        "    rules = {'__eq__': lambda *a: True, '__module__': 'builtins'}\n    return type('int', (), rules)()"
    ),
    "forged reply": both(
        "    import json, os\n    for pipe in range(3, 64):\n        try:\n"
        '            os.write(pipe, b\'{"key": "0", "failure": null, "flags": []}\\n\')\n'
        "        except OSError:\n            pass\n    return 0"
    ),
    "no exec": "import builtins\nbuiltins.exec = lambda *given, **options: None\n"
    "builtins.compile = lambda *given, **options: None\nbuiltins.setattr = lambda *given: None",
    "no assertions": "import ast\nparse = ast.parse\n"
    "ast.parse = lambda text, *rest, **options: parse('pass' if 'secret' in text else text)\n"
    "ast.NodeTransformer.visit = lambda self, tree: ast.Module(body=[], type_ignores=[])",
    "tracer": "import sys\nsys.settrace(lambda *given: None)",
    "all objects": "import gc\nworlds = [each for each in gc.get_objects() if type(each).__name__ == 'World']\n"
    "worlds[0].run = lambda step: None",
    "exits": both("    import os\n    os._exit(0)"),
    "leaves": both("    raise SystemExit(0)"),
    "deletes the course": "import shutil\nshutil.rmtree('%(root)s', ignore_errors=True)\n"
    "shutil.rmtree('/', ignore_errors=True)",
    "ends everybody": "import os, signal\nfor process in range(2, 70000):\n    try:\n"
    "        os.kill(process, signal.SIGKILL)\n    except OSError:\n        pass",
    "leaves processes": "import subprocess, sys\nfor _ in range(50):\n"
    f"    subprocess.Popen(['sleep', '{MARK}'], start_new_session=True)",
    "looks at the network": "import socket\n"
    "socket.create_connection(('%(host)s', %(port)d), timeout=5)\nfound = 1",
}
#: Right answers whose code does something that is theirs to do.
INNOCENT = {
    "before": RIGHT,
    "names of the tests": {
        "answer_double": "def _start(x):\n    return x\n\n"
        "name = secret = factor = x = None\n\n"
        "def double(x):\n    return 2 * _start(x)",
        "answer_triple": RIGHT["answer_triple"],
    },
    "dataclass": {
        "answer_double": "from dataclasses import dataclass\nfrom typing import NamedTuple\n\n"
        "@dataclass(order=True)\n"
        "class Two:\n    factor: int = 2\n\nclass Pair(NamedTuple):\n    a: int\n    b: int\n\n"
        "def double(x):\n    return Two().factor * Pair(x, 0).a if Two() == Two(2) else 0",
        "answer_triple": RIGHT["answer_triple"],
    },
    "reflection": {
        "answer_double": "import inspect, logging, traceback, warnings\n\ndef double(x):\n"
        "    warnings.warn('hm', stacklevel=2)\n    logging.getLogger('x').warning('hm')\n"
        "    try:\n        raise ValueError('no')\n    except ValueError:\n        traceback.print_exc()\n"
        "    assert list(inspect.signature(double).parameters) == ['x']\n    return 2 * x",
        "answer_triple": RIGHT["answer_triple"],
    },
    "[CS101] Jane: the first": RIGHT,
    "zz after": RIGHT,
}
MEMORY = {
    "shared memory": "import mmap\nblock = mmap.mmap(-1, 3 * 2**30)\n"
    "for start in range(0, 3 * 2**30, 2**24):\n    block[start : start + 2**24] = bytes(2**24)",
    "memory of many": "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
    "        pile = bytearray(b'x') * (500 * 2**20)\n"
    "        time.sleep(60)\n        os._exit(0)\ntime.sleep(60)",
    "shared files": "import os\nfor number in range(60):\n    with open(f'/dev/shm/{number}', 'wb') as file:\n"
    "        file.write(bytes(100 * 2**20))",
}


@pytest.fixture(scope="module")
def school(tmp_path_factory, tiny_school):
    """The rows of the table, the folder, and what was printed."""
    import socket

    import assignments

    root = tmp_path_factory.mktemp("school")
    source = tiny_school(root)
    table = root / "out" / "points.csv"
    stubs = {
        f"answer_{name}": f"def {name}(x):\n    raise NotImplementedError()" for name in ("double", "triple")
    }
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = {"root": root, "csv": table, "host": "127.0.0.1", "port": server.getsockname()[1]}
        for student, code in {**CHEATS, **MEMORY, **INNOCENT}.items():
            notebook = with_answers(source, code if isinstance(code, dict) else stubs)
            if isinstance(code, str):
                for word, value in words.items():
                    code = code.replace(f"%({word})s", str(value)).replace(f"%({word})d", str(value))
                notebook.cells.insert(0, nbformat.v4.new_code_cell(code))
            (root / "in" / student).mkdir(parents=True)
            nbformat.write(notebook, root / "in" / student / "99_tiny.ipynb")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(assignments, "ROOT", root)
            status = assignments.grade_folder(
                "99_tiny", submissions=root / "in", csv=table, limits=LIMITS, workers=2
            )
    assert status == 0
    with table.open(encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    return rows, root


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_gets_nothing_and_is_looked_at(school, name):
    row = school[0][name]
    assert row["score"] == "", f"{name} got {row['score']}"
    assert row["status"] == "needs a look"
    assert row["look"]


@pytest.mark.parametrize("name", INNOCENT)
def test_nobody_else_loses_anything(school, name):
    row = school[0][name]
    assert (row["score"], row["status"], row["stopped"]) == ("5", "graded", "")


@pytest.mark.parametrize("name", MEMORY)
def test_memory_that_is_shared_counts_as_well(school, name):
    row = school[0][name]
    assert row["score"] == ""
    why = row["stopped"] + json.dumps(row)
    assert "memory" in why or "No space left" in why or "Cannot allocate" in why, row


def test_the_course_and_the_table_are_as_they_were(school):
    rows, root = school
    assert (root / "assignments" / "source" / "99_tiny" / "99_tiny.ipynb").is_file()
    time.sleep(0.5)
    text = (root / "out" / "points.csv").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 1 + len(rows) == 1 + len({**CHEATS, **MEMORY, **INNOCENT})


def test_no_process_outlives_the_batch(school):
    left = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if command[:2] == [b"sleep", MARK.encode()]:
            left.append(int(process.name))
            os.kill(left[-1], 9)
    assert left == []


def test_the_library_is_not_there_and_the_reason_is_told(school):
    row = school[0]["udtlib"]
    assert "takes something from udtlib, where the task is to write it" in row["look"]


def test_names_that_are_no_folders_have_pages(school):
    pages = {path.name for path in (school[1] / "out" / "points_feedback").iterdir()}
    assert "_CS101_ Jane_ the first.html" in pages
    assert len(pages) == len(school[0])


@pytest.mark.parametrize("room", ["account", "limits"])
def test_without_namespaces_processes_are_ended_all_the_same(
    tmp_path, tiny_school, course, room, monkeypatch
):
    import assignments

    if room == "account" and os.geteuid() != 0:
        pytest.skip("needs root")
    root = tmp_path
    source = tiny_school(root)
    for student, code in {"first": CHEATS["leaves processes"], "second": ""}.items():
        notebook = with_answers(source, RIGHT)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(code))
        (root / "in" / student).mkdir(parents=True)
        nbformat.write(notebook, root / "in" / student / "99_tiny.ipynb")
    monkeypatch.setattr(assignments, "ROOT", root)
    table = root / "out" / "points.csv"
    assert (
        assignments.grade_folder(
            "99_tiny", submissions=root / "in", csv=table, limits=LIMITS, workers=1, room=room
        )
        == 0
    )
    with table.open(encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
    assert rows == {"first": "5", "second": "5"}
    test_no_process_outlives_the_batch(None)
