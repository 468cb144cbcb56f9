#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/error_text.h"
#include "tests/support/walk.h"

namespace graft::test {

TEST_CASE("EarlyStopping stops after patience epochs without improvement and gives the best weights back") {
  Walk walk;
  const History h =
      walk.fit(10, {scripted({5, 4, 3, 3.5f, 3.6f, 1}), EarlyStopping({.patience = 2, .restore_best_weights = true})});
  CHECK(h.epoch == std::vector<int64_t>{0, 1, 2, 3, 4});
  CHECK(walk.weight() == 3);  // that of epoch 2, after three steps of 1
}

TEST_CASE("EarlyStopping takes min_delta and mode") {
  CHECK(Walk()
            .fit(10, {scripted({5, 4.9f, 4.8f, 4.7f}), EarlyStopping({.min_delta = 0.5, .patience = 2})})
            .epoch.size() == 3);
  CHECK(Walk().fit(4, {scripted({1, 2, 3, 4}), EarlyStopping({.patience = 1, .mode = "max"})}).epoch.size() == 4);
}

TEST_CASE("an epoch that is the best but no better than the baseline does not stop, and is waited for") {
  const auto epochs = [](std::initializer_list<float> values) {
    return Walk().fit(4, {scripted(values), EarlyStopping({.patience = 2, .baseline = 1})}).epoch.size();
  };
  CHECK(epochs({3, 2, 1.5f, 1}) == 4);
  CHECK(epochs({3, 2, 2.5f, 1}) == 3);
  CHECK(epochs({3, 0.5f, 0.6f, 0.7f}) == 4);
  CHECK(epochs({3, 4, 2, 1}) == 2);
}

TEST_CASE("a cosine similarity should grow, as accuracies should") {
  for (const char* name : {"val_cosine_similarity", "accuracy", "loss"}) {
    const Callback values = LambdaCallback({.on_epoch_end = [name](FitProgress&, int64_t epoch, Logs& logs) {
      logs.set(name, static_cast<float>(epoch));
    }});
    const History h = Walk().fit(4, {values, EarlyStopping({.monitor = name, .patience = 1})});
    CHECK(h.epoch.size() == (std::string(name) == "loss" ? 2 : 4));
  }
}

TEST_CASE("the error for an unknown monitored name lists the known ones") {
  CHECK(error_text<DataError>([] { Walk().fit(1, {EarlyStopping()}); }) ==
        "[EarlyStopping] there is no \"val_loss\"; known are loss.\n"
        "  Hint: fit makes val_ values of validation_data or validation_split.");
  CHECK(error_text<ConfigError>([] { EarlyStopping({.mode = "up"}); }) ==
        "[EarlyStopping] mode must be \"auto\", \"min\" or \"max\"; received \"up\".");
}

}  // namespace graft::test
