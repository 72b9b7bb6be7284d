"""Hold what is said of learning networks against the model, and write docs/claims.md: part of `make validate`.

The statements are those of two texts, a talk and a panel, out of which this project grew. For each: what it means in
the model, the run that could refute it, and what came of it by default and under rival assumptions.
"""

from dataclasses import dataclass

import validate
from validate import GROWN, NEVER, YEAR_4, YEAR_10, amount, head, lived, mean, percent, points, table, wrapped

from lnlab import Program, mean_and_interval

LEDGER = validate.ROOT / "docs" / "claims.md"
YES, NO, PARTLY = "supported", "not supported", "in part"
SUPPORTED, UNSUPPORTED, DEPENDS = "supported in the model", "not supported", "depends on the setting"
TALK, PANEL = "talk", "panel"
RULE, FIRST, CALIBRATION = "by rule", "first link, by rule", "by calibration"

SETTINGS = {
    "default": {},
    "either party is enough": dict(coproduction=0),
    "both parties are needed": dict(coproduction=1),
    "half of what works depends on the center": dict(context_strength=0.5),
    "all of what works depends on the center": dict(context_strength=1),
    "1 case in 10 is wrong": dict(case_error=0.1),
    "1 case in 5 is wrong": dict(case_error=0.2),
    "activation spreads as complex contagion": dict(contagion_threshold=0.5),
    "centers keep an archive": dict(center_archive=True),
    "passive patients adhere as well": dict(adherence_floor=1)}
SHORT = 72          # months; a longer run begins like a shorter one


@dataclass(frozen=True)
class Link:
    """A difference that the statement says is above zero: a measure in one arm less the same in another, less `above`.

    By center, the center with the smallest difference counts.
    """

    name: str
    more: dict
    less: dict
    measure: str = "remission_rate"
    period: tuple = YEAR_4
    earlier: tuple | None = None        # the period of the second arm, where it is another
    above: float = 0.0

    def found(self, setting):
        """The paired differences in one setting, one for each seed."""
        differences = (self.of(self.more, setting, self.period)
                       - self.of(self.less, setting, self.earlier or self.period))
        return (differences if differences.ndim == 1 else differences.min(axis=1)) - self.above

    def of(self, arm, setting, period):
        """The measure in one arm: what the arm sets wins over the setting."""
        months = {} if period[1] > SHORT else dict(months=SHORT)
        if self.measure == "center_remission":
            return lived(**{**setting, **arm})["center_remission"][:, slice(*period)].mean(axis=1)
        return mean(period, self.measure, **{**months, **setting, **arm})


@dataclass(frozen=True)
class Statement:
    """What was said and where, what it means in the model, and the links of which each must hold."""

    title: str
    quote: str
    source: str
    place: str
    meaning: str
    links: tuple
    put_in: str = ""
    remark: str = ""
    varies: str = ""            # the parameter that the statement itself varies: no rival setting of it makes sense


@dataclass(frozen=True)
class Finding:
    """What came of a statement: for each setting the differences and, in a word, what follows."""

    statement: Statement
    found: dict
    words: dict

    @property
    def verdict(self):
        """Over all settings: supported in the model, not supported, or depends on the setting."""
        words = set(self.words.values())
        return SUPPORTED if words == {YES} else UNSUPPORTED if words == {NO} else DEPENDS


def judge(statement):
    """Run a statement under every setting."""
    found, words = {}, {}
    for name, setting in SETTINGS.items():
        if statement.varies in setting:
            continue
        found[name] = [link.found(setting) for link in statement.links]
        held = [bool(mean_and_interval(differences)[1] > 0) for differences in found[name]]
        words[name] = YES if all(held) else PARTLY if any(held) else NO
    return Finding(statement, found, words)


# The statements

NETWORK = {}
WEAK, STRONG = dict(patient_influence=0), dict(patient_influence=0.3)
EQUAL_CENTERS = dict(center_variation=0)        # so that luck with one center does not decide
COMPANY = dict(n_centers=1, sharing=1, shareable=1, shared_information_use=1, **EQUAL_CENTERS)
MANY_KINDS, ALIKE = dict(n_phenotypes=40), dict(other_efficacy_low=0.74, other_efficacy_high=0.88)


