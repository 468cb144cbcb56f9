#include "graft/graph/activation_function.h"

#include <algorithm>
#include <deque>
#include <mutex>

#include "graft/core/error.h"

namespace graft {

using Defaults = std::vector<std::pair<std::string, Literal>>;

const Defaults& ActivationFunction::defaults(const std::string& word) {
  static const std::map<std::string, Defaults> known{
      {"relu", {{"negative_slope", 0.0}, {"max_value", {}}, {"threshold", 0.0}}},
      {"leaky_relu", {{"negative_slope", 0.2}}},
      {"elu", {{"alpha", 1.0}}},
      {"celu", {{"alpha", 1.0}}},
      {"gelu", {{"approximate", false}}},
      {"squareplus", {{"b", 4.0}}},
      {"soft_shrink", {{"threshold", 0.5}}},
      {"hard_shrink", {{"threshold", 0.5}}},
      {"threshold", {{"threshold", {}}, {"default_value", {}}}},
      {"softmax", {{"axis", -1}}},
      {"log_softmax", {{"axis", -1}}},
      {"sparsemax", {{"axis", -1}}},
      {"glu", {{"axis", -1}}},
  };
  static const Defaults none;
  const auto found = known.find(word);
  return found == known.end() ? none : found->second;
}

// A config is a literal type, so that its words are checked by the compiler; what it points to must outlive it.
static const Literals* kept(Literals settings) {
  if (settings.empty()) return nullptr;
  static std::mutex mutex;
  static std::deque<Literals> all;
  const std::lock_guard lock(mutex);
  const auto found = std::find(all.begin(), all.end(), settings);
  return found != all.end() ? &*found : &all.emplace_back(std::move(settings));
}

static bool is_axis(const std::string& setting, const Literal& value) {
  if (setting != "axis") return false;
  if (value.is_integer()) return true;
  return value.is_list() && !value.list().empty() &&
         std::ranges::all_of(value.list(), [](const Literal& item) { return item.is_integer(); });
}

// Checks the value and gives it one form, so that 6 and 6.0 are the same setting.
static Literal checked(const std::string& word, const std::string& setting, const Literal& value) {
  if (setting == "axis") {
    if (is_axis(setting, value)) return value;
  } else if (setting == "approximate") {
    if (value.is_bool()) return value;
  } else if (value.is_number()) {
    return value.number();
  }
  const char* expected = setting == "axis"          ? "a whole number or a list of them"
                         : setting == "approximate" ? "true or false"
                                                    : "a number";
  throw ConfigError(cat("activation \"", word, "\": ", setting, " must be ", expected, "; received ", value.str()));
}

ActivationFunction::ActivationFunction(ActivationName word, const Literals& settings) : word_(word) {
  Literals others;
  const Defaults& known = defaults(str());
  for (const auto& [name, value] : settings) {
    const auto found = std::ranges::find_if(known, [&](const auto& entry) { return entry.first == name; });
    if (found == known.end()) throw ConfigError(cat("activation \"", str(), "\" has no setting ", name));
    if (value.is_none()) continue;
    Literal given = checked(str(), name, value);
    if (!(given == found->second)) others.emplace(name, std::move(given));
  }
  settings_ = kept(std::move(others));
}

const Literals& ActivationFunction::settings() const {
  static const Literals none;
  return settings_ ? *settings_ : none;
}

Literal ActivationFunction::setting(const std::string& name) const {
  if (const auto found = settings().find(name); found != settings().end()) return found->second;
  for (const auto& [known, value] : defaults(str()))
    if (known == name) return value;
  throw ConfigError(cat("activation \"", str(), "\" has no setting ", name));
}

}  // namespace graft
