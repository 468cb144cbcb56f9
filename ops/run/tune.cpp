// Finds the fastest formulation of a Program on this machine, and remembers it, so that each Program is timed only
// once. First it times the whole Program in formulations that differ in passes and in the layout of images. Then it
// times, within the best of those, the ways to realise each instruction.

#include "graft/ops/run/tune.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <iomanip>
#include <set>
#include <sstream>

#include "graft/core/env.h"
#include "graft/core/error.h"
#include "graft/ops/compile/compile.h"
#include "graft/ops/program/primitive.h"
#include "graft/ops/run/context.h"
#include "graft/ops/run/tune_file.h"

namespace graft {

namespace {

using ops::Ways;

constexpr double kSeconds = 0.3;         // of timing for each formulation, at least
constexpr double kWorthChanging = 0.97;  // share of the usual time that another must stay below: less gain is noise
constexpr int kPasses = 7;               // the fewest runs in which the steps are timed

const std::vector<Formulation>& formulations() {
  static const std::vector<Formulation> all{
      {},
      {.name = "blocked", .without = {"use_winograd"}, .blocked = true},
      {.name = "convolutions as they are", .without = {"use_winograd"}},
      {.name = "transposed convolutions as they are", .without = {"split_pixels"}},
      {.name = "sums apart", .without = {"fuse_sum"}},
      {.name = "functions apart", .without = {"fuse_eltwise", "fuse_norm"}},
      {.name = "gradients of convolutions as they are", .without = {"multiply_windows"}},
      {.name = "gradients of convolutions as matrix products", .with = {"multiply_all_windows"}},
  };
  return all;
}

const Formulation* find_formulation(const std::string& name) {
  for (const Formulation& f : formulations())
    if (f.name == name) return &f;
  return nullptr;
}

/// The options that the times depend on, as part of the key in the tune file.
std::string settings_of(const ExecutableOptions& options) {
  return cat(options.threads, ' ', options.precision, ' ', options.memory_limit, ' ', options.parts);
}

/// Gives the variables their old values back when it is destroyed, because timing a training step changes them.
class Restored {
 public:
  explicit Restored(const ExecutableState& state) {
    for (const auto& u : state.updated) saved_.emplace_back(u.variable, u.variable.value());
  }
  ~Restored() {
    for (auto& [variable, value] : saved_) variable.assign(value);
  }
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;

