#include "graft/core/error.h"

#include <filesystem>

namespace graft {

Error::Error(std::string rule) : rule_(std::move(rule)) { compose(); }

Error& Error::who(const std::string& name) {
  if (who_.empty()) who_ = name;
  compose();
  return *this;
}

Error& Error::hint(const std::string& text) {
  if (hint_.empty()) hint_ = text;
  compose();
  return *this;
}

Error& Error::at(const source_location& place, const std::string& what) {
  if (place_.empty()) place_ = cat(what, " at ", place_name(place));
  compose();
  return *this;
}

static std::string sentence(const std::string& text) {
  const bool ended = text.empty() || text.back() == '.' || text.back() == '\n';
  return ended ? text : text + '.';
}

void Error::compose() {
  message_ = who_.empty() ? "" : cat("[", who_, "] ");
  message_ += sentence(rule_);
  if (!hint_.empty()) message_ += "\n  Hint: " + sentence(hint_);
  if (!place_.empty()) message_ += "\n  " + sentence(place_);
}

std::string place_name(const source_location& place) {
  return cat(std::filesystem::path(place.file_name()).filename().string(), ":", place.line());
}

}  // namespace graft
