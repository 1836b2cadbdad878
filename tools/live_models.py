"""Write what the site's living figures load: the runtime, the models, and pictures to choose from.

Everything is made when the book is built. Models come from the weights that ship with the package, so that nothing
is stored twice: each is exported to ONNX, and what a page loads is a script with the gzipped file in base64,
because a page that was opened from a folder may load neighbours as scripts only. The runtime comes from the
archive in ``book/live`` (see ``tools/fetch_ort.py``).

Usage: python tools/live_models.py [FOLDER]     write everything (``tools/build_book.py`` calls it)
       python tools/live_models.py --find-codes  look again for the codes of the four hands, and store them
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import sys
import tarfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from live_flow import coded_threes, load_flow
from torch import Tensor, nn

from udtlib.data.calligraphy_files import CALLIGRAPHY
from udtlib.data.emoji_files import EMOJI, HANDS
from udtlib.data.emoji_hands import COLOURISTS, LINES, HandsPair
from udtlib.data.faces.label_maps import PALETTE
from udtlib.data.faces.pairs import labels_to_faces
from udtlib.experiments.coded_pairs import CodedPair
from udtlib.experiments.shipped import load_shipped
from udtlib.instruments.emoji.reader import load_hand_reader

ROOT = Path(__file__).resolve().parent.parent
STORED = ROOT / "book" / "live"
SITE = ROOT / "book" / "_build" / "html" / "_static" / "live"

#: Emoji to choose from, by their numbers in the index; all of the test split, which no net has seen.
CHOICES = (993, 578, 19, 505, 646, 566, 590, 800)
#: Characters to choose from, quiet, forest, rain, dragon, to fly, whale, above and drum; all of the test split.
CHARACTERS = "静林雨龙飞鲸上鼓"
#: Unseen label maps to choose from.
MAPS = 8
#: Codes among which one is looked for that draws like each hand, and emoji to judge it by.
CODES, JUDGED = 400, (491, 111, 652, 1059)


@dataclass(frozen=True)
class Model:
    """What is exported: a net, and inputs to trace it with, by the names that a page gives them."""

    net: nn.Module
    inputs: Mapping[str, Tensor]


class Coder(nn.Module):
    """One direction of an autoencoder, in the coordinates that the flow moves in."""

    def __init__(self, coded: CodedPair, *, back: bool) -> None:
        super().__init__()
        self.space, self.back = coded.space, back

    def forward(self, x: Tensor) -> Tensor:
        # not space.encode: it goes through many images in pieces, which a traced net need not
        space = self.space
        if self.back:
            return space.autoencoder.decoder(space.scale * x @ space.basis.T + space.mean)
        return (space.autoencoder.encoder(x) - space.mean) @ space.basis / space.scale


class FlowStep(nn.Module):
    """One step of the Runge-Kutta method of order four along the flow of codes."""

    def __init__(self) -> None:
        super().__init__()
        self.hamiltonian = load_flow().hamiltonian

    def forward(self, x: Tensor, dt: Tensor) -> Tensor:
        a = self.field(x)
        b = self.field(x + dt / 2 * a)
        c = self.field(x + dt / 2 * b)
        d = self.field(x + dt * c)
        return x + dt / 6 * (a + 2 * b + 2 * c + d)

    def field(self, x: Tensor) -> Tensor:
        by_q, by_p = self.hamiltonian.gradient(x).chunk(2, dim=1)
        return torch.cat([by_p, -by_q], dim=1)


def picture(channels: int) -> dict[str, Tensor]:
    """An image to trace a net with."""
    return {"x": torch.linspace(-1, 1, channels * 64 * 64).reshape(1, channels, 64, 64)}


def two_way(name: str, side: str) -> Callable[[], Model]:
    """One of the two nets of a translator there and back."""
    return lambda: Model(getattr(load_shipped(name).translator, side), picture(3))


def coder(*, back: bool) -> Model:
    """The encoder or the decoder of threes and eights."""
    given = torch.zeros(1, 16) if back else torch.zeros(1, 1, 32, 32)
    return Model(Coder(coded_threes(), back=back), {"x": given})


#: Every model of the site. A model is one script of at most about 1.4 MB, 1.0 MB where a server compresses.
MODELS: Mapping[str, Callable[[], Model]] = {
    "faces-gan": lambda: Model(load_shipped("faces-gan").translator, {"x": torch.zeros(1, 32)}),
    "emoji-cyclegan-forth": two_way("emoji-cyclegan", "forth"),
    "emoji-cyclegan-back": two_way("emoji-cyclegan", "back"),
    "emoji-cyclegan-identity-forth": two_way("emoji-cyclegan-identity", "forth"),
    "emoji-cyclegan-identity-back": two_way("emoji-cyclegan-identity", "back"),
    "hands-bicycle": lambda: Model(
        load_shipped("hands-bicycle").translator, {**picture(1), "z": torch.zeros(1, 8)}
    ),
    "shading-pix2pix": lambda: Model(load_shipped("shading-pix2pix").translator, picture(3)),
    "faces-pix2pix": lambda: Model(load_shipped("faces-pix2pix").translator, picture(3)),
    "faces-l1": lambda: Model(load_shipped("faces-l1").translator, picture(3)),
    "brush-pix2pix": lambda: Model(load_shipped("brush-pix2pix").translator, picture(1)),
    "brush-l1": lambda: Model(load_shipped("brush-l1").translator, picture(1)),
    "threes-encoder": lambda: coder(back=False),
    "threes-decoder": lambda: coder(back=True),
    "threes-flow": lambda: Model(FlowStep(), {"x": torch.zeros(1, 16), "dt": torch.tensor([0.1])}),
}


def exported(model: Model) -> bytes:
    """A net as an ONNX file; any number of samples, and the weights as they are."""
    stream = io.BytesIO()
    samples = {name: {0: "n"} for name, value in model.inputs.items() if value.ndim > 1}
    with warnings.catch_warnings():
        # The exporter that follows a trace: the newer one needs two more packages and seven seconds a net.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.net.eval(),
            tuple(model.inputs.values()),
            stream,
            dynamo=False,
            opset_version=17,
            input_names=list(model.inputs),
            output_names=["y"],
            dynamic_axes={**samples, "y": {0: "n"}},
            # Weights are stored in half precision. What is not multiplied out before compresses to half.
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
        )
    return stream.getvalue()


def write_bytes(path: Path, name: str, content: bytes) -> None:
    """A script that hands ``content`` to the page under ``name``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
    path.write_text(f'udtLive.bytes("{name}", "{text}");\n', encoding="ascii")