 private:
  std::vector<std::pair<Variable, Tensor>> saved_;
};

struct Candidate {
  Formulation formulation;
  std::shared_ptr<const ExecutableState> state;
  std::unique_ptr<Context> context;
  double best_ms = 1e300;
};

Candidate candidate(const Formulation& formulation, std::shared_ptr<const ExecutableState> state) {
  auto context = std::make_unique<Context>(state);
  return {formulation, std::move(state), std::move(context)};
}

bool is_reference(const ops::Step& step) {
  return step.kind != ops::StepKind::copy && onednn::is_reference(step.implementation);
}

bool runs_references(const ExecutableState& state) {
  return std::any_of(state.main.begin(), state.main.end(), [](const ops::Step* s) { return is_reference(*s); });
}

// Compiles the usual formulation, and those of the others that change the Program or its layouts and run no reference
// implementation.
std::vector<Candidate> compile_candidates(const ops::Program& program, const ExecutableOptions& options) {
  std::vector<Candidate> out;
  for (const Formulation& f : formulations()) {
    auto state = compile_program(program, options, f);
    const bool same = !out.empty() && !f.blocked && state->program.text() == out[0].state->program.text();
    if (same || (!out.empty() && runs_references(*state))) continue;
    out.push_back(candidate(f, std::move(state)));
  }
  return out;
}

double run_ms(Context& context) {
  const auto start = std::chrono::steady_clock::now();
  context.run();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// Calls body for all candidates in turn, until each has had its time. Taking turns lets a busy moment of the machine
/// slow all candidates alike.
template <class Body>
void in_turns(std::vector<Candidate>& candidates, int least, const Body& body) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  for (int turn = 0; turn < least || seconds() < kSeconds * static_cast<double>(candidates.size()); ++turn)
    for (Candidate& c : candidates) body(c);
}

void time_whole(std::vector<Candidate>& candidates) {
  for (Candidate& c : candidates) c.context->run();
  in_turns(candidates, 3, [](Candidate& c) { c.best_ms = std::min(c.best_ms, run_ms(*c.context)); });
}

const Candidate& fastest(const std::vector<Candidate>& candidates) {
  const Candidate& best = *std::min_element(candidates.begin(), candidates.end(),
                                            [](const auto& a, const auto& b) { return a.best_ms < b.best_ms; });
  return best.best_ms < kWorthChanging * candidates[0].best_ms ? best : candidates[0];
}

// -- the ways of instructions -----------------------------------------------------------------------------------------

/// The ways of those instructions of a Program that have several, by signature.
std::map<std::string, std::vector<std::string_view>> ways_of(const ops::Program& program) {
  std::map<std::string, std::vector<std::string_view>> out;
  for (const ops::Instruction& i : program.instructions)
    if (const auto ways = ops::ways_of(program, i); !ways.empty()) out[ops::signature(program, i)] = ways;
  return out;
}

/// Returns the usual candidate, and for each k one in which all instructions that have a k-th way take it.
std::vector<Candidate> compile_ways(const ops::Program& program, const ExecutableOptions& options, Candidate usual,
                                    const std::map<std::string, std::vector<std::string_view>>& ways) {
  const Formulation within = usual.formulation;
  std::vector<Candidate> out;
  out.push_back(std::move(usual));
  for (size_t k = 0;; ++k) {
    Formulation f = within;
    for (const auto& [signature, names] : ways)
      if (k < names.size()) f.ways[signature] = names[k];
    if (f.ways.size() == within.ways.size()) return out;
    try {
      out.push_back(candidate(f, compile_program(program, options, f)));
    } catch (const BackendError&) {  // oneDNN lacks one of the ways for these shapes: no k-th way is timed
    }
  }
}

/// The time of a run in ms, by signature: the sum over all steps of its instructions and over the reorders that they
/// need. Signatures that run a reference implementation are left out.
using Times = std::map<std::string, double>;
Times step_times(const Candidate& c, const std::vector<double>& ms) {
  const ExecutableState& state = *c.state;
  Times out;
  std::set<std::string> refused;
  for (size_t k = 0; k < state.main.size(); ++k) {
    const ops::Step& step = *state.main[k];
    if (step.instruction < 0) continue;
    const ops::Instruction& i = state.program.instructions[static_cast<size_t>(step.instruction)];
    const std::string signature = ops::signature(state.program, i);
    out[signature] += ms[k];
    if (is_reference(step)) refused.insert(signature);
  }
  for (const std::string& signature : refused) out.erase(signature);
  return out;
}

std::vector<Times> time_steps(std::vector<Candidate>& candidates) {
  std::vector<std::vector<double>> best(candidates.size());
  in_turns(candidates, kPasses, [&](Candidate& c) {
    std::vector<double>& ms = best[static_cast<size_t>(&c - candidates.data())];
    const std::vector<StepReport> steps = c.context->time_steps(1, StepTiming::in_pass);
    ms.resize(steps.size(), 1e300);
    for (size_t k = 0; k < steps.size(); ++k) ms[k] = std::min(ms[k], steps[k].ms);
  });
  std::vector<Times> out;
  for (const Candidate& c : candidates) out.push_back(step_times(c, best[static_cast<size_t>(&c - candidates.data())]));
  return out;
}

/// A way that is faster for an instruction than the one by its rule, with both times.
struct Change {
  std::string signature, way;
  double usual_ms, ms;
};

std::vector<Change> faster_ways(const std::vector<Candidate>& candidates, const std::vector<Times>& times,
                                const std::map<std::string, std::vector<std::string_view>>& ways) {
  std::vector<Change> out;
  for (const auto& [signature, names] : ways) {
    const auto usual = times[0].find(signature);
    if (usual == times[0].end()) continue;  // it runs a reference implementation, or is executed ahead of the runs
    Change change{signature, "", usual->second, usual->second};
    for (size_t k = 1; k < candidates.size(); ++k) {
      const auto way = candidates[k].formulation.ways.find(signature);
      const auto found = times[k].find(signature);
      if (way == candidates[k].formulation.ways.end() || found == times[k].end() || found->second >= change.ms)
        continue;
      change.way = way->second;
      change.ms = found->second;
    }
    if (!change.way.empty() && change.ms < kWorthChanging * change.usual_ms) out.push_back(change);
  }
  return out;
}

std::string text_of(double ms) {
  std::ostringstream out;
  out << std::setprecision(4) << ms << " ms";
  return out.str();
}

/// Returns the formulation with the ways that were faster for their steps, if a whole run is faster with them, else
/// without.
Formulation with_ways(const ops::Program& program, const ExecutableOptions& options, const Formulation& within,
                      std::string& note) {
  Candidate usual = candidate(within, compile_program(program, options, within));
  const auto ways = ways_of(usual.state->program);
  if (ways.empty()) return within;
  std::vector<Candidate> candidates = compile_ways(program, options, std::move(usual), ways);
  const std::vector<Change> changes = faster_ways(candidates, time_steps(candidates), ways);
  if (changes.empty()) return within;
  Formulation composed = within;
  for (const Change& c : changes) composed.ways[c.signature] = c.way;
  candidates.resize(1);
  candidates.push_back(candidate(composed, compile_program(program, options, composed)));
  time_whole(candidates);
  const bool better = candidates[1].best_ms < candidates[0].best_ms;
  note += cat("; ways of instructions ", better ? "taken" : "left", ", ", text_of(candidates[1].best_ms),
              " instead of ", text_of(candidates[0].best_ms), " in all:");
  for (const Change& c : changes)
    note += cat(" ", c.signature, ": ", c.way, ", ", text_of(c.ms), " instead of ", text_of(c.usual_ms), ';');
  note.pop_back();
  return better ? composed : within;
}

// -- remembering ------------------------------------------------------------------------------------------------------

// A way is remembered by its signature and its Program, because the same product may prefer another way where its
// weights are trained.
std::string text_of_way(const ops::Program& program, const std::string& signature, const std::string& settings) {
  return cat(program.text(), signature, ' ', settings);
}

/// Returns the formulation that the file has for the Program, with the ways that it has for the instructions.
std::optional<Formulation> remembered(const TuneFile& file, const ops::Program& program,
                                      const ExecutableOptions& options) {
  const std::string settings = settings_of(options);
  const auto name = file.find(cat(program.text(), settings));
  const Formulation* known = name ? find_formulation(*name) : nullptr;
  if (!known) return std::nullopt;
  Formulation out = *known;
  for (const auto& [signature, names] : ways_of(compile_program(program, options, out)->program)) {
    const auto way = file.find(text_of_way(program, signature, settings));
    if (way && std::find(names.begin(), names.end(), *way) != names.end()) out.ways[signature] = *way;
  }
  return out;
}

void remember(TuneFile& file, const ops::Program& program, const ExecutableOptions& options,
              const Formulation& chosen) {
  const std::string settings = settings_of(options);
  file.set(cat(program.text(), settings), chosen.name);
  for (const auto& [signature, names] : ways_of(compile_program(program, options, chosen)->program)) {
    const auto way = chosen.ways.find(signature);
    file.set(text_of_way(program, signature, settings), way == chosen.ways.end() ? "usual" : way->second);
  }
  file.save();
}

}  // namespace

Formulation choose_formulation(const ops::Program& program, const ExecutableOptions& options, std::string& note) {
  TuneFile file(env::tune_file());
  if (const auto found = remembered(file, program, options)) {
    note = cat("tuned: \"", found->name, '"');
    for (const auto& [signature, way] : found->ways) note += cat(", ", signature, ": ", way);
    note += cat(", as remembered in ", file.path());
    return *found;
  }
  std::vector<Candidate> candidates = compile_candidates(program, options);
  const Restored restored(*candidates[0].state);
  time_whole(candidates);
  const Formulation whole = fastest(candidates).formulation;
  note = cat("tuned: \"", whole.name, "\" of ");
  for (const Candidate& c : candidates)
    note += cat(&c == candidates.data() ? "\"" : ", \"", c.formulation.name, "\" ", text_of(c.best_ms));
  candidates.clear();  // frees their memory
  Formulation chosen = with_ways(program, options, whole, note);
  remember(file, program, options, chosen);
  note += file.note();
  return chosen;
}

}  // namespace graft
