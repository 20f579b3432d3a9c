"""The networks in PyTorch, written once: for itself, and for the peers that run models which it exports."""
import torch
from torch import nn
from torch.nn import functional as F


class Autoencoder(nn.Module):
    """Images [N, 1, 28, 28] and what it makes of them."""

    def loss(self, x):
        return F.mse_loss(self(x), x)


class FullyConnected(Autoencoder):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU())
        self.decoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 784), nn.Sigmoid(),
                                     nn.Unflatten(1, (1, 28, 28)))

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Sparse(FullyConnected):
    def loss(self, x):
        code = self.encoder(x)
        return F.mse_loss(self.decoder(code), x) + 0.003 * code.abs().mean()


class Convolutional(Autoencoder):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid())

    def forward(self, x):
        return self.net(x)


class Recurrent(Autoencoder):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(28, 128, batch_first=True)
        self.decoder = nn.LSTM(128, 28, batch_first=True)

    def forward(self, x):
        return self.decoder(self.encoder(x.view(-1, 28, 28))[0])[0].reshape(-1, 1, 28, 28)


class Variational(Autoencoder):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(784, 400), nn.Linear(400, 32), nn.Linear(400, 32)
        self.fc3, self.fc4 = nn.Linear(32, 400), nn.Linear(400, 784)

    def loss(self, x):
        flat = x.flatten(1)
        hidden = F.relu(self.fc1(flat))
        mean, log_variance = self.fc21(hidden), self.fc22(hidden)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        result = torch.sigmoid(self.fc4(F.relu(self.fc3(z))))
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum() / len(x)
        return F.mse_loss(result, flat) + kl / 784


class Tiny(nn.Module):
    """10 numbers and the one that belongs to them."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))

    def loss(self, x, target):
        return F.mse_loss(self.net(x), target)


MODELS = dict(fc=FullyConnected, cnn=Convolutional, sparse=Sparse, rnn=Recurrent, vae=Variational, tiny=Tiny)
