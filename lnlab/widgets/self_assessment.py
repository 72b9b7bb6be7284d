"""The maturity self-assessment as a form: raters answer one after another, and see where their network stands."""

import base64
import html
import io
import os
from pathlib import Path

import ipywidgets
import pandas as pd

from lnlab.checks import InputError, number, one_of, whole_number
from lnlab.figures.maturity import maturity_profile
from lnlab.figures.style import Described
from lnlab.measures.maturity import maturity
from lnlab.measures.rating_tables import LEVELS, checked_ratings, maturity_grid
from lnlab.widgets.controls import Buttons, Choice, Number, Picture, Status

CANNOT_SAY = "I cannot say"
_KEPT = {}        # the answers of each form in this kernel, so that a cell can be run again without losing them


class SelfAssessment(ipywidgets.VBox):
    """A form in which a network rates itself by a maturity grid.

    Every answer is kept at once. Another rater, another page or another run of the cell takes nothing away; give a
    `file` to keep the answers when the notebook is closed.

    Parameters
    ----------
    network : str, default "our network"
    year : float
        The year that the ratings are of.
    grid : pandas.DataFrame, optional
        As `lnlab.measures.maturity_grid` returns it; lnlab's own wording if not given.
    file : str or path, optional
        A CSV file to which every answer is written at once, and from which earlier answers are read.

    Raises
    ------
    InputError
        For a grid or file that cannot be used; the file then stays as it is.

    Examples
    --------
    >>> form = SelfAssessment("a network of two", year=2026)
    >>> form.answer("Rules for deciding", 3)
    >>> form.answer("Rules for deciding", 4, rater=2)
    >>> form.ratings[["rater", "component", "level"]].to_numpy().tolist()
    [[1, 'Rules for deciding', 3], [2, 'Rules for deciding', 4]]
    >>> print(form.sentence)
    a network of two, year 2026, 2 raters, 1 of 24 components rated: Governance and management 3.5. 2 raters only: their
    disagreement is a rough guess. Nobody rated Systems of leadership, Quality improvement, Engagement and community,
    Data and analytics, Research: a total over domains is not comparable. Nobody rated Agreements that let knowledge
    travel, Day-to-day coordination, Joining and staying.
    """

    def __init__(self, network="our network", *, year, grid=None, file=None):
        if not isinstance(network, str) or not network.strip():
            raise InputError(f"`network` must be a name; got {network!r:.200}.")
        self.network, self.year = network.strip(), number("year", year)
        self.grid = maturity_grid(grid)
        if self.grid["component"].duplicated().any():
            twice = self.grid.loc[self.grid["component"].duplicated(), "component"].iloc[0]
            raise InputError(f"`grid` must name each component once for a form; got {twice!r} in several domains.")
        self.file = None if file is None else Path(file)
        key = (self.network, self.year, tuple(self.grid["component"]), str(self.file and self.file.resolve()))
        self._answers = _KEPT.setdefault(key, {})
        if self.file is not None and self.file.exists():
            self._answers.update(self._read())
        self._quiet = False

        self.who = Number(label="Rater", help="Each rater has a number of their own. Change it and the next one "
                          "answers; earlier answers stay.", min=1, step=1, value=1)
        self.pages = Buttons(label="Domains", labels=list(self.grid["domain"].unique()),
                             current=self.grid["domain"].iloc[0])
        self.questions = {row["component"]: self._question(row) for _, row in self.grid.iterrows()}
        self.page = ipywidgets.VBox()
        height = 90 + 42 * self.grid["domain"].nunique()
        self.picture = Picture(width=680, height=height)
        self.status, self.download = Status(), ipywidgets.HTML()
        self.who.observe(lambda _: self._turn_to_rater(), "value")
        self.pages.on_press(self.turn_to)
        self._show_page()
        self._turn_to_rater()
        super().__init__([self.who, self.pages, self.page, self.picture, self.status, self.download])

    def answer(self, component, level, rater=None):
        """Give a level as the form would: 1 to 5, or None for "I cannot say".

        >>> form = SelfAssessment("ours", year=2026)
        >>> form.answer("Rules for deciding", 3.5)
        Traceback (most recent call last):
        lnlab.checks.InputError: `level` must be a whole number between 1 and 5; got 3.5.
        """
        one_of("component", component, self.questions)
        level = None if level is None else whole_number("level", level, 1, LEVELS)
        rater = self.rater if rater is None else whole_number("rater", rater, 1)
        self._answers[rater, component] = level
        self._save()
        self._show_answers()
        self._show()

    def take(self, ratings):
        """Take answers from a table as `ratings` is one, such as a colleague's; answers given before are replaced.

        >>> form = SelfAssessment("ours", year=2025)
        >>> form.take(pd.DataFrame({"network": "ours", "year": 2025, "rater": [1, 2], "level": [2, 3],
        ...                         "component": "Rules for deciding"}))
        >>> len(form.ratings)
        2
        """
        self._answers.update(self._answers_of(ratings, "ratings"))
        self._save()
        self._show_answers()
        self._show()

    def turn_to(self, domain):
        """Show the questions of a domain; what was answered stays."""
        self.pages.current = one_of("domain", domain, self.pages.labels)
        self._show_page()

    @property
    def rater(self):
        """The number of the rater who answers now."""
        return int(self.who.value or 1)

    @property
    def ratings(self):
        """All answers as a table: network, year, rater, domain, component, level (missing for "I cannot say").

        To keep it: ``form.ratings.to_csv("our_ratings.csv", index=False)``.
        """
        place = {component: place for place, component in enumerate(self.grid["component"])}
        domain = dict(zip(self.grid["component"], self.grid["domain"]))
        rows = [(self.network, self.year, rater, domain[component], component, level) for (rater, component), level
                in sorted(self._answers.items(), key=lambda item: (item[0][0], place[item[0][1]]))]
        table = pd.DataFrame(rows, columns=["network", "year", "rater", "domain", "component", "level"])
        return table.astype({"level": "Int64"})

    @property
    def sentence(self):
        """The result in words."""
        ratings = self.ratings
        if not ratings["level"].notna().any():
            return f"{self.network}, year {self.year:g}: no level has been given yet."
        found = maturity(ratings, self.grid)
        raters = ratings.dropna(subset="level")["rater"].nunique()
        means = "; ".join(f"{row['domain']} {row['mean']:.1f}" for _, row in found.domains.iterrows())
        return " ".join([f"{self.network}, year {self.year:g}, {raters} rater{'s' * (raters > 1)}, "
                         f"{len(found.components)} of {len(self.grid)} components rated: {means}.",
                         *found.cautions["caution"]])

    def clear(self):
        """Forget all answers of this form, in its file too."""
        self._answers.clear()
        self._save()
        self._show_answers()
        self._show()

    def _question(self, row):
        words = [row[f"level_{level}"] for level in range(1, LEVELS + 1)]
        options = [f"{level}  {text}".strip() for level, text in enumerate(words, start=1)]
        question = Choice(label=row["component"], options=[*options, CANNOT_SAY])
        question.observe(lambda change: self._chosen(row["component"], change["new"]), "value")
        return question

    def _chosen(self, component, option):
        if not self._quiet and option is not None:
            self.answer(component, None if option == CANNOT_SAY else int(option[0]))

    def _turn_to_rater(self):
        if self.who.value is not None and self.who.value == int(self.who.value):
            self._show_answers()
            self._show()

    def _show_page(self):
        own = self.grid.loc[self.grid["domain"] == self.pages.current, "component"]
        self.page.children = [self.questions[component] for component in own]

    def _show_answers(self):
        """Show what the present rater has answered, without taking it for an answer."""
        self._quiet = True
        for component, question in self.questions.items():
            if (self.rater, component) in self._answers:
                level = self._answers[self.rater, component]
                question.value = CANNOT_SAY if level is None else question.options[level - 1]
            else:
                question.value = None
        self._quiet = False

    def _show(self):
        ratings, text = self.ratings, self.sentence
        given = sum(rater == self.rater for rater, _ in self._answers)
        self.png = None
        if ratings["level"].notna().any():
            self.png = Described(maturity_profile(maturity(ratings, self.grid)), text).png()
            self.picture.show(self.png, text)
        self.status.text = f"Rater {self.rater} has answered {given} of {len(self.grid)}. {text}"
        content = base64.b64encode(ratings.to_csv(index=False).encode()).decode()
        name = f"{self.network} {self.year:g} ratings.csv".replace(" ", "_")
        self.download.value = (f'<a download="{html.escape(name)}" href="data:text/csv;base64,{content}">'
                               "Download all answers as a table (CSV)</a>")

    def _save(self):
        if self.file is not None:       # written beside it first: a broken write must not cost what was there
            beside = self.file.with_name(f"{self.file.name}.part")
            self.ratings.to_csv(beside, index=False)
            os.replace(beside, self.file)

    def _read(self):
        """The answers in the file; refused whole if it holds ratings of something else."""
        try:
            table = pd.read_csv(io.StringIO(self.file.read_text(encoding="utf-8")),
                                dtype={name: str for name in ("network", "domain", "component")})
        except (ValueError, OSError) as error:
            raise InputError(f"`file` must be a table of ratings (CSV); {self.file} cannot be read: {error}.") from None
        return self._answers_of(table, "file") if len(table) else {}

    def _answers_of(self, table, name):
        ratings, _ = checked_ratings(table, self.grid)
        others = ratings[(ratings["network"].astype(str) != self.network) | (ratings["year"] != self.year)]
        if len(others):
            raise InputError(f"`{name}` must hold ratings of {self.network!r} in {self.year:g} only; got those of "
                             f"{str(others['network'].iloc[0])!r} in {others['year'].iloc[0]:g}.")
        return {(whole_number("rater", rater, 1), component): None if pd.isna(level) else int(level)
                for rater, component, level in zip(ratings["rater"], ratings["component"], ratings["level"])}

    def __repr__(self):
        return self.sentence

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        data = {**data, "text/plain": repr(self)}
        if self.png is None:
            return data, metadata
        return ({**data, "image/png": base64.b64encode(self.png).decode()},
                {**metadata, "image/png": {"alt": repr(self)}})
