"""The autodiff engine: tensors on NumPy, and the record of what they did. It knows nothing of drawings."""

from engine import methods as methods
from engine import ops as ops
from engine.apply import no_grad, watch
from engine.memory import keep_freed_memory
from engine.tensor import Tensor
from engine.trace import Trace, record

keep_freed_memory()

__all__ = ["Tensor", "Trace", "no_grad", "record", "watch"]
