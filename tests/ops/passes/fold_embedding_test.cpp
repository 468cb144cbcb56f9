#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("fold_embedding: a dense layer of each word") {
  Builder b;
  const Value words = b.input({2, 3}, "words"), table = weight(b, "table", {50, 8}), w = weight(b, "w", {8, 4});
  const Value rows = b.reshape(named(b, "embedding", b.take(table, words, 0)), {6, 8});
  check_pass("fold_embedding", "a dense layer of each word",
             b.finish({named(b, "dense", b.inner_product(rows, w, weight(b, "bias", {4})))}));
}

TEST_CASE("fold_embedding: two dense layers and another reader") {
  Builder b;
  const Value words = b.input({6}, "words"), table = weight(b, "table", {50, 8});
  const Value rows = named(b, "embedding", b.take(table, words, 0));
  check_pass("fold_embedding", "two dense layers and another reader",
             b.finish({named(b, "one", b.inner_product(rows, weight(b, "w1", {8, 4}), {})),
                       named(b, "two", b.inner_product(rows, weight(b, "w2", {8, 5}), {})), rows}));
}

TEST_CASE("fold_embedding: not where rows change, numbers are of columns, or the table of products is large") {
  Builder b;
  const Value words = b.input({6}, "words"), table = weight(b, "table", {50, 8});
  const Value rows = named(b, "embedding", b.take(table, words, 0));
  const Value other = b.reshape(rows, {12, 4}), columns = b.take(table, b.input({4}, "columns"), 1);
  const Value large = b.take(weight(b, "large", {5000, 8}), words, 0);
  check_pass("fold_embedding", "not where rows change, numbers are of columns, or the table of products is large",
             b.finish({named(b, "other", b.inner_product(other, weight(b, "w1", {4, 4}), {})),
                       named(b, "columns", b.inner_product(columns, weight(b, "w2", {4, 4}), {})),
                       named(b, "large", b.inner_product(large, weight(b, "w3", {8, 4000}), {}))}));
}

TEST_CASE("fold_embedding: not where the table is trained") {
  Builder b;
  const Variable table("table", Tensor({50, 8}));
  const Value words = b.input({6}, "words"), whole = b.variable(table);
  const Value rows = named(b, "embedding", b.take(whole, words, 0));
  b.assign(table, b.scale(whole, 0.5f));
  check_pass("fold_embedding", "not where the table is trained",
             b.finish({named(b, "dense", b.inner_product(rows, weight(b, "w", {8, 4}), {}))}));
}
