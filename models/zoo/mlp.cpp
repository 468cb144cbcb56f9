#include "graft/models/zoo/mlp.h"

#include "graft/graph/layers/layers.h"

namespace graft::zoo {

Model mlp(const MLPConfig& config) {
  check_at_least("MLPConfig::inputs", config.inputs, 1);
  for (const int64_t units : config.hidden) check_at_least("MLPConfig::hidden", units, 1);
  check_at_least("MLPConfig::classes", config.classes, 1);
  auto input = Input({.shape = {config.inputs}});
  auto x = input;
  for (int64_t number = 1; const int64_t units : config.hidden)
    x = Dense({.units = units, .activation = "relu", .name = cat("hidden", number++)})(x);
  x = Dense({.units = config.classes, .activation = "softmax", .name = "predictions"})(x);
  return Model(input, x, {.name = "mlp"});
}

}  // namespace graft::zoo
