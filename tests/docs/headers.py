"""The public names of C++ headers, read without Doxygen: a small parser for headers as clang-format leaves them.

It follows namespaces, classes and access, and steps over bodies, whose calls it remembers. A class has the public
members of its bases too. Left out are namespace detail, deduction guides, and overloads for what is no engine, which
end in a message.
"""

import dataclasses
import re


@dataclasses.dataclass
class Declaration:
    kind: str  # function, constructor, alias, field, class, macro
    name: str
    file: str
    line: int
    head: str = ""  # without its body
    body: str = ""
    parameters: tuple = ()  # (type, name) of a function's


@dataclasses.dataclass
class Scope:
    kind: str  # namespace, class
    name: str
    is_public: bool  # what comes next
    bases: tuple = ()
    template_parameters: tuple = ()
    members: list = dataclasses.field(default_factory=list)
    inherits_constructors: bool = False
    is_interface: bool = False  # a class in namespace concrete itself


def blank(match):
    return "\n" * match[0].count("\n")


def without_comments(text):
    """The same lines with nothing in comments and strings."""
    text = re.sub(r"/\*.*?\*/", blank, text, flags=re.DOTALL)
    text = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)
    text = re.sub(r"//.*", "", text)
    return re.sub(r"'(?:[^'\\]|\\.)'", "' '", text)


def without_directives(text):
    """Nor with macros that stand alone in a line."""
    return re.sub(r"^ *#(?:.*\\\n)*.*|^[A-Z_]+$", blank, text, flags=re.MULTILINE)


def split(text, separator):
    """At separators outside all brackets."""
    parts, depth = [""], 0
    for i, c in enumerate(text):
        depth += (c in "(<[{") - (c in ")]}" or (c == ">" and text[i - 1] != "-"))
        if c == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return parts


def end_of_brackets(text, start):
    """The place behind the bracket that closes the one at `start`."""
    opening = text[start]
    closing = {"(": ")", "{": "}", "<": ">"}[opening]
    depth = 0
    for i in range(start, len(text)):
        depth += (text[i] == opening) - (text[i] == closing and not (closing == ">" and text[i - 1] == "-"))
        if depth == 0:
            return i + 1
    raise ValueError(f"unbalanced {opening}")


def template_and_rest(head):
    """(the template parameters' names, the head without template parameters and constraints)."""
    names = []
    while re.match(r"template\s*<", head):
        end = end_of_brackets(head, head.index("<"))
        inside = head[head.index("<") + 1 : end - 1]
        names += [part.split("=")[0].split()[-1] for part in split(inside, ",") if part.strip()]
        head = head[end:].strip()
    if head.startswith("requires"):
        head = re.sub(r"^requires\s+requires\s*\([^)]*\)\s*\{\}", "", head)
        if head.startswith("requires("):
            head = head[end_of_brackets(head, head.index("(")) :]
        head = re.sub(r"^requires [\w:]+<[^<>]*>", "", head)
    return tuple(names), head.strip()


def parameter(text):
    text = text.split("=")[0].strip()
    match = re.fullmatch(r"(.*?[\s&*>])(\w+)", text, re.DOTALL)
    of_type, name = (match[1], match[2]) if match and match[2] not in ("auto", "int") else (text, "")
    return re.sub(r"\s+", "", of_type), name


def declaration(head, body, file, line, class_name):
    """What a statement declares, or None."""
    whole = head
    _, head = template_and_rest(re.sub(r"\s+", " ", head).strip())
    head = re.sub(r"^(?:CONCRETE_\w+ |\[\[[^]]*\]\] |friend |static |inline |constexpr |explicit )+", "", head)
    refuses = "NoEngine" in whole or "Refused" in whole or (class_name and whole.endswith("= delete"))
    if not head or refuses or head.startswith(("static_assert", "class ", "struct ", "using namespace")):
        return None
    alias = re.match(r"using (\w+) =", head)
    if alias:
        return Declaration("alias", alias[1], file, line, whole)
    if head.startswith("using "):
        return Declaration("using", head[6:], file, line, whole)
    head = re.sub(r"\((\w+)\)\s*\(", r" \1(", head)  # (min)(), which no macro takes for its own
    function = re.search(r"(operator ?(?:\(\)|[^\w\s(]+)|~?\w+) ?\(", head)
    if function and "=" not in head[: function.start()]:
        start = function.end() - 1
        end = end_of_brackets(head, start)
        if head[end:].lstrip().startswith("->"):
            return None  # a deduction guide
        inside = head[start + 1 : end - 1].strip()
        parameters = tuple(parameter(part) for part in split(inside, ",")) if inside else ()
        kind = "constructor" if function[1] == class_name else "function"
        return Declaration(kind, function[1].replace(" ", ""), file, line, whole, body, parameters)
    variable = re.search(r"(\w+) *(?:=.*)?$", head.split("=")[0].strip())
    return Declaration("field", variable[1], file, line, whole) if variable else None


