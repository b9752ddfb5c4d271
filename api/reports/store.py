"""Where the files of reports are: a directory, or an S3-compatible store. Names are like 1001/UUID.csv."""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from obstore import GetResult

NAME: Final = re.compile(r"\d{1,10}/[0-9a-f-]{36}\.[a-z]{3,7}")
CHUNK: Final = 1 << 18


class Opened(NamedTuple):
    """A file that is being read."""

    size: int
    chunks: AsyncIterator[bytes]


class Store(Protocol):
    """Files by name. `work`: a folder for a file that is not complete yet."""

    @property
    def work(self) -> Path:
        """A folder for files that are not complete yet."""

    async def put(self, name: str, path: Path) -> None:
        """Takes in the file at this path, whole or not at all; there may be one of this name already."""

    async def open(self, name: str) -> Opened | None:
        """The file, to be read; none where there is none."""

    async def delete(self, name: str) -> None:
        """Makes sure that there is no such file."""


class Directory:
    """Files in a directory. Servers and workers on several machines must share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def work(self) -> Path:
        """A folder of the same file system, so that a file is moved in one step."""
        work = self.folder / "unfinished"
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        return work

    async def put(self, name: str, path: Path) -> None:
        """Moves the file in."""
        target = self._path(name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(path, target)

    async def open(self, name: str) -> Opened | None:
        """The file, in chunks."""
        try:
            file = self._path(name).open("rb")
        except FileNotFoundError:
            return None

        async def chunks() -> AsyncIterator[bytes]:
            with file:
                while chunk := await asyncio.to_thread(file.read, CHUNK):
                    yield chunk

        return Opened(os.fstat(file.fileno()).st_size, chunks())

    async def delete(self, name: str) -> None:
        """Unlinks the file."""
        with suppress(FileNotFoundError):
            self._path(name).unlink()

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return self.folder / name


class Bucket:
    """Files in a bucket. Who may write there, and where it is, say the AWS_… variables of the environment."""

    def __init__(self, url: str) -> None:
        import obstore  # takes long to import, and few need it
        from obstore.store import S3Store

        self._obstore = obstore
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        options: Any = {"allow_http": True} if endpoint.startswith("http://") else {}
        self._store = S3Store.from_url(url, client_options=options)

    @property
    def work(self) -> Path:
        """A folder of this machine."""
        return Path(tempfile.gettempdir())

    async def put(self, name: str, path: Path) -> None:
        """Uploads the file, in parts where it is large."""
        await self._obstore.put_async(self._store, name, path)

    async def open(self, name: str) -> Opened | None:
        """The file, in chunks."""
        try:
            found = await self._obstore.get_async(self._store, name)
        except FileNotFoundError:
            return None
        return Opened(found.meta["size"], _bytes(found))

    async def delete(self, name: str) -> None:
        """Deletes the object."""
        with suppress(FileNotFoundError):
            await self._obstore.delete_async(self._store, name)


async def _bytes(found: "GetResult") -> AsyncIterator[bytes]:
    async for chunk in found.stream(min_chunk_size=CHUNK):
        yield bytes(chunk)


def store_at(place: str) -> Store:
    """The store that a setting names: s3://BUCKET/PREFIX, or a folder."""
    return Bucket(place) if place.startswith("s3://") else Directory(Path(place).expanduser())
