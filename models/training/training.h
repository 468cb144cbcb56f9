#pragma once

// What compile, fit and evaluate take and give. Split by topic; this header gathers it.

#include "graft/models/step/trainer.h"
#include "graft/models/training/callback.h"
#include "graft/models/training/data.h"
#include "graft/models/training/fit_config.h"
#include "graft/models/training/logs.h"
#include "graft/models/training/loss.h"
#include "graft/models/training/metric.h"
#include "graft/models/training/optimizer.h"
#include "graft/models/training/schedule.h"
