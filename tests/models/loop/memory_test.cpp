// The arena of whole networks: near the least possible, and no step writes over what a later one reads.

#include <doctest/doctest.h>

#include <algorithm>

#include "graft/graft.h"
#include "graft/models/zoo/autoencoder.h"
#include "graft/models/zoo/mlp.h"
#include "graft/models/zoo/mobilenet_v2.h"
#include "graft/models/zoo/resnet50.h"
#include "graft/models/zoo/unet.h"
#include "graft/ops/compile/executable_state.h"
#include "tests/support/bf16.h"

namespace graft::test {

namespace {

Model small_autoencoder() {
  const zoo::AutoencoderConfig config{.dim = 64, .size = 32};
  const Model encoder = zoo::encoder(config);
  return zoo::graft_layers(encoder, zoo::decoder(encoder, config));
}

std::vector<Model> small_networks() {
  return {small_autoencoder(), zoo::mlp(), zoo::mobilenet_v2({.size = 32, .alpha = 0.35, .classes = 10}),
          zoo::resnet50({.size = 32, .classes = 10}), zoo::unet({.size = 32, .base_filters = 8, .depth = 3})};
}

/// Walks through a run and remembers who wrote each stretch of the arena last.
class Writers {
 public:
  explicit Writers(const ExecutableState& state) : state_(state) {
    for (const ops::Operand& o : state.inputs) write(static_cast<size_t>(o.buffer));
  }

  /// Returns the number of reads in the run that find another buffer's bytes.
  size_t misread() {
    size_t count = 0;
    for (const ops::Step* step : state_.main) {
      for (const ops::Argument& a : step->arguments)
        if (!a.written) count += overwritten(static_cast<size_t>(a.operand.buffer));
      for (const ops::Argument& a : step->arguments)
        if (a.written) write(static_cast<size_t>(a.operand.buffer));
      for (size_t k = 0; k < step->arguments.size(); ++k) count += !step->arguments[k].written && clobbered(*step, k);
    }
    for (const ops::Operand& o : state_.outputs) count += overwritten(static_cast<size_t>(o.buffer));
    return count;
  }

 private:
  bool in_arena(size_t b) const {
    const ops::BufferKind kind = state_.buffers[b].kind;
    return kind == ops::BufferKind::temporary || kind == ops::BufferKind::input;
  }
  size_t end(size_t b) const { return state_.offsets[b] + state_.buffers[b].bytes; }
  void write(size_t b) {
    if (!in_arena(b)) return;
    CHECK(end(b) <= state_.arena_bytes);
    std::erase_if(holders_, [&](size_t h) { return state_.offsets[h] < end(b) && state_.offsets[b] < end(h); });
    holders_.push_back(b);
  }
  bool overwritten(size_t b) const {
    return in_arena(b) && std::find(holders_.begin(), holders_.end(), b) == holders_.end();
  }
  // By what the same step writes, and no promise that these two may share memory.
  bool clobbered(const ops::Step& step, size_t read) const {
    const auto b = static_cast<size_t>(step.arguments[read].operand.buffer);
    return overwritten(b) && std::none_of(step.in_place.begin(), step.in_place.end(), [&](const auto& pair) {
             return static_cast<size_t>(step.arguments[pair.first].operand.buffer) == b;
           });
  }

  const ExecutableState& state_;
  std::vector<size_t> holders_;  // buffers whose bytes are whole
};

void check_arena(const Model& model, const CompileOptions& options) {
  const Executable executable = compile(model, options);
  INFO(cat(model.name(), ", batch ", options.batch, options.training ? ", training, " : ", ", executable.precision()));
  CHECK(Writers(*executable.state()).misread() == 0);
  CHECK(executable.peak_bytes() >= executable.bound_bytes());
  CHECK(static_cast<double>(executable.peak_bytes()) <= 1.05 * static_cast<double>(executable.bound_bytes()));
}

}  // namespace

TEST_CASE("memory: the arena of each network of the zoo is within 1.05 of the bound, and nothing in it is lost") {
  for (const Model& model : small_networks())
    for (const Precision precision : precisions()) {
      for (const int64_t batch : {1, 16}) check_arena(model, {.batch = batch, .precision = precision});
      model.compile({.optimizer = Adam(), .loss = "mse", .precision = precision});
      check_arena(model, {.batch = 8, .training = true, .precision = precision});
    }
}

}  // namespace graft::test
