"""Prints as JSON which of the modules in argv[1], pairs of module and package, Python finds, and their versions."""
import importlib.util
import json
import sys

real, sys.stdout = sys.stdout, sys.stderr  # packages may print while they are imported
try:
    from importlib.metadata import version
except ImportError:  # before Python 3.8
    def version(name):
        return __import__("pkg_resources").get_distribution(name).version
answers = {}
for module, package in json.loads(sys.argv[1]):
    answer = {"found": False, "version": "", "error": ""}
    try:
        answer["found"] = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError as e:
        if e.name and not (module + ".").startswith(e.name + "."):
            answer["error"] = str(e)
    except Exception as e:
        answer["error"] = type(e).__name__ + ": " + (str(e).splitlines() or [""])[0]
    top = module.split(".")[0]
    for name in [package, module, top]:
        try:
            answer["version"] = answer["version"] or version(name) or ""
        except Exception:
            pass
    answer["version"] = answer["version"] or str(getattr(sys.modules.get(top), "__version__", "") or "")
    answers[module] = answer
real.write("\n" + json.dumps(answers) + "\n")
