// Which formulation of a Program is the fastest on this machine: timed once, remembered in a file of lines
//
//     graft-tune 1
//     0123456789abcdef blocked
//
// whose first word names the Program, the options, the CPU and the version of oneDNN.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>

#include "graft/core/env.h"
#include "graft/core/file.h"
#include "graft/ops/executable_state.h"

namespace graft {

namespace {

constexpr const char* kHeader = "graft-tune 1";
constexpr double kSeconds = 0.3;         // for each formulation
constexpr double kWorthChanging = 0.97;  // of the usual one's time: less is noise

const std::vector<Formulation>& formulations() {
  static const std::vector<Formulation> all{
      {},
      {.name = "blocked", .blocked = true},
      {.name = "transposed convolutions as they are", .without = {"split_pixels"}},
      {.name = "sums apart", .without = {"fuse_sum"}},
      {.name = "functions apart", .without = {"fuse_eltwise", "fuse_norm"}},
  };
  return all;
}

const Formulation* find(const std::string& name) {
  for (const Formulation& f : formulations())
    if (f.name == name) return &f;
  return nullptr;
}

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name") || line.starts_with("Hardware")) return line;
  return "unknown";
}

// FNV-1a.
uint64_t hash(const std::string& text) {
  uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

std::string key_of(const ops::Program& program, const ExecutableOptions& options) {
  const dnnl_version_t* v = dnnl_version();
  const std::string text = cat(program.text(), options.threads, ' ', options.precision, ' ', options.memory_limit, ' ',
                               cpu_name(), ' ', env::cores(), ' ', v->major, '.', v->minor, '.', v->patch);
  std::ostringstream out;
  out << std::hex << std::setw(16) << std::setfill('0') << hash(text);
  return out.str();
}

/// What the file holds; `damage` tells why it was not taken.
std::map<std::string, std::string> remembered(const std::string& path, std::string& damage) {
  std::map<std::string, std::string> lines;
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) return lines;
  int number = 1;
  bool sound = line == kHeader;
  while (sound && std::getline(file, line)) {
    ++number;
    sound = line.size() > 17 && line[16] == ' ' && find(line.substr(17)) &&
            line.find_first_not_of("0123456789abcdef") == 16;
    if (sound) lines[line.substr(0, 16)] = line.substr(17);
  }
  if (sound) return lines;
  damage = cat("; ", path, " was damaged in line ", number, " and is written anew");
  return {};
}

// Tuning is a help, so a file that cannot be written is told of and nothing more.
std::string remember(const std::string& path, const std::map<std::string, std::string>& lines) {
  std::string text = cat(kHeader, '\n');
  for (const auto& [key, name] : lines) text += cat(key, ' ', name, '\n');
  try {
    if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty())
      std::filesystem::create_directories(folder);
    write_file(path, text);
    return cat("; remembered in ", path);
  } catch (const std::exception& error) {
    return cat("; not remembered: ", error.what());
  }
}

/// Puts the variables back to what they were: timing a training step moves them.
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
  const Formulation* formulation;
  std::shared_ptr<const ExecutableState> state;
  std::unique_ptr<Context> context;
  double best_ms = 1e300;
};

double run_ms(Context& context) {
  const auto start = std::chrono::steady_clock::now();
  context.run();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

bool runs_references(const ExecutableState& state) {
  return std::any_of(state.main.begin(), state.main.end(), [](const ops::Step* s) {
    return s->primitive != "copy" && onednn::is_reference(s->implementation);
  });
}

// Those that say something else than the usual one and run no reference implementation.
std::vector<Candidate> compile_candidates(const ops::Program& program, const ExecutableOptions& options) {
  std::vector<Candidate> out;
  for (const Formulation& f : formulations()) {
    auto state = compile_program(program, options, f);
    const bool same = !out.empty() && !f.blocked && state->program.text() == out[0].state->program.text();
    if (same || (!out.empty() && runs_references(*state))) continue;
    auto context = std::make_unique<Context>(state);
    out.push_back({&f, std::move(state), std::move(context)});
  }
  return out;
}

// In turns, so that all see the same machine.
void time_in_turns(std::vector<Candidate>& candidates) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  for (Candidate& c : candidates) c.context->run();
  for (int turn = 0; turn < 3 || seconds() < kSeconds * static_cast<double>(candidates.size()); ++turn)
    for (Candidate& c : candidates) c.best_ms = std::min(c.best_ms, run_ms(*c.context));
}

const Candidate& fastest(const std::vector<Candidate>& candidates) {
  const Candidate& best = *std::min_element(candidates.begin(), candidates.end(),
                                            [](const auto& a, const auto& b) { return a.best_ms < b.best_ms; });
  return best.best_ms < kWorthChanging * candidates[0].best_ms ? best : candidates[0];
}

}  // namespace

Formulation choose_formulation(const ops::Program& program, const ExecutableOptions& options, std::string& note) {
  const std::string path = env::tune_file(), key = key_of(program, options);
  std::string damage;
  std::map<std::string, std::string> lines = remembered(path, damage);
  if (const auto found = lines.find(key); found != lines.end()) {
    note = cat("tuned: \"", found->second, "\", as ", path, " remembers");
    return *find(found->second);
  }
  std::vector<Candidate> candidates = compile_candidates(program, options);
  {
    const Restored restored(*candidates[0].state);
    time_in_turns(candidates);
  }
  const Formulation chosen = *fastest(candidates).formulation;
  std::ostringstream times;
  for (const Candidate& c : candidates)
    times << (times.tellp() > 0 ? ", \"" : "\"") << c.formulation->name << "\" " << std::setprecision(4) << c.best_ms
          << " ms";
  lines[key] = chosen.name;
  note = cat("tuned: \"", chosen.name, "\" of ", times.str(), damage, remember(path, lines));
  return chosen;
}

}  // namespace graft
