// The next frame of a video: a ball flies through a box and bounces off its walls. One frame does not show where it
// flies to; ConvLSTM2D remembers the frames before. The model takes videos of any length, so that it can go on by
// itself, from frames that it drew. Writes video_frames.png: videos above what the model makes of their first half. Run
// by `tools/example video`; --small trains for a moment.
#include <graft/graft.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>

#include "graft/tools/data/images.h"

using namespace graft;

constexpr int64_t kSize = 12, kFrames = 10;
constexpr int64_t kPixels = kSize * kSize;

// A number that moves to and fro between the walls.
struct Bouncing {
  float place, speed;
  void move() {
    place += speed;
    if (place < 2 || place > kSize - 3) speed = -speed, place += 2 * speed;
  }
};

// Videos (N, frames, H, W, 1): a round spot, from 0 to 1.
static Tensor draw_videos(int64_t count, Random& random) {
  Tensor videos({count, kFrames, kSize, kSize, 1});
  float* pixel = videos.data<float>().data();
  for (int64_t i = 0; i < count; ++i) {
    const float angle = random.uniform(0, 6.2832f);
    Bouncing x{random.uniform(3, kSize - 4), 1.3f * std::cos(angle)},
        y{random.uniform(3, kSize - 4), 1.3f * std::sin(angle)};
    for (int64_t frame = 0; frame < kFrames; ++frame, x.move(), y.move())
      for (int64_t p = 0; p < kPixels; ++p) {
        const float dx = static_cast<float>(p % kSize) - x.place, dy = static_cast<float>(p / kSize) - y.place;
        *pixel++ = std::exp(-(dx * dx + dy * dy) / 2);
      }
  }
  return videos;
}

// Frames [begin, end) of every video.
static Tensor frames(const Tensor& videos, int64_t begin, int64_t end) {
  const int64_t count = videos.shape()[0], length = videos.shape()[1];
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < count; ++i)
    for (int64_t frame = begin; frame < end; ++frame) numbers.push_back(i * length + frame);
  const Tensor single = videos.reshaped({count * length, kSize, kSize, 1});
  return single.gathered(numbers).reshaped({count, end - begin, kSize, kSize, 1});
}

// From each frame of a video of any length the one behind it.
static Model make_predictor() {
  auto video = Input({.shape = {Shape::none, kSize, kSize, 1}, .name = "video"});
  auto x = ConvLSTM2D({.filters = 16, .kernel_size = 3, .padding = "same", .return_sequences = true})(video);
  x = TimeDistributed(Conv2D({.filters = 1, .kernel_size = 3, .padding = "same", .activation = "sigmoid"}))(x);
  return Model(video, x, {.name = "predictor"});
}

// Videos with one more frame, which the predictor makes.
static Model make_continuation(const Model& predictor) {
  auto last = get_item(predictor.output(), {Literal::Slice(), Literal::Slice{.start = -1}});
  return Model(predictor.input(), concat({predictor.input(), last}, 1));
}

// In which part of the frames the brightest pixel is at most one pixel from that of the true frame.
static double found(const Tensor& made, const Tensor& truth) {
  const auto brightest = [](const Tensor& videos, int64_t frame) {
    const auto pixels = videos.data<float>().subspan(static_cast<size_t>(frame * kPixels), kPixels);
    const auto at = std::ranges::max_element(pixels) - pixels.begin();
    return std::array{at % kSize, at / kSize};
  };
  const int64_t count = truth.elements() / kPixels;
  int64_t near = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto a = brightest(made, i), b = brightest(truth, i);
    near += std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) <= 1 ? 1 : 0;
  }
  return static_cast<double>(near) / static_cast<double>(count);
}

int main(int argc, char** argv) {
  const bool small = argc > 1 && std::string(argv[1]) == "--small";
  set_random_seed(1);
  Random random(2);
  const Tensor train = draw_videos(small ? 200 : 800, random), test = draw_videos(100, random);

  const Model predictor = make_predictor();
  predictor.compile({.optimizer = Adam({.learning_rate = 2e-2}), .loss = "binary_crossentropy"});
  predictor.fit(frames(train, 0, kFrames - 1), frames(train, 1, kFrames),
                {.batch_size = 16, .epochs = small ? 6 : 8, .verbose = 2});

  const Tensor before = frames(test, kFrames - 2, kFrames - 1), last = frames(test, kFrames - 1, kFrames);
  const Tensor predicted = predictor.predict(frames(test, 0, kFrames - 1));
  const double ours = found(frames(predicted, kFrames - 2, kFrames - 1), last), still = found(before, last);
  std::cout << "videos in which the ball of the next frame is found: " << ours << "; where it was before: " << still
            << '\n';

  const Model continuation = make_continuation(predictor);
  const int64_t shown = 4;
  Tensor videos = frames(test.rows(0, shown), 0, kFrames / 2);
  while (videos.shape()[1] < kFrames) videos = continuation.predict(videos);
  std::vector<Tensor> rows;
  for (int64_t i = 0; i < shown; ++i)
    for (const Tensor& video : {test.rows(i, i + 1), videos.rows(i, i + 1)})
      rows.push_back(video.reshaped({kFrames, kSize, kSize, 1}));
  tools::write_png("video_frames.png", tools::image_grid(rows, {.scale = 3}));
  predictor.save("video");
  return ours > still && ours > (small ? 0.6 : 0.75) ? 0 : 1;
}
