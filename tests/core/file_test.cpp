#include "graft/core/file.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using graft::test::error_text;
using graft::test::TemporaryFolder;

static size_t files_in(const TemporaryFolder& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

TEST_CASE("a written file is read back, and replaces the old one") {
  const TemporaryFolder folder;
  write_file(folder / "f", "old");
  write_file(folder / "f", std::string("new\0text", 8));
  CHECK(read_file(folder / "f") == std::string("new\0text", 8));
  CHECK(files_in(folder) == 1);
}

TEST_CASE("an uncommitted file leaves the old one and nothing else") {
  const TemporaryFolder folder;
  write_file(folder / "f", "old");
  {
    AtomicFile file(folder / "f");
    file.write("half of the new");
    CHECK(files_in(folder) == 2);
  }
  CHECK(read_file(folder / "f") == "old");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("a library may write to the temporary name") {
  const TemporaryFolder folder;
  AtomicFile file(folder / "f");
  std::filesystem::remove(file.temporary());
  std::ofstream(file.temporary()) << "by another";
  file.commit();
  CHECK(read_file(folder / "f") == "by another");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("files that cannot be written or read are named with the reason") {
  const TemporaryFolder folder;
  CHECK(error_text<BackendError>([&] { write_file(folder / "none" / "f", "x"); }) ==
        (folder / "none" / "f").string() + ": cannot be created: No such file or directory.");
  std::filesystem::create_directories(folder / "taken" / "inside");
  CHECK(error_text<BackendError>([&] { write_file(folder / "taken", "x"); }) ==
        (folder / "taken").string() + ": cannot be replaced: Is a directory.");
  CHECK(files_in(folder) == 1);
  CHECK(error_text<FormatError>([&] { read_file(folder / "none"); }) ==
        (folder / "none").string() + ": cannot be opened: No such file or directory.");
  CHECK(error_text<FormatError>([&] { read_file(folder.path()); }) ==
        folder.path().string() + ": expected a file; it is a folder.");
}
