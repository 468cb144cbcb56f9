#include <doctest/doctest.h>

#include "graft/graft.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/walk.h"

namespace graft::test {

TEST_CASE("ModelCheckpoint keeps every epoch by name, or the best alone") {
  const TemporaryFolder folder;
  Walk walk;
  walk.fit(3, {ModelCheckpoint({.path = folder / "at_{epoch:02d}"})});
  for (const char* name : {"at_01", "at_02", "at_03"}) CHECK(std::filesystem::exists(folder / name));
  CHECK(load_model(folder / "at_02").get_weights()[0].item() == 2);
  walk.fit(4,
           {scripted({3, 1, 2, 4}),
            ModelCheckpoint({.path = folder / "best.safetensors", .save_best_only = true, .save_weights_only = true})});
  Walk other;
  other.model.load_weights(folder / "best.safetensors");
  CHECK(other.weight() == 5);  // three steps of the first fit and two of the second
}

}  // namespace graft::test
