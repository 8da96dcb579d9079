"""Chromium with somebody before it: what they click, what they see, what went wrong."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as BrowserError

from tools.check.programs import BROWSERS

PATIENCE = 30_000  # milliseconds for anything to appear
expect.set_options(timeout=PATIENCE)
#: Nothing that Chromium does by itself may reach out of this machine.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class Screen:
    """One window. Errors of any page in it are kept, so that a test can insist on none."""

    def __init__(self, context: BrowserContext, folder: Path):
        self._context = context
        self._folder = folder
        self.errors: list[str] = []
        context.set_default_timeout(PATIENCE)
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self._note(line.type, line.text, line.location))

    def _note(self, kind: str, text: str, place: dict) -> None:
        if kind == "error":
            self.errors.append(f"{text} ({place.get('url')})")

    def log_in(self, url: str, login: str) -> None:
        self.page.goto(f"{url}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", login)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_main_navbar")

    def download(self, selector: str, page: Page | None = None) -> Path:
        """Click and keep the file that comes, under the name that it brings."""
        page = page or self.page
        with page.expect_download() as coming:
            page.click(selector)
        target = self._folder / coming.value.suggested_filename
        coming.value.save_as(target)
        return target

    @contextmanager
    def new_tab(self) -> Iterator[list[Page]]:
        """The tab that something in the block opens stands in the list afterwards."""
        opened: list[Page] = []
        with self._context.expect_page() as coming:
            yield opened
        coming.value.wait_for_load_state()
        opened.append(coming.value)

    def photograph(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(self._context.pages):
            try:
                page.screenshot(path=folder / f"{name}-{number}.png")
            except BrowserError as error:  # a page that hangs must not hide the failure
                (folder / f"{name}-{number}.txt").write_text(str(error))


@contextmanager
def opened(folder: Path, language: str = "en-US") -> Iterator[Screen]:
    """A fresh browser; nothing of it is left afterwards."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        try:
            context = browser.new_context(
                viewport={"width": 1366, "height": 768}, accept_downloads=True, locale=language
            )
            yield Screen(context, folder)
        finally:
            browser.close()
