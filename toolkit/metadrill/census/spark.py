"""The engine `spark`: the same questions, asked by Apache Spark, for what outgrows one machine.

It needs the extra `spark` and a Java of 17 or 21. Tables go through Parquet files in a scratch folder,
which every worker must see: on a cluster, one that they share. What lies elsewhere is linked or copied
into it.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from metadrill.census.asking import PIECE, Source
from metadrill.errors import BackupError, EnvironmentNotReady, Interrupted

MASTER = "local[2]"
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.parser.escapedStringLiterals": "true",
}
_ALONE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}
"""For a master within this process: nothing listens on an address of the network."""


class Spark:
    """The engine `spark`. Its connection to the master is the process's, and ends with that."""

    def __init__(self, master: str = MASTER, scratch: Path | None = None) -> None:
        """Raises EnvironmentNotReady: no pyspark, no Java that fits, a master that does not answer."""
        self._spark = _session(master).newSession()  # names of its own, in the one context of a process
        self._scratch = tempfile.TemporaryDirectory(prefix="metadrill-", dir=scratch)
        self._shared = scratch is not None or not master.startswith("local")
        self._written = 0
        self._judged: Any = None

    def close(self) -> None:
        """See `Engine`. The next look has the same workers, and need not wait for them."""
        try:
            self._let_go()
        finally:
            self._scratch.cleanup()

    def _let_go(self) -> None:
        """Have the workers forget the frame that was judged last."""
        judged, self._judged = self._judged, None
        try:
            if judged is not None:
                judged.unpersist()
        except Interrupted:
            raise
        except Exception:  # noqa: BLE001 - workers that are gone hold nothing any more
            return

    def give(self, name: str, source: Source) -> None:
        """See `Engine`. Raises BackupError for a file that cannot be read.

        No file is written twice: what Spark keeps of an answer it knows by the files that it read.
        """
        if isinstance(source, Path):
            path = self._seen(name, source)
        else:
            path = self._new(name)
            pq.write_table(source, path)
        try:
            self._spark.read.parquet(str(path)).createOrReplaceTempView(name)
        except Exception as error:  # noqa: BLE001 - it raises its own kinds and those of Java
            raise BackupError(f"{path.name}: cannot be read: {_first_line(error)}") from None

    def _seen(self, name: str, path: Path) -> Path:
        """Return where the workers see a file: linked into the scratch folder, else copied into it.

        Raises EnvironmentNotReady for a folder that cannot take it.
        """
        if not self._shared or path.is_relative_to(self._scratch.name):
            return path
        target = self._new(name)
        try:
            os.link(path.resolve(), target)
        except OSError:  # on another file system, or not ours to link
            _copied(path, target)
        return target

    def define(self, name: str, text: str) -> None:
        """See `Engine`."""
        self._spark.sql(text).createOrReplaceTempView(name)

    def keep(self, name: str, text: str) -> None:
        """See `Engine`."""
        target = self._new(name)
        self._spark.sql(text).write.parquet(str(target))
        self.give(name, target)

    def _new(self, name: str) -> Path:
        self._written += 1
        return Path(self._scratch.name) / f"{self._written}-{name}.parquet"

    def columns(self, text: str) -> tuple[str, ...]:
        """See `Engine`."""
        return tuple(self._spark.sql(text).columns)

    def pieces(self, text: str, rows: int = PIECE) -> Iterator[pa.Table]:
        """See `Engine`. The answer comes whole to the driver: for what is small."""
        answer = self._spark.sql(text).toArrow()
        for start in range(0, answer.num_rows, rows):
            yield answer.slice(start, rows)

    def native(self, text: str) -> Any:
        """See `Engine`: Great Expectations judges a frame of Spark where it lies."""
        self._let_go()
        self._judged = self._spark.sql(text).persist()
        return self._judged

    def unique(self, source: str, keys: Sequence[str]) -> bool:
        """See `Engine`. To find out is no cheaper here than to group."""
        return False

    def listed(self, column: str) -> str:
        """See `Engine`."""
        return f"array_join(array_sort(collect_list({column})), ', ')"

    def number(self, text: str) -> str:
        """See `Engine`."""
        return f"CAST(conv(substr(md5({text}), 1, 15), 16, 10) AS BIGINT)"


def _session(master: str) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise EnvironmentNotReady(
            "engine spark: pyspark is not installed", "pip install 'metadrill[spark]'"
        ) from None
    _expect_java()
    builder = SparkSession.builder.appName("metadrill").master(master)
    for name, value in {**_SETTINGS, **(_ALONE if master.startswith("local") else {})}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
    except Exception as error:  # noqa: BLE001 - it raises its own kinds and those of Java
        raise EnvironmentNotReady(
            f"engine spark: {master} does not answer: {_first_line(error)}", "is the master right?"
        ) from None
    return session


def _expect_java() -> None:
    hint = "install openjdk-17-jre-headless, or set JAVA_HOME"
    home = os.environ.get("JAVA_HOME")  # as Spark's own start does: it wins over the path
    java = shutil.which(str(Path(home, "bin", "java")) if home else "java")
    if java is None:
        raise EnvironmentNotReady("engine spark: there is no Java", hint)
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = told.partition('"')[2].partition(".")[0]
    if not version.isdigit() or int(version) < 17:
        raise EnvironmentNotReady(f"engine spark: Java {version or 'unknown'} is too old for it", hint)


def _copied(path: Path, target: Path) -> None:
    try:
        shutil.copyfile(path, target)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise EnvironmentNotReady(
            f"engine spark: {path.name} cannot be copied to {target.parent}: {why}", "is there room?"
        ) from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
