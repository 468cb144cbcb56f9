#include "graft/core/env.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <thread>

#include "graft/core/error.h"

namespace graft::env {

const std::vector<Flag>& flags() {
  static const std::vector<Flag> table{
      {"GRAFT_DEBUG", "0", "0: quiet; 1: a line per compile; 2: also every step; 3: also the Program's text"},
      {"GRAFT_CHECK", "0", "1: stop at the first step that makes a NaN or an infinity, and name it"},
      {"GRAFT_SEED", "0", "the seed of weights, shuffling and dropout, unless set_random_seed gives another"},
      {"GRAFT_THREADS", "0", "threads of an Executable that asks for none; 0: all cores"},
      {"GRAFT_TUNE_FILE", "~/.cache/graft/tune.txt", "where tuning remembers the fastest formulations"},
      {"GRAFT_DISABLE_PASSES", "", "passes of the compiler to leave out, separated by commas; all: every one"},
  };
  return table;
}

static const Flag& flag(const std::string& name) {
  for (const Flag& known : flags())
    if (known.name == name) return known;
  throw ConfigError(cat("there is no environment variable ", name));
}

static uint64_t number(const std::string& name, uint64_t most) {
  const char* set = std::getenv(name.c_str());
  const std::string text = set && *set ? set : flag(name).default_value;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most)
    throw ConfigError(cat("the environment variable ", name, " must be a whole number from 0 to ", most,
                          "; received \"", text, "\""));
  return value;
}

int debug() { return static_cast<int>(number("GRAFT_DEBUG", 3)); }
bool check() { return number("GRAFT_CHECK", 1) == 1; }
uint64_t seed() { return number("GRAFT_SEED", std::numeric_limits<uint64_t>::max()); }
int threads() { return static_cast<int>(number("GRAFT_THREADS", 4096)); }

std::string tune_file() {
  if (const char* set = std::getenv("GRAFT_TUNE_FILE"); set && *set) return set;
  const char* home = std::getenv("HOME");
  return std::string(home && *home ? home : ".") + "/.cache/graft/tune.txt";
}

std::vector<std::string> disabled_passes() {
  const char* set = std::getenv("GRAFT_DISABLE_PASSES");
  std::vector<std::string> names;
  std::istringstream text(set ? set : "");
  for (std::string name; std::getline(text, name, ',');)
    if (!name.empty()) names.push_back(name);
  return names;
}

int cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

Scoped::Scoped(const std::string& name, const std::string& value) : name_(flag(name).name), had_(false) {
  if (const char* old = std::getenv(name_.c_str())) {
    had_ = true;
    old_ = old;
  }
  setenv(name_.c_str(), value.c_str(), 1);
}

Scoped::~Scoped() {
  if (had_)
    setenv(name_.c_str(), old_.c_str(), 1);
  else
    unsetenv(name_.c_str());
}

}  // namespace graft::env
