#include "graft/models/training/optimizer_state.h"

namespace graft {

const Variables& OptimizerState::slots_of(const Variable& variable) {
  const std::lock_guard lock(mutex);
  const auto [entry, fresh] = slots.try_emplace(variable.shared_state());
  if (!fresh) return entry->second;
  for (const std::string& slot : slot_names)
    entry->second.emplace_back(cat(variable.name(), "/", name, "/", slot), Tensor::full(variable.shape(), slot_value),
                               false);
  return entry->second;
}

}  // namespace graft
