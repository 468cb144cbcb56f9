#pragma once

// What compile, fit and evaluate take and give. Split by topic; this header gathers it.

#include "graft/models/callback.h"
#include "graft/models/data.h"
#include "graft/models/fit_config.h"
#include "graft/models/logs.h"
#include "graft/models/loss.h"
#include "graft/models/metric.h"
#include "graft/models/optimizer.h"
#include "graft/models/schedule.h"
#include "graft/models/trainer.h"
