#pragma once

// Arithmetic of tensors, recorded as layers; nothing is computed. Two tensors broadcast as in NumPy: they are aligned
// at the last dimension, and their dimensions are equal or 1. Axes count the batch as 0, negative ones from the end.
// What does not fit throws ShapeError with the caller's line. The functions are those of keras.ops.

#include "graft/graph/layers/operations/math/arithmetic.h"
#include "graft/graph/layers/operations/math/binary.h"
#include "graft/graph/layers/operations/math/elementwise.h"
#include "graft/graph/layers/operations/math/images.h"
#include "graft/graph/layers/operations/math/indices.h"
#include "graft/graph/layers/operations/math/nn.h"
#include "graft/graph/layers/operations/math/products.h"
#include "graft/graph/layers/operations/math/reductions.h"
#include "graft/graph/layers/operations/math/shapes.h"
