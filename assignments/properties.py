"""What all hidden tests share: an answer must agree with its definition on random inputs, and spare the rest.

Everything below the line ``# properties`` stands, word for word, in a hidden region at the top of each
assignment's first graded cell: submissions are graded where this file cannot be imported, and students must not
get it. After a change, ``python assignments/copy_properties.py`` copies it there anew; a test says where a copy is
not the same.

A property is asked in rounds: in single and in double precision, with sizes that all differ, once with a batch of
one, with modules in training mode and not, and then anew with other numbers in the very same tensors.
"""

# properties
import random as _property_random

import torch as _property_torch


class _Draw:
    """Random inputs of one round; ``again`` draws the same shapes with other numbers."""

    def __init__(self, seed, number, take=0):
        self.seed, self.number = seed, number
        self.dtype = _property_torch.float64 if number % 2 else _property_torch.float32
        self.source = _property_torch.Generator().manual_seed(7919 * seed + 101 * number + take)
        self.dice = _property_random.Random(
            f"{seed} {number}"
        )  # of shapes and options: the same in both takes
        self.sizes = self.dice.sample(range(2, 9), 7)

    def again(self):
        return _Draw(self.seed, self.number, take=1)

    def size(self):
        """A size that no other axis of this round has."""
        return self.sizes.pop()

    def batch(self):
        """A batch size, which is one in every third round."""
        size = self.size()
        return 1 if self.number % 3 == 2 else size

    def normal(self, *shape):
        return _property_torch.randn(*shape, generator=self.source, dtype=_property_torch.float64).to(
            self.dtype
        )

    def uniform(self, *shape, low=0.0, high=1.0):
        share = _property_torch.rand(*shape, generator=self.source, dtype=_property_torch.float64)
        return (low + (high - low) * share).to(self.dtype)

    def shares(self, count):
        """Positive weights that sum to one."""
        weights = self.uniform(count, low=0.3).double()
        return (weights / weights.sum()).to(self.dtype)

    def net(self, *widths):
        """A small network with a bend, from the first width to the last."""
        layers = []
        for before, after in zip(widths, widths[1:]):  # noqa: B905
            layers += [_property_torch.nn.Linear(before, after), _property_torch.nn.Tanh()]
        return self.filled(_property_torch.nn.Sequential(*layers[:-1]))

    def filled(self, module):
        """The module with parameters of this round."""
        module = module.to(self.dtype)
        with _property_torch.no_grad():
            for parameter in module.parameters():
                parameter.copy_(0.5 * self.normal(*parameter.shape))
        return module


def _property_parts(value, name=""):
    """The tensors of a result by name: of a tensor, a number, a sequence or a dictionary."""
    if isinstance(value, dict):
        return {
            k: v for key in sorted(value) for k, v in _property_parts(value[key], f"{name} {key!r}").items()
        }
    if isinstance(value, (list, tuple)):
        return {k: v for i, one in enumerate(value) for k, v in _property_parts(one, f"{name} {i}").items()}
    return {name: value}


def _property_number(value):
    return (
        value
        if _property_torch.is_tensor(value)
        else _property_torch.tensor(value, dtype=_property_torch.float64)
    )


def _agree(got, expected, what, *, dtype, tolerance=None):
    """Names, shapes and values of two results."""
    got, expected = _property_parts(got), _property_parts(expected)
    assert set(got) == set(expected), f"{what}: expected the results{list(expected)}, got{list(got)}"
    for name, want in expected.items():
        have, want = _property_number(got[name]).detach(), _property_number(want).detach()
        assert have.shape == want.shape, (
            f"{what}{name}: the shape should be {tuple(want.shape)}, got {tuple(have.shape)}"
        )
        bound = tolerance or (1e-8 if dtype == _property_torch.float64 else 2e-4)
        off = (have.double() - want.double()).abs().max().item() if want.numel() else 0.0
        size = want.double().abs().max().item() if want.numel() else 0.0
        assert off <= bound * (1 + size), (
            f"{what}{name}: on random inputs of other shapes ({str(dtype)[6:]}) it is off by {off:.2g}, "
            f"where the values are of size {size:.2g}"
        )


