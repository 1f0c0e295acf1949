"""What a learner types in the playground, turned into engine calls: see `parse`."""

from engine.expression.errors import ExpressionError, Place
from engine.expression.examples import EXAMPLES
from engine.expression.program import Program, Result, parse

__all__ = ["EXAMPLES", "ExpressionError", "Place", "Program", "Result", "parse"]
