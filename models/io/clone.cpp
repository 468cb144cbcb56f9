#include "graft/models/io/clone.h"

#include "graft/models/io/load.h"
#include "graft/models/model/additions.h"
#include "graft/models/surgery/surgery.h"

namespace graft {

Model clone(const Model& model, Weights weights, source_location location) {
  if (weights == Weights::share) return rename(model, {}, location);
  warn_of_additions(model, "the clone");
  const Model made = model_from_json(model.to_json());
  if (weights == Weights::copy) made.set_weights(model.get_weights());
  return made;
}

}  // namespace graft
