// Fourier transforms, frames, and images that are read between pixels: values against their definitions in double, and
// gradients against central differences.

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "graft/core/error.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

using Number = std::complex<double>;
using Numbers = std::vector<Number>;

// The definition, for rows of n numbers.
Numbers transformed(const Numbers& x, size_t n, bool inverse) {
  Numbers out(x.size());
  for (size_t row = 0; row < x.size(); row += n)
    for (size_t k = 0; k < n; ++k) {
      for (size_t j = 0; j < n; ++j) {
        const double angle = 2 * std::numbers::pi * static_cast<double>(j * k % n) / static_cast<double>(n);
        out[row + k] += x[row + j] * std::polar(1., inverse ? angle : -angle);
      }
      if (inverse) out[row + k] /= static_cast<double>(n);
    }
  return out;
}

Numbers numbers(const Tensor& real, const Tensor& imag) {
  Numbers out;
  for (size_t i = 0; i < static_cast<size_t>(real.elements()); ++i)
    out.push_back({static_cast<double>(real.data<float>()[i]), static_cast<double>(imag.data<float>()[i])});
  return out;
}

// What only rounding keeps from being 0 becomes 0.
Tensor part(const Numbers& x, const Shape& shape, bool imag) {
  std::vector<float> out;
  for (const Number& value : x) {
    const double number = imag ? value.imag() : value.real();
    out.push_back(std::abs(number) < 1e-12 ? 0 : static_cast<float>(number));
  }
  return Tensor(shape, out);
}

// The real or the imaginary part of fft or fft2.
Emit fft_of(bool inverse, bool imag, bool two_axes = false) {
  return [=](Builder& b, const Values& in) {
    const Builder::Complex y = two_axes ? b.fft2({in[0], in[1]}, inverse) : b.fft({in[0], in[1]}, inverse);
    return imag ? y.imag : y.real;
  };
}

struct Fill {
  FillMode mode;
  std::vector<int64_t> places;  // the pixels of an axis of 3 at the places -4 to 6; -1 is the fill value
};

const std::vector<Fill>& fills() {
  static const std::vector<Fill> all{
      {FillMode::constant, {-1, -1, -1, -1, 0, 1, 2, -1, -1, -1, -1}},
      {FillMode::nearest, {0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2}},
      {FillMode::wrap, {2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0}},
      {FillMode::mirror, {0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2}},
      {FillMode::reflect, {2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0}},
  };
  return all;
}

}  // namespace

TEST_CASE("fft: the definition, for lengths with small factors, with large ones, and primes, both ways") {
  for (const int64_t n : {1, 2, 3, 4, 5, 8, 12, 16, 30, 37, 60, 64, 97, 101, 128, 400, 1009})
    for (const bool inverse : {false, true}) {
      const Shape shape{n < 20 ? 11 : 3, n};
      const Tensor real = noise(shape, 1), imag = noise(shape, 2);
      const Numbers expected = transformed(numbers(real, imag), static_cast<size_t>(n), inverse);
      for (const bool want_imag : {false, true})
        check_values(cat("fft of ", n, inverse, want_imag), fft_of(inverse, want_imag), {real, imag},
                     part(expected, shape, want_imag), 2e-6);
    }
}

TEST_CASE("fft: gradients, for one part or both") {
  for (const int64_t n : {3, 8, 10, 37})
    for (const bool inverse : {false, true})
      for (const bool want_imag : {false, true})
        check_gradients(cat("fft of ", n), fft_of(inverse, want_imag), {noise({2, n}, 1), noise({2, n}, 2)});
  check_gradients("power",
                  [](Builder& b, const Values& in) {
                    const Builder::Complex y = b.fft({in[0], {}});
                    return b.add(b.eltwise(y.real, Eltwise::square), b.eltwise(y.imag, Eltwise::square));
                  },
                  {noise({3, 6}, 1)});
  check_gradients("imaginary source", [](Builder& b, const Values& in) { return b.fft({{}, in[0]}).real; },
                  {noise({3, 6}, 1)});
}

TEST_CASE("fft2: along two axes, both ways") {
  for (const Shape& shape : {Shape{4, 6}, {2, 3, 5}, {2, 2, 7, 4}}) {
    const Tensor real = noise(shape, 1), imag = noise(shape, 2);
    const auto rows = static_cast<size_t>(shape[-2]), columns = static_cast<size_t>(shape[-1]);
    const Numbers x = numbers(real, imag);
    Numbers turned(x.size()), expected(x.size());
    const Numbers first = transformed(x, columns, false);
    const auto other = [&](size_t i) {  // the place of element i in the transposed matrix
      return i / (rows * columns) * rows * columns + i % columns * rows + i / columns % rows;
    };
    for (size_t i = 0; i < x.size(); ++i) turned[other(i)] = first[i];
    const Numbers second = transformed(turned, rows, false);
    for (size_t i = 0; i < x.size(); ++i) expected[i] = second[other(i)];
    for (const bool want_imag : {false, true})
      check_values(cat("fft2 ", shape), fft_of(false, want_imag, true), {real, imag}, part(expected, shape, want_imag),
                   2e-6);
    check_values(
        cat("fft2 and back ", shape),
        [](Builder& b, const Values& in) { return b.fft2(b.fft2({in[0], in[1]}), true).imag; }, {real, imag}, imag,
        2e-6);
    check_gradients(cat("fft2 ", shape), fft_of(true, false, true), {real, imag});
  }
}

