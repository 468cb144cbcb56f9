#pragma once

#include <nlohmann/json.hpp>

namespace graft::bench {

// These functions measure what a run costs beside its steps, and how the machine affects it. Each compares two things
// that take turns within one run, and returns the medians and their ratio.

/// A step of `fit` (shuffling, gathering, metrics, logs) beside a bare step: {"step_ms", "fit_ms", "ratio"}.
nlohmann::json fit_overhead(const std::string& model, int64_t batch);
/// Calls of as many callers as there are cores, with a thread and a Context each, beside those of one such caller:
/// {"callers", "one_per_second", "all_per_second", "ratio"}.
nlohmann::json caller_scaling(const std::string& model, int64_t batch);
/// Runs on all cores beside a thread that keeps the first core busy, and runs on one thread without it:
/// {"one_thread_ms", "beside_busy_ms", "ratio"}, and of the steps of at least a fiftieth of the run the "slowest" of
/// these ratios with its "step".
nlohmann::json busy_neighbour(const std::string& model, int64_t batch, bool training);
/// A step of two plans of a DCGAN at 32x32x1, as one (JointTrainer) and one after the other: {"joint_ms", "turns_ms",
/// "ratio"}.
nlohmann::json joint_plans(int64_t batch);

}  // namespace graft::bench
