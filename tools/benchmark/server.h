#pragma once

#include <nlohmann/json.hpp>

namespace graft::bench {

/// Answers lines of JSON on stdin with lines of JSON on stdout, as tools/benchmark/py/bench.py asks them of Graft and
/// its peers in turns, so that all see the same machine. Each question names a network and what is run of it:
///
///     {"do": "time", "model": "unet", "folder": ..., "training": false, "batch": 4, "precision": "float32", "threads":
///     2}
///
/// save     writes the network and a batch of rows into the folder, for all to read; {"parameters", "loss"}
/// check    {"losses"} of three training steps; or {"output"}, the file with the outputs for the batch in the folder
/// time     {"ms"} of a call, the mean of as many "calls" one after the other
/// steps    {"alone", "in_pass"}: the sum of the steps, each over and over, or one after the other as they run
/// report   {"peak", "bound"} in bytes, {"reorders", "ref"}
/// fit, callers, neighbour, joint   what a run costs beside its steps: see bench_conditions.h
/// forget   lets go of what the questions before have made
///
/// The first line tells the {"version"}. A question that cannot be answered gives {"error"}.
void serve();

}  // namespace graft::bench
