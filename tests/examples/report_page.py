"""Opens the report of the comparison in a browser.

    python3 tests/examples/report_page.py REPORT.HTML OUT_FOLDER

Fails if the page writes to the console, if the losses in its table are not those in the last row of each model's
history.csv in OUT_FOLDER, or if pointing at the curves does not show the losses of an epoch. Ends with status 77, and a
line that says why, where there is no Chromium.
"""

import csv
import html.parser
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Appended to a copy of the page: points at the right end of the curves.
POINT = """<script>
const frame = document.querySelector('.plot').getBoundingClientRect();
document.querySelector('.plot').dispatchEvent(new PointerEvent('pointermove',
    {clientX: frame.right, clientY: frame.top + 20, pointerType: 'mouse', bubbles: true}));
</script>"""


class Page(html.parser.HTMLParser):
    """The rows of the table of results as {folder: {column: value}}, and the words of the tooltip."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.tooltip, self.depth = {}, [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if "data-folder" in found:
            self.row = self.rows[found["data-folder"]] = {}
        if "data-column" in found:
            self.row[found["data-column"]] = found["data-value"]
        if tag == "div" and (self.depth or found.get("class") == "tooltip" and "hidden" not in found):
            self.depth += 1

    def handle_endtag(self, tag):
        if tag == "div" and self.depth:
            self.depth -= 1

    def handle_data(self, data):
        if self.depth and data.strip():
            self.tooltip.append(data.strip())


def page_in_browser(browser, path):
    """The document after its scripts have run."""
    with tempfile.TemporaryDirectory() as profile:
        # A container often allows no sandbox of the browser's own; the page is ours.
        run = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
             "--enable-logging=stderr", "--v=0", "--dump-dom", path.resolve().as_uri()],
            capture_output=True, text=True, encoding="utf-8", timeout=120, check=True)
    console = [line for line in run.stderr.splitlines() if "CONSOLE" in line]
    if console:
        sys.exit("the page writes to the console:\n" + "\n".join(console))
    return Page(run.stdout)


def main():
    report, out = map(Path, sys.argv[1:])
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        print("skipped: there is no Chromium")
        return 77

    page = page_in_browser(browser, report)
    if not page.rows:
        sys.exit(f"{report}: no table of results")
    for folder, row in page.rows.items():
        with open(out / folder / "history.csv", encoding="utf-8") as file:
            history = list(csv.DictReader(file))
        for column in ("train_loss", "test_loss", "test_mse"):
            if row.get(column) != history[-1][column]:
                sys.exit(f"{folder}: {column} is {row.get(column)} in the page and {history[-1][column]} in history.csv")
        print(f"{folder}: test MSE {row['test_mse']} after {len(history)} epochs, as in history.csv")
    if page.tooltip:
        sys.exit("the tooltip is there before the pointer")

    with tempfile.TemporaryDirectory() as folder:
        pointed = Path(folder) / "report.html"
        pointed.write_text(report.read_text(encoding="utf-8").replace("</body>", POINT + "</body>"), encoding="utf-8")
        tooltip = page_in_browser(browser, pointed).tooltip
    print("tooltip:", *tooltip)
    # Heading and its two columns, then a name and two losses for each model.
    if len(tooltip) != 3 + 3 * len(page.rows) or not tooltip[0].startswith("Epoch "):
        sys.exit("pointing at the curves does not show the losses of an epoch")
    return 0


if __name__ == "__main__":
    sys.exit(main())
