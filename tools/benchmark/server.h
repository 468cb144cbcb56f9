#pragma once

#include <nlohmann/json.hpp>

namespace graft::bench {

/// Answers lines of JSON on stdin with lines of JSON on stdout. tools/benchmark/py/bench.py asks Graft and its peers in
/// turns, so that all see the same machine. Each question names a network and how it is run:
///
///     {"do": "time", "model": "unet", "folder": ..., "training": false, "batch": 4, "precision": "float32", "threads":
///     2}
///
/// save     writes the network and a batch of rows into the folder, for all to read; {"parameters", "loss"}
/// check    {"losses"} of three training steps; or {"output"}, the file with the outputs for the batch in the folder
/// time     {"ms"} of a call, the mean of "calls" calls one after the other
/// steps    {"alone", "in_pass"}: the sum of the steps, each timed repeatedly, or one after the other as they run
/// report   {"peak", "bound"} in bytes, {"reorders", "ref"}
/// fit, callers, neighbour, joint   what a run costs beside its steps: see tools/benchmark/conditions.h
/// forget   frees what earlier questions have made
///
/// The first line is the {"version"}. The answer to a question that cannot be answered is {"error"}.
void serve();

}  // namespace graft::bench