def _property_slopes(result, leaves, *, seed):
    """The slopes of a result, each entry of it with a random weight, in every leaf; zeros where there is none."""
    source, total = _property_torch.Generator().manual_seed(seed), 0.0
    for part in _property_parts(result).values():
        if _property_torch.is_tensor(part) and part.requires_grad:
            weights = _property_torch.randn(part.shape, generator=source, dtype=_property_torch.float64)
            total = total + (part * (weights.to(part.dtype) if part.ndim else 1.0)).sum()
    if not _property_torch.is_tensor(total):
        return [_property_torch.zeros_like(leaf) for leaf in leaves]
    slopes = _property_torch.autograd.grad(total, leaves, allow_unused=True)
    return [_property_torch.zeros_like(a) if s is None else s for a, s in zip(leaves, slopes, strict=True)]


def _property_state(inputs):
    """All that a function must leave as it was."""
    state = {
        "the gradient mode": _property_torch.is_grad_enabled(),
        "the default precision": _property_torch.get_default_dtype(),
    }
    for name, value in inputs.items():
        if _property_torch.is_tensor(value):
            state[f"the argument {name}"] = value.detach().clone()
            state[f"requires_grad of {name}"] = value.requires_grad
            state[f"the gradient kept by {name}"] = None if value.grad is None else value.grad.clone()
        elif isinstance(value, _property_torch.nn.Module):
            state[f"train() or eval() of {name}"] = [part.training for part in value.modules()]
            for key, parameter in value.named_parameters():
                state[f"the weights of {name} ({key})"] = parameter.detach().clone()
                state[f"requires_grad in {name} ({key})"] = parameter.requires_grad
                gradient = parameter.grad
                state[f"the gradient kept in {name} ({key})"] = None if gradient is None else gradient.clone()
    return state


def _left_alone(what, call, inputs):
    """The result of a call that must change nothing, and must not seed the global random numbers."""
    before, draws = _property_state(inputs), []
    for seed in (1, 2):
        _property_torch.manual_seed(seed)
        try:
            result = call()
        except Exception as error:
            kind = type(error).__name__
            raise AssertionError(
                f"{what}: on inputs of other shapes or precision it ends in an error, {kind}: {error}"
            ) from error
        draws.append(_property_torch.rand(()).item())
    after = _property_state(inputs)
    _property_torch.set_grad_enabled(True)
    _property_torch.set_default_dtype(_property_torch.float32)
    for name, old in before.items():
        new = after[name]
        same = (
            _property_torch.equal(old, new)
            if _property_torch.is_tensor(old) and _property_torch.is_tensor(new)
            else old is new or old == new
        )
        assert same, f"{what}: the call changed {name}; leave it as it was"
    assert draws[0] != draws[1], f"{what}: the call seeds the global random numbers, which others use as well"
    return result


def _holds(what, answer, truth, make, *, rounds=3, seed=0, slopes=True, constant=(), tolerance=None):
    """``answer`` agrees with ``truth`` in value, shape and slopes on what ``make`` draws, and changes nothing."""
    for number in range(rounds):
        draw = _Draw(seed, number)
        inputs, other = make(draw), make(draw.again())
        leaves = {}
        for name, value in inputs.items():
            if isinstance(value, _property_torch.nn.Module):
                value.train(number % 2 == 0)
                for key, parameter in value.named_parameters():
                    if name not in constant:
                        leaves[f"{name} ({key})"] = parameter
                    parameter.grad = _property_torch.full_like(parameter, 0.25) if number % 2 else None
            elif (
                _property_torch.is_tensor(value)
                and value.is_floating_point()
                and slopes
                and name not in constant
            ):
                leaves[name] = value.requires_grad_(True)
        for take in (0, 1):
            got = _left_alone(what, lambda: answer(**inputs), inputs)  # noqa: B023
            expected = truth(**inputs)
            _agree(got, expected, what, dtype=draw.dtype, tolerance=tolerance)
            if slopes and leaves:
                names = list(leaves)
                have = _property_slopes(got, list(leaves.values()), seed=take)
                want = _property_slopes(expected, list(leaves.values()), seed=take)
                for name, one, two in zip(names, have, want, strict=True):
                    _agree(one, two, f"{what}: the slope in {name}", dtype=draw.dtype, tolerance=tolerance)
            with _property_torch.no_grad():  # other numbers, in the very same tensors
                for name, value in inputs.items():
                    if _property_torch.is_tensor(value):
                        value.copy_(other[name])
                    elif isinstance(value, _property_torch.nn.Module):
                        for mine, its in zip(value.parameters(), other[name].parameters(), strict=True):
                            mine.copy_(its)
