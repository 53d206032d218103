"""Runs moto with the gaps filled, as one daemon for each folder.

The daemon holds a file lock in its folder as long as it lives. The kernel
releases it however the process ends, so a second daemon can never run beside
the first and a dead one never has to be tidied away.
"""

import argparse
import fcntl
import io
import json
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

import moto  # noqa: E402  settings are read at import
from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

from emulator.connections import LastingConnection  # noqa: E402
from emulator.errors import error_response, service_of  # noqa: E402
from emulator.gaps import install_gaps  # noqa: E402
from emulator.gaps.ecr import join  # noqa: E402
from emulator.registry import Registry, start_registry  # noqa: E402
from emulator.task_credentials import task_credentials  # noqa: E402

CONTROL_PATH = "/peaches-sandbox"
TASK_CREDENTIALS = re.compile(CONTROL_PATH + r"/task-credentials/([^/]+)/(.+)")
ALREADY_RUNNING = 75

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


# How often at most something is tried that other requests get in the way of.
TRIES = 20

Result = TypeVar("Result")


def undisturbed(work: Callable[[], Result]) -> Result:
    """The result of work on moto's stores, begun again when another thread changed what it was going through.

    A lock would do as well, had all of moto's answers come at once: some wait for other requests.
    """
    for _ in range(TRIES - 1):
        try:
            return work()
        except RuntimeError as error:
            if "during iteration" not in str(error):
                raise
    return work()


def untouched(environ: dict[str, Any]) -> dict[str, Any]:
    """A request as it came, with its body to be read from the beginning."""
    return {**environ, "wsgi.input": io.BytesIO(environ["wsgi.input"].getvalue())}


class Emulator:
    """WSGI application: the control path, services that moto lacks, then moto itself."""

    def __init__(self, about: dict[str, Any], stop: Callable[[], None]) -> None:
        self.about = about
        self.stop = stop
        self.unfitted, self.services = install_gaps()
        self.moto: Application = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(CONTROL_PATH):
            return self.control(environ, start_response)
        target = environ.get("HTTP_X_AMZ_TARGET", "").split(".")[0]
        application = self.services.get(target, self.moto)
        try:
            return undisturbed(lambda: application(untouched(environ), start_response))
        except Exception as error:
            if not isinstance(error, NotImplementedError):
                traceback.print_exc()
            print(f"gap: {service_of(environ)}: {error!r}", file=sys.stderr, flush=True)
            return error_response(environ, start_response, 400, "EmulatorGap", f"The emulator cannot do this: {error!r}")

    def control(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """GET tells who this is; GET `/task-credentials/<region>/<role>` hands out a task's credentials; POST
        `/stop/<instance>` ends it (only somebody who has read the state file knows the id).
        """
        status, body = "200 OK", self.about
        task = TASK_CREDENTIALS.fullmatch(environ["PATH_INFO"])
        if environ["REQUEST_METHOD"] == "POST":
            if environ["PATH_INFO"] == f"{CONTROL_PATH}/stop/{self.about['instance']}":
                self.stop()
            else:
                status, body = "404 Not Found", {"error": "no such instance"}
        elif task is not None:
            region, role = task.groups()
            found = undisturbed(lambda: task_credentials(role, region))
            status = "403 Forbidden" if found is None else status
            body = found or {"error": f"{role} is missing or does not trust ECS tasks"}
        payload = json.dumps(body).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(payload)))])
        return [payload]


def write_whole(path: Path, document: dict[str, Any]) -> None:
    """Writes a file so that a reader sees all of it or none."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w") as file:
        json.dump(document, file, indent=2)
    os.replace(temporary, path)


def drop_states(folder: Path) -> list[str]:
    """Drops local Terraform states: they tell of resources that ended with an earlier emulator.

    Returns the environments that had one. Only the sandbox keeps its state in
    files, `<environment>/state/` below the folder.
    """
    states = [path for path in sorted(folder.glob("*/state")) if any(path.iterdir())]
    for path in states:
        shutil.rmtree(path)
    return [path.parent.name for path in states]


def main() -> None:
    """Takes the folder's lock, binds a port, writes `sandbox.json`, serves until stopped."""
    parser = argparse.ArgumentParser(prog="emulator")
    parser.add_argument("--folder", type=Path, required=True, help="where sandbox.json and the lock are kept")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    parser.add_argument("--no-registry", action="store_true", help="take no layers of images")
    options = parser.parse_args()

    lock = open(options.folder / "sandbox.lock", "a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(ALREADY_RUNNING)

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    about: dict[str, Any] = {"instance": str(uuid.uuid4()), "moto": moto.__version__}
    stopping = threading.Event()
    emulator = Emulator(about, stopping.set)
    server = make_server(options.host, options.port, emulator, threaded=True, request_handler=LastingConnection)
    server.daemon_threads = True  # type: ignore[attr-defined]
    os.environ["MOTO_PORT"] = str(server.server_port)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())

    threading.Thread(target=server.serve_forever, daemon=True).start()
    state = options.folder / "sandbox.json"
    record = {
        "endpoint": f"http://127.0.0.1:{server.server_port}",
        "port": server.server_port,
        "pid": os.getpid(),
        "startedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "dropped": drop_states(options.folder),
        "unfitted": emulator.unfitted,
        **about,
    }

    registry: Registry | None = None

    def tell() -> None:
        """Writes the state file as things are."""
        told = None if registry is None else {"address": registry.address, "pid": registry.process.pid}
        write_whole(state, {**record, "registry": told})

    if not options.no_registry:
        registry = start_registry(options.folder / "registry", tell)
    if registry is not None:
        join(registry)
    tell()
    stopping.wait()
    time.sleep(0.1)  # the answer to the request that asked us to stop
    state.unlink(missing_ok=True)
    if registry is not None:
        registry.stop()
    server.shutdown()
