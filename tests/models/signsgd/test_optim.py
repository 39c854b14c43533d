import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.signsgd import codec
from models.signsgd.bitpack import pack, unpack
from models.signsgd.optim import SignSGD, Signum

PATHS = {"loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def parameters(dtype=torch.float32, seed=0):
    draw = torch.Generator().manual_seed(seed)
    shapes = [(7, 5), (130,), (), (0, 3), (2, 3, 4, 5)]
    params = [torch.nn.Parameter(torch.randn(s, generator=draw).to(dtype)) for s in shapes]
    params[-1].data = params[-1].data.to(memory_format=torch.channels_last)
    return params


def gradients(params, step):
    draw = torch.Generator().manual_seed(100 + step)
    for p in params:
        g = torch.randn(p.shape, generator=draw).to(p.dtype)
        p.grad = torch.where(torch.rand(p.shape, generator=draw) < 0.2, torch.zeros_like(g), g)


def trained(make, steps=5, dtype=torch.float32):
    params = parameters(dtype)
    optimizer = make(params)
    for step in range(steps):
        gradients(params, step)
        optimizer.step()
    return params


def by_the_equations(steps, lr, beta, wd, sign=1):
    params = parameters(torch.float64)
    momenta = [torch.zeros_like(p) for p in params]
    for step in range(steps):
        gradients(params, step)
        for x, m in zip(params, momenta, strict=True):
            m.data = (1 - beta) * sign * x.grad + beta * m
            x.data = x.data - lr * (m.sign() + wd * x.data)
    return params


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("wd", [0.0, 0.1])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("path", PATHS)
def test_steps_are_those_of_algorithm_1(path, beta, wd, maximize):
    options = dict(lr=0.01, weight_decay=wd, maximize=maximize, **PATHS[path])
    got = trained(lambda params: Signum(params, momentum=beta, **options), dtype=torch.float64)
    wanted = by_the_equations(5, 0.01, beta, wd, -1 if maximize else 1)
    for a, b in zip(got, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("options", [{"momentum": 0.9, "weight_decay": 0.1}, {"momentum": 0.0}])
def test_all_paths_give_the_same_bits(options, dtype):
    ways = [
        trained(lambda params, way=way: Signum(params, 0.01, **way, **options), dtype=dtype)
        for way in PATHS.values()
    ]
    for way in ways[1:]:
        assert all(torch.equal(a, b) for a, b in zip(ways[0], way, strict=True))


@pytest.mark.parametrize("path", PATHS)
def test_lr_may_be_a_tensor(path):
    number = trained(lambda params: Signum(params, 0.01))
    tensor = trained(lambda params: Signum(params, torch.tensor(0.01), **PATHS[path]))
    assert all(torch.equal(a, b) for a, b in zip(number, tensor, strict=True))


def test_signsgd_is_sgd_on_signs_and_adam_without_memory():
    def by_hand(params):
        class OnSigns(torch.optim.SGD):
            def step(self):
                for p in params:
                    p.grad = p.grad.sign()
                return super().step()

        return OnSigns(params, lr=0.01)

    got = trained(lambda params: SignSGD(params, 0.01))
    assert all(torch.equal(a, b) for a, b in zip(got, trained(by_hand), strict=True))
    draw = torch.Generator().manual_seed(0)
    ours = torch.randn(99, dtype=torch.float64, generator=draw)
    theirs = ours.clone()
    adam, sign = torch.optim.Adam([theirs], 0.01, betas=(0.0, 0.0), eps=0), SignSGD([ours], 0.01)
    for _ in range(4):
        ours.grad = theirs.grad = torch.randn(99, dtype=torch.float64, generator=draw)
        adam.step()
        sign.step()
    torch.testing.assert_close(ours, theirs, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("path", PATHS)
def test_a_restored_run_is_the_unbroken_run(path):
    whole, parts = parameters(), parameters()
    one, two = (Signum(p, 0.01, weight_decay=0.1, **PATHS[path]) for p in (whole, parts))
    for step in range(6):
        if step == 3:
            saved = copy.deepcopy(two.state_dict())
            two = Signum(parts, 1.0, **PATHS[path])
            two.load_state_dict(saved)
        for params, optimizer in [(whole, one), (parts, two)]:
            gradients(params, step)
            optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(whole, parts, strict=True))
    assert set(two.state[parts[0]]) == {"momentum_buffer"}


def test_groups_schedules_closures_and_parameters_without_gradient():
    a, b, c = (torch.nn.Parameter(torch.zeros(2)) for _ in range(3))
    optimizer = Signum([{"params": [a, c]}, {"params": [b], "lr": 0.25}], lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (a - b).sum()
        loss.backward()
        return loss

    for _ in range(2):
        assert optimizer.step(closure) is not None
        schedule.step()
    assert a.tolist() == [-1.5, -1.5]
    assert b.tolist() == [0.375, 0.375]
    assert c.tolist() == [0.0, 0.0]
    assert c not in optimizer.state


def test_on_a_vote_signsgd_moves_by_the_vote():
    vote = torch.tensor([1.0, -1.0, 0.0])
    for make in (SignSGD, torch.optim.SGD):
        x = torch.nn.Parameter(torch.zeros(3))
        x.grad = vote.clone()
        make([x], lr=0.5).step()
        assert x.tolist() == [-0.5, 0.5, 0.0]


def test_mistakes_are_named():
    x = torch.nn.Parameter(torch.zeros(3))
    for options, message in [
        ({"lr": -1.0}, "lr is -1.0"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"momentum": 1.0}, "momentum is 1.0"),
        ({"weight_decay": -0.1}, "weight_decay is -0.1"),
        ({"foreach": True, "fused": True}, "ask for one"),
    ]:
        with pytest.raises(ValueError, match=message):
            Signum([x], **options)
    x.grad = torch.zeros(3).to_sparse()
    with pytest.raises(RuntimeError, match="a gradient is sparse"):
        Signum([x]).step()
    z = torch.nn.Parameter(torch.zeros(3, dtype=torch.complex64))
    z.grad = torch.ones_like(z)
    with pytest.raises(RuntimeError, match="a parameter is complex"):
        Signum([z]).step()


def test_fused_says_what_is_missing():
    x = torch.nn.Parameter(torch.zeros(3, device="meta"))
    x.grad = torch.zeros(3, device="meta")
    with pytest.raises(RuntimeError, match="fused=True needs Triton on CUDA, or numba on a CPU"):
        Signum([x], fused=True).step()


def updated(p, signs, lr, wd):
    return p.double() * (1 - lr * wd) - lr * signs.double()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
@settings(max_examples=50, deadline=None)
@given(n=st.integers(0, 300), first=st.integers(0, 130), masked=st.booleans(), seed=st.integers(0, 99))
def test_an_update_from_bits_is_that_from_signs(dtype, n, first, masked, seed):
    draw = torch.Generator().manual_seed(seed)
    words, mask = (pack(torch.randn(first + n, generator=draw)) for _ in range(2))
    p = torch.randn(n, generator=draw).to(dtype)
    signs = unpack(words, first + n, dtype, mask if masked else None)[first:]
    by_signs = p.clone().mul_(1 - 0.01 * 0.1).sub_(signs * 0.01)
    torch.testing.assert_close(by_signs.double(), updated(p, signs, 0.01, 0.1), rtol=1e-2, atol=1e-2)
    codec.apply_(p, words, 0.01, weight_decay=0.1, mask=mask if masked else None, first=first)
    assert torch.equal(p, by_signs)


def test_an_update_of_a_model_follows_its_parameters():
    params = parameters()
    n = sum(p.numel() for p in params)
    signs = torch.randn(n, generator=torch.Generator().manual_seed(1)).sign()
    wanted = [p.detach() - 0.5 * s.view(p.shape) for p, s in
              zip(params, signs.split([p.numel() for p in params]), strict=True)]  # fmt: skip
    codec.apply_(params, pack(signs), 0.5)
    assert all(torch.equal(a, b) for a, b in zip(params, wanted, strict=True))
    with pytest.raises(ValueError, match="words hold 320 coordinates; parameters end at 386"):
        codec.apply_(params, pack(signs), 0.5, first=100)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@settings(max_examples=50, deadline=None)
@given(n=st.integers(0, 300), seed=st.integers(0, 99))
def test_momentum_and_pack_are_one_after_the_other(dtype, n, seed):
    draw = torch.Generator().manual_seed(seed)
    m, g = (torch.randint(-1, 2, (n,), generator=draw).to(dtype) for _ in range(2))
    wanted = m * 0.5 + g * 0.5
    words = codec.momentum_pack_(m, g, 0.5, step=seed, seed=1)
    assert torch.equal(m, wanted)
    assert torch.equal(words, pack(wanted, step=seed, seed=1))
