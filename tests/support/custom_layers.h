#pragma once

#include "graft/graph/layer_impl.h"

namespace graft::test {

// Classes of a user's own for the fixtures custom/*: the same that Python defined there.

/// Dense layers around a residual, a list of layers among them. Made of other layers.
struct KnownBlockConfig {
  int64_t units = 1;
  std::string name = {};
  void fields(FieldVisitor& field) { field("units", units); }
};
class KnownBlock : public Layer {
 public:
  explicit KnownBlock(KnownBlockConfig config);
};

/// Each channel times a weight and a factor. It emits its instructions.
struct KnownScaleConfig {
  double factor = 2;
  std::string name = {};
  void fields(FieldVisitor& field) { field("factor", factor); }
};
class KnownScale : public Layer {
 public:
  explicit KnownScale(KnownScaleConfig config);
};

/// Registers both.
void register_custom_layers();

}  // namespace graft::test