def company(n_patients):
    """One big center with a clinician for every 50 patients, in which every case is shared and every case is used."""
    return dict(COMPANY, n_patients=n_patients, clinicians_per_center=n_patients // 50)


STATEMENTS = (
    Statement(
        "Influence, activation, knowledge, outcome",
        "Patients influence others → Patient population becomes more activated → Increases availability of shared "
        "knowledge → Improves outcomes", TALK, "Computational and face validity; figures 4 to 6",
        "`patient_influence` 0.3 against 0, all else equal: more activation, more cases in the commons, better median "
        "health (months 54-65). And activation at the default influence, 0.06, against 0.",
        (Link("activation, 0.06", NETWORK, WEAK, "activation", GROWN),
         Link("activation", STRONG, WEAK, "activation", GROWN),
         Link("cases", STRONG, WEAK, "commons_cases", GROWN),
         Link("median health", STRONG, WEAK, "median_health", GROWN)), FIRST,
        "That peers activate is a rule. That cases and health follow is not, but most of the last link is adherence, "
        "not knowledge: [7.2](validation.md#72-the-published-chain) puts the part of knowledge at about a tenth. "
        "Influence is no lever: it lifts care as usual too."),
    Statement(
        "Outcome as a function of shared knowledge", "Median patient outcome as a function of shared knowledge", TALK,
        "figure 6",
        "Here only `sharing` is raised, which leaves activation as it was: from 0 to 0.5, and from 0.5 to 1. Median "
        "health.",
        (Link("sharing 0 to 0.5", NETWORK, dict(sharing=0), "median_health"),
         Link("sharing 0.5 to 1", dict(sharing=1), NETWORK, "median_health")), "",
        "The second half of sharing is worth much less than the first: the commons already knows most of what a "
        "choice needs. Where all of what works depends on the center, others' cases mislead, and sharing does harm."),
    Statement(
        "Volunteers against big companies",
        "It is not intuitive that thousands of volunteers could beat big companies. But they do.", TALK,
        "What's going on here? (a saying of Yochai Benkler)",
        "Volunteers: 2,000 patients in 20 centers, each giving of its own accord about half of what it could. A "
        "company: one center, with a clinician for every 50 patients, in which every case is shared and every shared "
        "case used; with 200, 500 or 2,000 patients. Centers do not vary otherwise. Remission in year 4.",
        tuple(Link(f"against {n:,}", EQUAL_CENTERS, company(n)) for n in (200, 500, 2000)), "",
        "What decides is whose pool is the larger and whether it fits, not who pools: volunteers beat a company that "
        "is small enough, and never one of their own size. Where what works depends on the center, the company's cases "
        "are all of its own kind, and it wins. Why volunteers would give, and "
        "what a company pays, is not in it."),
    Statement(
        "From 60 to 80 %", "improved the remission rate … from 60% to 80% without new medications", PANEL,
        "second paragraph",
        "Nobody's medicines improve (`efficacy_trend` 0). Remission in year 10 of the network against care as usual, "
        "and whether that is more than 15 of the 20 points told.",
        (Link("gain", NETWORK, NEVER, period=YEAR_10),
         Link("gain less 15", NETWORK, NEVER, period=YEAR_10, above=0.15)),
        CALIBRATION,
        "The default was calibrated to this rise, so that it shows one is no evidence. The rival settings were not "
        "calibrated anew. And better medicines alone can do the same, with no network at all: see below the table."),
    Statement(
        "Change coproduction, change the system",
        "LNs are complex systems – change coproduction, change the system", TALK, "Main points",
        "`coproduction` 0 (either active party is enough) against 1 (both are needed): cases in the commons, and "
        "remission in year 4.",
        (Link("cases", dict(coproduction=0), dict(coproduction=1), "commons_cases"),
         Link("remission", dict(coproduction=0), dict(coproduction=1))), FIRST,
        "The more both are needed, the less is shared. That is how engagement was put together, and no finding about "
        "coproduction in clinics. Where pooled cases mislead, less sharing is better, and the direction turns.", "coproduction"),
    Statement(
        "Actors, commons, processes",
        "Actors …; Renewable and expandable commons …; Protocols, processes, and infrastructure", TALK,
        "The Architecture of Collaboration",
        "Take away one of the three: what activates actors (`patient_influence`, `clinician_influence`, `leadership` "
        "0), the commons (`sharing` 0), the processes (`registry`, `pre_visit_planning`, `clinician_spread` 0). "
        "Remission lost in year 4.",
        (Link("actors", NETWORK, dict(patient_influence=0, clinician_influence=0, leadership=0)),
         Link("commons", NETWORK, dict(sharing=0)),
         Link("processes", NETWORK, dict(registry=0, pre_visit_planning=0, clinician_spread=0))), RULE,
        "That each carries something was built in; how much depends on assumed sizes. More than half of the gain "
        "stays without sharing ([7.6](validation.md#76-decomposition))."),
    Statement(
        "More people, more involved",
        "More, more involved people create and share information … for making better decisions … to improve health",
        TALK, "Computational and face validity, Theory",
        "More people: 20 centers of 100 patients against 5. More involved: baseline activation 0.5 against 0.4, and "
        "then the share of patients on their best package (better decisions) and remission. Year 4.",
        (Link("more people", NETWORK, dict(n_centers=5, n_patients=500)),
         Link("involved: best package", dict(activation=0.5), NETWORK, "best_package_share"),
         Link("involved: remission", dict(activation=0.5), NETWORK)), "",
        "More involved people mostly adhere better; better decisions are the smaller part."),
    Statement(
        "More involved, more sharing over time", "more people involved – more sharing, collaboration", TALK,
        "Demonstrates change in Actor-oriented architecture over time",
        "Within one network: the share of active patients in its year 10 against the year before it; cases shared a "
        "month in year 10 against its first year; cases in the commons in the same periods.",
        (Link("active share", NETWORK, NETWORK, "active_share", YEAR_10, (12, 24)),
         Link("shared a month", NETWORK, NETWORK, "shared_cases", YEAR_10, (24, 36)),
         Link("in the commons", NETWORK, NETWORK, "commons_cases", YEAR_10, (24, 36))), "",
        "Levers do not rise over time. What rises is activation, in the network's first months, and with it what is "
        "shared a month, by a few cases in the whole network. That it is easier to form teams cannot be said."),
    Statement(
        "Continued improvement in all centers",
        "Ongoing collaborative quality improvement ensures continued learning and improvement across all care centers",
        PANEL, "second paragraph",
        "Remission in year 10 against year 4 (continued), in year 10 against year 7, and the gain of the center that "
        "gained least, year 10 against the year before the network (all centers).",
        (Link("year 4 to 10", NETWORK, NETWORK, period=YEAR_10, earlier=YEAR_4),
         Link("year 7 to 10", NETWORK, NETWORK, period=YEAR_10, earlier=(96, 108)),
         Link("least gaining center", NETWORK, NETWORK, "center_remission", YEAR_10, (12, 24))), "",
        "The gain levels off within seven years, because what is to be learned is finite: no new packages are ever "
        "invented. So nothing here ensures *continued* improvement."),
    Statement(
        "The same elsewhere",
        "replicate this model in Cystic Fibrosis and Type 1 Diabetes", PANEL, "second paragraph",
        "Other conditions: with 40 kinds instead of 16, and with treatments that hardly differ (the others at 0.74 to "
        "0.88 instead of 0.30 to 0.74). The gain over care as usual in year 4, and what sharing adds to it.",
        (Link("40 kinds", MANY_KINDS, {**MANY_KINDS, **NEVER}), Link("40 kinds: sharing", MANY_KINDS,
                                                                     dict(MANY_KINDS, sharing=0)),
         Link("alike", ALIKE, {**ALIKE, **NEVER}), Link("alike: sharing", ALIKE, dict(ALIKE, sharing=0))), "",
        "Neither is a model of these two conditions. Where treatments hardly differ there is little to learn, and "
        "with these values few are unwell to begin with; what is gained is mostly activation."),
    Statement(
        "Data at the encounter", "Amount of data brought to clinical encounter", TALK, "Table 1, Chronic Care Model",
        "`data_baseline` 0.5 against 0.18: cases, and remission in year 4.",
        (Link("cases", dict(data_baseline=0.5), NETWORK, "commons_cases"),
         Link("remission", dict(data_baseline=0.5), NETWORK)), FIRST),
    Statement(
        "Periodicity of encounters", "periodicity of encounters", TALK, "Table 1, Chronic Care Model",
        "A visit every month against every third: cases, and remission in year 4.",
        (Link("cases", dict(visit_interval=1), NETWORK, "commons_cases"),
         Link("remission", dict(visit_interval=1), NETWORK)), FIRST,
        "More visits cost nothing in the model."),
    Statement(
        "Leadership", "Leadership to align all participants around a shared goal", TALK, "Table 1, actors",
        "`leadership` 0.02 against 0: activation, and remission in year 4.",
        (Link("activation", NETWORK, dict(leadership=0), "activation"), Link("remission", NETWORK, dict(leadership=0))),
        FIRST, "Nearly all of it is adherence. Under complex contagion leaders do more, because they lift peers over "
        "the threshold."),
    Statement(
        "Less active with a less active clinician",
        "patient becomes less active if interacting with less active clinician", TALK, "Table 1, actors",
        "Clinicians' baseline activation 0.25 against 0.45: patients' activation, and remission in year 4.",
        (Link("activation", NETWORK, dict(clinician_activation=0.25), "activation"),
         Link("remission", NETWORK, dict(clinician_activation=0.25))), FIRST),
    Statement(
        "Shared information at the encounter", "Rate of shared information brought to clinical encounter", TALK,
        "Table 1, actors", "`shared_information_use` 0.9 against 0: remission in year 4.",
        (Link("remission", NETWORK, dict(shared_information_use=0)),)),
    Statement(
        "Shareable information", "Rate of information created that is shareable", TALK, "Table 1, commons",
        "`shareable` 0.6 against 0: cases, and remission in year 4.",
        (Link("cases", NETWORK, dict(shareable=0), "commons_cases"), Link("remission", NETWORK, dict(shareable=0))),
        FIRST, "A registry also makes cases shareable, so that some still are."),
    Statement(
        "Spread among clinicians", "Information spread via clinician social network", TALK, "Table 1, processes",
        "`clinician_spread` 0.05 and 0.5 against 0: remission in year 4.",
        (Link("0.05", NETWORK, dict(clinician_spread=0)), Link("0.5", dict(clinician_spread=0.5),
                                                               dict(clinician_spread=0))), ""),
    Statement(
        "Implementation", "Rate at which information is implemented into treatment", TALK, "Table 1, processes",
        "`implementation` 0.7 against 0.35: remission in year 4.",
        (Link("remission", dict(implementation=0.7), NETWORK),)),
    Statement(
        "Registry", "An ‘Enhanced Registry’ … data is then used for clinical care, QI, and research", PANEL,
        "second paragraph; Table 1 of the talk", "`registry` 0.45 against 0: cases, and remission in year 4.",
        (Link("cases", NETWORK, dict(registry=0), "commons_cases"), Link("remission", NETWORK, dict(registry=0))),
        FIRST, "Care and improvement only: there is no research in the model, and data entry costs nothing."))


# What the model cannot say

CANNOT = (
    ("communities that facilitate the coproduction of health and healthcare at scale", TALK, "a definition"),
    ("people are ‘programmed’ for cooperation", TALK, "people share by a rate; nobody decides, and nobody has motives"),
    ("distribution of means of production", TALK, "nobody owns anything, and no tool is made"),
    ("‘tragedy of the commons’ (not)", TALK, "that use does not use up knowledge is a rule; nobody decides whether to "
     "give. What hangs on it stands below"),
    ("nature of healthcare as a service", TALK, "a definition"),
    ("Replicable scientific phenomena", TALK, "a run repeats to the last bit because it was built so"),
    ("easier to form teams", TALK, "there are no teams"),
    ("Self-assessment of process maturity in six domains", TALK, "there are no raters and no domains"),
    ("AOA suggests interventions to facilitate collaboration at scale", TALK, "the levers are there because we wrote "
     "them"),
    ("~ 100,000 Participants, 43 States, 5 Countries", TALK, "a count; the model runs at that size, and places are no "
     "part of it"),
    ("collaboration among patients, clinicians, and researchers", PANEL, "there are no researchers"),
    ("self-organizing to fix problems important to them", PANEL, "nobody chooses a problem"),
    ("grown from 7 to more than 70 care centers", PANEL, "when a center joins is put in; nobody decides to"),
    ("data-in-once that flows directly to EHR and the registry", PANEL, "entering data takes no time"),
    ("a core group of over 250 parents, patients, clinicians, and improvers", PANEL, "there are no roles"),
    ("developed and tested dozens of innovations", PANEL, "packages are given; none is ever invented"),
    ("Increasing agency and skills", PANEL, "activation stands for readiness; there are no skills"),
    ("trust across stakeholder groups", PANEL, "there is no trust, and no groups"),
    ("reducing transactional costs", PANEL, "nothing costs anything: no money, no time, no effort"),
    ("what happens when parents become ‘co-owners’", PANEL, "nobody owns anything"))


def better_medicines():
    """What better medicines alone do, with no network: the rival explanation of a rise from 60 to 80 %."""
    rows = [("a network, no better medicines", percent(mean()))]
    rows += [(f"no network, efficacies rise by {trend:g} a year", percent(mean(efficacy_trend=trend, **NEVER)))
             for trend in (0, 0.005, 0.01, 0.02)]
    return table(("Rival explanation", "In remission, year 10"), rows)


def keeping_cases():
    """What hangs on sharing for the one who does not share, and for all if nobody does."""
    keeper = Program("keeps its cases", lever="sharing", value=0, centers=[0])

    def first_center(**arm):
        return lived(months=SHORT, **arm)["center_remission"][:, slice(*YEAR_4), 0].mean(axis=1)

    everybody = first_center()
    return wrapped(
        "*On the tragedy of the commons.* A center that alone keeps its cases while the other 19 share ends, in year "
        f"4, {points(first_center(programs=[keeper]) - everybody)} points from where it would be if it shared; if all "
        f"keep theirs, it ends {points(first_center(sharing=0) - everybody)} points from there. So in the model nobody "
        "has to fear for what is there to be used, and hardly anybody gains or loses by giving, but everybody loses "
        "if nobody gives. Why people give all the same is the question that the model leaves open.")


# The document

SHARES = ("remission_rate", "best_package_share", "active_share", "center_remission")


def section(number, finding):
    """One statement as Markdown: what was said, what it means here, what came of it."""
    said = finding.statement
    titles = ("Setting", *(link.name + (", points" if link.measure in SHARES else "") for link in said.links),
              "Verdict")
    rows = [(name, *(points(each) if link.measure in SHARES else amount(each, 3, 1, "+")
                     for link, each in zip(said.links, finding.found[name], strict=True)), word)
            for name, word in finding.words.items()]
    other = [name for name, word in finding.words.items() if word != YES]
    doubt = f" *Not, or only in part:* {'; '.join(other)}." if 0 < len(other) < len(rows) else ""
    parts = [f"## {number} {said.title}",
             wrapped(f"“{said.quote}” ({said.source}: {said.place})").replace("\n", "\n> ").join(("> ", "")),
             wrapped(f"**{verdict(finding)}.**{doubt} *In the model:* {said.meaning} Every difference must lie above "
                     "0."), table(titles, rows)]
    return "\n\n".join(parts + ([wrapped(f"*Remark.* {said.remark}")] if said.remark else []))


def verdict(finding):
    """The verdict as a sentence begins, and whether what was found had been put in."""
    put_in = f" (put in: {finding.statement.put_in})" if finding.statement.put_in else ""
    return finding.verdict.capitalize() + put_in


def document(findings):
    """The ledger as Markdown, but for its head."""
    rows = []
    for number, finding in enumerate(findings, 1):
        rivals = [word for name, word in finding.words.items() if name != "default"]
        title = finding.statement.title
        anchor = validate.anchor(f"{number} {title}")
        rows.append((number, f"[{title}](#{anchor})", finding.statement.source, finding.statement.put_in or "no",
                     finding.words["default"], f"{rivals.count(YES)} of {len(rivals)}", finding.verdict))
    sections = [section(number, finding) for number, finding in enumerate(findings, 1)]
    told = [finding.statement.title for finding in findings]
    at = told.index("From 60 to 80 %") if "From 60 to 80 %" in told else None
    if at is not None:
        sections[at] += "\n\n" + better_medicines()
    return "\n\n".join([
        "## At a glance", wrapped(READING),
        table(("", "Statement", "Said in", "Put in", "Default", "Rivals that support it", "Verdict"), rows),
        "## The rival settings", table(("Setting", "Parameters"), [
            (name, validate.named([setting]) or "all at their defaults") for name, setting in SETTINGS.items()]),
        *sections, "## What cannot be said",
        wrapped("These statements are of the same two texts, and the model is silent on them: *cannot be said*."),
        table(("Statement", "Said in", "Why"), [(f"“{quote}”", source, why) for quote, source, why in CANNOT]),
        keeping_cases()]) + "\n"


OPENING = (
    "What two texts say of learning networks, held against the model. *Talk*: the slides of a talk on why learning "
    "networks work, with Table 1 and figures 4 to 6 of Seid et al. (2021). *Panel*: the abstract of a panel by Seid, "
    "Moore, Lee and Dellal on building peer-produced learning health systems. Written by `make validate`; not to be "
    "edited. Settings as in [the validation](validation.md); brackets hold 95 % intervals over paired seeds.")
READING = (
    "*Supported* means that in a setting every difference that the statement asks for lies above zero with its whole "
    "interval; *in part*, that some do; *not supported*, that none does. The verdict takes the default and its rivals "
    "together. It is about this model, whose rules and numbers are mostly assumed, and not about the world: *by rule* "
    "says that the model could hardly have shown anything else (or that this is so of the first link), *by "
    "calibration* that it was made to. Rivals are not calibrated anew. A difference can be sure and still be small: "
    "look at the sizes. Remission is in points; activation and health run from 0 to 1; cases are those in the "
    "commons, for each patient.")


if __name__ == "__main__":
    text = document([judge(statement) for statement in STATEMENTS])
    LEDGER.write_text(head("Claims ledger", OPENING) + text, encoding="utf-8")
