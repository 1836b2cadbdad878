"""The command `udt`: what it prints, what it returns, and that an error is one line."""

import gzip
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from udtlib.cli import PROFILES, build_parser, main
from udtlib.cli import doctor as clinic
from udtlib.data import files
from udtlib.data.official import FASHION_MNIST, MNIST
from udtlib.instruments import catalogue
from udtlib.instruments.storing import Instrument
from udtlib.profiles import NAMES, Profile
from udtlib.train.log import History, NonFiniteLossError

Capture = pytest.CaptureFixture[str]
#: Everything that a doctor says by ``state`` and ``name``.
CALLS: list[dict[str, object]] = []


def toy_train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    CALLS.append({"profile": profile.name, "seed": seed, "folder": folder, "resume": resume})
    if seed == 13:
        raise NonFiniteLossError("the term 'fool' was not finite")
    if seed == 14:
        raise KeyboardInterrupt
    if seed == 15:
        raise KeyError("a bug")
    return History([{"step": 3, "critic/gap": 0.12345}], 7.0)


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One instrument, a cache and a working folder of the test's own."""
    toy = Instrument(name="toy", summary="a toy", seconds={"quick": 7.0}, train=toy_train)
    monkeypatch.setattr(catalogue, "instruments", lambda: {"toy": toy})
    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path / "cache")
    for variable in ("UDT_DATA_DIR", "UDT_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    CALLS.clear()


def test_profiles_are_those_of_the_library() -> None:
    assert PROFILES == NAMES


def test_data_list_shows_what_is_missing_and_touches_nothing(capsys: Capture, tmp_path: Path) -> None:
    assert main(["data", "list"]) == 0
    out = capsys.readouterr().out
    for part in ("UDT_DATA_DIR: not set", "MNIST", "CC-BY-SA-3.0", "10,000 train, 2,000 test", "missing"):
        assert part in out
    assert "to get it: udt data fetch fashion-mnist" in out
    assert (
        "emoji: one thing drawn by several hands, complete in the package: 1,242 train, 84 val, 244 test"
        in out
    )
    assert "twemoji: Twemoji by Twitter, Inc and other contributors, licence CC-BY-4.0" in out
    assert not (tmp_path / "cache").exists()


def test_data_list_shows_where_files_lie(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mnist").mkdir()
    for file in MNIST.files:
        (tmp_path / "mnist" / file.name).write_bytes(b"")
    monkeypatch.setenv("UDT_DATA_DIR", str(tmp_path))
    assert main(["data", "list", "mnist"]) == 0
    out = capsys.readouterr().out
    assert f"{MNIST.files[0].name}: {tmp_path / 'mnist' / MNIST.files[0].name}" in out
    assert "missing" not in out
    assert "fashion" not in out


def test_data_verify_reports_every_set(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "cache" / "mnist").mkdir(parents=True)
    for file in MNIST.files:
        (tmp_path / "cache" / "mnist" / file.name).write_bytes(gzip.compress(b"something else"))
    assert main(["data", "verify"]) == 2
    captured = capsys.readouterr()
    assert "mnist: embedded subset as shipped" in captured.out
    assert "emoji: as shipped" in captured.out
    assert "complete and as published" not in captured.out
    lines = captured.err.strip().split("\n")
    assert len(lines) == 2
    assert "is not the official file: delete it" in lines[0]
    assert f"{FASHION_MNIST.files[0].name} of Fashion-MNIST is not in" in lines[1]


def test_emoji_need_no_fetching(capsys: Capture, tmp_path: Path) -> None:
    assert main(["data", "fetch", "emoji"]) == 0
    assert main(["data", "verify", "emoji"]) == 0
    out = capsys.readouterr().out
    assert out == "emoji: complete in the package, nothing to fetch\nemoji: as shipped\n"
    assert not (tmp_path / "cache").exists()


def test_data_fetch_and_verify_succeed(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("fetch", "verify"):
        monkeypatch.setattr(files, name, lambda dataset: (tmp_path / dataset.name / "x.gz",))
        assert main(["data", name, "mnist"]) == 0
        assert f"mnist: complete and as published, in {tmp_path / 'mnist'}" in capsys.readouterr().out


def test_an_error_is_one_line(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["data", "verify", "imagenet"]) == 2
    assert (
        capsys.readouterr().err
        == "udt: there is no data set 'imagenet'; expected mnist, fashion-mnist, emoji, calligraphy\n"
    )
    monkeypatch.setenv("UDT_DATA_DIR", "nowhere")
    assert main(["data", "list"]) == 2
    assert capsys.readouterr().err.startswith("udt: UDT_DATA_DIR is 'nowhere'")
    assert main(["train", "toy", "--seed", "13"]) == 2
    assert capsys.readouterr().err == "udt: the term 'fool' was not finite\n"
    with pytest.raises(NonFiniteLossError):
        main(["--traceback", "train", "toy", "--seed", "13"])


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(KeyError, match="a bug"):
        main(["train", "toy", "--seed", "15"])


def test_an_interrupt_is_no_error(capsys: Capture) -> None:
    assert main(["train", "toy", "--seed", "14"]) == 130
    assert capsys.readouterr().err == "udt: interrupted\n"


def test_train_passes_its_options_on(capsys: Capture, tmp_path: Path) -> None:
    assert main(["train", "toy"]) == 0
    assert main(["train", "toy", "--seed", "5", "--out", "here", "--fresh", "--profile", "quick"]) == 0
    first, second = CALLS
    assert first["seed"] == 0
    assert first["folder"] == Path("runs/toy-seed-0")
    assert first["resume"] is True
    assert second == {"profile": "quick", "seed": 5, "folder": Path("here"), "resume": False}
    assert (tmp_path / "here").is_dir()
    out = capsys.readouterr().out
    assert "seed 5, about 7 s; into here" in out
    assert "toy: 7 s; step 3, critic/gap 0.1235" in out


@pytest.mark.parametrize("arguments", [["train"], ["train", "--list"], ["train", "toy", "--list"]])
def test_what_can_be_trained_is_listed(capsys: Capture, arguments: list[str]) -> None:
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ring-modes ") for line in lines)
    assert any(line.startswith("toy ") and line.endswith("  a toy [instrument]") for line in lines)
    assert CALLS == []


def test_a_system_of_an_experiment_is_trained_as_its_table_does(capsys: Capture) -> None:
    place = f"{Path(__file__).parent / 'experiments' / 'small.py'}:small"
    assert main(["train", place]) == 0
    assert capsys.readouterr().out == "narrow\nwide, really\n"
    assert main(["train", place, "wide, really", "--seed", "1", "--profile", "quick"]) == 0
    out = capsys.readouterr().out
    assert "wide, really · fit: mean: " in out
    assert out.endswith("kept in runs/small/quick/wide-really/seed-1\n")
    assert main(["reproduce", place, "--status", "--seeds", "2", "--profile", "quick"]) == 0
    assert "wide, really, seed 1: done" in capsys.readouterr().out
    assert main(["train", place, "gone"]) == 2
    assert "has no system 'gone'; there are narrow, wide, really" in capsys.readouterr().err
    assert main(["train", place, "wide, really", "--out", "x"]) == 2
    assert "leave --out out" in capsys.readouterr().err


def test_unknown_names_say_what_there_is(capsys: Capture) -> None:
    assert main(["train", "gun"]) == 2
    assert capsys.readouterr().err.startswith("udt: there is no experiment or instrument 'gun'; expected ")
    assert main(["train", "toy", "wide"]) == 2
    assert "toy is an instrument and has no system 'wide'" in capsys.readouterr().err
    assert main(["reproduce", "gun"]) == 2
    assert capsys.readouterr().err.startswith("udt: there is no experiment 'gun'; expected ")


def test_a_bad_profile_is_one_line(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UDT_PROFILE", "huge")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert main(["train", "toy"]) == 2
    assert "UDT_PROFILE is 'huge'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["data"], ["data", "eat"], ["reproduce", "toy-table", "--seeds", "0"]]
)
def test_bad_arguments_show_the_usage(arguments: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: udt" in capsys.readouterr().err


def states() -> dict[str, str]:
    return {finding.name: finding.state for finding in clinic.findings()}


def test_doctor_finds_nothing_broken(capsys: Capture) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    for name in ("Python", "torch", "pot", "computing", "profile", "embedded data", "digit classifier"):
        assert f"ok       {name}: " in out
    assert "BROKEN" not in out
    assert out.endswith("all that is needed works\n")


@pytest.mark.slow
def test_doctor_names_a_package_that_cannot_be_imported(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ot", None)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "BROKEN   pot: ModuleNotFoundError" in out
    assert "-> pip install 'pot>=" in out
    assert out.endswith("1 broken: see the arrows above\n")


def test_doctor_names_a_package_that_another_process_cannot_import(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "lightning_fabric.py").write_text("raise ImportError('made for another torch')")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "BROKEN   lightning-fabric: ImportError: made for another torch" in out
    assert "-> pip install 'lightning-fabric>=" in out


def verbs() -> list[tuple[str, ...]]:
    (commands,) = [each for each in build_parser()._actions if each.dest == "command"]
    return [(), *((name,) for name in commands.choices)]


@pytest.mark.parametrize("arguments", [*((*verb, "--help") for verb in verbs()), ("reproduce", "--list")])
def test_help_and_lists_load_nothing_that_is_slow_to_import(arguments: tuple[str, ...]) -> None:
    code = (
        "import atexit, sys\nfrom udtlib.cli import main\n"
        "slow = {'torch', 'numpy', 'scipy', 'matplotlib', 'IPython', 'lightning_fabric'}\n"
        "atexit.register(lambda: print('slow:', *slow & set(sys.modules)))\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.endswith("\nslow:\n")


@pytest.mark.slow
@pytest.mark.parametrize(("variable", "name"), [("UDT_DATA_DIR", "UDT_DATA_DIR"), ("UDT_PROFILE", "profile")])
def test_doctor_names_a_wrong_variable(monkeypatch: pytest.MonkeyPatch, variable: str, name: str) -> None:
    monkeypatch.setenv(variable, "nowhere")
    monkeypatch.setattr("torch.cuda.is_available", lambda: variable == "none")
    found = states()
    assert found[name] == "BROKEN"
    assert found["embedded data"] == "ok"


@pytest.mark.slow
def test_doctor_names_damaged_data(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = {"mnist": {"file": "mnist.npz", "sha256": "0" * 64}}
    monkeypatch.setattr("udtlib.data.images.embedded_manifest", lambda: manifest)
    assert states()["embedded data"] == "BROKEN"


@pytest.mark.slow
def test_what_is_optional_is_not_broken(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    known = importlib.metadata.version

    def version(name: str) -> str:
        if name == "nbgrader":
            raise importlib.metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(clinic.metadata, "version", version)
    monkeypatch.setattr(clinic.shutil, "which", lambda name: None)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "missing  nbgrader: optional" in out
    assert "-> pip install 'udtlib[classroom]'" in out
    assert "missing  chromium: optional" in out


def test_doctor_says_when_udtlib_is_only_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(clinic.metadata, "requires", requires)
    assert states()["udtlib"] == "BROKEN"


def test_doctor_speaks_where_torch_is_broken(tmp_path: Path) -> None:
    """In a process of its own, with a torch that cannot be imported first on the path."""
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch.so: cannot open shared object file')")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from udtlib.cli import main; sys.exit(main(['doctor']))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 1, answer.stderr
    assert "BROKEN   torch: ImportError: libtorch.so" in answer.stdout
    assert "-> pip install 'torch>=" in answer.stdout
    assert answer.stderr == ""
