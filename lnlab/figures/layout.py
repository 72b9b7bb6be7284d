"""Where everything stands in the drawing of a network: centers, people, and where the ways to the commons leave."""

from collections import namedtuple

import numpy as np

CENTER_RADIUS = 0.46        # where neighboring centers are 1 apart
GOLDEN = np.pi * (3 - np.sqrt(5))

# Where everything stands, around the commons at (0, 0): places (n, 2), radii, and the widest mark of a patient
Layout = namedtuple("Layout", "centers clinicians patients commons_radius center_radius widest outside")


def place(population):
    """Where everything stands: the commons in the middle, centers in rings around it, patients around clinicians.

    The first centers are the innermost, so that a network to which they come one after another grows outward.

    Returns
    -------
    Layout
        In units in which neighboring centers are 1 apart.

    Examples
    --------
    >>> from lnlab import Parameters, make_population
    >>> layout = place(make_population(Parameters(n_patients=200, n_centers=20)))
    >>> layout.patients.shape, layout.clinicians.shape, layout.centers.shape
    ((200, 2), (40, 2), (20, 2))
    """
    per_center = np.bincount(population.clinician_center)[0]
    centers, innermost = _rings(len(population.center_shift))
    rank = _rank_within(population.clinician, len(population.clinician_center))
    away, around, gap = _within_a_center(per_center, 1 + rank.max())
    number = np.arange(len(population.clinician_center)) % per_center
    turn = np.arctan2(*centers[population.clinician_center].T[::-1]) + np.pi / 2 + 2 * np.pi * number / per_center
    clinicians = centers[population.clinician_center] + CENTER_RADIUS * away * direction(turn)
    turn, (ahead, aside) = turn[population.clinician], around[rank].T[:, :, None]
    from_clinician = ahead * direction(turn) + aside * direction(turn + np.pi / 2)
    patients = clinicians[population.clinician] + CENTER_RADIUS * from_clinician
    return Layout(centers, clinicians, patients, innermost - 0.6, CENTER_RADIUS, CENTER_RADIUS * gap,
                  np.hypot(*centers[-1]) + 0.53)


def where_it_leaves(start, center, radius):
    """Where the straight way from each `start` to (0, 0) leaves the circle around its center: (n, 2).

    >>> where_it_leaves(np.array([(3.0, 0.0)]), center=np.array([(3.0, 0.0)]), radius=1).tolist()
    [[2.0, 0.0]]
    """
    ahead = -start / np.hypot(*start.T)[:, None]
    off = start - center
    along = (off * ahead).sum(axis=1)
    return start + (np.sqrt(along ** 2 - (off ** 2).sum(axis=1) + radius ** 2) - along)[:, None] * ahead


def direction(angle):
    """The step of length 1 in each direction, counted in radians from the right against the clock: (n, 2).

    >>> direction(np.array([0, np.pi])).round().tolist()
    [[1.0, 0.0], [-1.0, 0.0]]
    """
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _within_a_center(n_clinicians, n_patients):
    """A clinician and patients in the sector of a circle of radius 1 that opens to the right.

    Returns
    -------
    away : float
        How far from the middle of the circle the clinician stands.
    around : (n_patients, 2) float
        Places of the patients, seen from the clinician: in a spiral, as far apart as the sector allows.
    gap : float
        How near the nearest two come.
    """
    half = np.pi / n_clinicians
    away = 2 * np.sin(half) / (3 * half) if n_clinicians > 1 else 0.0
    turn = np.arange(20 * n_clinicians * (n_patients + 10))
    spiral = np.sqrt(turn + 4.6)[:, None] * direction(GOLDEN * turn)
    unit, edge = 2.0, 0.07
    while True:
        around = unit * spiral
        x, y = around[:, 0] + away, around[:, 1]
        inside = np.hypot(x, y) < 1 - edge - 0.7 * unit
        if n_clinicians > 1:
            inside &= x * np.sin(half) - np.abs(y) * np.cos(half) > 0.95 * unit
        if inside.sum() >= n_patients:
            break
        unit *= 0.99
    around = around[inside][:n_patients]
    return away, around, min(_nearest(around), 1.5 * unit)


def _rings(n):
    """Places of `n` centers 1 apart in rings around a commons, (n, 2), and the radius of the innermost ring.

    As many rings as make the whole smallest, around a commons that stays large enough to be seen.
    """
    def capacity(radius):
        return int(np.pi / np.arcsin(0.5 / radius) + 1e-9)

    tried = []
    for n_rings in range(1, 2 + int(np.sqrt(n))):
        inner = 1.1
        while True:
            radii = inner + np.arange(n_rings)
            if sum(map(capacity, radii)) >= n and inner - 0.6 >= 0.16 * radii[-1]:
                break
            inner += 0.02
        tried.append(radii)
    radii = min(tried, key=lambda radii: radii[-1])
    room = np.array([capacity(radius) for radius in radii])
    until = np.round(np.cumsum(room) * n / room.sum()).astype(int)
    places = []
    for ring, (radius, count) in enumerate(zip(radii, np.diff(until, prepend=0))):
        turn = np.pi / 2 - 2 * np.pi * (np.arange(count) + 0.5 * (ring % 2)) / max(1, count)
        places.append(radius * direction(turn))
    return np.concatenate(places), radii[0]


def _rank_within(groups, n_groups):
    """The place of each within its group: 0, 1, ... in the order given."""
    order = np.argsort(groups, kind="stable")
    first = np.searchsorted(groups[order], np.arange(n_groups))
    rank = np.empty(len(groups), int)
    rank[order] = np.arange(len(groups)) - first[groups[order]]
    return rank


def _nearest(places):
    from scipy.spatial import cKDTree
    return cKDTree(places).query(places, k=2)[0][:, 1].min() if len(places) > 1 else np.inf
