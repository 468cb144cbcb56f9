#include "graft/models/model/nested.h"

#include "graft/models/model/model_impl.h"

namespace graft {

std::optional<Model> as_model(const Layer& layer) {
  const auto impl = std::dynamic_pointer_cast<ModelImpl>(layer.shared_impl());
  return impl ? std::optional(Model(impl)) : std::nullopt;
}

}  // namespace graft
