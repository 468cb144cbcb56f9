#pragma once

#include <string>
#include <vector>

#include "graft/core/error.h"
#include "graft/models/io/base/config_json.h"

namespace graft::io {

/// A place in a JSON document with its path, which every error names:
///
///     ae/model.json: /modelTopology/config/layers/3/config/filters: expected a whole number; received "many"
class JsonView {
 public:
  /// The document itself; `source` is the file.
  JsonView(const Json& value, std::string source) : value_(&value), source_(std::move(source)) {}

  const Json& json() const { return *value_; }
  const std::string& source() const { return source_; }
  std::string path() const { return pointer_.empty() ? source_ : cat(source_, ": ", pointer_); }

  bool has(const char* key) const;             ///< whether it is an object with this key, of any value
  bool has_value(const char* key) const;       ///< likewise, and not null
  JsonView operator[](const char* key) const;  ///< throws FormatError when the key is missing
  JsonView operator[](size_t index) const;     ///< throws FormatError when out of range
  size_t size() const;                         ///< of an array
  std::vector<JsonView> items() const;         ///< of an array; throws FormatError for anything else

  bool is_object() const { return value_->is_object(); }
  bool is_array() const { return value_->is_array(); }
  bool is_string() const { return value_->is_string(); }
  bool is_null() const { return value_->is_null(); }
  bool is_integer() const { return value_->is_number_integer(); }

  const Json& object() const;  ///< the value, which must be an object
  std::string string() const;
  int64_t integer() const;
  double number() const;
  bool boolean() const;
  Shape shape() const;  ///< a list of whole numbers; null is None

  [[noreturn]] void fail(const std::string& rule) const;
  /// fail("expected <what>; received <this value, shortened>").
  [[noreturn]] void expected(const char* what) const;

 private:
  JsonView(const Json& value, std::string source, std::string pointer)
      : value_(&value), source_(std::move(source)), pointer_(std::move(pointer)) {}

  const Json* value_;
  std::string source_, pointer_;
};

/// Parses a whole document. Throws FormatError naming `source` and the line and column of the mistake.
Json parse_json(const std::string& text, const std::string& source);
/// The opposite: text for Python's reader, where an object that json_number wrote is the word that it stands for.
std::string python_json(const Json& json);

}  // namespace graft::io
