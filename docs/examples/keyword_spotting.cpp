// Spoken words are told apart in noise, from the sound itself: MelSpectrogram is a layer, whose picture of time and
// pitch convolutions read. The words are synthesized: pulses of a voice, or hiss, through two resonances that move, by
// speakers of different pitch, size and pace. Writes keyword_spotting.png, spectrograms of each word. Run by
// `tools/example keyword_spotting`; --small trains for a moment.
#include <graft/graft.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <numbers>
#include <utility>

#include "graft/tools/data/images.h"

using namespace graft;

constexpr int64_t kRate = 8000, kSamples = 4096;  // half a second

// A part of a word: where its two resonances begin and end, in hertz, and how long it lasts, in seconds.
struct Sound {
  enum Source { voice, hiss, silence } source;
  std::array<float, 2> begin, end;
  float seconds;
};

struct Word {
  const char* text;
  std::vector<Sound> sounds;
};

static const std::vector<Word> kWords{
    {"yes", {{Sound::voice, {280, 2200}, {550, 1800}, 0.16f}, {Sound::hiss, {3000, 3600}, {3000, 3600}, 0.12f}}},
    {"no", {{Sound::voice, {250, 1100}, {250, 1100}, 0.08f}, {Sound::voice, {500, 1000}, {350, 800}, 0.16f}}},
    {"go", {{Sound::hiss, {300, 1700}, {300, 1700}, 0.03f}, {Sound::voice, {500, 1000}, {350, 800}, 0.18f}}},
    {"stop",
     {{Sound::hiss, {3000, 3600}, {3000, 3600}, 0.1f},
      {Sound::silence, {}, {}, 0.04f},
      {Sound::voice, {700, 1100}, {650, 1000}, 0.12f},
      {Sound::hiss, {800, 1200}, {800, 1200}, 0.02f}}},
    {"up",
     {{Sound::voice, {650, 1200}, {600, 1100}, 0.12f},
      {Sound::silence, {}, {}, 0.05f},
      {Sound::hiss, {800, 1200}, {800, 1200}, 0.02f}}},
    {"why", {{Sound::voice, {300, 700}, {750, 1200}, 0.14f}, {Sound::voice, {750, 1200}, {300, 2100}, 0.14f}}},
};

// One resonance: what it rings with is pushed by the source and fades.
class Resonance {
 public:
  float operator()(float pushed, float hertz) {
    constexpr float radius = 0.97f;
    const float angle = 2 * std::numbers::pi_v<float> * hertz / kRate;
    const float y = pushed + 2 * radius * std::cos(angle) * last_ - radius * radius * before_;
    before_ = std::exchange(last_, y);
    return y;
  }

 private:
  float last_ = 0, before_ = 0;
};

// Adds a word to the samples, as one speaker says it.
static void say(const Word& word, std::span<float> samples, Random& random) {
  const float pitch = random.uniform(90, 220), size = random.uniform(0.88f, 1.12f), pace = random.uniform(0.8f, 1.2f);
  const float loud = random.uniform(0.5f, 1.5f);
  auto at = static_cast<size_t>(random.uniform(0, 0.08f) * kRate);
  std::array<Resonance, 2> resonances;
  float phase = 0;
  for (const Sound& sound : word.sounds) {
    const auto length = static_cast<size_t>(sound.seconds * pace * kRate);
    for (size_t i = 0; i < length && at < samples.size(); ++i, ++at) {
      const float progress = static_cast<float>(i) / static_cast<float>(length);
      phase += pitch * (1 - 0.2f * progress) / kRate;
      float pushed = sound.source == Sound::hiss ? 0.2f * random.normal() : 0;
      if (phase >= 1) {
        phase -= 1;
        if (sound.source == Sound::voice) pushed = 1;
      }
      for (size_t r = 0; r < resonances.size(); ++r)
        samples[at] += loud * resonances[r](pushed, size * std::lerp(sound.begin[r], sound.end[r], progress));
    }
  }
}

