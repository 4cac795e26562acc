"""The container engine of this machine: thin verbs over docker and testcontainers, errors typed.

Only a local engine: what runs in it shares folders and loopback with us. Ryuk, which
testcontainers would start to clean up, is switched off: its image may not be had, and its
handshake can fail unseen (testcontainers-python issue 1114). Our own labels and leases serve.
"""

import errno
import os
import socket
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from metadrill.errors import DeadlineExceeded, EnvironmentNotReady

OLDEST = (1, 41)  # the API of Docker 20.10
_SOCKET = "unix:///var/run/docker.sock"
_PATIENCE = timedelta(minutes=5)  # a build or a removal on a busy disk


class EngineError(EnvironmentNotReady):
    """The engine is not there, not fit, or said no."""


class NoEngine(EngineError):
    """No engine answers here, or it is none that can be used."""


class ImageMissing(EngineError):
    """The engine has no such image, and could not fetch it."""


@dataclass(frozen=True)
class Box:
    """A container to be started: from which image, what runs in it, and every limit (`how`)."""

    name: str
    image: str
    argv: Sequence[str]
    labels: Mapping[str, str]
    env: Mapping[str, str] = field(default_factory=dict)
    how: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Engine:
    """An engine that answered; made by `connect`."""

    client: Any
    version: str
    address: str

    def image(self, reference: str) -> str | None:
        """Return the id of an image that the engine has, or None."""
        with _typed(f"image {reference}"):
            try:
                return str(self.client.images.get(reference).id)
            except self._errors.ImageNotFound:
                return None

    def pull(self, reference: str) -> str:
        """Fetch an image from wherever the engine fetches; return its id. Raises ImageMissing."""
        import requests

        try:
            return str(self.client.images.pull(reference).id)
        except (self._errors.DockerException, requests.exceptions.RequestException) as error:
            raise ImageMissing(
                f"image {reference}: cannot be fetched: {_reason(error)}",
                "pull or load it into this engine beforehand, or use --sandbox process",
            ) from None

    def images(self, label: str) -> list[tuple[str, int]]:
        """Return the tags and sizes in bytes of the images that carry a label."""
        with _typed("images"):
            found = self.client.images.list(filters={"label": label})
            return sorted((tag, int(image.attrs["Size"])) for image in found for tag in image.tags)

    def load(self, root: IO[bytes], tag: str, changes: Sequence[str]) -> None:
        """Make an image of a root file system, given as a tar file."""
        name, _, version = tag.partition(":")
        with _typed(f"image {tag}"):
            self.client.api.import_image(src=root, repository=name, tag=version, changes=list(changes))
        if self.image(tag) is None:
            raise EngineError(f"image {tag}: the engine did not take it", _SPACE)

    def build(self, recipe: str, content: Mapping[str, Path], tag: str) -> None:
        """Build an image of a Dockerfile and the folders it copies, by the names it knows them by."""
        with _typed(f"image {tag}"), tempfile.TemporaryFile() as file:
            with tarfile.open(fileobj=file, mode="w") as context:
                entry = tarfile.TarInfo("Dockerfile")
                entry.size = len(recipe.encode())
                context.addfile(entry, BytesIO(recipe.encode()))
                for name, folder in content.items():
                    context.add(folder, name)
            file.seek(0)
            how = {"custom_context": True, "rm": True, "forcerm": True, "use_config_proxy": True}
            self.client.images.build(fileobj=file, tag=tag, **how)

    def network(self, name: str, options: Mapping[str, str], labels: Mapping[str, str]) -> str:
        """Make a bridge network; return its gateway's address."""
        with _typed(f"network {name}"):
            made = self.client.networks.create(
                name, driver="bridge", options=dict(options), labels=dict(labels), check_duplicate=True
            )
            made.reload()
            return str(made.attrs["IPAM"]["Config"][0]["Gateway"])

    def hold(self, box: Box, network: str) -> tuple[Any, str]:
        """Start a container on a network, by testcontainers; return it and its address there."""
        with _typed(f"container {box.name}"):
            from testcontainers.core.config import testcontainers_config
            from testcontainers.core.container import DockerContainer

            testcontainers_config.ryuk_disabled = True
            where = {"environment": {"DOCKER_HOST": self.address}}
            held = DockerContainer(box.image, where, list(box.argv), name=box.name)
            held.env.update(box.env)
            held.with_kwargs(network=network, labels=dict(box.labels), **box.how).start()
            made = held.get_wrapped_container()
            made.reload()
            return made, str(made.attrs["NetworkSettings"]["Networks"][network]["IPAddress"])

    def start(self, box: Box) -> Any:
        """Create and start a container; one that does not start is taken away again."""
        with _typed(f"container {box.name}"):
            made = self.client.containers.create(
                box.image, list(box.argv), name=box.name, labels=dict(box.labels),
                environment=dict(box.env), **box.how,
            )  # fmt: skip
            try:
                made.start()
            except self._errors.APIError:
                made.remove(force=True, v=True)
                raise
            made.reload()
            return made

    def once(self, box: Box) -> tuple[int, str]:
        """Run a container to its end and take it away; return its exit code and what it said."""
        made = self.start(box)
        with _typed(f"container {box.name}"):
            try:
                code = int(made.wait(timeout=60)["StatusCode"])
                return code, made.logs().decode(errors="replace")
            finally:
                made.remove(force=True, v=True)

    def labelled(self, label: str) -> dict[str, list[Any]]:
        """Return every container, network and volume that carries a label, by kind."""
        with _typed("what carries our label"):
            where, client = {"label": label}, self.client
            boxes = client.containers.list(all=True, filters=where, ignore_removed=True)
            nets, volumes = client.networks.list(filters=where), client.volumes.list(filters=where)
            return {"container": boxes, "network": nets, "volume": volumes}

    def remove(self, kind: str, item: Any) -> None:
        """Remove a container, network or volume. Gone already: no error."""
        with _typed(f"{kind} {item.name}"):
            try:
                item.remove(**({"force": True, "v": True} if kind == "container" else {}))
            except self._errors.NotFound:
                return
            except self._errors.APIError as error:
                if "already in progress" not in str(error):
                    raise

    def inspect(self, container: Any) -> Mapping[str, Any]:
        """Return a container's state: `Running`, `Pid`, `ExitCode`; empty where it is gone."""
        with _typed(f"container {container.name}"):
            try:
                container.reload()
            except self._errors.NotFound:
                return {}
            return dict(container.attrs["State"])

    def execute(self, container: Any, argv: Sequence[str]) -> tuple[int, str]:
        """Run a program inside a container; return its exit code and what it said."""
        with _typed(f"container {container.name}"):
            code, said = container.exec_run(list(argv))
        return int(code), said.decode(errors="replace")

    def end(self, container: Any, deadline: timedelta) -> None:
        """Ask a container to end, then kill it, then take it away."""
        with _typed(f"container {container.name}"):
            try:
                container.stop(timeout=int(deadline.total_seconds()))
                container.remove(force=True, v=True)
            except self._errors.NotFound:
                return

    def result(self, container: Any, deadline: timedelta) -> int:
        """Wait for a container's end; return its exit code. Raises DeadlineExceeded."""
        import requests

        try:
            return int(container.wait(timeout=deadline.total_seconds())["StatusCode"])
        except requests.exceptions.RequestException:
            limit = f"{deadline.total_seconds():.0f} s"
            raise DeadlineExceeded(f"{container.name}: not done within {limit}", "see its log") from None

    @cached_property
    def _errors(self) -> Any:
        from docker import errors

        return errors


