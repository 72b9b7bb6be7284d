"""Which runs an experiment consists of, and in which order they are best done."""

import numpy as np

from lnlab.experiment.chunk import Job
from lnlab.experiment.past import OF_THE_PAST
from lnlab.experiment.results import ARM, POINT, REPLICATE, SEED
from lnlab.population import MADE_FROM

CHUNK_SECONDS = 0.2                                 # what a chunk should take: sending one costs some milliseconds
SECONDS_PER_MONTH, SECONDS_PER_RUN = 7e-8, 2e-3     # a first guess: of a patient's month, and beside it


class Plan:
    """The runs of an experiment, numbered arm by arm, replicate by replicate.

    Parameters
    ----------
    arms : sequence of Arm
        May be made only when asked for (see `sampling.Points`).
    seeds : (n_arms, n) or (1, n) array of int
        The seeds of each arm, or of all.
    names : tuple of str
        Of the arms, if they have any.
    design : pandas.DataFrame, optional
        The points of a sweep, one for each arm.
    provenance : dict
    """

    def __init__(self, arms, seeds, names=(), design=None, provenance=None):
        self.arms, self.names, self.design = arms, names, design
        self.seeds = np.broadcast_to(np.asarray(seeds, dtype=np.int64), (len(arms), np.shape(seeds)[-1]))
        self.n = self.seeds.shape[1]
        self.n_runs = self.seeds.size
        self.provenance = provenance or {}

    def arm_of(self, number):
        """The arm of a run."""
        return self.arms[number // self.n]

    def job(self, number):
        """A run as something to be done."""
        return Job(int(number), self.arm_of(number), int(self.seeds[number // self.n, number % self.n]))

    def keys(self, numbers):
        """Which runs these are: a table with a row for each."""
        import pandas as pd
        arm, replicate = numbers // self.n, numbers % self.n
        if self.design is not None:
            which = self.design.iloc[arm].reset_index(drop=True)
            which.insert(0, POINT, arm)
        else:
            which = pd.DataFrame({ARM: [self.names[each] for each in arm]} if self.names else {}, index=range(len(arm)))
        which[REPLICATE], which[SEED] = replicate, self.seeds[arm, replicate]
        return which

    def in_order(self, numbers):
        """The runs in an order in which those with a past in common follow each other: replicate by replicate."""
        arm = numbers // self.n
        people, past = self._groups()
        return numbers[np.lexsort((arm, past[arm], people[arm], numbers % self.n))]

    def _groups(self):
        """Numbers that are equal for arms with the same people, and with the same past."""
        if self.design is not None:
            groups = ([name for name in self.design.columns if name in known] for known in (MADE_FROM, OF_THE_PAST))
            return [self.design.groupby(some, sort=False).ngroup().to_numpy() if some
                    else np.zeros(len(self.design), int) for some in groups]
        keys = [[(arm.efficacy_seed, *(getattr(arm.parameters, name) for name in known)) for arm in self.arms]
                for known in (MADE_FROM, OF_THE_PAST)]
        return [np.array([list(dict.fromkeys(some)).index(each) for each in some]) for some in keys]

    def months(self):
        """The lengths that runs have, in months: a set."""
        if self.design is None:
            return {arm.parameters.months for arm in self.arms}
        return {*self.design["months"].tolist()} if "months" in self.design else {self.arms[0].parameters.months}

    def seconds(self):
        """About how long all runs take, one after the other."""
        some = range(0, len(self.arms), max(1, len(self.arms) // 50))
        return self.n_runs * float(np.mean([seconds_of(self.arms[each]) for each in some]))


class Chunks:
    """Runs in chunks of about equal duration. How long they take is learned as they come back: until then, one by one.

    No chunk is so large that a worker would have nothing left to do.
    """

    def __init__(self, plan, numbers, n_workers=1, size=None):
        self.plan, self.numbers, self.size, self.next = plan, numbers, size, 0
        self.seconds = CHUNK_SECONDS * max(1.0, n_workers / 50)     # a large cluster is fed in larger pieces
        self.n_workers, self.pace = n_workers, None

    def __iter__(self):
        return self

    def __next__(self):
        jobs, expected = [], 0.0
        most = self.size or max(1, (len(self.numbers) - self.next) // (2 * self.n_workers))
        while self.next < len(self.numbers) and len(jobs) < most and (self.size or expected < self.seconds):
            jobs.append(self.plan.job(self.numbers[self.next]))
            expected += self.seconds if self.pace is None else self.pace * seconds_of(jobs[-1].arm)
            self.next += 1
        if not jobs:
            raise StopIteration
        return jobs

    def learn(self, jobs_done, seconds):
        """Take account of how long some runs took."""
        expected = len(jobs_done) * seconds_of(self.plan.arm_of(jobs_done[0].number))
        if seconds > 0.0:
            now = seconds / expected
            self.pace = now if self.pace is None else 0.7 * self.pace + 0.3 * now


def seconds_of(arm):
    """About how long one run of this arm takes."""
    p = arm.parameters
    return SECONDS_PER_RUN + SECONDS_PER_MONTH * p.n_patients * (p.burn_in + p.months)
