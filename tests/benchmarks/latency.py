"""From a key press on a slider of notebook 00 to the first picture, and to the whole one with its sentence.

In JupyterLab in the system's Chromium, on this machine; medians. Never part of `make test`.

Use: python tests/benchmarks/latency.py
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from browser import OUTPUT, expect, notebook_page   # noqa: E402

CHANGED = {"picture": "([image, before]) => image.src !== before",
           "sentence": "([line, before]) => line.innerText !== before"}

if __name__ == "__main__":
    notebook = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
    with notebook_page(notebook) as lab:
        page = lab.page
        guess = page.locator(OUTPUT).get_by_role("spinbutton").first
        guess.fill("55")
        guess.press("Enter")
        slider = page.locator(OUTPUT).get_by_role("slider", name="Patient influence").first
        parts = {"picture": page.locator(f"{OUTPUT} .lnlab-control img").first,
                 "sentence": page.locator(f"{OUTPUT} [role=status]").first}
        taken = {"picture": [], "sentence": []}
        expect(slider).to_be_enabled()
        slider.focus()
        for _ in range(12):
            before = {"picture": parts["picture"].get_attribute("src"), "sentence": parts["sentence"].inner_text()}
            start = time.perf_counter()
            page.keyboard.press("ArrowRight")
            for part in parts:
                page.wait_for_function(CHANGED[part], arg=[parts[part].element_handle(), before[part]])
                taken[part].append(1000 * (time.perf_counter() - start))
    print(f"first picture {statistics.median(taken['picture']):.0f} ms, band and sentence "
          f"{statistics.median(taken['sentence']):.0f} ms (medians of {len(taken['picture'])})")
