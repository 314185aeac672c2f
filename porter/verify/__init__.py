"""A second, independent hand that looks at every port before a byte is written.

It works on ``ast``, ``compile``, the facts and the inferred types; never with libcst, nor with the code of an idiom, so
that it cannot share the writer's mistake.
"""

from porter.verify.blame import blame
from porter.verify.trees import verify_trees
from porter.verify.verification import verify

__all__ = ["blame", "verify", "verify_trees"]
