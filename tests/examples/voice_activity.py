"""Finds the same speech by 13_voice_activity and by the package that its weights come from.

    python3 tests/examples/voice_activity.py PROGRAM FOLDER

PROGRAM is examples/13_voice_activity.cpp built; the package is installed into FOLDER, if it is not there. Ends with
status 77, and a line that says why, where there is no PyTorch or the package cannot be had. The recordings are pulses
that resonate as in a throat, and a text spoken by espeak-ng, where that is installed.

The package has two sets of weights: those of its PyTorch and ONNX models, and others in its safetensors file. Both are
given to its PyTorch model and to the program.
"""

import math
import shutil
import subprocess
import sys
import tempfile
import wave
from array import array
from pathlib import Path

PACKAGES = ["silero-vad==6.2.3", "packaging", "safetensors"]
RATE, WINDOW = 16000, 512
# From names in the safetensors file to those in the PyTorch model.
NAMES = {"stft_conv.": "stft.forward_basis_buffer", "lstm_cell.": "decoder.rnn.", "final_conv.": "decoder.decoder.2.",
         **{f"conv{i}.": f"encoder.{i - 1}.reparam_conv." for i in (1, 2, 3, 4)}}
TEXT = "This is a recording of speech. It has some sentences. And there is silence between them."


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def run(*arguments):
    return subprocess.run(list(map(str, arguments)), capture_output=True, text=True)


def write_wav(path, samples, rate=RATE, channels=1):
    """Numbers within -1 and 1 as 16-bit PCM."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(array("h", [max(-32768, min(32767, round(32768 * s))) for s in samples]).tobytes())


def read_wav(path):
    with wave.open(str(path), "rb") as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        return [s / 32768 for s in array("h", sound.readframes(sound.getnframes()))], sound.getframerate()


def spoken(folder):
    """TEXT by espeak-ng, its samples interpolated."""
    sound, there = read_wav(folder / "spoken.wav") if run(
        "espeak-ng", "-w", folder / "spoken.wav", TEXT).returncode == 0 else skip("espeak-ng fails")
    last = len(sound) - 1
    at = [i * there / RATE for i in range(int(last * RATE / there))]
    return [sound[int(a)] * (1 - a % 1) + sound[min(int(a) + 1, last)] * (a % 1) for a in at]


def vowels():
    """Three times some vowels: pulses of a falling pitch through resonances (Peterson and Barney, 1952)."""
    samples, places = [], [(730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480)]
    for _ in range(3):
        phase, states = 0.0, [[0.0, 0.0] for _ in range(3)]
        for vowel, formants in enumerate(places * 2):
            for i in range(RATE * 3 // 20):
                phase += (140 - 4 * vowel - 10 * i / RATE) / RATE
                x = 1.0 if phase >= 1 else 0.0
                phase -= int(phase)
                for state, formant in zip(states, formants):
                    r = math.exp(-math.pi * 80 / RATE)
                    x = (x * (1 - r) + 2 * r * math.cos(2 * math.pi * formant / RATE) * state[0] - r * r * state[1])
                    state[1], state[0] = state[0], x
                samples.append(x * math.sin(math.pi * (i + 1) / (RATE * 3 // 20 + 1)) ** 0.5)
        samples += [0.0] * (RATE * 6 // 10)
    loudest = max(map(abs, samples))
    return [s / loudest / 2 for s in samples]


def expect_refusals(program, folder):
    """What is no recording of the kind that the model takes is refused by its name."""
    write_wav(folder / "stereo.wav", [0.0] * 2000, channels=2)
    write_wav(folder / "slow.wav", [0.0] * 2000, rate=8000)
    write_wav(folder / "right.wav", [0.0] * 2000)
    (folder / "text.wav").write_text("not a recording")
    for name, reason in (("stereo", "has 16000 samples per second and 2 channels, expected 16000 and 1"),
                         ("slow", "has 8000 samples per second and 1 channels, expected 16000 and 1"),
                         ("text", "text.wav: "), ("missing", "missing.wav: "), ("right", "weights.safetensors")):
        outcome = run(program, folder / "weights.safetensors", folder / f"{name}.wav")
        assert outcome.returncode == 1 and reason in outcome.stderr, (name, outcome)


def torch_name(name):
    layer, parameter = name.split(".")
    return f"_model.{NAMES[layer + '.']}" + ("" if layer == "stft_conv" else parameter)


def in_double(model, windows):
    """The probabilities by the package's layers, in double, but for its spectrum, which rounds to float."""
    import torch
    from torch.nn import functional as F

    layers, state, context, result = model._model.double(), None, torch.zeros(1, 64).double(), []
    for window in windows:
        x = torch.cat([context, window.double()[None]], 1)
        y = F.conv1d(F.pad(x[None], (0, 64), "reflect"), layers.stft.forward_basis_buffer, stride=128)
        y = layers.encoder((y[:, :129] ** 2 + y[:, 129:] ** 2).sqrt())
        h, c = state = layers.decoder.rnn(y.squeeze(-1), state)
        result.append(layers.decoder.decoder(h.unsqueeze(-1)).item())
        context = x[:, -64:]
    layers.float()
    return result


