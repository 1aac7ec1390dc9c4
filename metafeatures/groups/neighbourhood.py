"""How the classes mix among near rows, by Gower's distance on a sample of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metafeatures.arrays import FloatArray, IntArray, chunks_of
from metafeatures.feature import Feature, Need
from metafeatures.intermediates import Intermediates
from metafeatures.pairs import between, class_pairs, gower, nearest_enemies, scaled, spanning_tree
from metafeatures.tabular import Table


def scaled_sample_of(t: Intermediates) -> Table:
    """The pair sample with numeric columns scaled to [0, 1]."""
    return scaled(t.pair_sample)


def distances_of(t: Intermediates) -> NDArray[np.float32]:
    """Gower's distances within the pair sample."""
    sample = t.once(scaled_sample_of)
    return gower(sample, sample)


def enemies_of(t: Intermediates) -> tuple[IntArray, FloatArray]:
    """Nearest rows of another class and their distances."""
    return nearest_enemies(t.once(distances_of), t.pair_sample.target)


def friends_of(t: Intermediates) -> FloatArray:
    """Distance of each row from the nearest other row of its class; infinite where there is none."""
    distances, target = t.once(distances_of), t.pair_sample.target
    nearest = np.empty(len(target))
    for rows in chunks_of(*distances.shape):
        same = np.where(target[rows, None] == target, distances[rows], np.inf)
        same[np.arange(len(same)), np.arange(rows.start, rows.stop)] = np.inf
        nearest[rows] = same.min(axis=1)
    return nearest


def borderline_share(t: Intermediates) -> float:
    """Share of the rows that the minimum spanning tree joins to a row of another class (N1)."""
    target = t.pair_sample.target
    row = np.arange(1, len(target))
    parent = spanning_tree(t.once(distances_of))[1:]
    joined = target[row] != target[parent]
    return len(np.unique(np.concatenate([row[joined], parent[joined]]))) / len(target)


def friend_to_enemy_distance(t: Intermediates) -> FloatArray:
    """Of each row: 1 - 1 / (1 + r), r the distance to its nearest friend over that to its nearest enemy (N2)."""
    ratio = t.once(friends_of) / t.once(enemies_of)[1]
    return 1.0 - 1.0 / (1.0 + ratio)


def nearest_neighbour_error(t: Intermediates) -> FloatArray:
    """Of each row whether its nearest neighbour is of another class (N3)."""
    return (t.once(friends_of) > t.once(enemies_of)[1]).astype(np.float64)


def nearest_neighbour_nonlinearity(t: Intermediates) -> FloatArray:
    """Of points between rows of a class, whether their nearest row is of another class (N4).

    Numeric columns are interpolated; each categorical value comes from one of the two rows.
    """
    sample = t.once(scaled_sample_of)
    rng = t.rng(30)
    made = between(sample, *class_pairs(sample.target, rng), rng)
    wrong = np.empty(len(made.target))
    for rows in chunks_of(len(wrong), len(wrong)):
        chunk = made.take(np.arange(rows.start, rows.stop))
        wrong[rows] = sample.target[gower(chunk, sample).argmin(axis=1)] != chunk.target
    return wrong


def hypersphere_share(t: Intermediates) -> float:
    """Spheres of one class needed to cover all rows, over rows (T1).

    Each row has a sphere that reaches to the sphere of its nearest enemy; two that are each other's nearest enemy
    meet half way. The sphere with most rows comes first and takes those that it covers out of the others.
    """
    enemy, distance = t.once(enemies_of)
    distances, radius = t.once(distances_of), _radii(enemy, distance)
    n_covered = np.empty(len(radius), dtype=np.int64)
    for rows in chunks_of(*distances.shape):
        n_covered[rows] = np.count_nonzero(distances[rows] <= radius[rows, None], axis=1)
    alive = np.ones(len(radius), dtype=bool)
    for row in np.argsort(-n_covered, kind="stable"):
        if alive[row]:
            alive &= distances[row] > radius[row]
            alive[row] = True
    return float(np.mean(alive))


def _radii(enemy: IntArray, distance: FloatArray) -> FloatArray:
    radius = np.where(enemy[enemy] == np.arange(len(enemy)), distance / 2.0, np.nan)
    while np.isnan(radius).any():
        reachable = np.isnan(radius) & ~np.isnan(radius[enemy])
        if not reachable.any():  # rows at one distance that name each other in a ring meet half way, too
            reachable = np.isnan(radius)
            radius[reachable] = distance[reachable] / 2.0
            break
        radius[reachable] = np.abs(distance[reachable] - radius[enemy[reachable]])
    return radius


def local_set_share(t: Intermediates) -> float:
    """One less the share of pairs of rows that are nearer than the nearest enemy of the second (LSC)."""
    distances, distance = t.once(distances_of), t.once(enemies_of)[1]
    nearer = sum(int(np.sum(distances[rows] < distance)) for rows in chunks_of(*distances.shape))
    return 1.0 - nearer / len(distance) ** 2


LORENA = "Lorena et al., How complex is your classification problem?, CSUR 2019"
HO = "Ho and Basu, Complexity measures of supervised classification problems, TPAMI 2002"
LEYVA = "Leyva et al., A set of complexity measures for instance selection, TKDE 2015"
_CLASSES: tuple[Need, ...] = ("two classes", "columns")

FEATURES = [
    Feature(borderline_share, LORENA, "quadratic", needs=_CLASSES),
    Feature(friend_to_enemy_distance, LORENA, "quadratic", "row", _CLASSES),
    Feature(nearest_neighbour_error, LORENA, "quadratic", "row", _CLASSES),
    Feature(nearest_neighbour_nonlinearity, LORENA, "quadratic", "row", _CLASSES),
    Feature(hypersphere_share, HO, "quadratic", needs=_CLASSES),
    Feature(local_set_share, LEYVA, "quadratic", needs=_CLASSES),
]
