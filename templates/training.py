"""How a network is trained: what happens between the gradients of a step and the parameters of the next one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Training:
    """The rule of an update: plain gradient descent, `w − η·∂E_t/∂w`."""


PLAIN = Training()
