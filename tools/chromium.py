"""A small client of Chromium's DevTools protocol: one browser, its pages visited one after the other."""

from __future__ import annotations

import base64
import functools
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

# Maths is typeset after the page has loaded; a page is ready once that promise, if any, has settled.
READY = """(async () => {
  if (window.MathJax && MathJax.startup) { await MathJax.startup.promise; }
  await document.fonts.ready;
  const images = [...document.images];
  images.forEach(i => { i.loading = 'eager'; });
  await Promise.all(images.map(i => i.decode().catch(() => null)));
  return true;
})()"""

# What a page has loaded, unpacked, once its maths and its fonts have settled.
WEIGHT = """(async () => {
  if (window.MathJax && MathJax.startup) { await MathJax.startup.promise; }
  await document.fonts.ready;
  await new Promise(done => setTimeout(done, 300));
  const found = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  return Object.fromEntries(found.map(entry => [entry.name, entry.decodedBodySize]));
})()"""


def find_chromium() -> str | None:
    """The browser's path, or None where there is none; the variable CHROMIUM comes first."""
    chosen = os.environ.get("CHROMIUM")
    return chosen or next((path for name in NAMES if (path := shutil.which(name))), None)


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the tests read the browser's log instead."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve ``folder`` on a free loopback port; yields the address."""
    handler = functools.partial(_QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Visit:
    """What the browser reported while one page was open."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


class Browser:
    """One headless Chromium with one tab and no network but the loopback interface."""

    def __init__(self, path: str, *, patience: float = 60) -> None:
        """Start it; ``patience`` is how many seconds one command may take."""
        self._patience = patience
        self._profile = tempfile.TemporaryDirectory(prefix="udt-chromium-", ignore_cleanup_errors=True)
        flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--remote-debugging-port=0",
            "--remote-allow-origins=*",
            f"--user-data-dir={self._profile.name}",
        ]
        self._process = subprocess.Popen(
            [path, *flags, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._socket = self._connect()
        self._last = 0
        self._visit = Visit()
        self._loaded = False
        self._width = 1280
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def _connect(self) -> Any:
        import urllib.request

        import websocket

        port_file = Path(self._profile.name) / "DevToolsActivePort"
        deadline = time.monotonic() + 60
        while not (port_file.exists() and port_file.read_text().count("\n")):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError("Chromium did not start within 60 s; run it by hand to see why")
            time.sleep(0.05)
        port = port_file.read_text().split("\n")[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
            tab = next(target for target in json.load(answer) if target["type"] == "page")
        return websocket.create_connection(
            tab["webSocketDebuggerUrl"], timeout=self._patience, suppress_origin=True
        )

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and wait for its answer, noting the events that come before it."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        """Keep what an event says about errors and requests."""
        method, params = message.get("method"), message.get("params", {})
        errors = self._visit.errors
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            errors.append("exception: " + details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            errors.append(
                "console: " + " ".join(str(a.get("value", a.get("description"))) for a in params["args"])
            )
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            errors.append(f"log: {params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self._visit.requests.append(params["request"]["url"])
        elif method == "Network.loadingFailed" and not params.get("canceled"):
            errors.append(f"request failed: {params['errorText']}")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; promises are awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"in the page: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def resize(self, width: int, height: int = 900) -> None:
        """Give the page this many CSS pixels; narrow widths count as a phone."""
        self._width = width
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def visit(self, address: str) -> Visit:
        """Open a page, wait until its maths is typeset, and return what was reported."""
        self._visit, self._loaded = Visit(), False
        self.call("Page.navigate", url=address)
        while not self._loaded:
            self._note(json.loads(self._socket.recv()))
        self.evaluate(READY)
        return self._visit

    def weigh(self, address: str) -> dict[str, int]:
        """Open a page as a reader does and return what it loaded before anything was touched, in bytes."""
        self._visit, self._loaded = Visit(), False
        self.call("Page.navigate", url=address)
        while not self._loaded:
            self._note(json.loads(self._socket.recv()))
        return self.evaluate(WEIGHT)

    def screenshot(self, path: Path) -> None:
        """Write the whole page as a PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        # a window as tall as the page: capturing beyond the window shifts the theme's sticky columns
        self.resize(self._width, min(size["height"], 16_000))
        self.evaluate("new Promise(done => setTimeout(done, 300))")
        shot = self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(shot["data"]))
        self.resize(self._width)

    def close(self) -> None:
        """End the browser and remove its profile."""
        self._socket.close()
        self._process.terminate()
        self._process.wait(timeout=20)
        self._profile.cleanup()
