#pragma once

// Internal: shared parts of callbacks that follow a number of the logs.

#include <string>

#include "graft/models/training/logs.h"

namespace graft {

/// Throws ConfigError naming the callback unless the setting is valid.
void check_setting(const char* callback, bool fine, const std::string& rule);

/// A number of the logs that should improve: become larger or smaller, by its name or by the user's mode.
class Watch {
 public:
  /// `mode` is "min", "max" or "auto"; changes of at most min_delta are no improvement. Throws ConfigError for others.
  Watch(const char* callback, std::string name, const std::string& mode, double min_delta);

  /// Whether this value is better than any before.
  void reset();
  void set_best(double value) { best_ = value; }
  const std::string& name() const { return name_; }

  /// Throws DataError listing the names of the logs when this one is not among them.
  double value(const Logs& logs) const;
  bool better(double value) const { return better(value, best_); }
  bool better(double value, double than) const { return up_ ? value > than + min_delta_ : value < than - min_delta_; }

 private:
  const char* callback_;
  std::string name_;
  bool up_;
  double min_delta_, best_ = 0;
};

}  // namespace graft
