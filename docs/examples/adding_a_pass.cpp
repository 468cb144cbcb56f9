// A custom pass over a Program: the code of docs/adding_a_pass.md.
#include <graft/graft.h>
#include <graft/ops/passes/pass.h>
#include <graft/ops/passes/rewriter.h>
#include <graft/ops/primitives/elementwise/eltwise.h>

#include <iostream>

using namespace graft;
using namespace graft::ops;

static bool is_relu(const Instruction* instruction) {
  const auto* function = primitive_as<EltwiseForward>(instruction);
  return function && function->args.algorithm == Eltwise::relu && function->args.alpha == 0;
}

/// A relu of a relu's result changes nothing, so its readers read the first result.
static Program drop_second_relu(const Program& program) {
  Rewriter rewriter(program);
  for (const Instruction& i : program.instructions) {
    if (is_relu(&i) && is_relu(rewriter.index().producer(i.inputs[0])))
      rewriter.map(i.outputs[0], rewriter(i.inputs[0]));
    else
      rewriter.copy(i);
  }
  return rewriter.finish();
}

static Tensor run(const Program& program, const Tensor& x) {
  Context context = Executable(program).context();
  context.input(0).copy_from(x);
  context.run();
  return context.output(0).tensor();
}

int main() {
  Builder b;
  const Value x = b.input({2, 3}, "x");
  const Value once = b.eltwise(x, Eltwise::relu);
  const Value twice = b.eltwise(once, Eltwise::relu);
  const Program before = b.finish({b.add(once, twice)});
  const Program after = drop_second_relu(before);
  after.verify();
  std::cout << before.text() << '\n' << after.text();

  Tensor values(Shape{2, 3});
  Random random(1);
  for (float& value : values.data<float>()) value = random.uniform(-1, 1);
  const bool same = bit_equal(run(before, values), run(after, values));
  return same && after.instructions.size() + 1 == before.instructions.size() ? 0 : 1;
}
