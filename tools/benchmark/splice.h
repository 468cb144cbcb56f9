#pragma once

namespace graft::bench {

/// Prints how long it takes to join ResNet-50 to a head: with splice, and by calling every layer again by hand as in
/// Keras. The times are medians of `runs` runs, in turns.
void time_splice(int runs);

}  // namespace graft::bench
