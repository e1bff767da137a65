"""Writes hubdata/_commands.py from the program's own list of its commands and flags:

    hubdata __commands | python3 python/generate.py >python/hubdata/_commands.py

A command that prints JSON becomes a function. make docs runs this.
"""

import json
import keyword
import sys
import textwrap

# What a function returns, by command; Summary for others.
KINDS = {
    "check": "Check",
    "convert": "Conversion",
    "demo": "Demo",
    "eval": "Evaluation",
    "filter": "Filtered",
    "folds": "FoldSets",
    "merge": "Merged",
    "pseudo": "PseudoLabels",
    "report": "Report",
    "show": "Picture",
    "stats": "Stats",
    "submission check": "SubmissionCheck",
    "submission decode": "Submission",
    "submission encode": "EncodedSubmission",
    "submission score": "SubmissionScore",
    "tune": "Tuning",
    "verify": "Verification",
    "version": "Version",
}

# Flags that choose the form of what is printed, which here is always JSON.
OMITTED = {
    "": {"json", "quiet"},
    "check": {"list"},
    "show": {"terminal"},
    "stats": {"csv", "no-bars"},
}

# Arguments: their names here, and whether they may be in memory.
ARGUMENTS = {
    "DIR": ("folder", False),
    "DT": ("results", True),
    "FILE": ("source", True),
    "GT": ("truth", True),
    "IN": ("source", True),
    "PREDICTIONS": ("predictions", True),
    "RESULTS": ("results", True),
}

WIDTH = 112


def main():
    commands = [c for c in json.load(sys.stdin)["commands"] if any(f["names"][0] == "json" for f in c["flags"])]
    functions = [function(c) for c in commands]
    names = sorted(identifier(c["name"]) for c in commands)
    kinds = sorted({KINDS.get(c["name"], "Summary") for c in commands})
    out = [
        '"""The commands as functions. Made from their help by make docs: see generate.py."""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Any, Dict, List, Optional, Tuple",
        "",
        "from ._call import call",
        "from ._summary import (",
        *("    %s," % kind for kind in kinds),
        ")",
        "from ._values import Duration, Input, Pairs, StrPath, Values, seconds",
        "",
        "__all__ = [",
        *('    "%s",' % name for name in names),
        "]",
    ]
    sys.stdout.write("\n".join(out) + "\n" + "".join("\n\n" + f + "\n" for f in functions))


def identifier(name):
    """Names a command or flag in Python: class is class_, max-dets is max_dets."""
    name = name.replace("-", "_").replace(" ", "_")
    return name + "_" if keyword.iskeyword(name) else name


def function(command):
    kind = KINDS.get(command["name"], "Summary")
    omitted = OMITTED[""] | OMITTED.get(command["name"], set())
    flags = [Flag(f) for f in command["flags"] if f["names"][0] not in omitted]
    arguments = []
    for a in command["arguments"]:
        arguments.append(Argument(a, [earlier.name for earlier in arguments]))
    taken = [x.name for x in arguments + flags]
    twice = {name for name in taken if taken.count(name) > 1}
    if twice:
        sys.exit("%s: the name %s is taken twice" % (command["name"], ", ".join(sorted(twice))))

    parameters = [a.parameter() for a in arguments]
    if flags and not any(p.startswith("*") for p in parameters):
        parameters.append("*")
    parameters += [f.parameter() for f in flags]
    lines = ["def %s(" % identifier(command["name"])]
    lines += ["    %s," % p for p in parameters]
    lines += [") -> %s:" % kind]
    lines += docstring(command, arguments, flags)
    # A name in Python may shadow one that the body needs: the body uses nothing but names of the imports.
    lines += ["    arguments: List[Tuple[str, Any]] = [%s]" % ", ".join(a.pair() for a in arguments if not a.repeated)]
    for a in arguments:
        if a.repeated:
            lines += ['    arguments += [("%s", value) for value in %s]' % (a.file, a.name)]
    lines += ["    flags: Dict[str, Any] = {"]
    lines += ['        "--%s": %s,' % (f.flag, f.value()) for f in flags]
    lines += ["    }"]
    repeated = ["--" + f.flag for f in flags if f.type == "strings"]
    words = ", ".join('"%s"' % w for w in command["name"].split())
    more = ", [%s]" % ", ".join('"%s"' % r for r in repeated) if repeated else ""
    lines += ["    return call(%s, [%s], arguments, flags%s)" % (kind, words, more)]
    return "\n".join(lines)


class Argument:
    def __init__(self, of, earlier):
        words = of["name"].split("|")
        known = [ARGUMENTS.get(w, (identifier(w.lower()), False)) for w in words]
        self.in_memory = any(memory for _, memory in known)
        self.optional = of.get("optional", False)
        self.repeated = of.get("repeated", False)
        # What is a file or a folder is called as the file is.
        self.file = next((name for name, memory in known if memory), known[0][0])
        self.name = self.file
        if self.repeated:
            self.name = "more" if self.name in earlier else self.name + "s"
        elif self.name in earlier:
            self.name = "other"

    def type(self):
        return "Input" if self.in_memory else "StrPath"

    def parameter(self):
        if self.repeated:
            return "*%s: %s" % (self.name, self.type())
        if self.optional:
            return "%s: Optional[%s] = None" % (self.name, self.type())
        return "%s: %s" % (self.name, self.type())

    def pair(self):
        return '("%s", %s)' % (self.file, self.name)


class Flag:
    def __init__(self, of):
        self.flag = max(of["names"][:1] + [n for n in of["names"] if len(n) > 1][:1], key=len)
        self.name = identifier(self.flag)
        self.type = of["type"]
        self.placeholder = of.get("value", "")
        self.help = of["help"]
        self.required = of.get("required", False)

    def annotation(self):
        if self.type in ("bool", "int", "float"):
            return self.type
        if self.type == "duration":
            return "Duration"
        if "=" in self.placeholder:
            return "Pairs"
        if self.type == "string" and self.placeholder in ("FILE", "DIR", "OUT"):
            return "StrPath"
        return "Values"

    def parameter(self):
        if self.required:
            return "%s: %s" % (self.name, self.annotation())
        return "%s: Optional[%s] = None" % (self.name, self.annotation())

    def value(self):
        return "seconds(%s)" % self.name if self.type == "duration" else self.name


def docstring(command, arguments, flags):
    summary = command["summary"]
    lines = ['    """%s.' % (summary[:1].upper() + summary[1:]), ""]
    usage = " ".join(
        ("[%s%s]" if a.get("optional") else "%s%s") % (a["name"], "..." if a.get("repeated") else "")
        for a in command["arguments"]
    )
    line = ("hubdata %s %s" % (command["name"], usage)).strip()
    lines += ['    Runs "%s"; hubdata %s --help says more.' % (line, command["name"])]
    if flags:
        lines += ["", "    Args:"]
    for f in flags:
        text = "%s: %s." % (f.name, f.help.replace("\\", "\\\\").rstrip("."))
        lines += textwrap.wrap(
            text, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 12, break_on_hyphens=False, break_long_words=False
        )
    return lines + ['    """']


if __name__ == "__main__":
    main()
