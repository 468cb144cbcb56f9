#pragma once

// std::source_location, also for Clang 14, whose built-in functions the standard library does not take for it.

#include <cstdint>
#include <version>

#if defined(__cpp_lib_source_location)
#include <source_location>

namespace graft {

using source_location = std::source_location;

}  // namespace graft
#else

namespace graft {

/// A line of the user's program: as a default argument, current() is the place of the call.
class source_location {
 public:
  static constexpr source_location current(const char* file = __builtin_FILE(),
                                           const char* function = __builtin_FUNCTION(),
                                           uint_least32_t line = __builtin_LINE()) {
    source_location out;
    out.file_ = file;
    out.function_ = function;
    out.line_ = line;
    return out;
  }
  constexpr source_location() = default;
  constexpr const char* file_name() const { return file_; }
  constexpr const char* function_name() const { return function_; }
  constexpr uint_least32_t line() const { return line_; }

 private:
  const char* file_ = "";
  const char* function_ = "";
  uint_least32_t line_ = 0;
};

}  // namespace graft
#endif
