#pragma once

// Everything a program that uses Graft needs: #include <graft/graft.h>.

#include "graft/core/env.h"
#include "graft/core/error.h"
#include "graft/core/initializer.h"
#include "graft/core/random.h"
#include "graft/core/tensor.h"
#include "graft/graph/graph.h"
#include "graft/graph/layers/layers.h"
#include "graft/graph/layers/registry.h"
#include "graft/models/inspect/lint.h"
#include "graft/models/model/model.h"
#include "graft/models/surgery/surgery.h"
#include "graft/models/training/training.h"
#include "graft/ops/program/variable.h"
#include "graft/ops/run/executable.h"
