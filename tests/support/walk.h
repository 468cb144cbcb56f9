#pragma once

#include <vector>

#include "graft/graft.h"

namespace graft::test {

using Floats = std::vector<float>;

/// A fit of one weight from 0 towards `target` in steps of `rate`; the loss is |w - target|.
struct Walk {
  explicit Walk(double rate = 1) {
    const SymbolicTensor x = Input({.shape = {1}});
    model = Model(x, Dense({.units = 1, .use_bias = false, .kernel_initializer = "zeros"})(x));
    model.compile({.optimizer = SGD({.learning_rate = rate}), .loss = "mae"});
  }
  float weight() const { return model.get_weights()[0].item(); }
  History fit(int64_t epochs, std::vector<Callback> callbacks, float target = 100) {
    return model.fit(Tensor::full(Shape{1, 1}, 1), Tensor::full(Shape{1, 1}, target),
                     {.epochs = epochs, .verbose = 0, .callbacks = std::move(callbacks)});
  }
  Model model;
};

/// Sets val_loss of each epoch.
inline Callback scripted(Floats losses) {
  return LambdaCallback({.on_epoch_end = [losses](FitProgress&, int64_t epoch, Logs& logs) {
    logs.set("val_loss", losses[static_cast<size_t>(epoch)]);
  }});
}

}  // namespace graft::test
