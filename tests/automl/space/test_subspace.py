from __future__ import annotations

import json

import numpy as np
from search_problems import thorny_space

from automl.space.column import Column
from automl.space.subspace import Subspace


def compiled() -> Subspace:
    space = thorny_space()
    return Subspace("thorny", space, [Column(hp, i) for i, hp in enumerate(space.values())])


def test_activity_and_legality_agree_with_configspace() -> None:
    subspace = compiled()
    for configuration in subspace.space.sample_configuration(200):
        native = configuration.get_array()[:, None].copy()
        assert subspace.settle(native).tolist() == [True]
        np.testing.assert_array_equal(native[:, 0], configuration.get_array())
        assert (
            subspace.why_invalid({k: v.item() if hasattr(v, "item") else v for k, v in configuration.items()}) is None
        )


def test_a_condition_on_an_inactive_parent_does_not_hold() -> None:
    subspace = compiled()
    names = [column.name for column in subspace.columns]
    native = subspace.from_units(np.full((1, len(names)), 1.0))
    native[names.index("kernel")] = 0  # linear: degree is inactive, and coef0 depends on it
    native[names.index("early")] = 1
    subspace.settle(native)
    inactive = {name for name, value in zip(names, native[:, 0], strict=True) if np.isnan(value)}
    assert inactive == {"degree", "coef0", "gamma", "patience"}


def test_the_declaration_is_plain_and_does_not_depend_on_the_order_of_declaring() -> None:
    assert json.loads(json.dumps(compiled().declaration())) == compiled().declaration()
    assert compiled().declaration() == Subspace("other", thorny_space(3), compiled().columns).declaration()