def in_declaration(head):
    """Whether a `{` after `head` belongs to a constraint or an initial value, not to a body."""
    if re.search(r"requires\s*\([^()]*\)\s*$", head) or head.count("(") != head.count(")"):
        return True
    _, rest = template_and_rest(re.sub(r"\s+", " ", head).strip())
    return "=" in re.sub(r"operator\W+", "", rest.split("(")[0])


def open_scope(head):
    """The scope that a `{` after `head` opens, or None for a body."""
    head = re.sub(r"\s+", " ", head).strip()
    namespace = re.fullmatch(r"namespace ([\w:]+)", head)
    if namespace:
        return Scope("namespace", namespace[1], True)
    names, rest = template_and_rest(head)
    match = re.match(r"(class|struct) (\w+(?:<.*?>)?)(?: ?: (.*))?$", rest)
    if not match:
        return None
    bases = tuple(re.findall(r"public (?:\w+::)*(\w+)", match[3] or ""))
    return Scope("class", match[2], match[1] == "struct", bases, names)


def read(path, name):
    """(all classes by name, the members of namespace concrete, every function with a body) of a header."""
    text = without_directives(without_comments(path.read_text(encoding="utf-8")))
    classes, members, functions = {}, [], []
    scopes, head, start, i = [], "", 0, 0

    def add(body=""):
        line = text.count("\n", 0, start) + 1
        scope = scopes[-1] if scopes else None
        if not scope:
            return
        found = declaration(head, body, name, line, scope.name if scope.kind == "class" else "")
        if not found:
            return
        if body:
            functions.append(found)
        if found.kind == "using":
            scope.inherits_constructors |= found.name.rsplit("::", 1)[-1] in scope.bases
        elif scope.kind == "class" and scope.is_public:
            scope.members.append(found)
        elif scope.kind == "namespace" and [s.name for s in scopes] == ["concrete"]:
            members.append(found)

    while i < len(text):
        c = text[i]
        if c == "{":
            scope = open_scope(head)
            if scope:
                if scope.kind == "class" and all(s.kind == "namespace" for s in scopes):
                    line = text.count("\n", 0, start) + 1
                    scope.is_interface = [s.name for s in scopes] == ["concrete"]
                    classes[scope.name] = (scope, Declaration("class", scope.name, name, line, head))
                scopes.append(scope)
                head = ""
            else:
                end = end_of_brackets(text, i)
                if in_declaration(head):
                    head += "{}"
                else:
                    add(text[i:end])
                    head = ""
                i = end
                continue
        elif c == "}":
            scopes.pop()
            head = ""
        elif c == ";":
            add()
            head = ""
        elif c == ":" and head.strip() in ("public", "private", "protected"):
            scopes[-1].is_public = head.strip() == "public"
            head = ""
        else:
            if not head.strip():
                head, start = "", i
            head += c
        i += 1
    return classes, members, functions


def members_of(scope, classes):
    """The public members of a class, with those of its bases that it does not hide."""
    found = list(scope.members)
    own = {member.name for member in found if member.kind == "alias"}
    for base in scope.bases:
        for member in members_of(classes[base][0], classes):
            if member.kind == "constructor":
                if scope.inherits_constructors:
                    found.append(dataclasses.replace(member, name=scope.name))
            elif member.name not in own:
                types = [(re.sub(rf"\b(const)?{base}\b", rf"\g<1>{scope.name}", t), n) for t, n in member.parameters]
                found.append(dataclasses.replace(member, parameters=tuple(types)))
    return found


def macros(path, name):
    text = without_comments(path.read_text(encoding="utf-8"))
    for match in re.finditer(r"#define (\w+)|defined\((CONCRETE_\w+)\)", text):
        yield Declaration("macro", match[1] or match[2], name, text.count("\n", 0, match.start()) + 1)
