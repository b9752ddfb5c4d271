"""Both stores keep files whole, by name."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from api.reports.store import Store, store_at

NAME = "1001/7c1c5cc3-5a11-4ef5-9f0d-7f1e3bb1a3b0.csv"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket of an S3-compatible server, with the environment that leads to it."""
    import boto3

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    told = {
        **{"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"},
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        boto3.client("s3", endpoint_url=told["AWS_ENDPOINT_URL"], region_name="us-east-1").create_bucket(Bucket="files")
        yield "s3://files/of/reports"
    server.stop()


@pytest.fixture(params=["directory", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each of the two."""
    place = str(tmp_path / "store") if request.param == "directory" else request.getfixturevalue("bucket")
    return store_at(place)


async def content(store: Store, name: str) -> bytes | None:
    """What the store gives."""
    opened = await store.open(name)
    if opened is None:
        return None
    found = b"".join([chunk async for chunk in opened.chunks])
    assert len(found) == opened.size
    return found


async def test_files_go_in_and_come_out_and_are_gone(store: Store, tmp_path: Path) -> None:
    large = os.urandom(12 * 2**20)
    for told in (b"first", large):
        path = tmp_path / "file"
        path.write_bytes(told)
        await store.put(NAME, path)
        assert await content(store, NAME) == told
    await store.delete(NAME)
    assert await content(store, NAME) is None
    await store.delete(NAME)


async def test_a_directory_holds_nothing_of_other_names(tmp_path: Path) -> None:
    store = store_at(str(tmp_path / "store"))
    (tmp_path / "secret").write_text("secret")
    assert await store.open("../secret") is None
    assert await store.open(f"1001/../../{NAME}") is None
