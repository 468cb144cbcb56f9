#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graft/core/error.h"

namespace graft {

/// Values by name, in the order in which they were added.
template <class T>
class Named {
 public:
  using Entry = std::pair<std::string, T>;

  bool has(const std::string& name) const { return find(name) != nullptr; }
  /// Throws DataError listing the known names.
  const T& operator[](const std::string& name) const& {
    if (const T* found = find(name)) return *found;
    std::string known;
    for (const Entry& entry : entries_) known += cat(known.empty() ? "" : ", ", entry.first);
    throw DataError(cat("there is no \"", name, "\"; known are ", known.empty() ? "none" : known));
  }
  T operator[](const std::string& name) && { return std::as_const(*this)[name]; }
  /// Adds or replaces.
  void set(const std::string& name, T value) { at(name) = std::move(value); }
  /// The entry, which is added when it is missing.
  T& at(const std::string& name) & {
    for (Entry& entry : entries_)
      if (entry.first == name) return entry.second;
    return entries_.emplace_back(name, T{}).second;
  }

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const& { return entries_.begin(); }
  auto end() const& { return entries_.end(); }
  void begin() const&& = delete;
  void end() const&& = delete;

 private:
  const T* find(const std::string& name) const {
    for (const Entry& entry : entries_)
      if (entry.first == name) return &entry.second;
    return nullptr;
  }
  std::vector<Entry> entries_;
};

/// The numbers that a step or an epoch reports, named as in Keras: "loss" first, then "{output}_loss" of each output
/// when there are several, then the metrics.
using Logs = Named<float>;

/// The result of fit: for each name in the logs one value per epoch, with "val_" before the names of the validation
/// data.
struct History {
  std::vector<int64_t> epoch;  ///< the numbers of the epochs, from 0
  Named<std::vector<float>> history;
};

}  // namespace graft