def distance(a, b):
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def expect_the_same(program, weights, model, recording, timestamps):
    """Equal probabilities, and the same seconds.

    The weights of the PyTorch model, up to 36, make its own rounding grow beyond 1e-5; so what is allowed is that, or
    twice as much as it is itself away from the same in double.
    """
    import torch

    audio = torch.tensor(read_wav(recording)[0])
    windows = [torch.nn.functional.pad(part, (0, WINDOW - len(part))) for part in audio.split(WINDOW)]
    model.reset_states()
    with torch.no_grad():
        expected = [model(window, RATE).item() for window in windows]
        exact = in_double(model, windows)
    rounding = distance(expected, exact)
    assert rounding < 1e-4, rounding
    loud, quiet = sum(p > 0.9 for p in expected), sum(p < 0.1 for p in expected)
    assert min(loud, quiet) > 10, f"{loud} windows with speech, {quiet} without"
    for at_once in (1, 7, 1000):
        outcome = run(program, weights, recording, at_once, "--probabilities")
        got = list(map(float, outcome.stdout.split()))
        print(f"{weights.name}, {recording.name}, {at_once} at once: {len(got)} probabilities are at most "
              f"{distance(got, expected):.1e} from PyTorch's, {distance(got, exact):.1e} from those in double, "
              f"PyTorch's {rounding:.1e}")
        assert distance(got, expected) < 1e-5 or distance(got, exact) < 2 * rounding
    stamps = timestamps(audio, model, sampling_rate=RATE)
    lines = run(program, weights, recording).stdout.splitlines()
    assert stamps and lines == [f"speech from {s['start'] / RATE:g} to {s['end'] / RATE:g} s" for s in stamps], lines
    print(*lines, sep="\n")


def main():
    program, package = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        expect_refusals(program, folder)
        try:
            import torch
        except ImportError:
            skip("PyTorch is not installed")
        if not all((package / part).exists() for part in ("silero_vad", "packaging", "safetensors")):
            got = run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", package, *PACKAGES)
            if got.returncode != 0:
                skip(f"{', '.join(PACKAGES)} cannot be installed: {got.stderr.strip()}")
        sys.path.insert(0, str(package))
        import silero_vad
        from safetensors.torch import load_file, save_file

        recordings = [folder / "vowels.wav"]
        silence = [0.0] * RATE
        write_wav(recordings[0], silence + vowels() + silence)
        if shutil.which("espeak-ng"):
            recordings.append(folder / "speech.wav")
            write_wav(recordings[1], silence + spoken(folder) + silence)

        model = silero_vad.load_silero_vad()
        own, shipped = folder / "own.safetensors", package / "silero_vad" / "data" / "silero_vad_16k.safetensors"
        state = model.state_dict()
        save_file({name: state[torch_name(name)].contiguous() for name in load_file(shipped)}, own)
        for weights in (own, shipped):
            state = model.state_dict()
            for name, value in load_file(weights).items():
                state[torch_name(name)].copy_(value)
            for recording in recordings:
                expect_the_same(program, weights, model, recording, silero_vad.get_speech_timestamps)


main()
