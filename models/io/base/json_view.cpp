#include "graft/models/io/base/json_view.h"

#include <algorithm>
#include <cmath>

namespace graft::io {

bool JsonView::has(const char* key) const { return value_->is_object() && value_->contains(key); }

bool JsonView::has_value(const char* key) const { return has(key) && !(*value_)[key].is_null(); }

JsonView JsonView::operator[](const char* key) const {
  if (!object().contains(key)) fail(cat("the key \"", key, "\" is missing"));
  return {(*value_)[key], source_, cat(pointer_, '/', key)};
}

JsonView JsonView::operator[](size_t index) const {
  if (index >= size()) fail(cat("expected at least ", index + 1, " entries; received ", size()));
  return {(*value_)[index], source_, cat(pointer_, '/', index)};
}

size_t JsonView::size() const {
  if (!is_array()) expected("a list");
  return value_->size();
}

std::vector<JsonView> JsonView::items() const {
  std::vector<JsonView> found;
  found.reserve(size());
  for (size_t i = 0; i < value_->size(); ++i) found.push_back((*this)[i]);
  return found;
}

const Json& JsonView::object() const {
  if (!is_object()) expected("an object");
  return *value_;
}

std::string JsonView::string() const {
  if (!is_string()) expected("a text");
  return value_->get<std::string>();
}

int64_t JsonView::integer() const {
  if (is_integer()) return value_->get<int64_t>();
  if (value_->is_number_float()) {
    constexpr double kExact = 9007199254740992;  // 2^53: larger doubles do not represent every integer
    const double number = value_->get<double>();
    if (std::abs(number) < kExact && number == std::floor(number)) return static_cast<int64_t>(number);
  }
  expected("a whole number");
}

double JsonView::number() const {
  if (!value_->is_number()) expected("a number");
  return value_->get<double>();
}

bool JsonView::boolean() const {
  if (!value_->is_boolean()) expected("true or false");
  return value_->get<bool>();
}

Shape JsonView::shape() const {
  std::vector<int64_t> dims;
  for (const JsonView& item : items()) {
    dims.push_back(item.is_null() ? Shape::none : item.integer());
    if (!item.is_null() && dims.back() < 0) item.expected("a dimension of 0 or more");
  }
  return Shape(std::move(dims));
}

void JsonView::fail(const std::string& rule) const { throw FormatError(path(), rule); }

void JsonView::expected(const char* what) const {
  constexpr size_t kShown = 60;
  std::string shown = value_->dump(-1, ' ', false, Json::error_handler_t::replace);
  if (shown.size() > kShown) shown = shown.substr(0, kShown) + "...";
  fail(cat("expected ", what, "; received ", shown));
}

// The parser reports a byte; editors show lines and columns.
static std::string place_of(const std::string& text, size_t byte) {
  const size_t end = std::min(byte == 0 ? 0 : byte - 1, text.size());
  const auto begin = text.begin();
  const auto stop = begin + static_cast<std::ptrdiff_t>(end);
  const size_t line_start = text.rfind('\n', end == 0 ? 0 : end - 1);
  const size_t column = end == 0 || line_start == std::string::npos ? end + 1 : end - line_start;
  return cat("line ", 1 + std::count(begin, stop, '\n'), ", column ", column);
}

// Nested models are read by recursion, so a document of nothing but brackets is refused before.
static void check_depth(const std::string& text, const std::string& source) {
  constexpr int kDeepest = 1000;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\')
      ++i;
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == '{' || c == '['))
      ++depth;
    else if (!quoted && (c == '}' || c == ']'))
      --depth;
    if (depth > kDeepest) throw FormatError(source, cat("the JSON is nested deeper than ", kDeepest, " levels"));
  }
}

// Python's JSON has Infinity, -Infinity and NaN; JSON has no words for them. They become objects that number_of reads.
static std::string without_non_finite(const std::string& text) {
  static constexpr std::string_view words[] = {"-Infinity", "Infinity", "NaN"};
  std::string result;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto word =
        std::ranges::find_if(words, [&](std::string_view w) { return !quoted && text.compare(i, w.size(), w) == 0; });
    if (word != std::end(words)) {
      result += cat("{\"class_name\":\"__float__\",\"config\":\"", *word, "\"}");
      i += word->size() - 1;
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    result += text[i];
    if (quoted && text[i] == '\\' && i + 1 < text.size()) result += text[++i];
  }
  return result;
}

std::string python_json(const Json& json) {
  std::string text = json.dump();
  for (const char* word : {"-Infinity", "Infinity", "NaN"}) {
    const std::string object = Json({{"class_name", "__float__"}, {"config", word}}).dump();
    for (size_t at = text.find(object); at != std::string::npos; at = text.find(object, at))
      text.replace(at, object.size(), word);
  }
  return text;
}

static bool may_have_non_finite(const std::string& text) {
  return text.find("Infinity") != std::string::npos || text.find("NaN") != std::string::npos;
}

Json parse_json(const std::string& text, const std::string& source) {
  check_depth(text, source);
  try {
    return Json::parse(may_have_non_finite(text) ? without_non_finite(text) : text);
  } catch (const Json::parse_error& error) {
    if (error.byte >= text.size()) throw FormatError(source, "the JSON ends in the middle: the file is truncated");
    throw FormatError(source, cat("not JSON: the mistake is at ", place_of(text, error.byte)));
  } catch (const Json::exception&) {
    throw FormatError(source, "not JSON: a number is out of range");
  }
}

}  // namespace graft::io
