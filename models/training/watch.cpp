#include "graft/models/training/watch.h"

#include <cmath>
#include <limits>

namespace graft {

void check_setting(const char* callback, bool fine, const std::string& rule) {
  if (!fine) throw ConfigError(rule).who(callback);
}

static bool goes_up(const char* callback, const std::string& name, const std::string& mode) {
  check_setting(callback, mode == "max" || mode == "min" || mode == "auto",
                cat("mode must be \"auto\", \"min\" or \"max\"; received \"", mode, '"'));
  if (mode != "auto") return mode == "max";
  return name.find("acc") != std::string::npos || name.find("auc") != std::string::npos ||
         name.ends_with("cosine_similarity");
}

Watch::Watch(const char* callback, std::string name, const std::string& mode, double min_delta)
    : callback_(callback),
      name_(std::move(name)),
      up_(goes_up(callback, name_, mode)),
      min_delta_(std::abs(min_delta)) {}

void Watch::reset() {
  best_ = up_ ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
}

double Watch::value(const Logs& logs) const {
  try {
    return logs[name_];
  } catch (Error& error) {
    error.who(callback_);
    if (name_.starts_with("val_")) error.hint("fit makes val_ values of validation_data or validation_split.");
    throw;
  }
}

}  // namespace graft
