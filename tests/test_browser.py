"""Notebook 00 as a reader meets it: in JupyterLab, in a real browser, by keyboard and by mouse."""

import shutil
from pathlib import Path

import pytest
from browser import OUTPUT, expect, notebook_page, press, violations

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@pytest.mark.browser
def test_predict_try_compare(tmp_path):
    folder = shutil.copytree(NOTEBOOKS, tmp_path / "with a space")
    with notebook_page(folder / "00_start_here.ipynb") as lab:
        page = lab.page
        guess = page.locator(OUTPUT).get_by_role("spinbutton").first
        status = page.locator(f"{OUTPUT} [role=status]").first
        sharing = page.locator(OUTPUT).get_by_role("slider", name="Sharing").first
        picture = page.locator(f"{OUTPUT} .lnlab-control img").first
        nobody = page.locator(OUTPUT).get_by_role("button", name="Nobody shares").first
        expect(status).to_contain_text("predict first")
        expect(sharing).to_be_disabled()
        expect(nobody).to_be_disabled()

        guess.focus()
        page.keyboard.type("55")
        page.keyboard.press("Enter")
        expect(status).to_contain_text("You predicted 55 %")
        expect(sharing).to_be_enabled()
        expect(guess).to_be_disabled()

        drawn = picture.get_attribute("src")
        nobody.click()
        expect(status).to_contain_text("higher than you expected")
        expect(nobody).to_have_attribute("aria-pressed", "true")
        expect(sharing).to_have_value("0")
        assert picture.get_attribute("src") != drawn
        expect(picture).to_have_attribute("alt", status.inner_text())

        moved = press(page, "End", slider="Sharing")
        assert "You predicted 55 %" in moved and moved != press(page, "ArrowLeft", slider="Sharing")
        page.locator(OUTPUT).get_by_role("button", name="This network").first.press("Enter")
        expect(sharing).to_have_value("0.5")

        assert violations(page) == []
        assert lab.problems == [] and lab.outside == []