def write_runtime(folder: Path) -> None:
    """The runtime, its module and its machine code, and the licences.

    Raises:
        ValueError: the archive is not the one that its card describes.
    """
    card = json.loads((STORED / "onnxruntime-web.json").read_text(encoding="utf-8"))
    with tarfile.open(STORED / "onnxruntime-web.tar.xz") as archive:
        members = {member.name: archive.extractfile(member) for member in archive}
        files = {name: member.read() for name, member in members.items() if member}
    found = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    if found != card["sha256"]:
        raise ValueError(
            "onnxruntime-web.tar.xz is not what its card says; restore it, or run tools/fetch_ort.py"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ort.wasm.min.js", "LICENSE", "ThirdPartyNotices.txt"):
        (folder / name).write_bytes(files[name])
    write_bytes(folder / "ort.mjs.js", "ort.mjs", files["ort-wasm-simd-threaded.mjs"])
    write_bytes(folder / "ort.wasm.js", "ort.wasm", files["ort-wasm-simd-threaded.wasm"])


def pixels(hand: str) -> bytes:
    """A hand's drawings of the emoji to choose from."""
    return in_bytes(EMOJI.pictures(hand, torch.tensor(CHOICES)))


def printed() -> bytes:
    """The characters to choose from, in print."""
    places = {each.character: number for number, each in enumerate(CALLIGRAPHY.index())}
    return in_bytes(CALLIGRAPHY.pictures("print", torch.tensor([places[each] for each in CHARACTERS])))


def in_bytes(images: Tensor) -> bytes:
    """Images with one byte a channel, channel first."""
    return ((images + 1) * 127.5).round().byte().numpy().tobytes()


def find_hand_codes() -> dict[str, list[float]]:
    """One code for each hand: of those whose answers a classifier takes for it, the nearest to its drawings."""
    net, rows, reader = load_shipped("hands-bicycle").translator, torch.tensor(JUDGED), load_hand_reader()
    z, pair = torch.randn(CODES, 8, generator=torch.Generator().manual_seed(0)), HandsPair()
    right, found = pair.variants(rows), {}
    with torch.no_grad():
        made = torch.stack([net(pair.lines(rows), code.expand(len(rows), -1)) for code in z])
        read = torch.stack([reader(images).softmax(1).mean(0) for images in made]).argmax(1)
    for k, hand in enumerate(COLOURISTS):
        far = (made - right[:, k]).abs().mean(dim=(1, 2, 3, 4))
        far[read != HANDS.index(hand)] = torch.inf
        found[hand] = [round(entry, 4) for entry in z[far.argmin()].tolist()]
    return found


def write_data(folder: Path) -> None:
    """Pictures and label maps to choose from, the maps' colours, and one code for each of the four hands."""
    for hand in dict.fromkeys(["noto", "twemoji", "fluent-flat", LINES]):
        write_bytes(folder / f"{hand}.js", hand, pixels(hand))
    write_bytes(folder / "print.js", "print", printed())
    codes = json.loads((STORED / "hand-codes.json").read_text(encoding="utf-8"))
    values = torch.tensor([codes[hand] for hand in COLOURISTS])
    write_bytes(folder / "hand-codes.js", "hand-codes", values.numpy().tobytes())
    write_bytes(folder / "face-labels.js", "face-labels", torch.tensor(PALETTE).numpy().tobytes())
    maps = labels_to_faces(size=64, count=1, test=MAPS).samples.test.x
    write_bytes(folder / "face-maps.js", "face-maps", in_bytes(maps))


def write_all(folder: Path) -> None:
    """Everything that living figures load, below the site's folder of static files."""
    write_runtime(folder / "runtime")
    write_data(folder / "data")
    for name, make in MODELS.items():
        write_bytes(folder / "models" / f"{name}.js", name, exported(make()))


def main() -> None:
    """Write into the built site, or into the folder that is named; or look for the codes."""
    if sys.argv[1:] == ["--find-codes"]:
        text = json.dumps(find_hand_codes(), indent=2) + "\n"
        (STORED / "hand-codes.json").write_text(text, encoding="utf-8")
        return
    write_all(Path(sys.argv[1]) if len(sys.argv) > 1 else SITE)


if __name__ == "__main__":
    main()
