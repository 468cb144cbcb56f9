#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graft/core/error.h"
#include "graft/ops/program.h"

namespace graft {

/// One input or output of a Context: memory of the Context, channels last, row-major.
class Binding {
 public:
  Binding(Shape shape, DType dtype, void* memory, std::string name)
      : shape_(std::move(shape)), dtype_(dtype), memory_(memory), name_(std::move(name)) {}
  const Shape& shape() const { return shape_; }
  const std::string& name() const { return name_; }
  template <class T>
  std::span<T> data() const {
    if (dtype_of<T>() != dtype_) throw DataError(cat(name_, " holds ", to_string(dtype_), ", not the type asked for"));
    return {static_cast<T*>(memory_), static_cast<size_t>(shape_.elements())};
  }
  /// Throws ShapeError unless the count fits.
  void copy_from(std::span<const float> values) const;
  void copy_from(const Tensor& tensor) const;  ///< throws ShapeError unless the shapes are equal
  Tensor tensor() const;                       ///< a copy

 private:
  Shape shape_;
  DType dtype_;
  void* memory_;
  std::string name_;
};

/// What one step of an Executable is and costs.
struct StepReport {
  std::string label;                ///< the user's layer
  std::vector<std::string> layers;  ///< all the layers whose work it does, the label first
  std::string primitive;            ///< "conv", "reorder", ...
  std::string implementation;       ///< oneDNN's name, or "graft:..." for an own kernel
  std::string src, dst;             ///< layouts, as "acdb:32x64x16x16"
  std::string fused;                ///< what was merged into it: "bias, relu"
  std::string remark;               ///< why it was not merged into another; of a reorder, who wants which layout
  double gflop = 0;
  int64_t bytes = 0;                                        ///< read and written
  bool prepared = false;                                    ///< runs only when weights changed, not in every run
  double ms = 0;                                            ///< filled by time_steps
  bool reorders() const { return primitive == "reorder"; }  ///< does nothing but change a layout
};

/// One step of one run in time.
struct StepSpan {
  int run = 0;
  StepReport step;      ///< its ms: how long it took
  double start_ms = 0;  ///< since the first run began
};

enum class StepTiming { alone, in_pass };

struct ExecutableState;
struct ContextState;
class Context;

struct ExecutableOptions {
  int threads = 0;  ///< 0: GRAFT_THREADS, or all cores
  /// "float32", or "bf16": activations and products in bfloat16; weights, statistics, losses and updates stay float32.
  std::string precision = "float32";
  /// Bytes that peak_bytes() may be, 0 for any: cheap results are computed again rather than kept, to the same bits.
  int64_t memory_limit = 0;
  /// Runs an inference that treats rows alone in so many parts, one after the other, so that what lies between the
  /// layers stays in the cache; must divide the rows. 0: as many as the sizes of activations, weights and cache
  /// suggest.
  int64_t parts = 0;
  /// Times several formulations of the Program and ways to realise its instructions, once, and takes the fastest:
  /// remembered in the file GRAFT_TUNE_FILE. The report tells what was timed.
  bool tune = false;
};

struct ContextOptions {
  int threads = 0;  ///< of its runs; 0: those of the Executable. Another number compiles the Program again, once.
};

/// A compiled Program: immutable, shared by any number of threads, each with its own Context.
class Executable {
 public:
  Executable() = default;
  /// Runs the passes, chooses layouts, plans the memory. Throws BackendError naming the step that oneDNN refused, or
  /// the least memory that it takes where the limit is below.
  Executable(const ops::Program& program, const ExecutableOptions& options = {});

  /// The memory for one thread to run it with. Contexts share the packed weights, whatever their threads.
  Context context(const ContextOptions& options = {}) const;
  std::string report() const;  ///< a table of the steps
  std::vector<StepReport> steps() const;
  const ops::Program& program() const;  ///< after the passes
  int threads() const;
  const std::string& precision() const;  ///< "float32" or "bf16"

  int64_t peak_bytes() const;     ///< the arena that a Context allocates
  int64_t bound_bytes() const;    ///< the largest sum of values alive at one step
  int64_t weights_bytes() const;  ///< variables and their packed copies
  int reorders() const;           ///< in every run; prepared ones are not counted
  int ref_steps() const;
  const std::string& tuning() const;  ///< what ExecutableOptions::tune has timed and chosen; empty without it
  int64_t parts() const;  ///< how many times the steps run, each time on the next rows: see ExecutableOptions

  explicit operator bool() const { return state_ != nullptr; }
  const std::shared_ptr<const ExecutableState>& state() const { return state_; }

 private:
  std::shared_ptr<const ExecutableState> state_;
};

/// The memory one caller runs an Executable with. Not for two threads at once: `run` throws ConfigError then. A run
/// sees every change of the weights that ended before it began, and none that is half done.
class Context {
 public:
  explicit Context(std::shared_ptr<const ExecutableState> executable);
  ~Context();
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;

  int threads() const;
  size_t inputs() const;
  size_t outputs() const;
  Binding input(size_t index) const;  ///< throws ShapeError when out of range
  Binding input(const std::string& name) const;
  Binding output(size_t index) const;
  void run();
  void set_seed(uint64_t seed);  ///< of this Context's random instructions; each run draws anew

  /// Runs that many times, after a first one that is not told of: when each step began and how long it took.
  std::vector<StepSpan> trace(int runs);
  /// The report with the median ms of each step over `runs` runs: each step over and over (alone), or one after the
  /// other in whole passes, as they run. Variables that the program updates move.
  std::vector<StepReport> time_steps(int runs, StepTiming timing = StepTiming::alone);

 private:
  std::unique_ptr<ContextState> state_;
};

}  // namespace graft
