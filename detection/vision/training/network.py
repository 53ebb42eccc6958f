"""The network: registered grey triple in, stride-4 maps out; and the graph that ships, which ends in a list of peaks."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

STRIDE = 4
CLASSES = 4
PEAKS = 128
CAUTION = 0.27
"""Taken off the logit of presence when the graph is written, so that at a score of 0.3 as many peaks are false as the program's
thresholds were set for; found on 200 synthetic frames (seeds from 1,500,000) that are neither taught nor measured."""
UNIT = 8.0
"""Sizes are learnt as the logarithm of pixels over this many."""


def block(inputs: int, outputs: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.first = block(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        return functional.relu(x + self.second(self.first(x)))


MIDDLE, SPREAD, CHANGE = 128.0, 64.0, 16.0


def contrasted(frames):
    """Frames as the first layer learns best from them: frame t about middle grey, and what changed since the others."""
    newest = frames[:, :1]
    return torch.cat([(newest - MIDDLE) / SPREAD, (newest - frames[:, 1:]) / CHANGE], 1)


def presence_logit(maps):
    """The logit of a target's presence, of whatever class: its odds are the sum of the classes' odds."""
    return torch.logsumexp(maps[:, :CLASSES], 1, keepdim=True)


class SmallTargets(nn.Module):
    """Frames [B,3,H,W] 0..255 to maps [B,8,H/4,W/4]: four class logits, offset of the centre in cells, log sizes."""

    def __init__(self):
        super().__init__()
        self.to_half = block(3, 16, stride=2)
        self.to_quarter = nn.Sequential(block(16, 32, stride=2), block(32, 32))
        self.to_eighth = nn.Sequential(block(32, 48, stride=2), Residual(48))
        self.to_sixteenth = nn.Sequential(block(48, 64, stride=2), Residual(64))
        self.from_sixteenth, self.at_eighth = block(64, 48, 1), block(48, 48)
        self.from_eighth, self.at_quarter = block(48, 32, 1), block(32, 32)
        self.head = nn.Conv2d(32, CLASSES + 4, 1)
        with torch.no_grad():
            self.head.bias[:CLASSES] = -4.0
            self.head.bias[CLASSES:] = 0.0

    def forward(self, frames):
        return self.maps(self.to_half(contrasted(frames)))

    def maps(self, half):
        quarter = self.to_quarter(half)
        eighth = self.to_eighth(quarter)
        sixteenth = self.to_sixteenth(eighth)
        eighth = self.at_eighth(eighth + functional.interpolate(self.from_sixteenth(sixteenth), scale_factor=2.0))
        quarter = self.at_quarter(quarter + functional.interpolate(self.from_eighth(eighth), scale_factor=2.0))
        return self.head(quarter)


class Shipped(nn.Module):
    """Frames u8 [1,3,H,W] to peaks f32 [1,128,8]: centre, size (pixels), four scores; the best first.

    A score is the probability that a target of that class is there; the four add up to that of any target.
    """

    def __init__(self, network: SmallTargets):
        super().__init__()
        self.network = network
        # `contrasted` is linear, so it is taken into the first convolution; and since what lies beyond the frame was
        # nought after it, the frame is continued by middle grey before it.
        convolution, norm = network.to_half[0], network.to_half[1]
        gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        grey, changes = convolution.weight[:, :1] / SPREAD, convolution.weight[:, 1:] / CHANGE
        self.first = nn.Conv2d(3, convolution.out_channels, 3, 2, 0)
        with torch.no_grad():
            folded = torch.cat([grey + changes.sum(1, keepdim=True), -changes], 1)
            self.first.weight.copy_(folded * gain[:, None, None, None])
            middle = -MIDDLE * grey.sum((1, 2, 3))
            self.first.bias.copy_((middle - norm.running_mean) * gain + norm.bias)

    def forward(self, frames):
        frames = functional.pad(frames, (1, 1, 1, 1), value=int(MIDDLE)).float()
        maps = self.network.maps(functional.relu(self.first(frames)))
        # Presence and shares in steps: with their own nodes onnxruntime 1.24 kept memory of every frame (docs/video.md).
        logits = maps[:, :CLASSES]
        greatest = logits.amax(1, keepdim=True)
        odds = torch.exp(logits - greatest)
        together = odds.sum(1, keepdim=True)
        presence = torch.sigmoid(greatest + torch.log(together) - CAUTION)
        scores = presence * odds / together
        summit = (functional.max_pool2d(presence, 3, 1, 1) == presence).float() * presence
        columns = maps.shape[3]
        _, cells = torch.topk(summit.flatten(1), PEAKS)
        flat = torch.cat([scores, maps[:, CLASSES:]], 1).flatten(2)
        picked = torch.gather(flat, 2, cells.unsqueeze(1).expand(-1, CLASSES + 4, -1))
        row = torch.div(cells, columns, rounding_mode="floor")
        x = ((cells - row * columns).float() + 0.5 + picked[:, 4]) * STRIDE
        y = (row.float() + 0.5 + picked[:, 5]) * STRIDE
        sizes = torch.exp(picked[:, 6:8].clamp(-3.0, 3.5)) * UNIT
        return torch.cat([x.unsqueeze(2), y.unsqueeze(2), sizes.transpose(1, 2), picked[:, :CLASSES].transpose(1, 2)], 2)
