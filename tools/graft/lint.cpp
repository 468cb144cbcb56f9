#include <iostream>

#include "graft/models/inspect/lint.h"
#include "graft/tools/graft/command.h"

namespace graft::tool {

using Json = nlohmann::ordered_json;

static Json findings_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings)
    list.push_back(
        {{"rule", finding.rule}, {"layer", finding.layer}, {"message", finding.message}, {"hint", finding.hint}});
  return list;
}

static void print(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) std::cout << finding.str() << '\n';
  if (findings.empty()) std::cout << "no findings\n";
}

void add_lint(CLI::App& app) {
  struct Arguments {
    ModelArgument model;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "lint", "Finds mistakes in sharing, grafting and freezing; the exit code is 1 if there are any");
  add_model(*command, arguments->model);
  command->add_flag("--json", arguments->json, "Print one JSON object and nothing else");
  command->callback([arguments] {
    const Model model = arguments->model.load();
    const std::vector<Finding> findings = lint(model);
    if (arguments->json)
      std::cout << Json{{"model", model.name()}, {"findings", findings_json(findings)}}.dump(1) << '\n';
    else
      print(findings);
    if (!findings.empty()) throw CLI::RuntimeError(1);
  });
}

}  // namespace graft::tool
