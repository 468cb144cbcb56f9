#include "graft/tools/data/idx.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include "graft/core/file.h"
#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

using namespace graft;
using namespace std::string_literals;
using graft::test::error_text;
using graft::test::TemporaryFolder;

static const std::string kTwoByThree =
    "\0\0\x08\x02\0\0\0\x02\0\0\0\x03"
    "abcdef"s;

static std::string refused(const std::string& bytes) {
  const TemporaryFolder folder;
  write_file(folder / "a.idx", bytes);
  const std::string text = error_text<FormatError>([&] { tools::read_idx(folder / "a.idx"); });
  return text.substr(text.find("a.idx"));
}

static std::string gzipped(const std::string& bytes) {
  z_stream stream = {};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST_CASE("an IDX file is read, plain and gzip'd") {
  const TemporaryFolder folder;
  const Tensor expected(Shape{2, 3}, std::vector<uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'});
  write_file(folder / "plain", kTwoByThree);
  write_file(folder / "packed.gz", gzipped(kTwoByThree));
  CHECK(bit_equal(tools::read_idx(folder / "plain"), expected));
  CHECK(bit_equal(tools::read_idx(folder / "packed.gz"), expected));
}

TEST_CASE("damaged IDX files are refused by name and reason") {
  CHECK(refused("text") == "a.idx: is not an IDX file.");
  CHECK(refused("\0\0\x0d\x01\0\0\0\x01wxyz"s) == "a.idx: elements must be bytes (8); received type 13.");
  CHECK(refused(kTwoByThree.substr(0, 9)) == "a.idx: the file ends early, at byte 9.");
  CHECK(refused(kTwoByThree.substr(0, 15)) == "a.idx: the header promises (2, 3), 6 bytes; the file holds 3 of them.");
  CHECK(refused(kTwoByThree + "x") == "a.idx: the header promises (2, 3), 6 bytes; the file holds 7 of them.");
  const std::string packed = gzipped(kTwoByThree);
  CHECK(refused(packed.substr(0, packed.size() - 6)).starts_with("a.idx: cannot be unpacked: "));
}

TEST_CASE("an IDX file that is not there is named") {
  CHECK(error_text<FormatError>([] { tools::read_idx("none.gz"); }) ==
        "none.gz: cannot be opened: No such file or directory.");
}
