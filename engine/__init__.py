"""The autodiff engine: tensors on NumPy, and the record of what they did. It knows nothing of nets or drawings."""

from engine import ops as ops
from engine.tensor import Tensor, no_grad, watch
from engine.trace import Trace, record

__all__ = ["Tensor", "Trace", "no_grad", "record", "watch"]
