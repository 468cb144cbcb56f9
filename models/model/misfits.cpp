#include "graft/models/model/misfits.h"

#include <string>

namespace graft {

void Misfits::raise() const {
  if (errors_.empty()) return;
  if (errors_.size() == 1) throw errors_.front();
  std::string list;
  for (const ShapeError& error : errors_) {
    const std::string text = error.what();
    list += cat("\n    ", text.substr(0, text.find('\n')));
  }
  throw ShapeError(cat(errors_.size(), " layers cannot take their new inputs:", list));
}

}  // namespace graft
