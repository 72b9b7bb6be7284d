"""The experiment of a notebook, without a browser: predict, try, compare."""

import numpy as np
import pytest

from lnlab import InputError, Parameters
from lnlab.experiment import replicate, replicate_seeds
from lnlab.widgets import Experiment, check

TINY = Parameters(n_patients=100, n_centers=2, months=36, launch_month=12, burn_in=12)
NOBODY = {"Nobody shares": {"sharing": 0}}


def experiment(controls=("sharing", "registry"), **options):
    given = dict(predict="What if?", predict_for="Nobody shares", presets=NOBODY, parameters=TINY, replicates=3)
    return Experiment(controls, **(given | options))


def test_the_controls_open_with_the_prediction():
    trial = experiment()
    assert all(control.disabled for control in (*trial.controls.values(), trial.choosing))
    assert "predict first" in trial.status.text
    trial.committing.pressed = {"label": "Commit to my prediction", "count": 1}
    assert trial.prediction is None and "Type your prediction" in trial.status.text
    trial.guess.value = 40
    trial.committing.pressed = {"label": "Commit to my prediction", "count": 2}
    assert trial.prediction == 0.4 and trial.guess.disabled
    assert not any(control.disabled for control in (*trial.controls.values(), trial.choosing))


def test_what_it_says_is_what_replicate_finds():
    trial = experiment(replicates=5)
    trial.commit(50)
    trial.choose("Nobody shares")
    table = replicate(TINY.but(sharing=0), n=5).table
    rates = table.query("month >= 24").groupby("replicate")["remission_rate"].mean()
    assert f"Nobody shares: in the last year {100 * rates.mean():.0f} % of patients" in trial.sentence
    assert f"({100 * rates.min():.0f} % to {100 * rates.max():.0f} % in 5 simulated networks)" in trial.sentence
    off = 100 * (rates.mean() - 0.5)
    assert trial.compared.startswith("You predicted 50 %; it is") and f"{abs(off):.0f} point" in trial.compared


def test_presets_reset_and_mark_themselves():
    trial = experiment()
    trial.commit(50)
    trial.choose("Nobody shares")
    assert trial.settings == {"sharing": 0, "registry": 0.45} and trial.choosing.current == "Nobody shares"
    trial.controls["registry"].value = 0.9
    assert trial.choosing.current is None and "try it" in trial.compared
    assert trial.sentence.startswith("Sharing 0, registry 0.9: in the last year")
    trial.choose("This network")
    assert trial.settings == {"sharing": 0.5, "registry": 0.45} and trial.choosing.current == "This network"


def test_each_move_changes_picture_and_words_together():
    trial = experiment()
    trial.commit(50)
    seen = {(trial.picture.png, trial.picture.alt)}
    for value in (0.0, 0.25, 1.0):
        trial.controls["sharing"].value = value
        assert trial.picture.alt == trial.status.text == repr(trial)
        seen.add((trial.picture.png, trial.picture.alt))
    assert len({png for png, _ in seen}) == 4 and all(png.startswith(b"\x89PNG") for png, _ in seen)


def test_usual_care_is_the_same_people_with_the_same_luck():
    trial = experiment(["sharing"], parameters=TINY.but(leadership=0, registry=0, pre_visit_planning=0,
                                                       clinician_spread=0))
    trial.commit(50)
    trial.choose("Nobody shares")
    assert np.array_equal(trial._result(range(3))[:, -12:].mean(axis=1), trial.usual)
    assert "not clearly different from usual care" in trial.sentence


def test_a_reader_without_a_kernel_gets_a_picture_and_a_sentence():
    data, metadata = experiment()._repr_mimebundle_()
    assert data["text/plain"].startswith("This network: in the last year") and metadata["image/png"]["alt"] == data["text/plain"]
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)


def test_other_measures_have_their_own_words():
    trial = experiment(measure="median_health")
    trial.commit(0.5)
    assert "the median health" in trial.sentence and "You predicted 0.50" in trial.compared


@pytest.mark.parametrize("options, message", [
    (dict(controls=()), "`controls` must be one to 6 parameters; got 0"),
    (dict(controls=("sharing", "registry", "recall", "fading", "leadership", "shareable", "turnover")), "`controls` must be one to 6 parameters; got 7"),
    (dict(controls=("shareing",), presets={}), "There is no parameter `shareing`. Did you mean 'sharing'"),
    (dict(presets={"A": {"registry": 2}}, predict_for="A"), "`registry` must lie between 0 and 1"),
    (dict(presets={"A": {"leadership": 0}}, predict_for="A"), "Preset 'A' must set only the controls sharing, registry"),
    (dict(predict_for="Nobody"), "`predict_for` must be one of 'This network', 'Nobody shares'"),
    (dict(measure="remision_rate"), "`measure` must be one of .* Did you mean 'remission_rate'"),
    (dict(replicates=0), "`n` must be a whole number of at least 1"),
])
def test_bad_input(options, message):
    with pytest.raises(InputError, match=message):
        experiment(**options)


def test_replicates_are_paired_and_their_seeds_unrelated():
    assert replicate_seeds(8, 1)[:3] == replicate_seeds(3, 1)
    assert not set(replicate_seeds(8, 1)) & set(replicate_seeds(8, 2))
    arms = [replicate(TINY, n=2, growth=growth).table.query("month < 12") for growth in ("never", "together")]
    assert arms[0].equals(arms[1])


def test_check_speaks_to_the_answer():
    assert check(None, 5, within=1).startswith("Write your answer")
    assert check(5.4, 5, within=1) == "Yes: it is 5."
    assert check(7, 5, within=1, hint="Think.") == "Not yet: 7 is too high. Think."
    with pytest.raises(InputError, match="`answer` must be a number"):
        check("five", 5, within=1)
