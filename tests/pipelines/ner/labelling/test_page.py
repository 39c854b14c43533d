"""The labelling page in a browser, by keyboard and by mouse."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("selenium", reason="selenium is not installed")

from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.wait import WebDriverWait

from pipelines.ner.labelling.pipeline import Label, labelling
from tests.support.browser import chromium
from tests.support.labelling import request, text, truth
from tests.support.waiting import LIMIT

pytestmark = pytest.mark.browser

TYPES = ("PER", "LOC")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def config(tmp_path: Path) -> Label:
    data = text(tmp_path / "text.txt")
    return Label(data=data, types=",".join(TYPES), out=tmp_path / "out", epochs=2, device="cpu", open=False)


class Page:
    """What a person sees of the page, and does to it."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser, self.began = browser, time.monotonic()
        browser.get(address)
        self.wait(lambda: self.item)

    def wait(self, until: Callable[[], Any]) -> Any:
        return WebDriverWait(self.browser, LIMIT, 0.02).until(lambda _: until())

    def one(self, selector: str) -> Any:
        return self.browser.find_element("css selector", selector)

    @property
    def item(self) -> str:
        return self.one("#sentence").get_dom_attribute("data-item") or ""

    @property
    def words(self) -> list[str]:
        return self.browser.execute_script(
            "return [...document.querySelectorAll('.word')].map((word) => word.textContent)"
        )

    @property
    def shown(self) -> list[list[Any]]:
        """Spans as they are drawn: first word, the one after the last, type."""
        return self.browser.execute_script("""
            const words = [...document.querySelectorAll(".word")];
            return [...document.querySelectorAll(".span")].map((span) => {
              const own = [...span.querySelectorAll(".word")].map((word) => words.indexOf(word));
              return [own[0], own.at(-1) + 1, span.querySelector(".tag").textContent];
            })""")

    def press(self, *keys: str, shift: bool = False) -> None:
        chain = ActionChains(self.browser, duration=0)
        if shift:
            chain.key_down(Keys.SHIFT)
        chain.send_keys(*keys)
        if shift:
            chain.key_up(Keys.SHIFT)
        chain.perform()

    def name(self, spans: list[list[Any]]) -> None:
        """Name words by the keyboard alone, from the first word on."""
        at = 0
        for begin, end, kind in spans:
            self.press(*[Keys.ARROW_RIGHT] * (begin - at))
            self.press(*[Keys.ARROW_RIGHT] * (end - 1 - begin), shift=True)
            self.press(str(TYPES.index(kind) + 1))
            at = end - 1

    def leave(self, key: str = Keys.ENTER) -> None:
        """Press a key and wait for another sentence."""
        before = self.item
        self.press(key)
        self.wait(lambda: self.item != before)


@pytest.fixture
def page(browser: Any, config: Label) -> Iterator[Page]:
    browser.get("about:blank")
    browser.get_log("browser")
    with labelling(config) as (server, _):
        yield Page(browser, server.address)
        complaints = [row["message"] for row in browser.get_log("browser") if row["level"] == "SEVERE"]
        assert complaints == []


def saved(config: Label) -> list[dict[str, Any]]:
    place = config.out / "answers.jsonl"
    return [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]


def test_twenty_sentences_by_keyboard_and_one_by_mouse(page: Page, config: Label) -> None:
    typed = []
    for _ in range(20):
        words = page.words
        while page.shown:  # what the model guesses is taken away, and named anew
            page.press(*[Keys.ARROW_RIGHT] * page.shown[0][0], "0", Keys.HOME)
        page.name(truth(words))
        assert page.shown == truth(words)
        typed.append((page.item, words, truth(words)))
        page.leave()
    found = [(str(row["item"]), row["words"], row["spans"]) for row in saved(config)]
    assert found == typed
    assert len({item for item, _, _ in found}) == 20
    seconds = [row["seconds"] for row in saved(config)]
    assert min(seconds) > 0
    assert sum(seconds) < time.monotonic() - page.began

    words, item = page.words, page.item
    while page.shown:
        page.one(f"#w{page.shown[0][0]}").click()
        page.one("#none").click()
    for begin, end, kind in truth(words):
        chain = ActionChains(page.browser, duration=20).click_and_hold(page.one(f"#w{begin}"))
        chain.move_to_element(page.one(f"#w{end - 1}")).release().perform()
        page.one(f"#types button:nth-child({TYPES.index(kind) + 1})").click()
    assert page.shown == truth(words)
    page.one("#save").click()
    page.wait(lambda: page.item != item)
    row = saved(config)[20]
    assert (str(row["item"]), row["words"], row["spans"]) == (item, words, truth(words))