TEST_CASE("rfft and irfft: bins of real signals, cut or padded to a length") {
  for (const int64_t n : {1, 2, 5, 8, 9})
    for (const int64_t length : {n, n + 3, std::max<int64_t>(1, n - 2)}) {
      const Tensor x = noise({2, n}, 1);
      Tensor fitted(Shape{2, length});
      for (int64_t i = 0; i < 2 * length; ++i)
        if (i % length < n)
          fitted.data<float>()[static_cast<size_t>(i)] =
              x.data<float>()[static_cast<size_t>(i / length * n + i % length)];
      const Numbers all = transformed(numbers(fitted, Tensor(fitted.shape())), static_cast<size_t>(length), false);
      Numbers bins;
      for (int64_t i = 0; i < 2 * length; ++i)
        if (i % length <= length / 2) bins.push_back(all[static_cast<size_t>(i)]);
      const Shape to{2, length / 2 + 1};
      const std::string title = cat("rfft of ", n, " as ", length);
      check_values(
          title, [&](Builder& b, const Values& in) { return b.rfft(in[0], length).imag; }, {x}, part(bins, to, true),
          2e-6);
      check_values(
          title, [&](Builder& b, const Values& in) { return b.irfft(b.rfft(in[0], length), length); }, {x}, fitted,
          2e-6);
      check_gradients(title, [&](Builder& b, const Values& in) { return b.rfft(in[0], length).real; }, {x});
      check_gradients(
          title, [&](Builder& b, const Values& in) { return b.irfft({in[0], in[1]}, length); },
          {noise(to, 3), noise(to, 4)}, length < 3 ? std::vector<size_t>{1} : std::vector<size_t>{});
    }
  // keras.ops.irfft of four bins as 7 samples.
  check_values(
      "irfft", [](Builder& b, const Values& in) { return b.irfft({in[0], in[1]}, 7); },
      {Tensor(Shape{1, 4}, {1, 3, 5, 2}), Tensor(Shape{1, 4}, {2, 4, 6, 1})},
      Tensor(Shape{1, 7}, {3, -2.8442430, -1.1257157, 0.7000077, -0.4317216, -0.8316714, 2.533344}), 1e-6);
}

TEST_CASE("extract_sequences and overlap_sequences: frames of a signal, and their sum; gradients") {
  const Tensor x(Shape{7}, {1, 2, 3, 4, 5, 6, 7});
  check_values(
      "frames", [](Builder& b, const Values& in) { return b.extract_sequences(in[0], 3, 2); }, {x},
      Tensor(Shape{3, 3}, {{1, 2, 3}, {3, 4, 5}, {5, 6, 7}}), 0);
  check_values(
      "sums", [](Builder& b, const Values& in) { return b.overlap_sequences(in[0], 2); },
      {Tensor(Shape{2, 3}, {{1, 2, 3}, {10, 20, 30}})}, Tensor(Shape{5}, {1, 2, 13, 20, 30}), 0);
  check_values(
      "more samples", [](Builder& b, const Values& in) { return b.overlap_sequences(in[0], 2, 6); },
      {Tensor(Shape{2, 3}, {{1, 2, 3}, {10, 20, 30}})}, Tensor(Shape{6}, {1, 2, 13, 20, 30, 0}), 0);
  for (const int64_t stride : {1, 2, 4})
    for (const Shape& shape : {Shape{9}, {3, 9}, {2, 2, 10}}) {
      check_gradients(cat("frames ", shape),
                      [&](Builder& b, const Values& in) { return b.extract_sequences(in[0], 3, stride); },
                      {noise(shape, 1)});
      if (shape.rank() < 2) continue;
      for (const int64_t samples : {0, 4, 60})
        check_gradients(cat("sums ", shape),
                        [&](Builder& b, const Values& in) { return b.overlap_sequences(in[0], stride, samples); },
                        {noise(shape, 1)});
    }
}

TEST_CASE("map_coordinates: the pixels of every fill mode") {
  const Tensor x(Shape{1, 1, 3}, {10, 20, 30});
  for (const Fill& fill : fills()) {
    std::vector<float> places, expected, between;
    const auto pixel = [&](size_t i) {
      return fill.places[i] < 0 ? -5.f : x.data<float>()[static_cast<size_t>(fill.places[i])];
    };
    for (size_t i = 0; i < fill.places.size(); ++i) {
      places.push_back(static_cast<float>(i) - 4);
      expected.push_back(pixel(i));
      if (i + 1 < fill.places.size()) between.push_back(0.75f * pixel(i) + 0.25f * pixel(i + 1));
    }
    const auto emit = [&](bool linear, float offset) {
      return [=](Builder& b, const Values& in) {
        return b.map_coordinates(in[0], b.scale(in[1], 1, offset), {linear, fill.mode, -5});
      };
    };
    const auto n = static_cast<int64_t>(places.size());
    const Tensor at(Shape{1, 1, n}, places);
    const std::string title = cat("mode ", static_cast<int>(fill.mode));
    check_values(title, emit(false, 0.3f), {x, at}, Tensor(Shape{1, 1, n}, expected), 0);
    check_values(title, emit(true, 0), {x, at}, Tensor(Shape{1, 1, n}, expected), 0);
    places.pop_back();
    check_values(title, emit(true, 0.25f), {x, Tensor(Shape{1, 1, n - 1}, places)}, Tensor(Shape{1, 1, n - 1}, between),
                 1e-6);
  }
}

