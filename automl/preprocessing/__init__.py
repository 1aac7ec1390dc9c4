"""From the encoded table to the matrix that a learner wants; fitted on training rows only."""

from automl.preprocessing.balancing import balanced_weights
from automl.preprocessing.parameters import Steps, space_of
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.target import TargetTransform

__all__ = ["Preprocessor", "Steps", "TargetTransform", "balanced_weights", "space_of"]
