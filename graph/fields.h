#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graft/core/initializer.h"
#include "graft/core/literal.h"
#include "graft/core/shape.h"
#include "graft/graph/config.h"

namespace graft {

class Layer;

/// A config describes its settings to a visitor, with one call for each: `field("filters", filters)`. The same
/// description serves to read the settings from a file and to write them: models/io/base/config_json.h has an
/// implementation that reads JSON and one that writes it. The keys are Keras's; a setting whose key is not in the file
/// keeps its default. The reader throws FormatError, naming the place in the file, for a value of another type.
class FieldVisitor {
 public:
  virtual ~FieldVisitor() = default;
  virtual void operator()(const char* key, bool& value) = 0;
  virtual void operator()(const char* key, int64_t& value) = 0;
  virtual void operator()(const char* key, double& value) = 0;
  virtual void operator()(const char* key, std::string& value) = 0;
  virtual void operator()(const char* key, std::vector<int64_t>& value) = 0;
  virtual void operator()(const char* key, std::optional<int64_t>& value) = 0;
  virtual void operator()(const char* key, std::optional<std::vector<int64_t>>& value) = 0;
  virtual void operator()(const char* key, std::optional<double>& value) = 0;
  virtual void operator()(const char* key, Shape& value) = 0;  ///< none is written as null
  virtual void operator()(const char* key, Initializer& value) = 0;
  virtual void operator()(const char* key, Regularizer& value) = 0;
  virtual void operator()(const char* key, Constraint& value) = 0;
  virtual void operator()(const char* key, ActivationFunction& value) = 0;
  virtual void operator()(const char* key, Literal& value) = 0;   ///< a value of any kind; null is None
  virtual void operator()(const char* key, Literals& value) = 0;  ///< an object of values by name
  virtual void operator()(const char* key, Layer& value) = 0;     ///< a layer inside, as {class_name, config}; or none
  virtual void operator()(const char* key, std::vector<Layer>& value) = 0;  ///< a list of them
  /// A list with a number for each axis; one number in a file means all. A writer writes null where the setting is not
  /// `present`. Returns whether it is now.
  virtual bool sizes(const char* key, bool present, std::span<int64_t> values) = 0;
  virtual void sides(const char* key, std::span<Ends> values) = 0;  ///< likewise, with a number or two for each axis
  /// An object with settings of its own, {"class_name", "config"}: `fields` describes them. null is an empty
  /// class_name.
  virtual void object(const char* key, std::string& class_name, const std::function<void(FieldVisitor&)>& fields) = 0;
  /// A function of Keras by its name.
  virtual void function(const char* key, std::string& name) {
    Literal word = name;
    (*this)(key, word);
    if (reading()) name = word.string();
  }
  /// A word of a closed set, as text; `parse` throws ConfigError for other words.
  virtual void word(const char* key, const std::string& current,
                    const std::function<void(const std::string&)>& parse) = 0;
  /// True for the reader. With has(), a config can accept an old key ("alpha" for "negative_slope").
  virtual bool reading() const = 0;
  /// Whether the file that is read has the key; false for a writer.
  virtual bool has(const char* key) const = 0;
  /// The reader reports an error if the key is absent.
  virtual void require(const char* key) = 0;
  /// Whether the settings that have no default could be read, and the layers inside. If not, there is no layer to make.
  virtual bool complete() const { return true; }

  /// True for a writer of Keras 3's names, where they differ from those of Keras 2.
  virtual bool writes_newer() const { return false; }

  /// The key of a setting that was renamed: for the reader the one in the file, for a writer that of its version.
  const char* either(const char* newer, const char* older) const {
    return (reading() ? has(newer) : writes_newer()) ? newer : older;
  }

  template <class Set>
  void operator()(const char* key, Choice<Set>& value) {
    word(key, value.str(), [&](const std::string& text) { value = Choice<Set>::parse(text); });
  }
  template <size_t rank>
  void operator()(const char* key, Size<rank>& value) {
    sizes(key, true, value.values);
  }
  template <size_t rank>
  void operator()(const char* key, std::optional<Size<rank>>& value) {
    Size<rank> size = value.value_or(0);
    if (sizes(key, value.has_value(), size.values)) value = size;
  }
  template <size_t rank>
  void operator()(const char* key, Sides<rank>& value) {
    sides(key, value.values);
  }
  template <class T>
  void operator()(const char* key, Required<T>& value) {
    require(key);
    (*this)(key, value.get());
  }
};

}  // namespace graft
