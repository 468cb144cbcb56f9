#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <new>
#include <string>

#include "graft/core/error.h"
#include "graft/ops/run/about.h"
#include "graft/tools/graft/command.h"

// Threads that spin long between steps would take the cores from each other. The OpenMP library reads the setting when
// it is loaded, before main, so that the program must start again.
static void spin_briefly(char** argv) {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  ::setenv("GOMP_SPINCOUNT", "1000", 1);
  ::execv("/proc/self/exe", argv);  // if this fails, the program is only slower
}

static std::string one_line(const std::string& message) {
  std::string line;
  for (const char c : message)
    if (c != '\n')
      line += c;
    else
      line += ' ';
  for (size_t gap = line.find("  "); gap != std::string::npos; gap = line.find("  ")) line.erase(gap, 1);
  return line;
}

static int fail(const std::string& message, int status) {
  std::cout.flush();
  std::cerr << "error: " << one_line(message) << '\n';
  return status;
}

static std::string version_text() {
  const graft::About about = graft::about();
  return graft::cat("graft ", about.version, "\noneDNN ", about.onednn, "\ncompiler ", about.compiler,
                    "\ninstruction set ", about.kernel_isa, " in Graft's kernels, ", about.onednn_isa, " in oneDNN");
}

// The error for an unknown command, of which the parser would only say that a command is missing; empty for a known
// one.
static std::string unknown_command(const CLI::App& app, const std::string& given) {
  std::string known;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == given) return {};
    known += (known.empty() ? "" : ", ") + command->get_name();
  }
  return "there is no command \"" + given + "\"; the commands are " + known;
}

int main(int argc, char** argv) {
  constexpr int kBadInput = 1, kWrongUsage = 2;
  spin_briefly(argv);
  CLI::App app("Inspects, runs, joins and checks saved models.", "graft");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text, "Prints the versions of Graft and oneDNN, and the instruction sets");
  app.get_formatter()->column_width(34);
  app.footer(
      "MODEL is a saved folder, its model.json, or a .keras or .h5 file of Keras.\n"
      "Exit code: 0 on success, 1 on bad input, 2 on wrong usage. graft COMMAND --help prints the options.");
  graft::tool::add_summary(app);
  graft::tool::add_plot(app);
  graft::tool::add_predict(app);
  graft::tool::add_convert(app);
  graft::tool::add_splice(app);
  graft::tool::add_compile(app);
  graft::tool::add_bench(app);
  graft::tool::add_verify(app);
  graft::tool::add_lint(app);
  graft::tool::add_layers(app);
  if (argc > 1 && argv[1][0] != '-')
    if (const std::string unknown = unknown_command(app, argv[1]); !unknown.empty()) return fail(unknown, kWrongUsage);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& done) {  // the command has printed its result
    return done.get_exit_code();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    return fail(std::string(error.what()) + " (graft --help prints the commands)", kWrongUsage);
  } catch (const graft::Error& error) {
    return fail(error.what(), kBadInput);
  } catch (const std::bad_alloc&) {
    return fail("there is not enough memory", kBadInput);
  } catch (const std::exception& error) {
    return fail(error.what(), kBadInput);
  }
  return 0;
}
