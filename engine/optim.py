"""Optimizers: from gradients to new weights. Names, defaults and arithmetic are those of `torch.optim`."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from engine.tensor import Tensor


class Optimizer(ABC):
    """Changes parameters against their gradients. `formula` and `says` put one step into TeX and words.

    In both `<x>` is the parameter and `<g>` its gradient.
    """

    formula: str
    says: str

    def __init__(self, parameters: Iterable[Tensor], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        self._state: list[Any] = [None] * len(self.parameters)
        name = type(self).__name__
        if not self.parameters:
            raise ValueError(f"{name}: there are no parameters; pass the tensors that it may change")
        if len(set(self.parameters)) != len(self.parameters):
            raise ValueError(
                f"{name}: a parameter is listed twice, so it would be changed twice; list each once"
            )
        for parameter in self.parameters:
            if not parameter.is_leaf or not parameter.requires_grad:
                raise ValueError(
                    f"{name}: {parameter.title} cannot be learned; parameters are leaves with "
                    f"requires_grad=True"
                )
        if not 0 <= lr < math.inf:
            raise ValueError(f"{name}: the learning rate is {lr}; it must be a number from 0 up")

    @abstractmethod
    def advance(self, data: Any, gradient: Any, state: Any) -> tuple[Any, Any]:
        """The parameter's new data, and what the next step needs to know. `state` is None at first."""

    def proposed(self, k: int, gradient: Any) -> Any:
        """What a step with this gradient would make of parameter `k`; nothing is changed."""
        return self.advance(self.parameters[k].data, gradient, self._state[k])[0]

    def step(self) -> None:
        """Change every parameter that has a gradient."""
        for k, parameter in enumerate(self.parameters):
            if parameter.grad is not None:
                data, self._state[k] = self.advance(parameter.data, parameter.grad, self._state[k])
                parameter.replace(data)

    def state_dict(self) -> list[Any]:
        """What the optimizer remembers of earlier steps, one entry a parameter: enough to go on from here."""
        return list(self._state)

    def load_state_dict(self, state: Sequence[Any]) -> None:
        """Go on from where the optimizer was that gave this `state_dict()`."""
        if len(state) != len(self.parameters):
            raise ValueError(
                f"{type(self).__name__}: the state is of {len(state)} parameters, but there are "
                f"{len(self.parameters)}; give the optimizer the parameters of the same network"
            )
        self._state = list(state)

    def zero_grad(self) -> None:
        """Forget the gradients, so that the next backward pass does not add to them."""
        for parameter in self.parameters:
            parameter.grad = None


class SGD(Optimizer):
    """Gradient descent: a step of `lr` times the gradient, downhill.

    With `momentum`, gradients of earlier steps fade out slowly instead of being forgotten.

    >>> w = Tensor(3.0)
    >>> (w * w).backward()
    >>> SGD([w], lr=0.1).step()
    >>> round(w.item(), 3)
    2.4
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr)
        _check("SGD", momentum=momentum, weight_decay=weight_decay)
        if nesterov and not momentum:
            raise ValueError("SGD: nesterov looks ahead along the momentum; give a momentum above 0")
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov

    @property
    def formula(self) -> str:  # type: ignore[override]
        """The new value, in TeX."""
        return rf"<x> - {self.lr:g} \cdot <g>" if not self.momentum else rf"<x> - {self.lr:g} \cdot v"

    @property
    def says(self) -> str:  # type: ignore[override]
        """A step, in words."""
        if self.momentum:
            return (
                f"<x> takes a step of {self.lr:g} times its velocity v, downhill. The velocity is the "
                f"gradient plus "
                f"{self.momentum:g} of the velocity before."
            )
        return f"<x> takes a step of {self.lr:g} times its gradient, downhill."

    def advance(self, data: Any, gradient: Any, state: Any) -> tuple[Any, Any]:
        """A step of `lr` times the gradient, or times the velocity, which `state` holds."""
        if self.weight_decay:
            gradient = gradient + self.weight_decay * data
        if not self.momentum:
            return _less(data, self.lr * gradient), None
        velocity = gradient if state is None else self.momentum * state + gradient
        direction = gradient + self.momentum * velocity if self.nesterov else velocity
        return _less(data, self.lr * direction), velocity


class Adam(Optimizer):
    """Each weight takes steps of its own length: `lr` times its mean gradient over its usual size.

    Source: Kingma and Ba, Adam: a method for stochastic optimization, 2015.
    """

    decoupled = False  # AdamW shrinks the weights apart from the gradient
    formula = r"<x> - \eta \, \frac{\hat m}{\sqrt{\hat v} + \varepsilon}"

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        name = type(self).__name__
        _check(name, eps=eps, weight_decay=weight_decay)
        for k, beta in enumerate(betas):
            if not 0 <= beta < 1:
                raise ValueError(f"{name}: beta {k + 1} is {beta}; it must lie from 0 up to, but below, 1")
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay

    @property
    def says(self) -> str:  # type: ignore[override]
        """A step, in words."""
        return (
            f"<x> takes a step of about {self.lr:g}, downhill: its mean gradient of late, divided by "
            f"the usual size of "
            "that gradient."
        )

    def advance(self, data: Any, gradient: Any, state: Any) -> tuple[Any, Any]:
        """One step; `state` holds the step's number, the mean gradient and the mean squared gradient."""
        step, mean, squares = state or (0, 0.0, 0.0)
        first, second = self.betas
        step += 1
        if self.weight_decay:
            if self.decoupled:
                data = data * (1.0 - self.lr * self.weight_decay)
            else:
                gradient = gradient + self.weight_decay * data
        mean = mean + (1.0 - first) * (gradient - mean)
        squares = second * squares + (1.0 - second) * gradient * gradient
        length = self.lr / (1.0 - first**step)
        size = np.sqrt(squares) / math.sqrt(1.0 - second**step) + self.eps
        new = data - length * mean / size
        return (float(new) if type(data) is float else new), (step, mean, squares)


class AdamW(Adam):
    """Adam with weight decay apart from the gradient: every step first shrinks the weights a little.

    Source: Loshchilov and Hutter, Decoupled weight decay regularization, 2019.
    """

    decoupled = True

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)


def _less(data: Any, change: Any) -> Any:
    """`data - change`, in the memory of `change`: making room for a large array takes longer than the sum."""
    return data - change if type(data) is float else np.subtract(data, change, out=change)


def _check(name: str, **settings: float) -> None:
    for setting, value in settings.items():
        if not 0 <= value < math.inf:
            raise ValueError(f"{name}: {setting} is {value}; it must be a number from 0 up")
