#pragma once

// Internal: the output of fit while it runs.

#include <chrono>
#include <iosfwd>

#include "graft/models/training/logs.h"

namespace graft {

enum class ProgressStyle { quiet, bar, lines };

/// verbose 0: quiet; 1: a bar when stdout is a terminal, else a line per epoch; 2: a line per epoch. Throws ConfigError
/// for others.
ProgressStyle progress_style(int verbose);

/// Prints one line per epoch. A bar is redrawn in place, at most ten times a second, within the terminal's width:
///
///     Epoch 2/5 [=======>      ] 120/235 - 21s - 184ms/step - loss: 0.0312 - mae: 0.1140
class ProgressBar {
 public:
  /// When `epochs` is 0, the line has no epoch number.
  ProgressBar(std::ostream& out, ProgressStyle style, int64_t epochs, int64_t steps);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void begin(int64_t epoch);
  void update(int64_t step, const Logs& logs);
  void end(const Logs& logs);
  void say(const std::string& line);  ///< prints the line unless the style is quiet

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const;
  std::string head() const;
  void draw(const std::string& line);

  std::ostream& out_;
  ProgressStyle style_;
  int64_t epochs_, steps_, epoch_ = 0;
  Clock::time_point begun_ = {}, drawn_ = {};
  size_t shown_ = 0;  // characters of the line on the screen
};

}  // namespace graft
