"""The images of docker sandboxes: a small Debian base, and on it the pinned parts of a stack.

Each carries the digest of what made it as its tag, so that one is built once. The base is made on
`debian:bookworm-slim` where the engine has it or can fetch it, else by debootstrap (as root).
"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from metadrill.clients.engine import Engine, EngineError, ImageMissing
from metadrill.sandboxes import lease, proc

LABEL = "metadrill.image"
PLACE = Path("/opt/metadrill")
BASE = "metadrill-base:1"  # raise it when what is in it changes
_DEBIAN = "debian:bookworm-slim"
_RELEASE = "bookworm"
_PACKAGES = ("iptables", "python3-minimal")  # the rule that lets nothing out, and the probes that prove it
_ON_DEBIAN = (
    f"FROM {_DEBIAN}\nLABEL {LABEL}=base\n"
    f"RUN apt-get update && apt-get install -y --no-install-recommends {' '.join(_PACKAGES)}"
    " && rm -rf /var/lib/apt/lists/*\n"
)
_LEFT_OUT = ("./var/cache/apt/archives/*", "./var/lib/apt/lists/*", "./usr/share/doc/*", "./usr/share/man/*")


@dataclass(frozen=True)
class Images:
    """The images of one engine (port `Imaged`)."""

    engine: Engine
    cache: Path

    def image(self, name: str, key: str, content: Mapping[str, Path]) -> str:
        """Return the image of that name and key, made of folders below /opt/metadrill where there is none."""
        tag = f"metadrill-{name}:{key[:16]}"
        with lease.alone(self.cache, "images"):
            if self.engine.image(tag) is None:
                copies = "".join(f"COPY {folder} {PLACE / folder}\n" for folder in content)
                recipe = f"FROM {self._base()}\nLABEL {LABEL}={name}\n{copies}"
                self.engine.build(recipe, content, tag)
        return tag

    def users(self, reference: str) -> str:
        """Return the id of a user's own image, fetched where the engine lacks it. Raises ImageMissing."""
        return self.engine.image(reference) or self.engine.pull(reference)

    def known(self) -> list[tuple[str, int]]:
        """Return the images that were built here: tag and size in bytes."""
        return self.engine.images(LABEL)

    def base(self) -> str:
        """Return the base image, made where there is none. Raises ImageMissing, EngineError."""
        with lease.alone(self.cache, "images"):
            return self._base()

    def _base(self) -> str:
        if self.engine.image(BASE) is not None:
            return BASE
        try:
            if self.engine.image(_DEBIAN) is None:
                self.engine.pull(_DEBIAN)
            self.engine.build(_ON_DEBIAN, {}, BASE)
        except EngineError as error:
            self._bootstrapped(error)
        return BASE

    def _bootstrapped(self, because: EngineError) -> None:
        """Make the base of Debian's own packages. Raises ImageMissing with both reasons."""
        if os.geteuid() != 0 or shutil.which("debootstrap") is None:
            lacking = "debootstrap is not installed" if os.geteuid() == 0 else "debootstrap needs root"
            raise ImageMissing(
                f"base image: {because.message}; {lacking}",
                "sudo apt-get install debootstrap, and build once as root: metadrill sandbox images --build;"
                " or use --sandbox process",
            )
        with _leased(self.cache) as (root, environment):
            argv = ["debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}",
                    _RELEASE, str(root), *_mirror()]  # fmt: skip
            done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
            if done.returncode:
                raise ImageMissing(
                    f"base image: debootstrap: {done.stdout.strip()[-200:]}",
                    "is the Debian mirror reachable?",
                )
            skip = [f"--exclude={pattern}" for pattern in _LEFT_OUT]
            with subprocess.Popen(
                ["tar", "-C", str(root), *skip, "-c", "."], stdout=subprocess.PIPE, env=environment
            ) as tar:
                assert tar.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
                self.engine.load(tar.stdout, BASE, [f"LABEL {LABEL}=base"])


@contextmanager
def _leased(cache: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a folder to build in that `gc` finds when this process is killed, and its mark."""
    name = f"image-{secrets.token_hex(4)}"
    held = lease.Lease(name, "image", *proc.owner(os.getpid()), proc.now(), ())
    lease.write(cache, held)
    root = lease.folder(cache) / name
    root.mkdir()
    try:
        yield root, {**os.environ, proc.MARK: name}
    finally:
        lease.remove(cache, held)


def _mirror() -> list[str]:
    """Return the mirror that this machine's apt uses for the release, or nothing: debootstrap's own."""
    try:
        told = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except OSError:
        return []
    rows = [line.split() for line in told.stdout.splitlines()]
    return next(([row[0]] for row in rows if len(row) == 2 and row[1] == _RELEASE), [])
