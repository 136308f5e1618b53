#!/usr/bin/env python3
"""Prints what Doxygen reads in place of a file: a header as its user sees it, or a page with its formulas marked.

    filter.py [REPOSITORY] FILE

In a header, namespace detail is gone, and so are deduction guides and the overloads that only refuse.
The public members of a class's bases in detail, constructors among them, stand in the class itself: Doxygen would show
them under the names of the bases, without constructors and template parameters. Formulas and code, which stand indented
in comments, become verbatim blocks. Everything joins the group of its folder.

In a page, formulas are written as GitHub writes them, and become Doxygen's. Links into the repository lead to the
reference's own page of a header, else to the REPOSITORY on the web, and without one to nowhere.
"""

import pathlib
import re
import sys

GROUPS = {"distributions", "exact", "noise", "parameters", "training"}
GROUPS_OF_FILES = {"parameters.hpp": "parameters"}


def snake_case(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


# ---- Headers ----


def blank(text):
    """As many lines with nothing on them: what follows keeps its line numbers."""
    return "\n" * text.count("\n")


def without(pattern, text):
    return re.sub(pattern, lambda match: blank(match[0]), text, flags=re.MULTILINE | re.DOTALL)


def without_detail(text):
    text = without(r"^namespace concrete::detail \{\n.*?^\}  // namespace concrete::detail\n", text)
    return without(r"^namespace detail \{\n.*?^\}  // namespace detail\n", text)


def declarations(lines):
    """The lines of each declaration of a class body, with the comment before it."""
    declaration = []
    for line in lines:
        declaration.append(line)
        code = re.sub(r" *//.*", "", line)
        text = "\n".join(re.sub(r" *//.*", "", part) for part in declaration)
        balanced = all(text.count(opening) == text.count(closing) for opening, closing in ("()", "{}"))
        if balanced and code.endswith((";", "}")) and not code.lstrip().startswith("requires "):
            yield declaration
            declaration = []


def class_in(text, name):
    """A match of a class: its base in detail, if it has one, and its body."""
    pattern = rf"^class {name}\b(?:\s*: public (?:detail::)?(\w+)<[^{{]*)?[^{{;]*\{{\n(.*?)^\}};"
    return re.search(pattern, text, re.MULTILINE | re.DOTALL)


def public_lines(body):
    is_public = False
    for line in body.splitlines():
        access = re.fullmatch(r" (public|protected|private):", line)
        if access:
            is_public = access[1] == "public"
        elif is_public:
            yield line


def is_comment(line):
    return line.lstrip().startswith("//")


def inherited(folder, base, name):
    """The public members of a base, and before them those of its own bases, as members of the class `name`."""
    match = class_in((folder / f"{snake_case(base)}.hpp").read_text(encoding="utf-8"), base)
    constructors, members = [], inherited(folder, match[1], name) if match[1] else []
    for lines in declarations(public_lines(match[2])):
        code = "\n".join(line for line in lines if not is_comment(line))
        if any(word in code for word in ("NoEngine", "= delete;", "static_assert", "using Base::", "::Relaxed;")):
            continue
        alias = re.search(r"^ *using (\w+) =", code, re.MULTILINE)
        if alias and f"using {alias[1]} =" in "\n".join(members):
            continue
        constraint = (r"^ *requires requires.*|requires\(.*\) (?=void)", "")
        for old, new in ((rf"\b{base}\b", name), (r"(?<!:)\bIndex\b", "Eigen::Index"), constraint):
            lines = [line if is_comment(line) else re.sub(old, new, line) for line in lines]
        is_constructor = re.search(rf"^ *{base}\(", code, re.MULTILINE)
        (constructors if is_constructor else members).extend(lines)
    return constructors + members


def with_bases(text, folder):
    for name in re.findall(r"^class (\w+)\s*: public detail::", text, re.MULTILINE):
        match = class_in(text, name)
        head, public, own = match[2].partition(" public:\n")
        members = "\n".join(inherited(folder, match[1], name))
        if text[: match.start()].endswith(" Logits>\n"):
            members = re.sub(r"^(?: *///.*\n)* *using Logits =.*\n", "", members, flags=re.MULTILINE)
        for alias in re.findall(r"using (\w+) =", members) + ["Logits"]:
            own = re.sub(rf"^  using {alias} =.*\n", "", own, flags=re.MULTILINE)
        own = re.sub(r"^  using (?:Base|detail)::[^;]*;\n", "", own, flags=re.MULTILINE)
        text = text[: match.start()] + f"class {name} {{\n{head}{public}{members}\n{own}}};" + text[match.end() :]
    return text


def with_verbatim_blocks(text):
    """Lines of a comment indented by three spaces after an empty one are code, or else formulas, to be left alone."""

    def mark(match):
        indent, block = match[1], match[2]
        language = "cpp" if ";\n" in block else "unparsed"
        return f"{indent}/// \\code{{.{language}}}\n{block}{indent}/// \\endcode\n"

    return re.sub(r"^( *)///\n((?:^ *///   .*\n)+)(?:^ *///\n)?", mark, text, flags=re.MULTILINE)


def in_group(text, path):
    """On the empty lines after a namespace's opening and before its end."""
    group = GROUPS_OF_FILES.get(path.name, path.parent.name)
    if group not in GROUPS:
        return text
    opening = f"\nnamespace concrete {{ /** \\addtogroup api_{group}\n\\{{ */\n"
    text = text.replace("\nnamespace concrete {\n\n", opening)
    return text.replace("\n\n}  // namespace concrete\n", "\n/** \\} */\n}  // namespace concrete\n")


def with_any_engine(text):
    """Doxygen takes a template parameter of the name of a class for the class. What an engine is has a public name."""
    text = re.sub(r"\b(?:detail::)?RandomBitGenerator\b", "std::uniform_random_bit_generator", text)
    return re.sub(r"^(?! *//)(.*)", lambda line: re.sub(r"\bEngine\b", "AnyEngine", line[0]), text, flags=re.MULTILINE)


def with_aliases_grouped(text):
    def group(aliases):
        return f"/** \\addtogroup api_aliases\n\\{{ */\n{aliases[0]}/** \\}} */\n"

    return re.sub(r"^(?:using \w+?(?:X|XX|[234])[fd] = .*\n)+", group, text, flags=re.MULTILINE)


def header(path):
    text = without_detail(path.read_text(encoding="utf-8"))
    text = text.replace("The Concrete Distribution", "The %Concrete Distribution")  # a title, not the class
    text = re.sub(r"\((min|max)\)\(\) noexcept", r" \1() noexcept", text)  # parentheses keep macros out
    text = with_bases(text, path.parent)
    text = without(r"^ *template <[^>]*NoEngine[^>]*>\n[^{]*\{\n[^}]*\}\n", text)
    text = without(r"^ *template <[^>]*>\n *(?:detail::)?Refused [^;]*;[^\n]*\n", text)
    text = without(r"^template <[^>]*>\n(?:explicit )?\w+\([^;{]*\)\s+-> [^;]*;\n", text)
    if path.name != "engine.hpp":
        text = with_any_engine(text)
    return in_group(with_aliases_grouped(with_verbatim_blocks(text)), path)


# ---- Pages ----


def link(match, page, repository):
    """Paths of the repository mean nothing among the pages of the reference."""
    is_picture, text, target = match[1], match[2], match[3]
    path = (page.parent / target).resolve()
    root = page.resolve().parent.parent
    if not path.exists():
        sys.exit(f"Error: {page} links to {target}, which is not there")
    place = path.relative_to(root).as_posix()
    if is_picture:
        return f"![{text}]({path.name})"  # Doxygen finds and copies it by its name alone
    if path.suffix == ".hpp" and "/// \\file\n" in path.read_text(encoding="utf-8"):
        return f"[{text.strip('`')}](@ref {place.removeprefix('include/')})"
    return f"[{text}]({repository}/blob/HEAD/{place})" if repository else text


def page(path, repository):
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"^( *)```math\n(.*?)^ *```$", r"\1\\f[\n\2\1\\f]", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\$`([^`]*)`\$", r"\\f$\1\\f$", text)
    # Places to link to: GitHub keeps <a id>, Doxygen the names of headings.
    text = re.sub(r'^<a id="(\w+)"></a>\n\n(#+ .*)$', r"\n\n\2 {#\1}", text, flags=re.MULTILINE)
    text = re.sub(r"\]\(\w+\.md#(\w+)\)", r"](#\1)", text)
    return re.sub(r"(!?)\[([^]]*)\]\((\.\./[^)]+)\)", lambda match: link(match, path, repository), text)


def main():
    *repository, path = sys.argv[1:]
    path = pathlib.Path(path)
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(page(path, "".join(repository)) if path.suffix == ".md" else header(path))


if __name__ == "__main__":
    main()