// Recordings with noise, and the number of the word in each.
struct Recordings {
  Tensor sounds, words;
};

static Recordings record(int64_t count, Random& random) {
  Recordings made{Tensor({count, kSamples}), Tensor({count}, DType::s32)};
  for (int64_t i = 0; i < count; ++i) {
    const auto word = static_cast<size_t>(i) % kWords.size();
    const auto samples = made.sounds.data<float>().subspan(static_cast<size_t>(i * kSamples), kSamples);
    const float noise = random.uniform(0.05f, 0.5f);
    for (float& sample : samples) sample = noise * random.normal();
    say(kWords[word], samples, random);
    made.words.data<int32_t>()[static_cast<size_t>(i)] = static_cast<int32_t>(word);
  }
  return made;
}

static Model make_listener() {
  auto sound = Input({.shape = {kSamples}, .name = "sound"});
  auto x = MelSpectrogram({.fft_length = 256,
                           .sequence_stride = 128,
                           .sampling_rate = kRate,
                           .num_mel_bins = 32,
                           .min_freq = 100,
                           .name = "spectrogram"})(sound);
  x = expand_dims(x, -1);  // an image of one channel
  x = BatchNormalization()(x);
  for (int64_t filters : {8, 16, 32}) {
    x = Conv2D({.filters = filters, .kernel_size = 3, .padding = "same", .activation = "relu"})(x);
    x = MaxPooling2D()(x);
  }
  x = Dropout({.rate = 0.2})(Flatten()(x));
  return Model(sound, Dense({.units = std::ssize(kWords), .activation = "softmax"})(x), {.name = "listener"});
}

// A row for each word, of its first recordings: the loudest is white, 60 decibels less is black, high pitches are on
// top.
static Tensor spectrograms(const Model& listener, const Tensor& sounds, int64_t columns) {
  auto decibels = listener.at("spectrogram").output();
  auto pictures = expand_dims(flip(decibels - max(decibels, {1, 2}, true), {1}) / 60 + 1, -1);
  const Tensor all = Model(listener.input(), pictures).predict(sounds.rows(0, columns * std::ssize(kWords)));
  std::vector<Tensor> rows;
  for (int64_t word = 0; word < std::ssize(kWords); ++word) {
    std::vector<int64_t> of_word;
    for (int64_t i = 0; i < columns; ++i) of_word.push_back(word + i * std::ssize(kWords));
    rows.push_back(all.gathered(of_word));
  }
  return tools::image_grid(rows, {.scale = 3});
}

int main(int argc, char** argv) {
  const bool small = argc > 1 && std::string(argv[1]) == "--small";
  set_random_seed(1);
  Random random(2);
  const Recordings train = record(small ? 600 : 2400, random), test = record(600, random);

  const Model listener = make_listener();
  listener.compile(
      {.optimizer = Adam({.learning_rate = 3e-3}), .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  listener.fit(train.sounds, train.words, {.batch_size = 50, .epochs = small ? 4 : 6, .verbose = 2});
  const float accuracy = listener.evaluate(test.sounds, test.words)["accuracy"];
  std::cout << "new recordings understood: " << accuracy << " (by chance " << 1. / static_cast<double>(kWords.size())
            << ")\n";

  const Tensor heard = listener.predict(test.sounds.rows(0, std::ssize(kWords)));
  for (size_t i = 0; i < kWords.size(); ++i) {
    const auto scores = heard.data<float>().subspan(i * kWords.size(), kWords.size());
    const auto best = std::ranges::max_element(scores);
    std::cout << '"' << kWords[i].text << "\": heard as \"" << kWords[static_cast<size_t>(best - scores.begin())].text
              << "\" with probability " << *best << '\n';
  }
  tools::write_png("keyword_spotting.png", spectrograms(listener, test.sounds, 5));
  listener.save("keyword_spotting");
  return accuracy > (small ? 0.6f : 0.9f) ? 0 : 1;
}
