#!/usr/bin/env python3
"""Fails, with a list, where a public name of the library is not documented as it should be.

    public_names.py INCLUDE XML

INCLUDE is the folder of the headers, which are read once more without Doxygen, so that a name which Doxygen does not
see is missed too; XML is the folder of Doxygen's XML. What is asked for stands in the functions `check_…`.
"""

import collections
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # nothing is left beside the sources

import headers
import reference

INTERNAL_MACROS = r"CONCRETE_(ALWAYS_INLINE|NEVER_INLINE|INLINE_LAMBDA|FLATTEN|WRAPS|NO_UNROLLING|LANES_APART|KEEPS_ORDER|BEGIN_AS_WRITTEN|END_AS_WRITTEN)"
DISTRIBUTIONS = "Bernoulli|BinaryConcrete|Concrete|Discrete|ExpConcrete|LogitBinaryConcrete"
SHAPE = r"\b[n1k] x |\bshape\b|\bScalar\b|\bnumber|\bone value\b|\{|\bwhat .* returns\b|\bas `?\w+`? in |\bwritable\b"
NATS = r"concrete::(entropy|kl_divergence|relaxed_kl|relaxed_mass_kl|discrete_kl|importance_weighted)|.*::log_prob"
SOURCED = rf"concrete::({DISTRIBUTIONS}|Engine|ExponentialAnnealing)"


class Library:
    """The declarations of all headers."""

    def __init__(self, include):
        self.classes, self.names, self.functions = {}, collections.defaultdict(list), []
        members = []
        for path in sorted(include.rglob("*.hpp")):
            name = str(path.relative_to(include))
            classes, of_namespace, functions = headers.read(path, name)
            self.classes.update(classes)
            self.functions += functions
            members += of_namespace
            for macro in headers.macros(path, name):
                if not re.fullmatch(INTERNAL_MACROS, macro.name) and not self.names[macro.name]:
                    self.names[macro.name].append(macro)
        for member in members:
            self.names[f"concrete::{member.name}"].append(member)
        for scope, declaration in self.classes.values():
            if not scope.is_interface:
                continue
            self.names[f"concrete::{scope.name}"].append(declaration)
            for member in headers.members_of(scope, self.classes):
                if member.name not in scope.template_parameters:  # documented as one
                    self.names[f"concrete::{scope.name}::{member.name}"].append(member)

    def failing(self):
        """Names of functions of which every overload may end in detail::fail(), itself or by what it calls."""
        overloads = collections.defaultdict(list)
        for function in self.functions:
            overloads[function.name].append(called_in(function))
        found = {"fail"}
        while True:
            more = {name for name, calls in overloads.items() if all(each & found for each in calls)} - found
            if not more:
                return found
            found |= more


def called_in(function):
    return set(re.findall(r"\b(\w+)(?:<[^;(){}]*>)?\(", function.head.split(") :")[-1] + function.body))


def is_operator(entry):
    return "::operator" in entry.name and not entry.name.endswith("operator()")


# ---- What is asked for: each yields what an entry lacks ----


def check_words(entry):
    if not entry.brief:
        yield "says nothing"
    for name in entry.template_parameters:
        documented = entry.lists.get("templateparam", {}).get(name)
        # What is deduced from a parameter is documented with it.
        if not documented and not any(re.search(rf"(?<!\w){name}\b|const{name}\b", of) for of, _ in entry.parameters):
            yield f"template parameter {name}"


def check_parameters_and_result(entry):
    if entry.kind not in ("function", "define") or is_operator(entry):
        return
    for _, name in entry.parameters:
        if name and not entry.lists.get("param", {}).get(name):
            yield f"parameter {name}"
    if entry.returns not in ("", "void") and not entry.sections.get("return"):
        yield "what it returns"


def check_shapes(entry):
    if entry.kind != "function" or is_operator(entry):
        return
    scalars = {"T", "Engine", "Sequence", "Q", "P"}
    for of, name in entry.parameters:
        of = re.sub(r"^const|&", "", of)
        is_matrix = of in set(entry.template_parameters) - scalars
        is_matrix |= bool(re.match("Eigen::MatrixBase|Probabilities|Odds|Logits", of))
        if is_matrix and not re.search(SHAPE, entry.lists.get("param", {}).get(name, "")):
            yield f"shape of {name}"
    if re.match("auto|Logits|.*Gradient<", entry.returns) and not re.search(SHAPE, entry.sections.get("return", "")):
        yield "shape of what it returns"


def check_units_and_sources(entry):
    if re.fullmatch(NATS, entry.name) and entry.kind == "function" and "nats" not in entry.text:
        yield "unit, nats"
    is_training = entry.kind == "function" and "concrete/training/" in entry.location and "::operator" not in entry.name
    has_source = re.fullmatch(SOURCED, entry.name) or is_training and not entry.name.endswith("_gradient")
    if has_source and entry.kind in ("class", "struct", "function") and "see" not in entry.sections:
        yield "source, \\see"
    if re.fullmatch(f"concrete::({DISTRIBUTIONS})", entry.name) and entry.kind == "class" and not entry.has_formulas:
        yield "formulas"


def check_errors(entry, declarations, failing):
    """declarations are those of the name with the same parameters: several if they differ in constraints alone."""
    says = "exception" in entry.lists
    if any(can_fail(d, failing) for d in declarations) and not says:
        yield "errors, \\throws"
    if any("noexcept" in d.head for d in declarations) and says:
        yield "is noexcept, but \\throws"


def can_fail(declaration, failing):
    """By what it calls; and constructors of distributions do."""
    is_checked = re.fullmatch(DISTRIBUTIONS, declaration.name) and declaration.kind == "constructor"
    return bool(is_checked or called_in(declaration) & failing)


# ---- The list ----


def check_presence(library, entries):
    """Every name as often as it is declared, and no other."""
    documented = collections.Counter(entry.name for entry in entries)
    for name, declarations in library.names.items():
        if documented[name] != len(declarations):
            first = declarations[0]
            counts = f"declared {len(declarations)} times, documented {documented[name]}"
            yield f"{first.file}:{first.line}: {name}: {counts}"
    for name in set(documented) - set(library.names) - {"concrete"}:
        yield f"{name}: documented, but no public name of the headers"


def check_entries(library, entries):
    failing = library.failing()
    for entry in entries:
        same = [d for d in library.names[entry.name] if list(d.parameters) == entry.parameters]
        if entry.kind == "function" and not same:
            yield f"{entry.name}: documented with other parameters than declared: {entry.parameters}"
        missing = [
            *check_words(entry),
            *check_parameters_and_result(entry),
            *check_shapes(entry),
            *check_units_and_sources(entry),
            *(check_errors(entry, same, failing) if entry.kind == "function" else ()),
        ]
        where = [f"{d.file}:{d.line}: " for d in same or library.names[entry.name]][:1]
        parameters = ", ".join(name for _, name in entry.parameters)
        for each in missing:
            yield f"{''.join(where)}{entry.name}({parameters}): {each}"


def main():
    include, xml = map(pathlib.Path, sys.argv[1:])
    library, entries = Library(include), reference.read(xml)
    problems = sorted({*check_presence(library, entries), *check_entries(library, entries)})
    print("\n".join(problems) or f"{len(entries)} public names are documented")
    sys.exit(bool(problems) or len(entries) < 2)


if __name__ == "__main__":
    main()
