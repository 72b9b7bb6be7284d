"""The validation and the claims ledger: current, complete, hiding nothing, and written by code that still runs."""

import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from lnlab.experiment import replicate_seeds

ROOT = Path(__file__).parents[1]
VALIDATION, CLAIMS = ROOT / "docs" / "validation.md", ROOT / "docs" / "claims.md"
NUMBERS = [f"7.{number}" for number in range(1, 10)]


@pytest.fixture(scope="module")
def validate():
    return _module("validate")


@pytest.fixture(scope="module")
def claims(validate):
    return _module("claims")


@pytest.fixture
def two_seeds(validate, monkeypatch):
    monkeypatch.setattr(validate, "SEEDS", tuple(replicate_seeds(2)))


def _module(name):
    """A module of docs/, which is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        return import_module(name)


def sections(text):
    """The sections of a document: a dict of heading to text."""
    return dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))


def rows(text):
    """The rows of all tables in a text, without their heads, each a list of cells."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    heads = {at for at, line in enumerate(lines) if line.startswith("| --- |")}
    return [line.strip("| ").split(" | ") for at, line in enumerate(lines) if not {at, at + 1} & heads]


# What is stored

@pytest.mark.parametrize("path", [VALIDATION, CLAIMS], ids=lambda path: path.name)
def test_it_is_not_older_than_what_it_validates(path, validate):
    assert f"\nState: {validate.code_state()}\n" in path.read_text(encoding="utf-8"), (
        f"{path.name} was written by other rules or with other defaults: run `make validate`")


def test_every_claim_has_a_line_and_a_section():
    stored = sections(VALIDATION.read_text(encoding="utf-8"))
    assert [re.match(r"\[(7\.\d)\]", row[0])[1] for row in rows(stored["At a glance"])] == NUMBERS
    assert [heading[:3] for heading in stored][1:] == NUMBERS


def test_what_does_not_hold_is_said_at_the_head(validate):
    stored = sections(VALIDATION.read_text(encoding="utf-8"))
    glance = {row[0][1:4]: row[-1] for row in rows(stored["At a glance"])}
    words = {validate.HOLDS, validate.REMARK, validate.FAILS}
    for number in NUMBERS:
        text = next(text for heading, text in stored.items() if heading.startswith(number))
        checks = [row for row in rows(text) if row[-1].strip("* ") in {word.strip("*") for word in words}]
        assert checks and glance[number] in words
        assert ("does not hold" in text) == (glance[number] == validate.FAILS), number


def test_a_failing_check_cannot_be_hidden(validate):
    good, bad = validate.Check("one", "1", True), validate.Check("other", "2", False, "but nearly")
    claim = validate.Claim("7.0", "Title", "A claim.", "How.", (good, bad), remarks=("A remark.",))
    assert claim.verdict == bad.verdict == validate.FAILS and good.verdict == validate.HOLDS
    text = validate.document([claim])
    assert "0 of 1 claims hold; **7.0 not**. A remark" in text and text.count(validate.FAILS) == 2
    good = validate.Claim("7.0", "Title", "A claim.", "How.", (good,))
    assert good.verdict == validate.HOLDS and validate.FAILS not in validate.document([good])


def test_the_ledger_has_every_statement_with_its_verdict(claims):
    stored = sections(CLAIMS.read_text(encoding="utf-8"))
    glance = rows(stored["At a glance"])
    assert len(glance) == len(claims.STATEMENTS)
    for (number, title, source, put_in, *_, verdict), statement in zip(glance, claims.STATEMENTS, strict=True):
        text = stored[f"{number} {statement.title}"]
        flat = " ".join(re.sub(r"^> ", "", text, flags=re.MULTILINE).split())
        assert title.startswith(f"[{statement.title}]") and source == statement.source
        assert put_in == (statement.put_in or "no") and (put_in == "no" or f"(put in: {put_in})" in flat)
        assert verdict in (claims.SUPPORTED, claims.UNSUPPORTED, claims.DEPENDS)
        assert f"**{verdict.capitalize()}" in flat
        assert " ".join(statement.quote.split()) in flat
        settings = [row[0] for row in rows(text) if row[0] in claims.SETTINGS]
        assert settings == [name for name, setting in claims.SETTINGS.items() if statement.varies not in setting]


