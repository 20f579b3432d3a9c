// Where somebody speaks in a recording: Silero VAD, a published model of the Silero Team (MIT licence), with weights of
// its Python package, taken by their names from a safetensors file.
//
//     pip download silero-vad==6.2.3 --no-deps && unzip silero_vad-*.whl
//     13_voice_activity silero_vad/data/silero_vad_16k.safetensors speech.wav
//
// Behind these two may stand how many windows are taken at once, 1 if there is nothing, as from a microphone; and
// --probabilities, which prints that of each window instead of the seconds in which there is speech. The package's .jit
// and .onnx files have other weights than this one; tests/examples/voice_activity.py takes them too, by renaming them.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <latent/io/state_dict.hpp>
#include <latent/latent.hpp>
#include <sndfile.hh>
#include <string>
#include <vector>
using namespace latent;

constexpr Index rate = 16'000;               // samples per second that the model was trained with
constexpr Index window = 512, context = 64;  // samples for each probability, and of those before that it sees as well

/// The spectrum of a window, convolutions over its four times, and an LSTM from window to window.
struct VoiceActivity {
  nn::Conv1d<> stft_conv, conv1, conv2, conv3, conv4, final_conv;
  nn::LSTM<> lstm;

  explicit VoiceActivity(Rng& rng)
      : stft_conv({.in = 1, .out = 258, .kernel = 256, .stride = 128, .bias = false}, rng),
        conv1({.in = 129, .out = 128, .kernel = 3, .padding = 1}, rng),
        conv2({.in = 128, .out = 64, .kernel = 3, .stride = 2, .padding = 1}, rng),
        conv3({.in = 64, .out = 64, .kernel = 3, .stride = 2, .padding = 1}, rng),
        conv4({.in = 64, .out = 128, .kernel = 3, .padding = 1}, rng),
        final_conv({.in = 128, .out = 1, .kernel = 1}, rng),
        lstm({.in = 128, .hidden = 128}, rng) {}

  /// Windows, one behind the other [N, context + window] -> probabilities of speech [1, N, 1]
  Variable<float> operator()(const Variable<float>& windows, nn::LSTMState<float>& state) const {
    const Index n = windows.size(0);
    Variable<float> x = pad(windows, {{1, 0, 64}}, PaddingMode::reflect);
    x = stft_conv(reshape(x, {n, x.size(1), 1}));  // [N, 4, 258]: cosines and sines of 129 frequencies
    x = sqrt(square(slice(x, 2, 0, 129)) + square(slice(x, 2, 129, 258)));
    x = conv2(conv1(x, Activation::relu), Activation::relu);            // [N, 2, 64]
    x = conv4(conv3(x, Activation::relu), Activation::relu);            // [N, 1, 128]
    const auto [output, after] = lstm(reshape(x, {1, n, 128}), state);  // the windows are the steps of one sequence
    state = after;
    return sigmoid(final_conv(relu(output)));
  }

  /// The names in the file, where the LSTM is one cell, whose names have no number of a layer.
  template <class F>
  void visit(F&& f) const {
    f("stft_conv", stft_conv);
    f("conv1", conv1);
    f("conv2", conv2);
    f("conv3", conv3);
    f("conv4", conv4);
    f("lstm_cell.weight_ih", lstm.layers[0].weight_ih);
    f("lstm_cell.weight_hh", lstm.layers[0].weight_hh);
    f("lstm_cell.bias_ih", lstm.layers[0].bias_ih);
    f("lstm_cell.bias_hh", lstm.layers[0].bias_hh);
    f("final_conv", final_conv);
  }
};

/// Prints from where to where there is speech, by the rules of the package: it begins with a probability of 0.5, ends
/// where this is below 0.35 for a tenth of a second, lasts a quarter of a second, and gets 30 ms more on both sides.
void print_speech(const std::vector<float>& probabilities, Index samples) {
  const auto print = [&](Index start, Index end) {
    if (end - start <= rate / 4) return;
    const auto seconds = [](Index sample) { return static_cast<double>(sample) / rate; };
    std::cout << "speech from " << seconds(std::max<Index>(start - rate * 3 / 100, 0)) << " to "
              << seconds(std::min(end + rate * 3 / 100, samples)) << " s\n";
  };
  Index start = -1, silence = -1, now = 0;  // -1 for none
  for (const float p : probabilities) {
    if (p >= 0.5) {
      if (start < 0) start = now;
      silence = -1;
    } else if (p < 0.35 && start >= 0) {
      if (silence < 0) silence = now;
      if (now - silence >= rate / 10) {
        print(start, silence);
        start = silence = -1;
      }
    }
    now += window;
  }
  if (start >= 0) print(start, samples);
}

int main(int argc, char** argv) try {
  check<ValueError>(argc >= 3, "usage: 13_voice_activity weights.safetensors speech.wav [windows] [--probabilities]");
  SndfileHandle sound(argv[2]);
  check<IoError>(!sound.error(), argv[2], ": ", sound.strError());
  check<IoError>(sound.samplerate() == rate && sound.channels() == 1, argv[2], ": has ", sound.samplerate(),
                 " samples per second and ", sound.channels(), " channels, expected ", rate, " and 1");
  const bool only_probabilities = std::string(argv[argc - 1]) == "--probabilities";
  const Index at_once = argc > 3 ? std::max(std::atoi(argv[3]), 1) : 1;

  Rng rng(1);
  const VoiceActivity model(rng);
  io::load_state_dict(argv[1], model);

  const auto length = static_cast<Index>(sound.frames()), count = (length + window - 1) / window;
  std::vector<float> samples(static_cast<std::size_t>(context + count * window));  // silence before and behind it
  sound.readf(samples.data() + context, length);
  std::vector<float> probabilities;
  nn::LSTMState<float> state;
  const NoGrad no_grad;
  const auto begin = std::chrono::steady_clock::now();
  for (Index first = 0; first < count; first += at_once) {
    Tensor<float> windows({std::min(at_once, count - first), context + window});
    for (Index i = 0; i < windows.size(0); ++i)
      std::copy_n(samples.data() + (first + i) * window, context + window, windows.data() + i * windows.size(1));
    const Tensor<float> speech = model(Variable<float>(windows), state).value();
    probabilities.insert(probabilities.end(), speech.elements().begin(), speech.elements().end());
  }
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - begin;

  for (std::size_t i = 0; only_probabilities && i < probabilities.size(); ++i) std::cout << probabilities[i] << '\n';
  if (!only_probabilities) print_speech(probabilities, length);
  std::cerr << count << " windows of 32 ms, " << time.count() / static_cast<double>(count) << " us each\n";
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