TEST_CASE("map_coordinates: bilinear between four pixels, for places of all images or of each; gradients") {
  const Tensor image(Shape{1, 1, 2, 2}, {1, 2, 4, 8});
  check_values(
      "bilinear",
      [](Builder& b, const Values& in) { return b.map_coordinates(in[0], in[1], {true, FillMode::constant}); },
      {image, Tensor(Shape{1, 2, 2}, {0.5, 0.25, 0.5, 0.5})}, Tensor(Shape{1, 1, 2}, {3.75, 2.625}), 1e-6);
  for (const Shape& at : {Shape{1, 2, 5}, {3, 2, 4, 3}})
    for (const bool linear : {false, true})
      for (const Fill& fill : fills()) {
        Tensor places = noise(at, 7);
        for (float& p : places.data<float>()) {  // away from pixels and from the middle between them
          p = std::round(4 * p) + 0.25f;
        }
        const Emit emit = [&](Builder& b, const Values& in) {
          return b.map_coordinates(in[0], in[1], {linear, fill.mode, 0.5f});
        };
        check_gradients(cat("map_coordinates ", at, linear, static_cast<int>(fill.mode)), emit,
                        {noise({3, 2, 5, 4}, 1), places});
      }
  check_gradients(
      "volumes",
      [](Builder& b, const Values& in) { return b.map_coordinates(in[0], in[1], {true, FillMode::reflect}); },
      {noise({2, 3, 3, 2, 4}, 1), noise({2, 3, 7}, 5)});
}

TEST_CASE("signals: dims that do not fit are refused") {
  Builder b;
  const Value x = b.input({2, 3, 4, 5}, "x"), row = b.input({6}, "r");
  CHECK_THROWS_WITH_AS(b.fft({x, row}),
                       "fft: the real and the imaginary part must have equal dims; received (2,3,4,5) and (6).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.fft({}), "fft: needs a real or an imaginary part.", ShapeError);
  CHECK_THROWS_AS(b.fft2({row, {}}), ShapeError);
  CHECK_THROWS_WITH_AS(b.rfft(row, 0), "rfft: the length must be 1 or more; received 0.", ShapeError);
  CHECK_THROWS_WITH_AS(
      b.extract_sequences(row, 7, 1),
      "extract_sequences: needs a length from 1 to 6 and a stride of 1 or more; received 7 and 1 for (6).", ShapeError);
  CHECK_THROWS_AS(b.overlap_sequences(row, 1), ShapeError);
  CHECK_THROWS_WITH_AS(b.map_coordinates(x, x, {true, FillMode::wrap}),
                       "map_coordinates: coordinates must be (2 or 1, 2, ...) for src (2,3,4,5); received (2,3,4,5).",
                       ShapeError);
  CHECK_THROWS_AS(b.map_coordinates(row, x, {true, FillMode::wrap}), ShapeError);
}

TEST_CASE("signals: the same bits for any number of threads") {
  const auto check = [](const std::string& title, const Emit& emit, const std::vector<Tensor>& inputs) {
    const Tensor one = compute(emit, inputs, Lie::channels_last, 1),
                 three = compute(emit, inputs, Lie::channels_last, 3);
    CHECK_MESSAGE(bit_equal(one, three), title);
  };
  check("fft", fft_of(false, true), {noise({700, 128}, 1), noise({700, 128}, 2)});
  check("convolved fft", fft_of(false, false), {noise({200, 331}, 1), noise({200, 331}, 2)});
  check("frames", [](Builder& b, const Values& in) { return b.extract_sequences(in[0], 64, 16); },
        {noise({20, 3000}, 1)});
  check("sums", [](Builder& b, const Values& in) { return b.overlap_sequences(in[0], 16); }, {noise({20, 90, 64}, 1)});
  const Emit map = [](Builder& b, const Values& in) {
    return b.map_coordinates(in[0], in[1], {true, FillMode::reflect});
  };
  check("map_coordinates", map, {noise({4, 16, 30, 40}, 1), noise({4, 2, 5000}, 2)});
  check("resize", [](Builder& b, const Values& in) { return b.resize(in[0], {90, 50}, Interpolation::cubic, true); },
        {noise({2, 24, 60, 70}, 1)});
  check("adaptive max", [](Builder& b, const Values& in) { return b.adaptive_pool(in[0], Pooling::max, {7, 9}); },
        {noise({6, 24, 60, 70}, 1)});
}