def test_the_verdict_of_a_statement_follows_from_its_settings(claims):
    stored = sections(CLAIMS.read_text(encoding="utf-8"))
    verdicts = {(claims.YES,): claims.SUPPORTED, (claims.NO,): claims.UNSUPPORTED}
    for number, *_, verdict in rows(stored["At a glance"]):
        text = next(text for heading, text in stored.items() if heading.startswith(f"{number} "))
        words = {row[-1] for row in rows(text) if row[0] in claims.SETTINGS}
        assert verdict == verdicts.get(tuple(words), claims.DEPENDS), number


def test_what_cannot_be_said_is_listed_with_reasons(claims):
    stored = rows(sections(CLAIMS.read_text(encoding="utf-8"))["What cannot be said"])
    assert [(quote.strip("“”"), source, why) for quote, source, why in stored] == list(claims.CANNOT)
    assert all(why for *_, why in claims.CANNOT) and len(stored) > 10


@pytest.mark.parametrize("path", [VALIDATION, CLAIMS], ids=lambda path: path.name)
def test_no_number_is_missing_and_cells_are_short(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(nan|inf|None)\b", text)
    assert max(len(cell) for row in rows(text) for cell in row) <= 130


# The code that writes it

def test_two_claims_run_again_with_two_seeds(validate, two_seeds):
    before = validate.before_and_after()
    assert before.number == "7.1" and len(before.checks) == 5
    assert all(re.fullmatch(r"[+-]?\d+\.\d( %)? \([+-]?\d+\.\d to [+-]?\d+\.\d\)", check.result)
               for check in before.checks)
    start = validate.depends_on_the_start()
    assert [check.holds for check in start.checks[-len(validate.VANISH):]] == [True] * len(validate.VANISH)
    assert validate.document([before, start]) == validate.document([before, validate.depends_on_the_start()])


def test_a_statement_is_judged_again_with_two_seeds(claims, two_seeds, monkeypatch):
    names = ["default", "centers keep an archive", "both parties are needed"]
    monkeypatch.setattr(claims, "SETTINGS", {name: claims.SETTINGS[name] for name in names})
    less = dict(sharing=0)
    better = claims.Link("sharing", {}, less)
    told = claims.Statement("Title", "Quote", "talk", "a place", "Meaning.", (better, claims.Link("none", less, less)))
    finding = claims.judge(told)
    assert finding.verdict == claims.DEPENDS and set(finding.words.values()) == {claims.PARTLY}
    assert (np.array(finding.found["default"][0]) > 0).all() and not np.any(finding.found["default"][1])
    assert "| centers keep an archive |" in claims.section(1, finding)
    only = claims.judge(replace(told, links=(better,), varies="coproduction"))
    assert list(only.words) == names[:2]
    against = replace(told, links=(claims.Link("less", less, {}),))
    assert claims.judge(against).verdict == claims.UNSUPPORTED


def test_shares_of_a_gain_are_those_known_from_the_books(validate):
    """Two who are worth nothing alone share alike; one who adds the same to anybody gets just that."""
    shares = validate.shapley(lambda on: 6.0 * ({"left", "right"} <= on) + 2.0 * ("third" in on),
                              ["left", "right", "third"])
    assert shares == pytest.approx({"left": 3, "right": 3, "third": 2})


def test_checks_fail_where_they_should(validate):
    apart = np.array([0.02, 0.03, 0.04])
    assert validate.above_zero("more", apart).holds and not validate.above_zero("more", apart - 0.03).holds
    assert validate.within("band", apart, 0, 0.05).verdict == validate.REMARK
    assert validate.within("band", apart, -1, 1).verdict == validate.HOLDS
    assert not validate.within("band", apart, 0.031, 1).holds
    assert validate.agrees("mean", apart, 0.03).verdict == validate.HOLDS
    assert not validate.agrees("mean", apart, 0.2).holds and not validate.agrees("mean", [0.1] * 3, 0.2).holds
    assert not validate.exactly("same", [True, False]).holds
    assert validate.rises("curve", [apart, apart - 0.03], validate.points).holds is False