def connect(address: str | None = None) -> Engine:
    """Return the engine of this machine. Raises NoEngine: none, not allowed, not local, too old."""
    where = address or os.environ.get("DOCKER_HOST") or _SOCKET
    _refuse_unreachable(where)
    import docker

    try:
        client = docker.DockerClient(base_url=where, timeout=int(_PATIENCE.total_seconds()))
        told = client.version()
    except (docker.errors.DockerException, ValueError) as error:
        raise NoEngine(
            f"{where}: no container engine that can be used answers: {_reason(error)}", _ELSE
        ) from None
    version = str(told.get("Version", "unknown"))
    spoken = tuple(int(part) for part in str(told.get("ApiVersion", "0")).split(".") if part.isdecimal())
    if spoken < OLDEST:
        raise NoEngine(f"{where}: Docker {version} is too old, 20.10 is needed", f"update it; {_ELSE}")
    return Engine(client, version, where)


_ELSE = "or use --sandbox process, which needs no engine"


def _refuse_unreachable(where: str) -> None:
    """Raise NoEngine before the library is loaded, where the socket alone says it."""
    if not where.startswith("unix://"):
        raise NoEngine(
            f"{where}: the container engine must be on this machine", f"unset DOCKER_HOST; {_ELSE}"
        )
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        try:
            line.connect(where.removeprefix("unix://"))
            return
        except OSError as error:
            code = error.errno or errno.ETIMEDOUT
    if code in (errno.EACCES, errno.EPERM):
        raise NoEngine(
            f"{where}: this user may not use the container engine", f"join its group (docker); {_ELSE}"
        )
    reason = os.strerror(code).lower()
    raise NoEngine(f"{where}: no container engine answers: {reason}", f"start it (dockerd); {_ELSE}")


@contextmanager
def _typed(what: str) -> Iterator[None]:
    """Raise EngineError, or ImageMissing, for whatever the libraries raise."""
    import docker
    import requests

    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise ImageMissing(
            f"{what}: {_reason(error)}", "pull or load it into this engine beforehand"
        ) from None
    except docker.errors.DockerException as error:
        raise EngineError(f"{what}: {_reason(error)}", _hint(str(error))) from None
    except requests.exceptions.RequestException as error:
        raise EngineError(f"{what}: the engine did not answer: {_reason(error)}", "is it running?") from None
    except OSError as error:  # of what is sent to it
        raise EngineError(
            f"{what}: {(error.strerror or str(error)).lower()}: {error.filename}", _SPACE
        ) from None


_SPACE = "is there space for it, and was it not removed meanwhile?"
_HINTS = {
    "no space left on device": "free some space where the engine keeps its images",
    "address pool": "remove networks that nobody uses: docker network prune",
    "is already in use": "something of that name was left there: metadrill gc",
    "already exists": "something of that name was left there: metadrill gc",
    "already allocated": "another program took the port: run it again",
    "docker-init": "install the engine's init program (Debian: tini)",
}


def _hint(text: str) -> str:
    return next((hint for sign, hint in _HINTS.items() if sign in text.lower()), "see the engine's log")


def _reason(error: Exception) -> str:
    text = str(getattr(error, "explanation", None) or error)
    return " ".join(text.split())[:300]
