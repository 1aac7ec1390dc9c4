from __future__ import annotations

from ConfigSpace import Float

from automl.preprocessing import Steps, space_of


def test_balancing_is_for_classes_and_the_target_for_regression() -> None:
    steps = Steps(target=("standard", "log"))
    assert "balancing" in space_of("binary", steps, [])
    assert "target" not in space_of("binary", steps, [])
    assert "balancing" not in space_of("regression", steps, [])
    assert "target" in space_of("regression", steps, [])


def test_first_value_is_the_default() -> None:
    default = space_of("binary", Steps(encoding=("target", "onehot")), []).get_default_configuration()
    assert default["encoding"] == "target"
    assert "onehot_limit" not in default


def test_dependent_parameters_are_conditional() -> None:
    space = space_of("binary", Steps(selection=("none", "f_score")), [Float("own", (0.0, 1.0))])
    space.seed(0)
    for configuration in space.sample_configuration(50):
        assert ("onehot_limit" in configuration) == (configuration["encoding"] == "onehot")
        assert ("selection_share" in configuration) == (configuration["selection"] != "none")


def test_empty_steps_declare_nothing() -> None:
    assert list(space_of("binary", Steps((), (), (), (), (), ()), [])) == []
