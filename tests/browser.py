"""Opens the report of the planted example in a real Chromium: ``make browser``. It is no part of ``make test``.

The page must run nothing and ask for nothing, though the texts in it try; it must fit a telephone and paper.
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from ledgerd.reconciliation.report.page import write_page
from tests.reconciliation.statement.examples import example

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/report.png"
PICTURE_MAX_BYTES = 300_000
NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZES = {"telephone": (390, 800), "desk": (1_200, 900)}
BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 24, 30)"}


def main() -> None:
    """Check the page, or say why not."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        print(f"make browser is left out: none of {', '.join(NAMES)} is here. On Debian: apt-get install chromium")
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "report.html"
        place.write_bytes(b"".join(write_page(example(lost=1_234))))
        check(found, place.as_uri())
    print(f"The report runs nothing and asks for nothing. {PICTURE.relative_to(ROOT)} shows it.")


def check(chromium: str, address: str) -> None:
    """Open the page in both colour schemes and all sizes, and print it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, chromium_sandbox=os.geteuid() != 0)
        for scheme in BACKGROUNDS:
            for width, height in SIZES.values():
                context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
                check_page(context.new_page(), address, scheme)
                context.close()
        browser.close()


def check_page(page, address: str, scheme: str) -> None:
    """One opening of the page."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("dialog", lambda dialog: told.append(dialog.message))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, wait_until="networkidle")
    assert (told, asked) == ([], [address])
    assert page.evaluate("document.querySelectorAll('script, img, base, iframe, link').length") == 0
    assert page.title() == "Reconciliation: House bank <EUR>"
    # The policy lets the style of the page in, and no other.
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == BACKGROUNDS[scheme]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.locator(".verdict").first.inner_text() == "Not explained: -12.34 EUR."
    bar = page.locator("rect.unmatched").first.bounding_box()
    assert bar is not None
    assert bar["height"] > 0
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 2
    if scheme == "light" and page.viewport_size["width"] > 1_000:
        taken = page.screenshot(clip={"x": 0, "y": 0, "width": 1_200, "height": 1_500}, full_page=True)
        assert len(taken) < PICTURE_MAX_BYTES
        PICTURE.write_bytes(taken)


if __name__ == "__main__":
    sys.exit(main())
