"""The networks in JAX: parameters(key), forward(parameters, x) and loss(parameters, key, x)."""
from typing import Callable, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.nn import relu, sigmoid


class Network(NamedTuple):
    parameters: Callable
    forward: Callable
    loss: Callable


def uniform(key, shape, fan_in):
    return jax.random.uniform(key, shape, minval=-fan_in ** -0.5, maxval=fan_in ** -0.5)


def linears(*sizes):
    """Makes layers from one size to the next."""
    def parameters(key):
        keys = jax.random.split(key, len(sizes))
        return [dict(w=uniform(k, (a, b), a), b=jnp.zeros(b)) for k, a, b in zip(keys, sizes, sizes[1:])]
    return parameters


def linear(p, x):
    return x @ p["w"] + p["b"]


def flat(x):
    return x.reshape(x.shape[0], -1)


def mean_square(difference):
    return jnp.mean(jnp.square(difference))


def autoencoder(parameters, forward):
    return Network(parameters, forward, lambda p, key, x: mean_square(forward(p, x) - x))


def fc_code(p, x):
    return relu(linear(p[1], relu(linear(p[0], flat(x)))))


def fc_decode(p, code):
    return sigmoid(linear(p[3], relu(linear(p[2], code)))).reshape(-1, 28, 28, 1)


def sparse_loss(p, key, x):
    code = fc_code(p, x)
    return mean_square(fc_decode(p, code) - x) + 0.003 * jnp.mean(jnp.abs(code))


def cnn_parameters(key):
    keys, sizes = jax.random.split(key, 4), [(1, 16), (16, 32), (32, 16), (16, 1)]
    return [dict(w=uniform(k, (3, 3, a, b), 9 * a), b=jnp.zeros(b)) for k, (a, b) in zip(keys, sizes)]


def conv(p, x, **dilated):
    return lax.conv_general_dilated(x, p["w"], (1, 1), dimension_numbers=("NHWC", "HWIO", "NHWC"),
                                    **(dict(padding="SAME") | dilated)) + p["b"]


def conv_transpose(p, x):
    return conv(p, x, padding=((1, 2), (1, 2)), lhs_dilation=(2, 2))


def max_pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def cnn(p, x):
    x = max_pool(relu(conv(p[1], max_pool(relu(conv(p[0], x))))))
    return sigmoid(conv_transpose(p[3], relu(conv_transpose(p[2], x))))


def lstm_parameters(key, size, hidden):
    keys = jax.random.split(key, 2)
    return dict(wi=uniform(keys[0], (size, 4 * hidden), hidden), wh=uniform(keys[1], (hidden, 4 * hidden), hidden),
                b=jnp.zeros(4 * hidden))


def lstm(p, x):
    def step(carried, gates):
        h, c = carried
        i, f, g, o = jnp.split(gates + h @ p["wh"], 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
        h = sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    zero = jnp.zeros((x.shape[0], p["wh"].shape[0]))
    _, outputs = lax.scan(step, (zero, zero), jnp.swapaxes(x, 0, 1) @ p["wi"] + p["b"])
    return jnp.swapaxes(outputs, 0, 1)


def rnn_parameters(key):
    encoder, decoder = jax.random.split(key)
    return [lstm_parameters(encoder, 28, 128), lstm_parameters(decoder, 128, 28)]


def rnn(p, x):
    return lstm(p[1], lstm(p[0], x.reshape(-1, 28, 28))).reshape(x.shape)


def vae_parameters(key):
    keys = jax.random.split(key, 3)
    return dict(first=linears(784, 400)(keys[0])[0], code=linears(400, 64)(keys[1])[0],
                decoder=linears(32, 400, 784)(keys[2]))


def vae_loss(p, key, x):
    x = flat(x)
    mean, log_variance = jnp.split(linear(p["code"], relu(linear(p["first"], x))), 2, -1)
    z = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(key, mean.shape)
    result = sigmoid(linear(p["decoder"][1], relu(linear(p["decoder"][0], z))))
    kl = 0.5 * jnp.sum(jnp.square(mean) + jnp.exp(log_variance) - 1 - log_variance) / x.shape[0]
    return mean_square(result - x) + kl / 784


def tiny(p, x):
    return linear(p[2], relu(linear(p[1], relu(linear(p[0], x)))))


def fc(p, x):
    return fc_decode(p, fc_code(p, x))


FC_PARAMETERS = linears(784, 128, 64, 128, 784)
MODELS = dict(fc=autoencoder(FC_PARAMETERS, fc), cnn=autoencoder(cnn_parameters, cnn),
              sparse=Network(FC_PARAMETERS, fc, sparse_loss), rnn=autoencoder(rnn_parameters, rnn),
              vae=Network(vae_parameters, None, vae_loss),
              tiny=Network(linears(10, 32, 32, 1), tiny, lambda p, key, x, target: mean_square(tiny(p, x) - target)))
