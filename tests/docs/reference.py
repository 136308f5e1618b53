"""What Doxygen's XML says of the public names."""

import dataclasses
import re
import xml.etree.ElementTree as ElementTree


def text_of(element):
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip() if element is not None else ""


def as_declared(name):
    """docs/filter.py renames it."""
    return name.replace("AnyEngine", "Engine")


@dataclasses.dataclass
class Entry:
    """A documented name. Lists of parameters and sections are by their kind: param, exception; return, see …"""

    kind: str  # function, typedef, variable, friend, define, class, struct
    name: str  # with its scope, but for macros
    location: str
    returns: str
    parameters: list  # (type, name)
    template_parameters: list
    brief: str
    text: str
    lists: dict  # kind -> {name: text}
    sections: dict  # kind -> text
    has_formulas: bool


def template_parameters(element):
    """A name alone stands in the type: `class T`."""
    for parameter in element.findall("templateparamlist/param"):
        yield as_declared(text_of(parameter.find("declname")) or text_of(parameter.find("type")).split()[-1])


def entry(element, kind, name):
    lists, sections = {}, {}
    for found in element.findall("detaileddescription//parameterlist"):
        names = lists.setdefault(found.get("kind"), {})
        for item in found.findall("parameteritem"):
            for parameter in item.findall("parameternamelist/parametername"):
                for each in text_of(parameter).split(","):
                    names[each.strip()] = text_of(item.find("parameterdescription"))
    for found in element.findall("detaileddescription//simplesect"):
        sections[found.get("kind")] = text_of(found)
    parameters = [
        (as_declared(re.sub(r"\s+", "", text_of(p.find("type")))), text_of(p.find("declname")))
        for p in element.findall("param")
    ]
    location = element.find("location")
    brief, detailed = text_of(element.find("briefdescription")), text_of(element.find("detaileddescription"))
    return Entry(
        kind,
        name,
        location.get("file") if location is not None else "",
        text_of(element.find("type")),
        parameters,
        list(template_parameters(element)),
        brief,
        f"{brief} {detailed}",
        lists,
        sections,
        element.find("detaileddescription//programlisting") is not None,
    )


def read(folder):
    """All that is documented as public, but pages, files, folders and groups."""
    entries = {}
    index = ElementTree.parse(folder / "index.xml").getroot()  # other files may be left from before
    for listed in index.findall("compound"):
        for compound in ElementTree.parse(folder / f"{listed.get('refid')}.xml").getroot().findall("compounddef"):
            name = text_of(compound.find("compoundname"))
            if compound.get("kind") in ("class", "struct", "concept", "namespace"):
                entries[compound.get("id")] = entry(compound, compound.get("kind"), name)
            if compound.get("kind") in ("dir", "page"):
                continue
            for member in compound.findall("sectiondef/memberdef"):
                if member.get("prot") != "public":
                    continue
                qualified = text_of(member.find("qualifiedname")) or text_of(member.find("name"))
                entries[member.get("id")] = entry(member, member.get("kind"), qualified)
    return list(entries.values())
