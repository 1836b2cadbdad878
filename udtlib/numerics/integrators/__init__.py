"""Integrators: ways to solve Hamilton's equations, and what each of them keeps of the flow's laws."""

from udtlib.numerics.integrators.adaptive import Adaptive
from udtlib.numerics.integrators.base import BlowUpError, FixedStep, IntegrationError, Integrator, StepError
from udtlib.numerics.integrators.explicit import RK3, RK4, Euler, Midpoint
from udtlib.numerics.integrators.extended import Tao
from udtlib.numerics.integrators.implicit_midpoint import ImplicitMidpoint
from udtlib.numerics.integrators.splitting import Leapfrog, Yoshida4

__all__ = [
    "RK3",
    "RK4",
    "Adaptive",
    "BlowUpError",
    "Euler",
    "FixedStep",
    "ImplicitMidpoint",
    "IntegrationError",
    "Integrator",
    "Leapfrog",
    "Midpoint",
    "StepError",
    "Tao",
    "Yoshida4",
]
