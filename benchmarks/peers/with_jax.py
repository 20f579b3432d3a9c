"""JAX: steps under jit with donated buffers and optax's Adam. Images are [N, 28, 28, 1], and batches lie ready."""
import functools
import os

from .cells import TINY_STEPS

NAME = "JAX"
PACKAGES = ["jax==0.10.2", "optax"]
MODES = ["training", "inference", "tiny"]


def settings(cell):
    return [["jit"], ["jit of many steps"]] if cell.mode == "tiny" else [["jit"]]


def prepare(cell, threads, setting, data):
    if threads == 1:  # it has no option for it, and starts a thread for each core that it may use
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    import jax
    import optax
    from jax import lax

    from . import jax_models

    keys = jax.random.split(jax.random.PRNGKey(0), 3)
    network = jax_models.MODELS[cell.model]
    parameters = network.parameters(keys[0])
    if cell.mode == "tiny":
        batches = [(jax.random.normal(keys[1], (cell.batch, 10)), jax.random.normal(keys[2], (cell.batch, 1)))]
    else:
        batches = [(jax.random.uniform(key, (cell.batch, 28, 28, 1)),) for key in jax.random.split(keys[1], 8)]

    if cell.mode == "inference":
        forward = jax.jit(network.forward)
        return lambda: forward(parameters, *batches[0]).block_until_ready(), 1

    optimizer = optax.adam(1e-3)
    state = optimizer.init(parameters)

    def step(parameters, state, key, *batch):
        loss, gradient = jax.value_and_grad(network.loss)(parameters, key, *batch)
        changes, state = optimizer.update(gradient, state, parameters)
        return optax.apply_updates(parameters, changes), state, loss

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def scan(parameters, state, key, *batch):
        def body(carried, _):
            *carried, loss = step(*carried, key, *batch)
            return tuple(carried), loss

        (parameters, state), losses = lax.scan(body, (parameters, state), length=TINY_STEPS)
        return parameters, state, losses[-1]

    many = "jit of many steps" in setting
    update = scan if many else jax.jit(step, donate_argnums=(0, 1))
    calls = TINY_STEPS if cell.mode == "tiny" and not many else 1
    done = 0

    def train():
        nonlocal parameters, state, done
        for _ in range(calls):
            parameters, state, loss = update(parameters, state, keys[2], *batches[done % len(batches)])
            done += 1
        loss.block_until_ready()

    return train, TINY_STEPS if cell.mode == "tiny" else 1