def test_names_are_taken_away_and_given_another_type(page: Page, config: Label) -> None:
    page.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, shift=True)
    page.press("1")
    assert page.shown == [[0, 3, "PER"]]
    page.press("2")  # the cursor within a name stands for all of it
    assert page.shown == [[0, 3, "LOC"]]
    page.press("3", "9")  # no such types
    assert page.shown == [[0, 3, "LOC"]]
    page.press(Keys.BACKSPACE)
    assert page.shown == []
    page.press(Keys.HOME, "1", Keys.ARROW_RIGHT, "2")
    assert page.shown == [[0, 1, "PER"], [1, 2, "LOC"]]
    page.press(Keys.HOME, Keys.ARROW_RIGHT)
    page.press(Keys.ARROW_RIGHT, shift=True)
    page.press("1")
    assert page.shown == [[0, 1, "PER"], [1, 3, "PER"]]
    page.press(Keys.HOME)
    page.press(Keys.END, shift=True)
    page.press("0")
    page.leave()
    assert saved(config)[0]["spans"] == []


def test_undo_corrects_and_skip_leaves_out(page: Page, config: Label) -> None:
    first = page.item
    page.press("1")
    page.leave()
    second = page.item
    page.leave("s")
    third = page.item
    page.press("2")
    page.leave("u")
    assert (page.item, "skipped" in page.one("#why").text) == (second, True)
    page.leave("u")
    assert (page.item, page.shown) == (first, [[0, 1, "PER"]])
    page.press("2")
    page.leave()
    assert (page.item, page.shown) == (third, [[0, 1, "LOC"]])  # what was begun there is still there
    assert [(str(row["item"]), row["spans"]) for row in saved(config)] == [
        (first, [[0, 1, "PER"]]),
        (second, None),
        (first, [[0, 1, "LOC"]]),
    ]


def test_enter_accepts_what_the_model_guesses(browser: Any, config: Label) -> None:
    config = replace(config, epochs=40)
    with labelling(config) as (server, session):
        for _ in range(30):
            question = request(server.address, "/api/question")[1]["question"]
            posted = {"item": question["item"], "spans": truth(question["words"]), "seconds": 1}
            request(server.address, "/api/answer", posted)
        page = Page(browser, server.address)
        page.wait(lambda: session.proposal is not None)
        page.leave()
        page.wait(lambda: page.shown or page.leave())  # one for judging shows none
        guessed = page.shown
        assert len(page.browser.find_elements("css selector", ".span.guess")) == len(guessed)
        assert "Chosen by the model of round" in page.one("#why").text
        page.leave()
    assert saved(config)[-1]["spans"] == guessed
    assert saved(config)[-1]["score"] is not None


def test_a_server_that_is_gone_loses_nothing_on_the_page(browser: Any, config: Label) -> None:
    with labelling(config) as (server, _):
        page, port = Page(browser, server.address), server.server_port
        item = page.item
        page.press("1")
    page.press(Keys.ENTER)
    page.wait(lambda: "does not answer" in page.one("#trouble").text)
    assert (page.item, page.shown) == (item, [[0, 1, "PER"]])
    with labelling(replace(config, port=port)):
        page.leave()
        assert not page.one("#trouble").is_displayed()
    assert [(str(row["item"]), row["spans"]) for row in saved(config)] == [(item, [[0, 1, "PER"]])]


def test_lines_chinese_and_words_of_markup(browser: Any, config: Label) -> None:
    config.data.write_text("<b>你好</b> &amp; " + "word " * 60 + "\n", encoding="utf-8")
    with labelling(config) as (server, _):
        page = Page(browser, server.address)
        assert page.words[:9] == ["<", "b", ">", "你", "好", "<", "/", "b", ">"]
        assert "你好" in page.one("#sentence").text
        top = page.one("#w0").location["y"]
        page.press(Keys.ARROW_DOWN)
        lower = page.one(".word.cursor").location["y"]
        page.press(Keys.ARROW_UP)
        assert lower > top == page.one(".word.cursor").location["y"]


def test_the_page_tells_what_it_shows_to_who_cannot_see_it(page: Page) -> None:
    box = page.one("#sentence")
    assert page.browser.switch_to.active_element == box
    page.press(Keys.ARROW_RIGHT)
    page.press(Keys.ARROW_RIGHT, shift=True)
    assert box.get_dom_attribute("aria-activedescendant") == "w2"
    chosen = page.browser.find_elements("css selector", ".word[aria-selected=true]")
    assert [word.text for word in chosen] == page.words[1:3]
    page.press("1")
    assert page.one("#said").get_attribute("textContent") == f"{' '.join(page.words[1:3])}: PER"
    assert page.one("#w2").get_dom_attribute("aria-label") == f"{page.words[2]}, PER"
