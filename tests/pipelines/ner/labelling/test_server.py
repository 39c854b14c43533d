"""Whom the labelling page answers to: this machine, and the page itself."""

import re
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

pytest.importorskip("torch")

from pipelines.ner.labelling.pipeline import Label, labelling
from pipelines.ner.labelling.server import PAGE, Server
from tests.support.labelling import raw, request, text
from tests.support.waiting import LIMIT


@pytest.fixture
def config(tmp_path: Path) -> Label:
    return Label(
        data=text(tmp_path / "text.txt"), types="PER,LOC", out=tmp_path / "out", device="cpu", open=False
    )


@pytest.fixture
def address(config: Label) -> Iterator[str]:
    with labelling(config) as (server, _):
        yield server.address


def saved(config: Label) -> int:
    return len((config.out / "answers.jsonl").read_text().splitlines())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:{port}"}, 403),
        ({"Host": "127.0.0.1"}, 403),
        ({"Host": "127.0.0.1:{port}.evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://evil.example:{port}"}, 403),
        ({"Origin": "https://127.0.0.1:{port}"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Origin": "http://127.0.0.1:{port}", "Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": "http://localhost:{port}", "Host": "localhost:{port}"}, 200),
    ],
)
def test_only_the_page_itself_may_answer(config: Label, address: str, headers: dict, status: int) -> None:
    port = address.partition("/?")[0].rpartition(":")[2]
    named = {name: value.format(port=port) for name, value in headers.items()}

    found, _ = request(address, "/api/answer", {"item": 0, "spans": [], "seconds": 1}, **named)

    assert (found, saved(config)) == (status, int(status == 200))


def test_a_foreign_name_may_not_even_read(address: str) -> None:
    for path in ("/", "/api/question", "/api/progress"):
        assert request(address, path, Host="evil.example")[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": "token wrong"},
        {"Authorization": "", "Cookie": "labels-{port}=wrong"},
        {"Authorization": "", "Cookie": "labels-1={token}"},
        {"Authorization": "", "Cookie": '@=;;;"'},
    ],
)
def test_another_user_of_this_machine_neither_reads_nor_answers(
    config: Label, address: str, headers: dict[str, str]
) -> None:
    site, token = address.split("?token=")
    port = site.rstrip("/").rpartition(":")[2]
    named = {name: value.format(port=port, token=token) for name, value in headers.items()}
    for path in ("/", "/?token=", "/?token=wrong", "/api/question", "/api/progress"):
        status, reply = request(address, path, **named)
        assert status == 403
        assert token not in str(reply)
    assert request(address, "/api/answer", {"item": 0, "spans": [], "seconds": 1}, **named)[0] == 403
    assert saved(config) == 0


def test_a_browser_is_given_the_token_once_and_keeps_it(config: Label, address: str) -> None:
    with urllib.request.urlopen(address, timeout=LIMIT) as reply:
        cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    kept = {"Authorization": "", "Cookie": cookie.partition(";")[0]}
    assert request(address, "/api/question", **kept)[0] == 200
    with labelling(replace(config, out=config.out.with_name("other"))) as (other, _):
        assert other.token not in address, "a token for each folder"


def test_the_token_outlives_a_restart_and_files_are_the_owners(config: Label) -> None:
    config.out.mkdir()
    (config.out / "answers.jsonl").touch(0o644)
    found = []
    for _ in range(2):
        with labelling(config) as (server, _):
            found.append(server.token)
    assert found[0] == found[1]
    modes = {name: (config.out / name).stat().st_mode & 0o777 for name in ("answers.jsonl", ".token")}
    assert modes == {"answers.jsonl": 0o600, ".token": 0o600}


def test_malformed_requests_are_refused(address: str) -> None:
    host, token = address.removeprefix("http://").split("/?token=")
    post = f"POST /api/answer HTTP/1.1\nHost: {host}\nAuthorization: token {token}\n"
    post += "Content-Type: application/json\n"
    cases = {
        f"GET / HTTP/1.1\nHost: {host}\nHost: {host}\n\n": b"403",
        "GET / HTTP/1.0\n\n": b"403",
        f"{post}\n": b"411",
        f"{post}Content-Length: -5\n\n": b"411",
        f"{post}Content-Length: 99999999\n\n": b"413",
        f"{post}Content-Length: {'9' * 5000}\n\n": b"413",
        f"{post}Content-Length: 1e400\n\n": b"411",
        f"{post}Content-Length: ²\n\n": b"411",
        f"{post}Content-Length: 2\n\n[]": b"400",
        f"{post}Content-Length: 3\n\n{{x}}": b"400",
        f"DELETE / HTTP/1.1\nHost: {host}\n\n": b"501",
    }
    for sent, status in cases.items():
        assert raw(address, sent).split()[1] == status, sent
    assert request(address, "/api/nothing")[0] == 404


def test_only_the_loopback_is_listened_on(config: Label) -> None:
    with labelling(config) as (server, _):
        port = server.server_port
        listening = [
            link.laddr
            for link in psutil.Process().net_connections("inet")
            if link.status == psutil.CONN_LISTEN and link.laddr.port == port
        ]
        assert [place.ip for place in listening] == ["127.0.0.1"]


def test_a_taken_port_is_an_error() -> None:
    with (
        Server(0, {}, {}) as server,
        pytest.raises(OSError, match=r"cannot be had .* with --port"),
    ):
        Server(server.server_port, {}, {})


def test_the_page_needs_nothing_from_elsewhere(address: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"https?:|//[a-z]|@import|url\(", page) == []
    assert re.findall(r"""(?:src|href)=["']([^"']*)""", page) == ["data:,"]
    assert "innerHTML" not in page
