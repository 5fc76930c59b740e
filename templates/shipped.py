"""The templates that come with the package, and the files of samples that they read."""

from difflib import get_close_matches
from importlib import resources
from importlib.resources.abc import Traversable

from templates.fields import TemplateError

DEFAULT = "backprop"
FOLDER: Traversable = resources.files("templates")
_TEMPLATE, _SAMPLES = ".toml", ".csv"


def template_names() -> tuple[str, ...]:
    """The names of the templates, the default one first."""
    files = (file.name for file in FOLDER.iterdir() if file.name.endswith(_TEMPLATE))
    return tuple(sorted((name.removesuffix(_TEMPLATE) for name in files), key=lambda name: (name != DEFAULT, name)))


def shipped_text(name: str) -> str:
    """The text of a template, or of a file of samples by its whole name: `iris.csv`. Raises `TemplateError`."""
    if name in template_names():
        return (FOLDER / f"{name}{_TEMPLATE}").read_text(encoding="utf-8")
    samples = {file.name: file for file in FOLDER.iterdir() if file.name.endswith(_SAMPLES)}
    if name in samples:
        return samples[name].read_text(encoding="utf-8")
    raise unknown_template(name)


def unknown_template(name: str, also: str = "") -> TemplateError:
    """What to say of a name that no template has: the nearest one, and all."""
    names = template_names()
    nearest = get_close_matches(name, names, 1, cutoff=0.0)[0]
    return TemplateError(f"no template is called '{name}'; the nearest is {nearest}, of {', '.join(names)}{also}")
