"""A registry that keeps the bytes of images, where this machine has one installed.

moto knows repositories and images but takes no layers. Debian's
`docker-registry` (the Distribution project's server) takes them; it listens on
the loopback address, where engines push without TLS or login, and lives and
ends with the emulator. What it holds becomes images of the emulator when
somebody asks ECR for them (gaps/ecr.py).
"""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

PROGRAM = "docker-registry"
MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)
SECONDS_TO_ANSWER = 10
SECONDS_TO_RESTART = 0.5


class Manifest(NamedTuple):
    """What a tag stands for."""

    body: str
    media_type: str
    digest: str


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


class Registry:
    """The server as a child of the emulator: started again when it dies, with what it held."""

    def __init__(self, program: str, folder: Path, changed: Callable[[], None]) -> None:
        """Starts the server on an empty folder. `changed` is called when it runs as another process."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.address = f"127.0.0.1:{_free_port()}"
        self.changed = changed
        self.stopping = threading.Event()
        settings = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
            "http": {"addr": self.address},
        }
        self.command = [program, "serve", str(folder / "config.json")]
        (folder / "config.json").write_text(json.dumps(settings))
        self.process = self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr)
        until = time.monotonic() + SECONDS_TO_ANSWER
        while process.poll() is None and time.monotonic() < until:
            try:
                self._ask("GET", "")
                break
            except OSError:
                time.sleep(0.02)
        return process

    def _watch(self) -> None:
        while True:
            status = self.process.wait()
            if self.stopping.wait(SECONDS_TO_RESTART):
                return
            print(f"the registry ended with {status}: it is started again", file=sys.stderr, flush=True)
            self.process = self._start()
            self.changed()

    def stop(self) -> None:
        """Ends the server and removes what it held."""
        self.stopping.set()
        self.process.terminate()
        try:
            self.process.wait(SECONDS_TO_ANSWER)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ask(self, method: str, path: str) -> Manifest:
        request = urllib.request.Request(f"http://{self.address}/v2/{path}", method=method)
        request.add_header("Accept", ", ".join(MANIFESTS))
        with urllib.request.urlopen(request, timeout=SECONDS_TO_ANSWER) as answer:
            headers = answer.headers
            body = answer.read().decode()
            return Manifest(body, headers.get("Content-Type", ""), headers.get("Docker-Content-Digest", ""))

    def tags(self, repository: str) -> list[str]:
        """Tags of a repository; none when nothing was pushed to it or the server does not answer."""
        try:
            return json.loads(self._ask("GET", f"{repository}/tags/list").body)["tags"] or []
        except OSError:
            return []

    def manifest(self, repository: str, tag: str) -> Manifest:
        """What a tag stands for, byte for byte."""
        return self._ask("GET", f"{repository}/manifests/{tag}")

    def remove(self, repository: str, digest: str) -> None:
        """Forgets an image and its tags; one that it does not know is no error."""
        try:
            self._ask("DELETE", f"{repository}/manifests/{digest}")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise


def start_registry(folder: Path, changed: Callable[[], None]) -> Registry | None:
    """Starts the registry in a folder of its own; nothing when the program is not installed."""
    program = shutil.which(PROGRAM)
    return None if program is None else Registry(program, folder, changed)
