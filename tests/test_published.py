"""The published numbers say what the literature says, with a source and a standing for each."""

import re
import subprocess
import sys

import pytest

from lnlab import published
from lnlab.checks import InputError

LOADERS = {
    "growth": lambda **options: published.growth(None, **options),
    "outcomes": lambda **options: published.outcomes(None, **options),
    "activation_levels": published.activation_levels,
    "participation": published.participation,
}
EVERYTHING = {name: load(verified_only=False) for name, load in LOADERS.items()}
each_table = pytest.mark.parametrize("name", LOADERS)


def numbers_of(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    return table


# Every row

def test_there_is_a_loader_for_each_data_file_and_the_other_way_round():
    assert sorted(LOADERS) == sorted(file.stem for file in published.DATA.glob("*.csv"))


@each_table
def test_every_row_names_network_measure_unit_source_and_standing(name):
    table = EVERYTHING[name]
    for column in ("network", "measure", "unit", "source"):
        assert table[column].str.strip().ne("").all()
    assert set(table["standing"]) <= set(published.STANDINGS)
    assert set(table["bound"]) <= {"", "at least", "at most"}
    assert not table.duplicated().any()


@each_table
def test_every_source_is_in_the_bibliography(name):
    for key in EVERYTHING[name]["source"].unique():
        assert published.reference(key)


@each_table
def test_values_are_numbers_and_shares_are_percent(name):
    table = EVERYTHING[name]
    value = "end_value" if name == "outcomes" else "value"
    assert table[value].dtype == float and table[value].notna().all() and table[value].ge(0).all()
    percent = table[table["unit"].str.startswith("%")]
    assert percent[value].between(1, 100).all()


@each_table
def test_dates_are_a_year_a_month_two_years_or_empty_and_the_year_follows(name):
    table = EVERYTHING[name]
    for date, year in [("date", "year"), ("start_date", "start_year"), ("end_date", "end_year")]:
        if date in table:
            assert table[date].str.fullmatch(r"|\d{4}|\d{4}-\d{2}|\d{4}/\d{4}").all()
            assert table[year].isna().equals(table[date] == "")
            assert table[year].dropna().between(2006, 2024).all()


def test_the_year_is_the_middle_of_the_period():
    table = published.growth()
    assert numbers_of(table, measure="centers", value=9)["year"].tolist() == [2007.5]
    assert numbers_of(table, measure="centers", value=75)["year"].tolist() == [2015 + 4.5 / 12]
    control = numbers_of(published.outcomes("T1DX-QI"), measure="HbA1c below 7%")
    assert control[["start_year", "end_year"]].values.tolist() == [[2017, 2022]]


@each_table
def test_words_are_spelled_the_us_way(name):
    text = (published.DATA / f"{name}.csv").read_text(encoding="utf-8").lower()
    assert not re.search(r"centre|paediatric|analysed|programme|enrolment|utilis", text)


# Unverified numbers

def test_unverified_rows_are_left_out_unless_asked_for():
    for name, load in LOADERS.items():
        assert "unverified" not in set(load()["standing"])
        marked = EVERYTHING[name]["standing"] == "unverified"
        assert len(load()) == len(EVERYTHING[name]) - marked.sum()
    assert "unverified" in set(published.growth(verified_only=False)["standing"])
    assert "unverified" in set(published.outcomes(verified_only=False)["standing"])


@pytest.mark.parametrize("measure, start, end", [
    ("ulcerative colitis inactive", 61, 72), ("Crohn disease without prednisone", 86, 90)])
def test_what_was_not_read_in_the_2012_study_is_marked(measure, start, end):
    row = numbers_of(published.outcomes(verified_only=False), measure=measure)
    assert row[["start_value", "end_value", "standing"]].values.tolist() == [[start, end, "unverified"]]
    assert numbers_of(published.outcomes(), measure=measure).empty


# Known numbers

def test_the_three_accounts_of_the_founding_stand_side_by_side():
    centers = numbers_of(published.growth(), measure="centers")
    for account, value, date, source in [("panel", 7, "", "seid_panel"), ("2009 abstract", 9, "2007", "crandall2009"),
                                         ("2010 thesis", 10, "2007", "runge2010")]:
        first = numbers_of(centers, account=account).iloc[0]
        assert (first["value"], first["date"], first["source"]) == (value, date, source)


def test_improvecarenow_grew_as_published():
    line = published.improvecarenow_centers()
    assert line["value"].tolist() == [9, 23, 30, 33, 36, 75, 85, 96]
    assert line["date"].tolist() == ["2007", "2009-12", "2010-10", "2012-03",
                                     "2012-08", "2015-05", "2015-12", "2017-12"]
    assert line["year"].is_monotonic_increasing
    patients = numbers_of(published.growth(), measure="patients")
    assert patients["value"].tolist() == [2500, 10000, 10000, 19000, 24000]
    assert patients["bound"].tolist() == ["at least", "", "", "at least", ""]


@pytest.mark.parametrize("source, start, end, end_date", [
    ("seid_panel", 60, 80, ""), ("crandall2012", 55, 68, ""), ("healthiertogether", 49, 77, ""),
    ("savarino2016", 77, 83, "2015-08")])
def test_remission_rose_as_each_source_says(source, start, end, end_date):
    row = numbers_of(published.outcomes(), source=source)
    assert row[["start_value", "end_value", "end_date"]].values.tolist() == [[start, end, end_date]]


def test_what_must_be_known_beside_a_number_is_said():
    notes = published.outcomes().set_index("source")["note"]
    assert '"without new medications"' in notes["seid_panel"]
    assert "weak source" in notes["healthiertogether"]
    network = numbers_of(published.outcomes(), source="improvecarenow2015")
    assert network["start_value"].isna().all()
    assert network[["end_value", "end_date"]].values.tolist() == [[80, "2015-11"]]


def test_process_measures_of_the_2009_abstract():
    rows = numbers_of(published.outcomes(), source="crandall2009")
    assert rows[["start_value", "end_value"]].values.tolist() == [[21, 86], [52, 92], [44, 63], [89, 89], [93, 93]]
    assert set(rows["standing"]) == {"abstract"}


def test_other_networks():
    fibrosis = published.outcomes("CFLN").set_index("measure")["end_value"]
    assert fibrosis["visits in the registry within 30 days"] == 77
    assert fibrosis["visits with collaborative planning"] == 93
    assert fibrosis["teams with a patient or family partner"] == 94
    diabetes = published.outcomes("T1DX-QI").set_index("measure")[["start_value", "end_value"]]
    assert diabetes.loc["HbA1c below 7%"].tolist() == [20, 26]
    assert diabetes.loc["HbA1c above 9%"].tolist() == [43, 31]
    assert numbers_of(published.growth("T1DX-QI"), measure="centers")["value"].tolist() == [10, 21, 30, 41, 52, 55]


def test_activation_levels():
    levels = published.activation_levels().pivot(index="level", columns="measure", values="value")
    counts, shares = levels["questionnaires"], levels["share of questionnaires"]
    assert counts.tolist() == [2704, 2337, 5591, 1638] and counts.sum() == 12270
    assert shares.tolist() == (100 * counts / counts.sum()).round(1).tolist()
    assert shares.sum() == pytest.approx(100, abs=0.2)
    assert levels["lowest score"].tolist() == [0, 47.1, 55.2, 72.5]
    assert levels["highest score"].tolist() == [47.0, 55.1, 72.4, 100]
    for use_of_care in ["general practice contacts", "emergency department visits", "emergency admissions",
                        "general practice no-shows", "outpatient visits"]:
        assert levels[use_of_care].is_monotonic_decreasing
    assert published.activation_levels().groupby("level")["meaning"].nunique().tolist() == [1, 1, 1, 1]


def test_participation_follows_the_90_9_1_rule():
    table = published.participation("four digital health networks")
    share = numbers_of(table, measure="share of posts").set_index("group")["value"]
    assert share.to_dict() == {"lurkers": 1.3, "contributors": 24.0, "superusers": 74.7}
    assert numbers_of(table, measure="share of people")["value"].tolist() == [90, 9, 1]
    posts = numbers_of(table, measure="posts").set_index("group")["value"]
    groups = posts.drop("all")
    assert (100 * groups / groups.sum()).round(1).to_dict() == share.to_dict()
    assert groups.sum() == 369_434 and posts["all"] == 578_349


# Choosing a network

def test_one_network_or_all():
    assert set(published.growth()["network"]) == {"ImproveCareNow"}
    assert set(published.growth("CPRN")["network"]) == {"CPRN"}
    everywhere = {name for table in ("growth", "outcomes", "participation") for name in EVERYTHING[table]["network"]}
    assert set(published.networks()) == everywhere and len(published.networks()) == len(everywhere)
    assert set(published.growth(None)["network"]) < everywhere
    assert published.growth("OPQC").index.tolist() == [0]


@pytest.mark.parametrize("load", [published.growth, published.outcomes, published.participation])
def test_an_unknown_network_is_refused_with_the_likeliest_meant(load):
    with pytest.raises(InputError, match="`network` must be one of .*Did you mean 'ImproveCareNow'"):
        load("ImproveCareNew")


@each_table
def test_tables_are_fresh_copies(name):
    spoiled = LOADERS[name]()
    before = spoiled.copy(deep=True)
    spoiled.loc[:, "source"] = "nobody"
    del spoiled["unit"]
    assert LOADERS[name]().equals(before)


def test_importing_the_module_does_not_import_pandas():
    code = "import sys, lnlab.published; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# The bibliography

ENTRIES = re.findall(r"^@(\w+)\{(\w+),\n(.*?)^\}$", published.BIBLIOGRAPHY.read_text(encoding="utf-8"), re.M | re.S)
PLACES = {"article": "journal", "inproceedings": "booktitle", "mastersthesis": "school", "misc": "howpublished"}
FIELDS = {"author", "title", "year", "volume", "number", "pages", "doi", "url", "note", *PLACES.values()}


@pytest.mark.parametrize("kind, key, body", ENTRIES, ids=[key for _, key, _ in ENTRIES])
def test_every_entry_is_well_formed(kind, key, body):
    lines = [re.fullmatch(r"  (\w+) = \{(.+)\},", line) for line in body.splitlines()]
    assert all(lines)
    entry = {line[1]: line[2] for line in lines}
    place = PLACES[kind]
    assert len(entry) == len(lines) and set(entry) <= FIELDS and {"author", "title", place} <= set(entry)
    assert kind == "misc" or "year" in entry
    assert re.fullmatch(r"\d{4}", entry.get("year", "2000"))
    assert re.fullmatch(r"10\.\d{4,}/\S+", entry.get("doi", "10.1000/1"))
    assert re.fullmatch(r"https?://\S+", entry.get("url", "https://x"))
    assert entry.get("note", "unverified: ").startswith("unverified: ")
    for value in entry.values():
        assert value.count("{") == value.count("}")


def test_keys_are_unique_and_complete():
    keys = [key for _, key, _ in ENTRIES]
    assert len(keys) == len(set(keys)) == published.BIBLIOGRAPHY.read_text(encoding="utf-8").count("\n@")
    assert {"seid2021model", "seid2025model", "seid2020architecture", "fjeldstad2012", "britto2018", "seid_panel",
            "salmon2011", "mesa", "grimm2020", "vanmierlo2014", "barker2018"} <= set(keys)


@pytest.mark.parametrize("key, line", [
    ("salmon2011", "Salmon, John K. et al. (2011). Parallel random numbers: as easy as 1, 2, 3. Proceedings of the "
                   "2011 International Conference for High Performance Computing, Networking, Storage and Analysis "
                   "(SC 2011). https://doi.org/10.1145/2063384.2063405"),
    ("enticott2021", "Enticott, Joanne and Johnson, Alison and Teede, Helena (2021). Learning health systems using "
                     "data to drive healthcare improvement and impact: a systematic review. BMC Health Services "
                     "Research 21:200. https://doi.org/10.1186/s12913-021-06215-8"),
    ("kazil2020", "Kazil, Jackie and Masad, David and Crooks, Andrew (2020). Utilizing Python for Agent-Based "
                  "Modeling: The Mesa Framework. Social, Cultural, and Behavioral Modeling, 308-317. "
                  "https://doi.org/10.1007/978-3-030-61255-9_30"),
    ("healthiertogether", "healthiertogether.org (undated). [Post on ImproveCareNow]. Blog. "
                          "[unverified: title, author and date; weak source of about 2013]"),
])
def test_a_reference_reads_as_one_line(key, line):
    assert published.reference(key) == line


def test_every_reference_is_one_line_without_braces():
    for _, key, _ in ENTRIES:
        assert not re.search(r"[{}\n]|  ", published.reference(key))


def test_an_unknown_key_is_refused_with_the_likeliest_meant():
    with pytest.raises(InputError, match="`key` must be one of .*Did you mean 'britto2018'"):
        published.reference("brito2018")


def test_a_bibliography_in_another_form_is_refused(tmp_path, monkeypatch):
    loose = tmp_path / "references.bib"
    loose.write_text("@misc{a,\n  title = {One}, year = 2000\n}\n", encoding="utf-8")
    monkeypatch.setattr(published, "BIBLIOGRAPHY", loose)
    with pytest.raises(InputError, match="Line 2 of references.bib must be"):
        published.reference("a")
