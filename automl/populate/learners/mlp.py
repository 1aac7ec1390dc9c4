"""Multilayer perceptron of a classification.

Ours trains by Adam and keeps the weights of the epoch that is best on validation rows. Faithful is what does the same:
`early_stopping`, with the usual patience and validation share, and epochs enough to come to it. The network of a
regression is foreign: it learns a target of another scale at another pace.
"""

from __future__ import annotations

from automl.populate.faithful import Unfaithful, flag, integer, number, real, word
from automl.populate.flows import Json
from automl.populate.learners.base import TECHNICAL, Setting, Translator
from automl.trial import Value

_FEWEST_EPOCHS = 100
_AUTO_BATCH = 200
_PATIENCES = (10, 12)  # in epochs: scikit-learn's default, and ours
_FEWEST_BATCHES = 8  # of an epoch; with fewer rows, ours takes smaller batches

_FIRST: dict[str, Json] = {"hidden_layer_sizes": [100], "activation": "relu", "alpha": 1e-4, "batch_size": "auto"}
_FIRST |= {"learning_rate_init": 1e-3, "max_iter": 200, "tol": 1e-4, "early_stopping": False, "n_iter_no_change": 2}


def _own(setting: Setting) -> dict[str, Value]:
    given = setting.parameters
    if not flag(given, "early_stopping"):
        raise Unfaithful("early_stopping is off, ours stops on validation rows")
    if integer(given, "max_iter") < _FEWEST_EPOCHS or number(given, "tol") > 1e-4:
        raise Unfaithful("tol or max_iter ends training before the validation rows do")
    if integer(given, "n_iter_no_change") not in _PATIENCES:
        raise Unfaithful("n_iter_no_change is another patience than ours")
    if not setting.preparation.is_centred:
        raise Unfaithful("the columns are not centred")
    batch = _AUTO_BATCH if given["batch_size"] == "auto" else integer(given, "batch_size")
    setting.needs_rows(_FEWEST_BATCHES * batch, "batch_size")
    layers = _layers(given["hidden_layer_sizes"])
    return {
        "hidden_units": layers[0],
        "hidden_layers": len(layers),
        "activation": word(given, "activation"),
        "learning_rate": real(given, "learning_rate_init"),
        "alpha": real(given, "alpha"),
        "batch_size": batch,
    }


def _layers(given: Json) -> list[int]:
    listed = given if isinstance(given, list) else [given]
    layers = [integer({"hidden_layer_sizes": size}, "hidden_layer_sizes") for size in listed]
    if not layers or len(set(layers)) > 1:
        raise Unfaithful("hidden_layer_sizes are not equal, as those of ours are")
    return layers


MLP_CLASSIFIER = Translator(
    "mlp",
    (((0, 0), _FIRST), ((0, 20), {"n_iter_no_change": 10})),
    {
        "solver": ("adam",),
        "shuffle": (True,),
        "beta_1": (0.9,),
        "beta_2": (0.999,),
        "epsilon": (1e-8,),
        "validation_fraction": (0.1,),
    },
    (*TECHNICAL, "learning_rate", "power_t", "momentum", "nesterovs_momentum", "max_fun"),
    _own,
    problems=("binary", "multiclass"),
    left_out=("the validation rows on which training stops",),
)
