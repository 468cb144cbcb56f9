#include "graft/models/training/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>

namespace graft {

ProgressStyle progress_style(int verbose) {
  if (verbose == 0) return ProgressStyle::quiet;
  if (verbose == 1) return isatty(STDOUT_FILENO) ? ProgressStyle::bar : ProgressStyle::lines;
  if (verbose == 2) return ProgressStyle::lines;
  throw ConfigError(cat("verbose must be 0, 1 or 2; received ", verbose));
}

static size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static std::string duration(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 60) return cat(whole, "s");
  std::ostringstream text;
  text << whole / 60 << ':' << std::setw(2) << std::setfill('0') << whole % 60;
  return text.str();
}

static std::string step_time(double seconds) {
  std::ostringstream text;
  text << std::setprecision(3);
  if (seconds >= 1)
    text << seconds << "s/step";
  else if (seconds >= 1e-3)
    text << seconds * 1e3 << "ms/step";
  else
    text << seconds * 1e6 << "us/step";
  return text.str();
}

static std::string shown(const Logs& logs) {
  std::ostringstream text;
  for (const auto& [name, value] : logs) {
    const float size = std::abs(value);
    const bool small = size != 0 && size < 1e-3F;
    text << " - " << name << ": " << (small ? std::scientific : std::fixed) << std::setprecision(4) << value;
  }
  return text.str();
}

static std::string drawn_bar(int64_t step, int64_t steps) {
  constexpr int64_t kWidth = 20;
  const int64_t filled = steps == 0 ? kWidth : step * kWidth / steps;
  std::string bar(static_cast<size_t>(filled), '=');
  if (filled < kWidth) bar += '>';
  bar.resize(kWidth, ' ');
  return cat('[', bar, ']');
}

ProgressBar::ProgressBar(std::ostream& out, ProgressStyle style, int64_t epochs, int64_t steps)
    : out_(out), style_(style), epochs_(epochs), steps_(steps) {}

// An error message does not continue a line that was being drawn.
ProgressBar::~ProgressBar() {
  if (shown_ > 0) out_ << std::endl;
}

double ProgressBar::seconds() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }

std::string ProgressBar::head() const {
  return epochs_ == 0 ? std::string() : cat("Epoch ", epoch_ + 1, '/', epochs_, ' ');
}

void ProgressBar::begin(int64_t epoch) {
  epoch_ = epoch;
  begun_ = Clock::now();
  drawn_ = {};
}

// Redraws the line in place: spaces cover what the one before had more.
void ProgressBar::draw(const std::string& line) {
  const std::string text = line.substr(0, terminal_width() - 1);
  out_ << '\r' << text << std::string(shown_ > text.size() ? shown_ - text.size() : 0, ' ') << std::flush;
  shown_ = text.size();
}

void ProgressBar::update(int64_t step, const Logs& logs) {
  if (style_ != ProgressStyle::bar) return;
  const auto now = Clock::now();
  if (now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  const double per_step = seconds() / static_cast<double>(step);
  draw(cat(head(), drawn_bar(step, steps_), ' ', step, '/', steps_, " - ",
           duration(per_step * static_cast<double>(steps_ - step)), " left - ", step_time(per_step), shown(logs)));
}

void ProgressBar::end(const Logs& logs) {
  if (style_ == ProgressStyle::quiet) return;
  const std::string line =
      cat(head(), drawn_bar(steps_, steps_), ' ', steps_, '/', steps_, " - ", duration(seconds()), " - ",
          step_time(seconds() / static_cast<double>(std::max<int64_t>(1, steps_))), shown(logs));
  if (style_ == ProgressStyle::bar) out_ << '\r';
  out_ << line << std::string(shown_ > line.size() ? shown_ - line.size() : 0, ' ') << std::endl;
  shown_ = 0;
}

void ProgressBar::say(const std::string& line) {
  if (style_ != ProgressStyle::quiet) out_ << line << std::endl;
}

}  // namespace graft
